// Parses the values of a JSON stream and hands them to the format (json_cards.h).
#include "format/json_cards.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/utf8.h"
#include "format/encodings.h"
#include "format/unicode_input.h"
#include "format/versions.h"

namespace cardsrv::format {
namespace {

// The four hexadecimal digits at the beginning of `text`; -1 where they are none.
int hex4(std::string_view text) {
  if (text.size() < 4) return -1;
  int out = 0;
  for (const char c : text.substr(0, 4)) {
    int digit = -1;
    if (c >= '0' && c <= '9') digit = c - '0';
    if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
    if (digit < 0) return -1;
    out = out * 16 + digit;
  }
  return out;
}

bool high_surrogate(int code) { return code >= 0xd800 && code < 0xdc00; }
bool low_surrogate(int code) { return code >= 0xdc00 && code < 0xe000; }

// Makes JSON of what is nearly JSON. Only strings are touched, apart from NUL bytes.
class Repair {
 public:
  Repair(std::string_view text, std::uint64_t line, std::vector<Diagnostic>& diagnostics)
      : text_(text), line_(line), diagnostics_(diagnostics) {
    // Before anything else: what a NUL parts may be an escape.
    if (std::erase(text_, '\0') > 0) tell("nul-byte", "NUL bytes, left out");
  }

  // False: nothing had to be repaired.
  bool run(std::string& out) {
    out_.reserve(text_.size() + 16);
    bool quoted = false;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') quoted = !quoted;
      if (quoted && c == '\\')
        escape();
      else if (quoted && static_cast<unsigned char>(c) < 0x20)
        replace(1, fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c))), "control-byte",
                "a control character that is not escaped");
      else
        out_ += text_[at_++];
    }
    if (!valid_utf8(out_)) {
      tell("guessed-charset", "bytes that are no UTF-8, read as Windows-1252");
      utf8();
    }
    if (!changed_) return false;
    out = std::move(out_);
    return true;
  }

 private:
  void tell(std::string_view code, std::string_view message) {
    changed_ = true;
    const bool told = std::any_of(diagnostics_.begin(), diagnostics_.end(),
                                  [&](const Diagnostic& diagnostic) { return diagnostic.code == code; });
    if (!told) diagnostics_.push_back({line_, std::string(code), std::string(message)});
  }
  void drop(size_t size, std::string_view code, std::string_view message) {
    tell(code, message);
    at_ += size;
  }
  void replace(size_t size, std::string_view with, std::string_view code, std::string_view message) {
    out_ += with;
    drop(size, code, message);
  }
  void copy(size_t size) {
    out_.append(text_, at_, size);
    at_ += size;
  }
  [[nodiscard]] std::string_view rest(size_t from) const {
    return std::string_view(text_).substr(std::min(text_.size(), from));
  }

  void escape() {
    if (!rest(at_).starts_with("\\u")) return copy(2);
    const int code = hex4(rest(at_ + 2));
    if (code == 0) return drop(6, "nul-byte", "NUL characters, left out");
    if (high_surrogate(code) && rest(at_ + 6).starts_with("\\u") && low_surrogate(hex4(rest(at_ + 8)))) return copy(12);
    if (high_surrogate(code) || low_surrogate(code))
      return replace(6, "\\ufffd", "lone-surrogate", "half a character, read as U+FFFD");
    copy(2);
  }

  void utf8() {
    std::string out;
    out.reserve(out_.size() * 2);
    std::string_view rest = out_;
    while (!rest.empty()) {
      const auto byte = static_cast<unsigned char>(rest.front());
      const size_t size = byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      const std::string_view piece = rest.substr(0, size);
      const bool good = piece.size() == size && valid_utf8(piece);
      out += good ? std::string(piece) : from_windows_1252(rest.substr(0, 1));
      rest.remove_prefix(good ? size : 1);
    }
    out_ = std::move(out);
  }

  std::string text_;
  std::uint64_t line_;
  std::vector<Diagnostic>& diagnostics_;
  size_t at_ = 0;
  std::string out_;
  bool changed_ = false;
};

// Nothing in it needs repair: no control characters, no escapes of code units, UTF-8.
bool sound(std::string_view text) {
  if (text.find("\\u") != std::string_view::npos) return false;
  const bool plain = std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
  });
  return plain && valid_utf8(text) && text.find('\t') == std::string_view::npos;
}

// Deeper than `most`, or with brackets that do not match: not worth parsing.
bool too_deep(std::string_view text, size_t most) {
  size_t depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && (text[i] == '[' || text[i] == '{')) {
      if (++depth > most) return true;
    } else if (!quoted && (text[i] == ']' || text[i] == '}')) {
      if (depth-- == 0) return true;
    }
  }
  return false;
}

// The end of the string whose first quote is at `at`, behind its last quote; npos where it does not end.
size_t string_end(std::string_view text, size_t at) {
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      return i + 1;
  }
  return std::string_view::npos;
}

// A place in nearly JSON.
class Cursor {
 public:
  Cursor(std::string_view text, size_t at) : text_(text), at_(at) {}
  // Whether `wanted` is next, behind blanks; it is passed.
  bool take(char wanted) {
    at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  // A string, decoded, that says something; nullopt: there is none, or a broken one.
  std::optional<std::string> string() {
    if (!take('"')) return std::nullopt;
    const size_t begin = at_ - 1;
    at_ = string_end(text_, begin);
    if (at_ == std::string_view::npos) return std::nullopt;
    const Json parsed = Json::parse(text_.substr(begin, at_ - begin), nullptr, false);
    if (!parsed.is_string()) return std::nullopt;
    auto out = parsed.get<std::string>();
    const bool control =
        std::any_of(out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    return control || out.empty() ? std::nullopt : std::optional(std::move(out));
  }
  // An object of members that are no objects.
  bool object() {
    if (!take('{')) return false;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '}') return ++at_, true;
      if (text_[at_] == '"') at_ = string_end(text_, at_) - 1;
      if (at_ >= text_.size()) return false;
    }
    return false;
  }

 private:
  std::string_view text_;
  size_t at_;
};

// What is known of a card that cannot be read: its UID, which a JSContact has as a member and a jCard in a list of its
// own. A rejected entry whose key can be read leaves the listed one as it was (L2).
card::Card known_of_damaged(std::string_view text) {
  const bool jcard = text.starts_with('[');
  size_t depth = 0;
  char last = '\0';  // before the string, blanks left out
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && depth > 0) --depth;
    if (c == '"') {
      const size_t end = string_end(text, i);
      if (end == std::string_view::npos) break;
      if (ascii_lower(text.substr(i, end - i)) == R"("uid")") {
        Cursor rest(text, end);
        std::optional<std::string> uid;
        if (!jcard && depth == 1 && last != ':' && rest.take(':')) uid = rest.string();
        // ["uid", {parameters}, "type", "value"]
        if (jcard && depth == 3 && last == '[' && rest.take(',') && rest.object() && rest.take(',') && rest.string() &&
            rest.take(','))
          uid = rest.string();
        if (uid) return card::Card{{{"", "UID", {}, card::escape_text(*uid)}}};
      }
      i = end - 1;
    }
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') last = c;
  }
  return {};
}

// Builds what Json::parse() would. That looks through all of an object for each name: 80 000 keywords took it 4 s.
// NOLINTNEXTLINE(bugprone-exception-escape): its members' constructors, as the library declares them
class Builder final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t&) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t&) override { return false; }  // JSON has none
  bool start_object(std::size_t) override {
    begin(Json::object());
    names_.emplace_back();
    return true;
  }
  bool key(string_t& name) override {
    using Members = Json::object_t::Container;
    Members& members = open_.back()->get_ref<Json::object_t&>();
    const auto [place, added] = names_.back().emplace(name, members.size());
    if (added)
      members.emplace_back(std::move(name), nullptr);
    else
      doubled_ = true;
    member_ = &members[place->second].second;
    return true;
  }
  bool end_object() override {
    names_.pop_back();
    open_.pop_back();
    return true;
  }
  bool start_array(std::size_t) override {
    begin(Json::array());
    return true;
  }
  bool end_array() override {
    open_.pop_back();
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override { return false; }

  // Whether a name stood twice in an object; the last counts.
  [[nodiscard]] bool doubled() const { return doubled_; }
  [[nodiscard]] Json take() { return std::move(root_); }

 private:
  bool put(Json value) {
    slot(std::move(value));
    return true;
  }
  void begin(Json container) { open_.push_back(&slot(std::move(container))); }
  // Containers around an open one do not change meanwhile, so that their elements stay where they are.
  Json& slot(Json value) {
    if (open_.empty()) return root_ = std::move(value);
    if (open_.back()->is_array()) return open_.back()->emplace_back(std::move(value));
    return *member_ = std::move(value);
  }

  Json root_;
  std::vector<Json*> open_;                                     // the containers under way, the innermost last
  std::vector<std::unordered_map<std::string, size_t>> names_;  // of the open objects, with their places
  Json* member_ = nullptr;                                      // the value of the last name
  bool doubled_ = false;
};

}  // namespace

std::optional<Json> parse_json(std::string text, std::uint64_t line, std::vector<Diagnostic>& diagnostics,
                               std::string& damage) {
  if (!sound(text)) Repair(text, line, diagnostics).run(text);
  Builder builder;
  if (!Json::sax_parse(text, &builder)) {
    damage = "no JSON: a bad number, word or escape";
    return std::nullopt;
  }
  if (builder.doubled())
    diagnostics.push_back({line, "duplicate-key", "a name that stands twice in an object; the last counts"});
  return builder.take();
}

std::optional<Json> parse_inner_json(std::string_view text, size_t depth) {
  if (too_deep(text, depth)) return std::nullopt;
  Builder builder;
  if (!Json::sax_parse(text, &builder)) return std::nullopt;
  return builder.take();
}

std::string compact(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::optional<size_t> MemberIndex::place_of(const Json& object, const std::string& name) {
  constexpr size_t kFew = 16;  // are looked through sooner
  if (!object.is_object()) return std::nullopt;
  const Json::object_t::Container& members = object.get_ref<const Json::object_t&>();
  if (members.size() <= kFew) {
    const auto found = std::find_if(members.begin(), members.end(), [&](const auto& one) { return one.first == name; });
    return found == members.end() ? std::nullopt : std::optional(static_cast<size_t>(found - members.begin()));
  }
  for (size_t i = places_.size(); i < members.size(); ++i) places_.emplace(members[i].first, i);
  const auto found = places_.find(name);
  return found == places_.end() ? std::nullopt : std::optional(found->second);
}

const Json* MemberIndex::find(const Json& object, const std::string& name) {
  const auto place = place_of(object, name);
  if (!place) return nullptr;
  const Json::object_t::Container& members = object.get_ref<const Json::object_t&>();
  return &members[*place].second;
}

Json* MemberIndex::find(Json& object, const std::string& name) {
  const auto place = place_of(object, name);
  if (!place) return nullptr;
  Json::object_t::Container& members = object.get_ref<Json::object_t&>();
  return &members[*place].second;
}

void MemberIndex::add(Json& object, std::string name, Json value) {
  if (object.is_null()) object = Json::object();
  object.get_ref<Json::object_t&>().emplace_back(std::move(name), std::move(value));
}

JsonCardReader::JsonCardReader(InputStream& input, Limits limits, CardStart start)
    : unicode_(unicode_input(input)), limits_(limits), splitter_(*unicode_, limits, std::move(start)) {}

Result<std::optional<Item>> JsonCardReader::next() {
  TRY(std::optional<JsonPiece> piece, splitter_.next());
  if (!piece) return std::nullopt;
  Item item;
  item.line = piece->line;
  item.index = index_;
  switch (piece->kind) {
    case JsonPiece::Kind::kStray: item.diagnostics.push_back(std::move(piece->damage)); break;
    case JsonPiece::Kind::kBroken:
      item.rejected = std::move(piece->damage);
      item.card = known_of_damaged(piece->text);
      break;
    case JsonPiece::Kind::kValue: {
      std::string damage;
      const std::optional<Json> json = parse_json(piece->text, piece->line, item.diagnostics, damage);
      if (!json) {
        item.rejected = Diagnostic{piece->line, "bad-json", std::move(damage)};
        item.card = known_of_damaged(piece->text);
      } else if (is_card(*json)) {
        convert(*json, item);
      } else {
        item.diagnostics.push_back({piece->line, "no-card", "a value that is no card"});
      }
      break;
    }
  }
  if (item.card) {
    settle_parameters(*item.card);
    ++index_;
    auto& properties = item.card->properties;
    if (properties.size() > limits_.properties) {
      item.rejected =
          Diagnostic{item.line, "too-many-properties", fmt::format("more than {} properties", limits_.properties)};
      // Its key is worth knowing all the same: a rejected entry leaves the listed one as it was (L2).
      const card::Property* uid = item.card->find("UID");
      const bool beyond = uid != nullptr && uid >= properties.data() + limits_.properties;
      const card::Property kept = beyond ? *uid : card::Property{};
      properties.resize(limits_.properties);
      if (beyond) properties.push_back(kept);
    }
  }
  item.raw = piece->text.substr(0, kMaxRaw);
  return item;
}

}  // namespace cardsrv::format
