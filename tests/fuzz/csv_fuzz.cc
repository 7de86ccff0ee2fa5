// Reading a table never fails, and what was read is the same when it is written and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/input.h"
#include "format/csv.h"

namespace {

using namespace cardsrv;  // NOLINT

constexpr format::Limits kLimits{.card_bytes = 64 * 1024, .properties = 1000};
constexpr format::Limits kWide{.card_bytes = 16 << 20, .properties = 100000};

void check(const card::Card& card, format::CsvDialect dialect) {
  const std::string table = format::csv_header(dialect) + format::csv_row(card, dialect);
  const auto input = memory_input(table);
  const auto reader = format::read_csv(*input, kWide, {});
  const auto item = reader->next();
  if (!item) std::abort();
  if (!*item) {
    if (!card.properties.empty()) std::abort();
    return;
  }
  if (!(*item)->card || (*item)->rejected || !card::equal_in_meaning(*(*item)->card, card)) std::abort();
  const auto end = reader->next();
  if (!end || *end) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)format::looks_like_contacts_csv(text);
  const auto input = memory_input(text);
  const auto reader = format::read_csv(*input, kLimits, {});
  std::uint64_t line = 0;
  while (true) {
    const auto item = reader->next();
    if (!item) std::abort();
    if (!*item) return 0;
    const format::Item& one = **item;
    if (one.line < line) std::abort();
    line = one.line;
    if (!one.card && one.diagnostics.empty() && !one.rejected) std::abort();
    if (!one.card) continue;
    check(*one.card, format::CsvDialect::kGoogle);
    check(*one.card, format::CsvDialect::kOutlook);
  }
}
