#include "service/account_stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/input.h"
#include "base/stop.h"
#include "base/utf8.h"
#include "format/json_cards.h"
#include "service/card_files.h"

namespace cardsrv::service {
namespace {

using RecordSink = std::function<Result<void>(AccountRecord&&)>;

constexpr const char* kAccountProperty = "X-CARDSRV-ACCOUNT";
constexpr const char* kOwnProperty = "X-CARDSRV-OWN";

// JSON writes a byte of text as up to six (\u0000).
size_t longest_line(const format::Limits& limits) { return limits.card_bytes * 6 + 4096; }

class Records {
 public:
  Records(const format::Limits& limits, Hasher& hasher, const RecordSink& each, const RejectSink& reject)
      : limits_(limits), hasher_(hasher), each_(each), reject_(reject) {}

  Result<void> read_file(const std::string& path, std::optional<RecordsFormat> format) {
    TRY(const auto file, open_input(path));
    HashingInput hashed(*file, hasher_);
    PeekInput input(hashed);
    if (!format) {
      TRY(const std::string_view head, input.peek(64));
      const std::string_view start = trim(head.starts_with("\xef\xbb\xbf") ? head.substr(3) : head);
      format = start.starts_with('{') ? RecordsFormat::kJsonLines : RecordsFormat::kVcard;
    }
    TRY(*format == RecordsFormat::kJsonLines ? read_json_lines(input, path) : read_stream(input, path));
    hasher_.add_field("end of file");
    return {};
  }

  Result<void> read_folder(const std::string& folder) {
    TRY(const auto accounts, sorted_names(folder));
    for (const std::string& account : accounts) {
      const std::string inner = folder + "/" + account;
      if (!is_folder(inner)) {
        TRY(reject_({inner, 0, account, "not-a-folder", "a folder for each account is expected here", ""}));
        continue;
      }
      hasher_.add_field(account);
      TRY(const auto names, sorted_names(inner));
      for (const std::string& name : names)
        if (is_folder(inner + "/" + name))
          TRY(reject_(
              {inner + "/" + name, 0, account, "folder-in-folder", "a folder in that of an account is not read", ""}));
      TRY(const auto files, card_files(inner));
      if (files.empty())
        TRY(reject_(
            {inner, 0, account, "no-card-file", "no own.vcf and no other file that ends in .vcf is in it", ""}));
      for (const std::string& file : files) {
        if (is_folder(file)) continue;
        const std::string name = ascii_lower(file.substr(inner.size() + 1));
        TRY(read_account_file(file, account, name.starts_with("own.vcf")));
      }
    }
    return {};
  }

 private:
  Result<void> read_account_file(const std::string& path, const std::string& account, bool own) {
    hasher_.add_field(own ? "own" : "entry");
    auto file = open_input(path);
    if (!file) return reject_({path, 0, account, std::string(errc_word(file.error().code)), file.error().message, ""});
    HashingInput input(**file, hasher_);
    const auto reader = format::read_vcards(input, limits_);
    for (;;) {
      TRY(check_stop());
      TRY(auto item, reader->next());
      if (!item) break;
      TRY(each_({account, own, std::move(*item), path}));
    }
    hasher_.add_field("end of file");
    return {};
  }

  Result<void> read_stream(InputStream& input, const std::string& path) {
    const auto reader = format::read_vcards(input, limits_);
    for (;;) {
      TRY(check_stop());
      TRY(auto item, reader->next());
      if (!item) return {};
      TRY(take_streamed(std::move(*item), path));
    }
  }

  Result<void> take_streamed(format::Item&& item, const std::string& path) {
    if (!item.card) {
      if (item.rejected)
        return reject_({path, item.rejected->line, "", item.rejected->code, item.rejected->message, item.raw});
      for (const Diagnostic& diagnostic : item.diagnostics)
        TRY(reject_({path, diagnostic.line, "", diagnostic.code, diagnostic.message, item.raw}));
      return {};
    }
    const card::Property* account = item.card->find(kAccountProperty);
    if (account == nullptr)
      return reject_({path, item.line, item.card->formatted_name(), "no-account",
                      fmt::format("the card does not name its account in {}", kAccountProperty), item.raw});
    const card::Property* own = item.card->find(kOwnProperty);
    AccountRecord record{std::string(trim(account->text())), own != nullptr && trim(own->text()) == "1", {}, path};
    std::erase_if(item.card->properties, [](const card::Property& property) {
      return property.name == kAccountProperty || property.name == kOwnProperty;
    });
    record.item = std::move(item);
    return each_(std::move(record));
  }

  Result<void> read_json_lines(InputStream& input, const std::string& path) {
    LineReader lines(input, longest_line(limits_));
    LineReader::Line line{};
    for (;;) {
      TRY(check_stop());
      TRY(const bool more, lines.next(line));
      if (!more) return {};
      std::string_view text = line.text;
      if (line.number == 1 && text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
      if (trim(text).empty()) continue;
      TRY(line.truncated ? bad_line(path, line, "line-too-long", "the line is longer than any card may be")
                         : take_json(text, path, line));
    }
  }

  Result<void> bad_line(const std::string& path, const LineReader::Line& line, std::string code, std::string reason) {
    return reject_(
        {path, line.number, "", std::move(code), std::move(reason), std::string(line.text.substr(0, kMaxRaw))});
  }

  Result<void> take_json(std::string_view text, const std::string& path, const LineReader::Line& line) {
    const auto parsed = format::parse_inner_json(text, format::kMaxJsonDepth + 1);
    if (!parsed || !parsed->is_object())
      return bad_line(path, line, "bad-json",
                      fmt::format("the line is no JSON object of at most {} levels", format::kMaxJsonDepth));
    const Json& object = *parsed;
    const auto account = object.find("account");
    if (account == object.end() || !account->is_string())
      return bad_line(path, line, "no-account", "the line has no \"account\"");
    const bool own = object.contains("own");
    if (own && object.contains("entry"))
      return bad_line(path, line, "two-cards", "a line has \"own\" or \"entry\": give each a line");
    const auto card = object.find(own ? "own" : "entry");
    if (card == object.end()) return bad_line(path, line, "no-card", "the line has neither \"own\" nor \"entry\"");
    if (!card->is_string() && !card->is_array() && !card->is_object())
      return bad_line(path, line, "unknown-kind", "the card is no vCard text, no jCard and no JSContact object");
    auto items = cards_of(*card);
    if (!items) return bad_line(path, line, "bad-card", items.error().message);
    std::erase_if(*items, [](const format::Item& item) { return !item.card && !item.rejected; });
    if (items->size() != 1)
      return bad_line(path, line, "no-card", fmt::format("{} cards in a line, one is expected", items->size()));
    format::Item& item = items->front();
    item.line = line.number;
    if (item.rejected) item.rejected->line = line.number;
    for (Diagnostic& diagnostic : item.diagnostics) diagnostic.line = line.number;
    return each_({account->get<std::string>(), own, std::move(item), path});
  }

  // The cards of a vCard text, a jCard array or a JSContact object.
  Result<std::vector<format::Item>> cards_of(const Json& card) {
    if (card.is_string()) return format::parse_vcards(card.get<std::string>(), limits_);
    const std::string text = card.dump(-1, ' ', false, Json::error_handler_t::replace);
    const auto input = memory_input(text);
    const format::Kind kind = card.is_array() ? format::Kind::kJcard : format::Kind::kJscontact;
    TRY(const auto reader, format::read_cards(*input, {kind, {}}, limits_));
    std::vector<format::Item> items;
    for (;;) {
      TRY(auto item, reader->next());
      if (!item) return items;
      items.push_back(std::move(*item));
    }
  }

  const format::Limits& limits_;
  Hasher& hasher_;
  const RecordSink& each_;
  const RejectSink& reject_;
};

}  // namespace

Result<RecordsFormat> parse_records_format(std::string_view word) {
  if (word == "jsonl") return RecordsFormat::kJsonLines;
  if (word == "vcard") return RecordsFormat::kVcard;
  return fail(Errc::kUsage, fmt::format("\"{}\" is no kind of records", printable(word)), "jsonl, vcard or vdir");
}

Result<void> read_account_records(const std::string& path, std::optional<RecordsFormat> format,
                                  const format::Limits& limits, Hasher& hasher, const RecordSink& each,
                                  const RejectSink& reject) {
  Records records(limits, hasher, each, reject);
  return is_folder(path) ? records.read_folder(path) : records.read_file(path, format);
}

Result<void> hash_account_records(const std::string& path, std::optional<RecordsFormat> format, Hasher& hasher) {
  return read_account_records(
      path, format, format::Limits{}, hasher, [](AccountRecord&&) -> Result<void> { return {}; },
      [](const Reject&) -> Result<void> { return {}; });
}

}  // namespace cardsrv::service
