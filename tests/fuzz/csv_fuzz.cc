// Reading a table never fails, and what was read is the same when it is written and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/input.h"
#include "format/csv.h"
#include "fuzz/fuzz.h"

namespace {

using namespace cardsrv;  // NOLINT

constexpr format::Limits kLimits{.card_bytes = 64 * 1024, .properties = 1000};
constexpr format::Limits kWide{.card_bytes = 16 << 20, .properties = 100000};

void check(const std::vector<card::Card>& cards, format::CsvDialect dialect) {
  std::string table = format::csv_header(dialect);
  for (const card::Card& card : cards) table += format::csv_row(card, dialect);
  const auto input = memory_input(table);
  const auto reader = format::read_csv(*input, kWide, {});
  for (const card::Card& card : cards) {
    const auto item = reader->next();
    if (!item || !*item || !(*item)->card || (*item)->rejected) std::abort();
    fuzz::require_same(*(*item)->card, card, "a written card reads as the same card");
  }
  const auto end = reader->next();
  if (!end || *end) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)format::looks_like_contacts_csv(text);
  const auto input = memory_input(text);
  const auto reader = format::read_csv(*input, kLimits, {});
  std::vector<card::Card> cards;
  std::uint64_t line = 0;
  while (true) {
    auto item = reader->next();
    if (!item) std::abort();
    if (!*item) break;
    format::Item& one = **item;
    if (one.line < line) std::abort();
    line = one.line;
    if (!one.card && one.diagnostics.empty() && !one.rejected) std::abort();
    // A card with nothing in it is an empty row.
    if (one.card && !one.card->properties.empty()) cards.push_back(std::move(*one.card));
  }
  check(cards, format::CsvDialect::kGoogle);
  check(cards, format::CsvDialect::kOutlook);
  return 0;
}
