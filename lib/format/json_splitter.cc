// Finds the values of a JSON stream by their brackets, and the next card after damage (json_cards.h).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "format/json_cards.h"

namespace cardsrv::format {
namespace {

constexpr size_t kWindow = 64 * 1024;
constexpr size_t kLookAhead = 512;  // the first words of a card, with any white space that people put between them

// RFC 7464's separator and NUL bytes stand between values as white space does.
bool blank(int c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0x1e || c == 0; }

// What the grammar of JSON allows next (RFC 8259).
enum class Expect { kValue = 1, kValueOrEnd = 2, kKey = 3, kKeyOrEnd = 4, kColon = 5, kCommaOrEnd = 6 };

}  // namespace

class JsonSplitter::Scanner {
 public:
  Scanner(InputStream& input, Limits limits, CardStart start)
      : input_(input), limit_(limits.card_bytes), start_(std::move(start)), buffer_(kWindow + kLookAhead, '\0') {}

  Result<std::optional<JsonPiece>> next() {
    std::optional<JsonPiece> piece = next_piece();
    if (failure_) return fail(*failure_);
    return piece;
  }

 private:
  std::optional<JsonPiece> next_piece() {
    while (true) {
      const int c = peek();
      if (c < 0) return at_end();
      if (blank(c) || (c == ',' && (lists_ > 0 || lenient_))) {
        take();
      } else if (c == ']' && (lists_ > 0 || lenient_)) {
        if (lists_ > 0) --lists_;
        take();
      } else if (c == '[' && opens_list()) {
        if (lists_ == 0) list_line_ = line_;
        ++lists_;
        take();
      } else if (c == '[' || c == '{') {
        return scan_value();
      } else {
        return scan_stray();
      }
    }
  }

  // ---- bytes

  Result<void> fill() {
    std::memmove(buffer_.data(), buffer_.data() + at_, end_ - at_);
    end_ -= at_;
    at_ = 0;
    while (!eof_ && end_ < kLookAhead) {
      TRY(const size_t got, input_.read({buffer_.data() + end_, buffer_.size() - end_}));
      end_ += got;
      eof_ = got == 0;
    }
    return {};
  }

  // The next byte, with kLookAhead bytes behind it where the input has them; -1 at the end, and where the input failed.
  int peek() {
    if (end_ - at_ < kLookAhead && !eof_)
      if (auto filled = fill(); !filled) {
        failure_ = std::move(filled.error());
        eof_ = true;
        at_ = end_;
      }
    return at_ < end_ ? static_cast<int>(static_cast<unsigned char>(buffer_[at_])) : -1;
  }

  char take() {
    const char c = buffer_[at_++];
    if (c == '\n') {
      ++line_;
      indent_ = 0;
      in_indent_ = true;
    } else if (in_indent_ && (c == ' ' || c == '\t')) {
      ++indent_;
    } else if (c != '\r') {
      in_indent_ = false;
    }
    return c;
  }

  // Takes a byte of a value: kept within the limit.
  void keep() {
    const char c = take();
    if (size_++ < limit_) piece_.text += c;
  }

  // Takes what is nothing but text of a string, up to the end of what is in memory.
  void keep_plain() {
    const std::string_view rest = ahead();
    const size_t size = std::min(rest.size(), rest.find_first_of("\"\\\n"));
    if (size == 0) return;
    if (size_ < limit_) piece_.text.append(rest.substr(0, std::min(size, limit_ - size_)));
    size_ += size;
    at_ += size;
    in_indent_ = false;
  }

  [[nodiscard]] std::string_view ahead() const { return {buffer_.data() + at_, end_ - at_}; }

  // Whether the first words of a card stand here.
  [[nodiscard]] bool card_starts() const {
    std::string_view rest = ahead();
    for (const std::string_view word : start_.words) {
      while (!rest.empty() && blank(static_cast<unsigned char>(rest.front()))) rest.remove_prefix(1);
      if (!rest.starts_with(word)) return false;
      rest.remove_prefix(word.size());
    }
    return true;
  }

  // "[" of an array of cards, as against that of a jCard, which a text follows.
  [[nodiscard]] bool opens_list() const {
    if (start_.open != '[') return true;
    std::string_view rest = ahead().substr(1);
    while (!rest.empty() && blank(static_cast<unsigned char>(rest.front()))) rest.remove_prefix(1);
    return rest.empty() || rest.front() != '"';
  }

  // ---- between values

  std::optional<JsonPiece> at_end() {
    if (lists_ == 0 || lenient_) return std::nullopt;
    lists_ = 0;
    JsonPiece piece;
    piece.kind = JsonPiece::Kind::kStray;
    piece.line = list_line_;
    piece.text = "[";
    piece.damage = {list_line_, "no-end", "an array of cards that does not end"};
    return piece;
  }

  std::optional<JsonPiece> scan_stray() {
    begin(JsonPiece::Kind::kStray);
    lenient_ = true;
    std::uint64_t lines = 1;
    bool visible = true;
    while (true) {
      const int c = peek();
      if (c < 0 || c == '{' || c == '[') break;
      if (!blank(c) && !visible) {
        ++lines;
        visible = true;
      }
      if (c == '\n') visible = false;
      const char taken = take();
      if (piece_.text.size() < kMaxRaw) piece_.text += taken;
    }
    piece_.damage = {piece_.line, "stray-text",
                     lines == 1 ? "a line outside of any card" : fmt::format("{} lines outside of any card", lines)};
    return std::move(piece_);
  }

  // ---- a value

  void begin(JsonPiece::Kind kind) {
    piece_ = {};
    piece_.kind = kind;
    piece_.line = line_;
    value_indent_ = indent_;
    first_in_line_ = in_indent_;
    size_ = 0;
  }

  std::optional<JsonPiece> scan_value() {
    begin(JsonPiece::Kind::kValue);
    depth_ = 0;
    too_deep_ = false;
    expect_ = Expect::kValue;
    do {
      const int c = peek();
      if (c < 0) return ended("no-end", "the card does not end");
      if (another_card(c))
        return ended("no-end", fmt::format("the card does not end before the next begins at line {}", line_));
      if (blank(c)) {
        keep();
        continue;
      }
      const bool sound = token(static_cast<char>(c));
      if (!sound) return recover();
    } while (depth_ > 0);
    if (too_deep_) return ended("too-deep", fmt::format("nested deeper than {}", kMaxJsonDepth));
    if (size_ > limit_) return ended("card-too-large", fmt::format("more than {} bytes", limit_));
    return std::move(piece_);
  }

  bool another_card(int c) const {
    if (size_ == 0 || c != start_.open || !card_starts()) return false;
    return start_.open == '[' || same_indent();
  }

  [[nodiscard]] bool same_indent() const { return in_indent_ && first_in_line_ && indent_ == value_indent_; }

  // The value is not whole: what was read of it is told.
  std::optional<JsonPiece> ended(std::string_view code, std::string message) {
    if (size_ > limit_ && code != "card-too-large" && code != "too-deep") {
      code = "card-too-large";
      message = fmt::format("more than {} bytes", limit_);
    }
    piece_.kind = JsonPiece::Kind::kBroken;
    std::uint64_t line = piece_.line;
    if (code == "no-end") line = line_;
    if (code == "bad-json") line = damage_line_;
    piece_.damage = {line, std::string(code), std::move(message)};
    // Nobody knows whether the array around it goes on.
    lenient_ = lenient_ || code == "no-end" || code == "bad-json";
    if (piece_.text.size() > kMaxRaw) piece_.text.resize(kMaxRaw);
    return std::move(piece_);
  }

  // Reads over what follows a breach of the grammar, up to the next card.
  std::optional<JsonPiece> recover() {
    damage_line_ = line_;
    while (true) {
      const int c = peek();
      if (c < 0 || (c == start_.open && (card_starts() || same_indent()))) break;
      keep();
    }
    return ended("bad-json", "no JSON");
  }

  // One token of the value; false: it must not stand here.
  bool token(char c) {
    if (depth_ > kMaxJsonDepth) return deep_token(c);
    switch (c) {
      case '{':
      case '[': return open(c);
      case '}':
      case ']': return close(c);
      case ',':
        if (expect_ != Expect::kCommaOrEnd || depth_ == 0) return false;
        expect_ = in_object() ? Expect::kKey : Expect::kValue;
        keep();
        return true;
      case ':':
        if (expect_ != Expect::kColon) return false;
        expect_ = Expect::kValue;
        keep();
        return true;
      case '"': return string();
      default: return literal(c);
    }
  }

  [[nodiscard]] bool in_object() const { return object_[depth_]; }
  [[nodiscard]] bool value_may_come() const { return expect_ == Expect::kValue || expect_ == Expect::kValueOrEnd; }

  bool open(char c) {
    if (!value_may_come()) return false;
    ++depth_;
    if (depth_ > kMaxJsonDepth) {
      too_deep_ = true;
    } else {
      object_[depth_] = c == '{';
      expect_ = c == '{' ? Expect::kKeyOrEnd : Expect::kValueOrEnd;
    }
    keep();
    return true;
  }

  bool close(char c) {
    if (depth_ == 0 || (c == '}') != in_object()) return false;
    if (expect_ != Expect::kCommaOrEnd && expect_ != (c == '}' ? Expect::kKeyOrEnd : Expect::kValueOrEnd)) return false;
    --depth_;
    expect_ = Expect::kCommaOrEnd;
    keep();
    return true;
  }

  // Below the deepest level only brackets and strings are looked at.
  bool deep_token(char c) {
    if (c == '"') {
      const bool sound = string_bytes();
      return sound;
    }
    if (c == '{' || c == '[') ++depth_;
    if ((c == '}' || c == ']') && --depth_ == kMaxJsonDepth) expect_ = Expect::kCommaOrEnd;
    keep();
    return true;
  }

  bool string() {
    const bool key = expect_ == Expect::kKey || expect_ == Expect::kKeyOrEnd;
    if (!key && !value_may_come()) return false;
    const bool sound = string_bytes();
    expect_ = key ? Expect::kColon : Expect::kCommaOrEnd;
    return sound;
  }

  // A line end in a string is a quote that nobody closed: the damage must not reach beyond the line.
  bool string_bytes() {
    keep();
    while (true) {
      if (peek() >= 0) keep_plain();
      const int c = peek();
      if (c < 0) return true;
      if (c == '\n') return false;
      keep();
      if (c == '"') return true;
      if (c != '\\') continue;
      const int escaped = peek();
      if (escaped >= 0 && escaped != '\n') keep();
    }
  }

  // A number or a word; which one is for the parser.
  bool literal(char first) {
    const auto belongs = [](int c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '+' ||
             c == '.';
    };
    if (!value_may_come() || !belongs(static_cast<unsigned char>(first))) return false;
    int c = static_cast<unsigned char>(first);
    while (belongs(c)) {
      keep();
      c = peek();
    }
    expect_ = Expect::kCommaOrEnd;
    return true;
  }

  InputStream& input_;
  size_t limit_;
  CardStart start_;
  std::string buffer_;
  size_t at_ = 0;
  size_t end_ = 0;
  bool eof_ = false;
  std::optional<Error> failure_;

  std::uint64_t line_ = 1;
  size_t indent_ = 0;
  bool in_indent_ = true;  // nothing but blanks so far in this line

  std::uint64_t lists_ = 0;  // arrays of cards that are open
  std::uint64_t list_line_ = 0;
  bool lenient_ = false;  // after damage: brackets and commas between cards mean nothing

  JsonPiece piece_;
  size_t size_ = 0;
  size_t value_indent_ = 0;
  bool first_in_line_ = false;
  std::uint64_t damage_line_ = 0;
  Expect expect_ = Expect::kValue;
  size_t depth_ = 0;
  bool too_deep_ = false;
  std::array<bool, kMaxJsonDepth + 1> object_{};
};

JsonSplitter::JsonSplitter(InputStream& input, Limits limits, CardStart start)
    : scanner_(std::make_unique<Scanner>(input, limits, std::move(start))) {}
JsonSplitter::~JsonSplitter() = default;

Result<std::optional<JsonPiece>> JsonSplitter::next() { return scanner_->next(); }

}  // namespace cardsrv::format
