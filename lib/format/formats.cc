#include "format/formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/utf8.h"
#include "format/android.h"
#include "format/jcard.h"
#include "format/jscontact.h"
#include "format/ldif.h"
#include "format/unicode_input.h"
#include "format/writer.h"

namespace cardsrv::format {
namespace {

constexpr size_t kHead = 4096;  // enough for the longest header of a table

struct Format {
  std::string_view word;
  Kind kind;
  std::unique_ptr<CardReader> (*read)(InputStream& input, Limits limits, const Reading& reading);
};

constexpr std::array kFormats = {
    Format{"vcard", Kind::kVcard,
           [](InputStream& input, Limits limits, const Reading&) { return read_vcards(input, limits); }},
    Format{"jcard", Kind::kJcard,
           [](InputStream& input, Limits limits, const Reading&) { return read_jcards(input, limits); }},
    Format{"jscontact", Kind::kJscontact,
           [](InputStream& input, Limits limits, const Reading&) { return read_jscontacts(input, limits); }},
    Format{"csv", Kind::kCsv,
           [](InputStream& input, Limits limits, const Reading& reading) {
             return read_csv(input, limits, reading.columns);
           }},
    Format{"ldif", Kind::kLdif,
           [](InputStream& input, Limits limits, const Reading&) { return read_ldif(input, limits); }},
    Format{"android", Kind::kAndroid,
           [](InputStream& input, Limits limits, const Reading&) { return read_android(input, limits); }},
};

std::string no_head() { return {}; }

struct Written {
  std::string_view word;
  Output output;
  std::string (*head)();
  std::string (*write)(const card::Card& card);
};

constexpr std::array kWritten = {
    Written{"vcard4", Output::kVcard4, no_head,
            [](const card::Card& card) { return write_vcard(card, VcardVersion::k40); }},
    Written{"vcard3", Output::kVcard3, no_head,
            [](const card::Card& card) { return write_vcard(card, VcardVersion::k30); }},
    Written{"vcard21", Output::kVcard21, no_head,
            [](const card::Card& card) { return write_vcard(card, VcardVersion::k21); }},
    Written{"jcard", Output::kJcard, no_head, [](const card::Card& card) { return write_jcard(card) + "\n"; }},
    Written{"jscontact", Output::kJscontact, no_head,
            [](const card::Card& card) { return write_jscontact(card) + "\n"; }},
    Written{"csv", Output::kCsv, [] { return csv_header(CsvDialect::kGoogle); },
            [](const card::Card& card) { return csv_row(card, CsvDialect::kGoogle); }},
    Written{"csv-outlook", Output::kCsvOutlook, [] { return csv_header(CsvDialect::kOutlook); },
            [](const card::Card& card) { return csv_row(card, CsvDialect::kOutlook); }},
    Written{"ldif", Output::kLdif, ldif_header, write_ldif},
};

template <typename Table>
std::vector<std::string> words_of(const Table& table) {
  std::vector<std::string> words;
  words.reserve(std::size(table));
  for (const auto& row : table) words.emplace_back(row.word);
  return words;
}

const Written& row_of(Output output) {
  return *std::find_if(kWritten.begin(), kWritten.end(), [&](const Written& row) { return row.output == output; });
}

// What a JSON text is by its first brackets: a jCard is an array that begins with "vcard", JSContact's cards are
// objects.
Kind kind_of_json(std::string_view text) {
  const size_t at = text.find_first_not_of("[ \t\r\n");
  return at != std::string_view::npos && text[at] == '{' ? Kind::kJscontact : Kind::kJcard;
}

// A reader and the beginning of its input, which was looked at.
class PeekedReader final : public CardReader {
 public:
  explicit PeekedReader(InputStream& input) : input_(input) {}
  Result<void> begin(const Reading& reading, Limits limits) {
    Kind kind = reading.columns.empty() ? Kind::kVcard : Kind::kCsv;
    if (reading.kind) {
      kind = *reading.kind;
    } else if (reading.columns.empty()) {
      TRY(const std::string_view head, input_.peek(kHead));
      kind = kind_of(head);
    }
    const auto* const format =
        std::find_if(kFormats.begin(), kFormats.end(), [&](const Format& row) { return row.kind == kind; });
    reader_ = format->read(input_, limits, reading);
    return {};
  }
  Result<std::optional<Item>> next() override { return reader_->next(); }

 private:
  PeekInput input_;
  std::unique_ptr<CardReader> reader_;
};

}  // namespace

Result<Kind> parse_kind(std::string_view word) {
  const auto* const row =
      std::find_if(kFormats.begin(), kFormats.end(), [&](const Format& format) { return format.word == word; });
  if (row != kFormats.end()) return row->kind;
  return fail(Errc::kUsage, fmt::format("no kind of file: \"{}\"", printable(word)),
              fmt::format("{}", fmt::join(kind_words(), ", ")));
}

std::string_view word(Kind kind) {
  return std::find_if(kFormats.begin(), kFormats.end(), [&](const Format& row) { return row.kind == kind; })->word;
}

std::vector<std::string> kind_words() { return words_of(kFormats); }

Kind kind_of(std::string_view head) {
  if (looks_like_sqlite(head)) return Kind::kAndroid;
  std::string decoded;
  if (is_wide(head)) {
    const auto bytes = memory_input(head);
    if (auto text = read_all(*unicode_input(*bytes), kHead * 4)) decoded = *std::move(text);
    head = decoded;
  }
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  const std::string_view text = trim(head);
  if (text.starts_with('{') || text.starts_with('[')) return kind_of_json(text);
  if (text.size() > 5 && ascii_lower(text.substr(0, 5)) == "begin") return Kind::kVcard;
  if (looks_like_ldif(text)) return Kind::kLdif;
  return looks_like_contacts_csv(head) ? Kind::kCsv : Kind::kVcard;
}

Result<std::unique_ptr<CardReader>> read_cards(InputStream& input, const Reading& reading, Limits limits) {
  auto reader = std::make_unique<PeekedReader>(input);
  TRY(reader->begin(reading, limits));
  return std::unique_ptr<CardReader>(std::move(reader));
}

Result<Output> parse_output(std::string_view word) {
  const auto* const row =
      std::find_if(kWritten.begin(), kWritten.end(), [&](const Written& written) { return written.word == word; });
  if (row != kWritten.end()) return row->output;
  return fail(Errc::kUsage, fmt::format("no kind of card: \"{}\"", printable(word)),
              fmt::format("{}", fmt::join(output_words(), ", ")));
}

std::vector<std::string> output_words() { return words_of(kWritten); }

std::string file_head(Output output) { return row_of(output).head(); }

std::string write_card(const card::Card& card, Output output) { return row_of(output).write(card); }

}  // namespace cardsrv::format
