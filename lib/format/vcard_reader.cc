// The reader for vCard 2.1, 3.0 and 4.0: finds cards and their lines; CardBuilder makes sense of them.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "card/value.h"
#include "format/card_builder.h"
#include "format/encodings.h"
#include "format/lines.h"
#include "format/property_line.h"
#include "format/reader.h"
#include "format/unicode_input.h"
#include "format/vcard_document.h"

namespace cardsrv::format {
namespace {

using namespace std::string_view_literals;  // compared by size first: names are compared often

bool blank_start(int c) { return c == ' ' || c == '\t'; }

// The last character that is no blank, if it is within the last line's length; npos elsewhere.
size_t last_visible(std::string_view text) {
  constexpr size_t kLookBack = 80;
  const size_t begin = text.size() > kLookBack ? text.size() - kLookBack : 0;
  const size_t at = text.substr(begin).find_last_not_of(" \t");
  return at == std::string_view::npos ? at : begin + at;
}

constexpr size_t kUsualWidth = 70;  // at which writers break lines

// Whether a line ends as a soft break of quoted-printable does; blanks behind it got in on the way.
bool ends_in_equals(std::string_view line) {
  if (line.empty() || (line.back() != '=' && !blank_start(line.back()))) return false;
  const size_t at = last_visible(line);
  return at != std::string_view::npos && line[at] == '=';
}

// The component that a BEGIN or END line names ("VCARD"), in upper case; nullopt if the line is no such line.
std::optional<std::string> component(std::string_view line, std::string_view keyword) {
  // Files with a mark each, put together; or padded with NULs, or ended by DOS's mark.
  if (line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
  while (!line.empty() && (line.front() == '\0' || line.front() == '\x1a')) line.remove_prefix(1);
  line = trim(line);
  if (line.size() <= keyword.size() || !same_name(line.substr(0, keyword.size()), keyword)) return std::nullopt;
  line = trim(line.substr(keyword.size()));
  if (line.empty() || line.front() != ':') return std::nullopt;
  // Blanks that are no ASCII, and what a broken transfer left, are no part of the name.
  while (!line.empty() && (static_cast<unsigned char>(line.back()) >= 0x80 || line.back() <= ' '))
    line.remove_suffix(1);
  return ascii_upper(trim(line.substr(1)));
}

bool could_be(std::string_view line, char first_letter) {
  return line.size() > 3 && ((line[0] | 0x20) == first_letter || line[0] == '\xef' || line[0] == '\0' ||
                             line[0] == '\x1a' || blank_start(line[0]));
}

// "END:VCARDBEGIN:VCARD": files put together, of which one had no line end; perhaps with a mark, a stray byte or what a
// broken line end left between them.
bool ends_and_begins(std::string_view line) {
  constexpr std::string_view kBegin = "BEGIN:VCARD";
  constexpr size_t kMostBetween = 4;
  if (!could_be(line, 'e')) return false;
  line = trim(line);
  if (line.size() <= kBegin.size() || !same_name(line.substr(line.size() - kBegin.size()), kBegin)) return false;
  const auto ended = component(line.substr(0, line.size() - kBegin.size()), "END");
  return ended && ended->starts_with("VCARD") && ended->size() <= std::string_view("VCARD").size() + kMostBetween;
}
bool begins(std::string_view line, std::string_view name) {
  return (could_be(line, 'b') && component(line, "BEGIN") == std::string(name)) ||
         (name == "VCARD" && ends_and_begins(line));
}
bool ends(std::string_view line, std::string_view name) {
  return (could_be(line, 'e') && component(line, "END") == std::string(name)) ||
         (name == "VCARD" && ends_and_begins(line));
}

// "AGENT:" as a whole line: the inner card's BEGIN follows.
bool announces_nested(std::string_view line) {
  const ContentLine content = parse_content_line(line);
  return content.state == ContentLine::State::kGood && content.property.name == "AGENT" && trim(content.value).empty();
}

// "AGENT:BEGIN:VCARD" as a whole line: the lines of the inner card follow as they are.
bool opens_nested(std::string_view line) {
  constexpr std::string_view kBegin = "BEGIN:VCARD";
  line = trim(line);
  if (line.size() < kBegin.size() + 6 || (line.back() | 0x20) != 'd') return false;
  if (!same_name(line.substr(line.size() - kBegin.size()), kBegin)) return false;
  std::string_view head = line.substr(0, line.size() - kBegin.size());
  while (!head.empty() && blank_start(head.back())) head.remove_suffix(1);
  if (!head.ends_with(':')) return false;
  head.remove_suffix(1);
  std::string_view name = head.substr(0, head.find(';'));
  name.remove_prefix(name.rfind('.') + 1);
  return same_name(name, "AGENT") && find_colon(line) == head.size();
}

// Whether a line begins as "NAME:" or "NAME;…:" do; the colon may be in the folded line after it.
bool looks_like_property(std::string_view line, bool folded) {
  line = trim(line);
  size_t end = line.find_first_of(":;");
  if (end == std::string_view::npos && folded && line.size() > kUsualWidth) end = line.size();  // cut in a long group
  if (end == std::string_view::npos || end == 0) return false;
  const bool name = std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(end), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  });
  return name && (folded || line.find(':', end) != std::string_view::npos);
}

// Whether it is one whose name somebody has defined.
bool is_known_property(std::string_view line, bool folded) {
  if (!looks_like_property(line, folded)) return false;
  const std::string_view name = line.substr(0, line.find_first_of(":;"));
  return name.starts_with("X-") || name == "VERSION" || card::value_kind(name, {}) != card::ValueKind::kUnknown;
}

// Whether quoted-printable encodes the blank between two words, which it need not (RFC 2045 §6.7 rule 3 asks for it at
// the end of a line, and writers do so at the beginning of a text).
bool encodes_blanks(std::string_view value) {
  constexpr std::string_view kBlank = "=20";
  for (size_t at = value.find(kBlank, 1); at != std::string_view::npos; at = value.find(kBlank, at + 1)) {
    const std::string_view rest = value.substr(at + kBlank.size());
    if (!rest.empty() && !blank_start(rest.front()) && !rest.starts_with("=0D") && !rest.starts_with("=0A"))
      return true;
  }
  return false;
}

// The byte that the two digits at `at` are; -1: there are none.
int hex_byte(std::string_view text, size_t at) {
  if (at + 2 > text.size() || hex_digit(text[at]) < 0 || hex_digit(text[at + 1]) < 0) return -1;
  return hex_digit(text[at]) * 16 + hex_digit(text[at + 1]);
}

// Whether an "=" at a line's end is no soft break but the beginning of an escape whose digits begin the next line: who
// breaks lines without soft breaks cuts escapes. So it is, of text that says to be UTF-8, where the digits make a
// character of it whole.
bool escape_was_cut(std::string_view before, std::string_view line) {
  const auto escaped = [](std::string_view text, size_t at) { return text[at] == '=' ? hex_byte(text, at + 1) : -1; };
  const auto trails = [](int byte) { return byte >= 0x80 && byte < 0xc0; };
  const int byte = hex_byte(line, 0);
  if (byte >= 0xc2 && byte <= 0xf4) return line.size() > 4 && trails(escaped(line, 2));
  if (!trails(byte)) return false;
  for (int missing = 1; missing <= 3 && before.size() >= 3; ++missing) {
    const int last = escaped(before, before.size() - 3);
    if (last >= 0xc2 && last <= 0xf4) return missing < 2 + (last >= 0xe0 ? 1 : 0) + (last >= 0xf0 ? 1 : 0);
    if (!trails(last)) return false;
    before.remove_suffix(3);
  }
  return false;
}

// Whether a soft break before `line` is one that its writer put in by mistake: after a short line, and before a line
// that is a property as 2.1 writes them. (A break after an encoded line end is where writers like to put it.)
bool stray_soft_break(std::string_view before, size_t last_length, std::string_view line, bool folded) {
  constexpr size_t kShort = 60;
  const int last = before.size() < 3 || before[before.size() - 3] != '=' ? -1 : hex_byte(before, before.size() - 2);
  return last_length < kShort && last != '\n' && last != '\r' && is_known_property(line, folded);
}

// Whether a lone CR between `before` and `after` ends a line: a note, and what goes on with a value, may have one
// before a word in capitals.
bool lost_line_end(std::string_view before, std::string_view after) {
  after = after.substr(0, after.find('\r'));
  if (begins(before, "VCARD") || ends(before, "VCARD") || begins(after, "VCARD") || ends(after, "VCARD")) return true;
  std::string_view name = before.substr(0, before.find_first_of(":;"));
  name.remove_prefix(name.rfind('.') + 1);
  return looks_like_property(before, false) && !same_name(name, "NOTE") && is_known_property(after, false);
}

class VcardReader final : public CardReader {
 public:
  VcardReader(InputStream& input, Limits limits)
      : unicode_(unicode_input(input)), lines_(*unicode_, limits.card_bytes), limits_(limits) {}
  VcardReader(std::string_view text, Limits limits)
      : lines_(text.starts_with("\xef\xbb\xbf") ? text.substr(3) : text), limits_(limits) {}
  // Of a text in memory that is no UTF-16: `place` takes where the card that next() gives stands.
  VcardReader(std::string_view text, Limits limits, CardPlace& place) : place_(&place), lines_(text), limits_(limits) {}

  Result<std::optional<Item>> next() override {
    Lines::Line line;
    while (true) {
      TRY(const bool more, lines_.next(line, LineEnds::kLfOrCr));
      if (!more) return std::nullopt;
      if (trim(line.text).empty()) continue;
      if (begins(line.text, "VCARD")) return read_card(line);
      if (could_be(line.text, 'b') && component(line.text, "BEGIN")) return read_other_component(line);
      return read_stray_text(line);
    }
  }

 private:
  // ---- outside of cards

  Item outside(std::uint64_t line, std::string_view code, std::string message) {
    Item item;
    item.index = index_;
    item.line = line;
    item.diagnostics.push_back({line, std::string(code), std::move(message)});
    item.raw = lines_.kept().substr(0, kMaxRaw);
    lines_.release();
    return item;
  }

  Result<std::optional<Item>> read_stray_text(Lines::Line line) {
    lines_.mark();
    const std::uint64_t first = line.number;
    std::uint64_t count = 1;
    while (true) {
      TRY(const bool more, lines_.next(line, LineEnds::kLfOrCr));
      if (!more) break;
      if (could_be(line.text, 'b') && component(line.text, "BEGIN")) {
        lines_.unread();
        break;
      }
      if (!trim(line.text).empty()) ++count;
    }
    return outside(first, "stray-text",
                   count == 1 ? "a line outside of any card" : fmt::format("{} lines outside of any card", count));
  }

  Result<std::optional<Item>> read_other_component(Lines::Line line) {
    lines_.mark();
    const std::uint64_t first = line.number;
    const std::string name = component(line.text, "BEGIN").value_or("");
    while (true) {
      TRY(const bool more, lines_.next(line, LineEnds::kLfOrCr));
      if (!more || ends(line.text, name)) break;
      if (begins(line.text, "VCARD")) {
        lines_.unread();
        break;
      }
    }
    return outside(first, "other-component",
                   fmt::format("a component that is no card: {}", printable(name).substr(0, 40)));
  }

  // ---- cards

  // The next line of a card. A lone CR is text, but not where one line end of the stream was lost, or where a file
  // whose lines end otherwise was put behind: beside BEGIN and END, and between two properties.
  Result<bool> next_line(Lines::Line& line) {
    TRY(const bool more, lines_.next(line, ends_));
    if (!more || line.cut || ends_ != LineEnds::kLf) return more;
    for (size_t at = line.text.find('\r'); at != std::string_view::npos; at = line.text.find('\r', at + 1)) {
      if (!lost_line_end(line.text.substr(0, at), line.text.substr(at + 1))) continue;
      lines_.end_at(line, at);
      break;
    }
    return true;
  }

  // Whether the card has outgrown its limit with the line last read.
  bool too_large(const Lines::Line& line) const { return line.cut || lines_.kept_size() > limits_.card_bytes; }

  Result<std::optional<Item>> read_card(const Lines::Line& begin) {
    lines_.mark();
    ends_ = begin.bare_cr ? LineEnds::kLfOrCr : LineEnds::kLf;
    agent_begin_.reset();
    CardBuilder builder(limits_, begin.number);
    if (place_ != nullptr) *place_ = CardPlace{lines_.line_begin(), 0, {}, {}, {}};
    const std::uint64_t first = begin.number;
    Lines::Line line;
    std::uint64_t last = first;
    while (true) {
      TRY(const bool more, next_line(line));
      if (!more) {
        if (agent_begin_)
          reject_unended(builder, last);
        else
          builder.reject(last, "no-end", "the card does not end");
        break;
      }
      last = line.number;
      if (too_large(line)) {
        TRY(read_over(line, builder, first));
        break;
      }
      if (trim(line.text).empty()) continue;
      if (ends(line.text, "VCARD")) {
        if (place_ != nullptr) place_->end_line = lines_.line_begin();
        if (ends_and_begins(line.text)) lines_.unread();
        break;
      }
      if (begins(line.text, "VCARD")) {
        lines_.unread();
        reject_unended(builder, last);
        break;
      }
      const size_t begin_of_property = lines_.line_begin();
      agent_begin_.reset();
      TRY(const bool fits, read_property(line, builder));
      if (place_ != nullptr && builder.kept() > place_->properties.size())
        place_->properties.push_back({begin_of_property, lines_.position()});
      if (!fits) {
        TRY(read_over(line, builder, first));
        break;
      }
    }
    return finish(builder);
  }

  // A card ends nowhere, and the next begins in `line`. Was it cut behind "AGENT:", the card that was taken for its
  // agent is the next.
  void reject_unended(CardBuilder& builder, std::uint64_t line) {
    if (agent_begin_ && lines_.go_back(*agent_begin_)) {
      line = agent_begin_->number;
      builder.drop_last();
      if (place_ != nullptr) place_->properties.resize(builder.kept());
    }
    builder.reject(line, "no-end", fmt::format("the card does not end before the next begins at line {}", line));
  }

  std::optional<Item> finish(CardBuilder& builder) {
    Item item = builder.finish();
    if (place_ != nullptr) settle_place(builder.taken());
    item.index = index_++;
    item.raw = lines_.kept().substr(0, kMaxRaw);
    lines_.release();
    return item;
  }

  // The places of the lines become those of the card's properties.
  void settle_place(const TakenValues& taken) {
    if (taken.absorbed.empty() && taken.derived.empty()) return;
    const std::vector<Extent> lines = std::exchange(place_->properties, {});
    for (const size_t at : taken.staying) place_->properties.push_back(lines[at]);
    for (const Absorbed& absorbed : taken.absorbed) {
      const auto into = std::lower_bound(taken.staying.begin(), taken.staying.end(), absorbed.into);
      place_->absorbed.emplace_back(into - taken.staying.begin(), lines[absorbed.line]);
    }
    for (const size_t at : taken.derived) place_->derived.push_back(lines[at]);
  }

  // The card is over its limit: reads on to its end, or to the beginning of another.
  Result<void> read_over(Lines::Line line, CardBuilder& builder, std::uint64_t first) {
    builder.reject(first, "card-too-large", fmt::format("more than {} bytes", limits_.card_bytes));
    int depth = 1;
    while (true) {
      if (!line.cut) {
        if (depth == 1) builder.add_key(line.text, line.number);
        if (ends(line.text, "VCARD") && --depth == 0) {
          if (ends_and_begins(line.text)) lines_.unread();
          return {};
        }
        if (opens_nested(line.text)) ++depth;
        if (begins(line.text, "VCARD")) {
          lines_.unread();
          return {};
        }
      }
      TRY(const bool more, next_line(line));
      if (!more) return {};
    }
  }

  // ---- properties

  static void drop_nuls(std::string& text, std::uint64_t line, CardBuilder& builder) {
    if (std::erase(text, '\0') > 0) builder.diagnose(line, "nul-byte", "NUL bytes, left out");
  }

  // Unfolds the property that begins with `line` and hands it over. False: the card has outgrown its limit.
  Result<bool> read_property(Lines::Line& line, CardBuilder& builder) {
    const std::uint64_t first = line.number;
    if (opens_nested(line.text)) {
      std::string head(line.text);
      drop_nuls(head, first, builder);
      return read_nested(line, parse_content_line(head), first, builder);
    }
    if (could_be(line.text, 'a') && blank_start(lines_.peek()) && announces_nested(line.text)) {
      agent_.assign(line.text);
      TRY(const bool more, next_line(line));
      if (more && begins(trim(line.text), "VCARD")) {
        drop_nuls(agent_, first, builder);
        return read_nested(line, parse_content_line(agent_), first, builder);
      }
      if (more) lines_.unread();
      line.text = agent_;
      line.number = first;
    }
    std::string_view text = line.text;
    if (blank_start(lines_.peek()) || ends_in_equals(text)) {
      unfolded_.assign(text);
      TRY(const bool fits, unfold(line, builder));
      if (!fits) return false;
      text = unfolded_;
    }
    if (text.find('\0') != std::string_view::npos) {
      if (text.data() != unfolded_.data()) unfolded_.assign(text);
      drop_nuls(unfolded_, first, builder);
      text = unfolded_;
    }
    ContentLine content = parse_content_line(text);
    if (content.state == ContentLine::State::kGood && content.encoding == TransferEncoding::kBase64 &&
        base64_goes_on()) {
      if (text.data() != unfolded_.data()) unfolded_.assign(text);
      TRY(const bool fits, join_base64(line));
      if (!fits) return false;
      content = parse_content_line(unfolded_);
    }
    if (content.state == ContentLine::State::kGood && content.encoding == TransferEncoding::kQuotedPrintable &&
        lines_.peek() >= 0) {
      const auto head = static_cast<size_t>(content.value.data() - text.data());
      if (text.data() != unfolded_.data()) unfolded_.assign(text);
      TRY(const bool fits, join_quoted_printable(line, builder));
      if (!fits) return false;
      content.value = std::string_view(unfolded_).substr(head);
    }
    if (unicode_ != nullptr && unicode_->wide() && text.find(kReplaced) != std::string_view::npos)
      builder.diagnose(first, "bad-charset", std::string(kReplacedMessage));
    switch (content.state) {
      case ContentLine::State::kNoColon:
        builder.diagnose(first, "no-colon", "a line without a colon, left out");
        return true;
      case ContentLine::State::kBadName:
        builder.diagnose(first, "bad-name", "a line whose name is no property's, left out");
        return true;
      case ContentLine::State::kGood: break;
    }
    if (content.property.name == "BEGIN"sv || content.property.name == "END"sv) {
      builder.diagnose(first, "stray-component", fmt::format("{} inside a card, left out", content.property.name));
      return true;
    }
    if (content.property.name == "AGENT"sv && trim(content.value).empty()) {
      TRY(const bool nested, nested_follows(line));
      if (nested) {
        const Lines::Place inner = lines_.place();
        return read_nested(line, std::move(content), first, builder, inner);
      }
    }
    if (content.too_many) builder.reject(first, "too-many-parameters", "a property with too many parameters");
    builder.add(std::move(content), first);
    return true;
  }

  // Takes out of `unfolded_` the blanks at `indents`, which follow each of its soft line breaks, where they are no
  // text: EVCard indents so what it broke off. To RFC 2045 §6.7 they are text, so this wants a proof: each blank of the
  // text is encoded, or one of these stands in the middle of a character.
  void drop_indents(const std::vector<size_t>& indents) {
    const ContentLine content = parse_content_line(unfolded_);
    if (indents.empty() || content.state != ContentLine::State::kGood) return;
    const std::string_view value = content.value;
    if (unfolded_.size() - value.size() > indents.front()) return;
    if (static_cast<size_t>(std::count_if(value.begin(), value.end(), blank_start)) != indents.size()) return;
    const bool utf8 = content.charset.empty() || content.charset == "utf-8";
    const auto cuts_character = [&](size_t at) {
      constexpr std::string_view kTrailing = "89AB";  // the first digit of a byte that goes on with a character
      const std::string_view rest = std::string_view(unfolded_).substr(at + 1);
      return utf8 && rest.size() > 2 && rest[0] == '=' && kTrailing.find(rest[1]) != std::string_view::npos;
    };
    if (!encodes_blanks(value) && std::none_of(indents.begin(), indents.end(), cuts_character)) return;
    size_t kept = indents.front();
    for (size_t i = 0; i < indents.size(); ++i) {
      const size_t begin = indents[i] + 1;
      const size_t end = i + 1 < indents.size() ? indents[i + 1] : unfolded_.size();
      std::copy(unfolded_.begin() + static_cast<std::ptrdiff_t>(begin),
                unfolded_.begin() + static_cast<std::ptrdiff_t>(end),
                unfolded_.begin() + static_cast<std::ptrdiff_t>(kept));
      kept += end - begin;
    }
    unfolded_.resize(kept);
  }

  // Joins folded lines and soft line breaks of quoted-printable to `unfolded_`; whether it is that is looked up when it
  // matters, if it is not known. False: over the limit.
  Result<bool> unfold(Lines::Line& line, CardBuilder& builder, std::optional<bool> quoted_printable = std::nullopt) {
    const std::uint64_t first = line.number;
    size_t last_length = line.text.size();
    std::vector<size_t> indents;
    bool indented = true;
    while (true) {
      const std::string_view so_far = unfolded_;
      const size_t trimmed = last_visible(so_far);
      if (trimmed != std::string_view::npos && so_far[trimmed] == '=') {
        if (!quoted_printable) {
          const ContentLine content = parse_content_line(so_far);
          // In a quoted parameter that is folded, ENCODING is text.
          quoted_printable = content.encoding == TransferEncoding::kQuotedPrintable &&
                             !(content.open_quote && blank_start(lines_.peek()));
        }
        if (*quoted_printable) {
          TRY(const bool more, next_line(line));
          if (more && (ends(line.text, "VCARD") || begins(line.text, "VCARD"))) {
            lines_.unread();
            builder.diagnose(first, "bad-quoted-printable", "a soft line break with nothing after it");
            return true;
          }
          if (!more) return true;
          if (too_large(line)) return false;
          if (escape_was_cut(std::string_view(unfolded_).substr(0, trimmed), line.text) &&
              parse_content_line(unfolded_).charset == "utf-8") {
            unfolded_.resize(trimmed + 1);
            unfolded_ += line.text;
            last_length = line.text.size();
            builder.diagnose(line.number, "bad-quoted-printable", "quoted-printable without a soft line break");
            continue;
          }
          unfolded_.resize(trimmed);
          if (stray_soft_break(unfolded_, last_length, line.text, blank_start(lines_.peek()))) {
            lines_.unread();
            builder.diagnose(first, "bad-quoted-printable", "a soft line break before another property");
            return true;
          }
          indents.push_back(unfolded_.size());
          indented = indented && line.text.size() > 1 && blank_start(line.text[0]) && !blank_start(line.text[1]);
          unfolded_ += line.text;
          last_length = line.text.size();
          continue;
        }
      }
      if (!blank_start(lines_.peek())) {
        if (indented) drop_indents(indents);
        return true;
      }
      TRY(const bool more, next_line(line));
      if (!more) return true;
      if (too_large(line)) return false;
      unfolded_ += line.text.substr(1);
      last_length = line.text.size();
    }
  }

  // Quoted-printable whose writer forgot the soft breaks: lines that are no property go on with it. One that breaks off
  // before the usual width had a line end there. False: over the limit.
  Result<bool> join_quoted_printable(Lines::Line& line, CardBuilder& builder) {
    bool told = false;
    while (lines_.peek() >= 0) {
      const size_t length = line.text.size();
      TRY(const bool more, next_line(line));
      if (!more) return true;
      if (too_large(line)) return false;
      if (trim(line.text).empty() || looks_like_property(line.text, blank_start(lines_.peek()))) {
        lines_.unread();
        return true;
      }
      if (!told) builder.diagnose(line.number, "bad-quoted-printable", "quoted-printable without a soft line break");
      told = true;
      const bool in_escape = unfolded_.size() > 1 && unfolded_[unfolded_.size() - 2] == '=' &&
                             hex_digit(unfolded_.back()) >= 0 && !line.text.empty() &&
                             hex_digit(line.text.front()) >= 0;
      if (length < kUsualWidth && !in_escape) unfolded_ += "=0D=0A";
      unfolded_ += line.text;
      if (blank_start(lines_.peek()) || ends_in_equals(line.text)) {
        TRY(const bool fits, unfold(line, builder, true));
        if (!fits) return false;
      }
    }
    return true;
  }

  bool base64_goes_on() const {
    const int c = lines_.peek();
    return c >= 0 && c != '\r' && c != '\n';
  }

  // Base64 of phones goes on without any indent, until a blank line or a line that is something else. False: over the
  // limit.
  Result<bool> join_base64(Lines::Line& line) {
    while (base64_goes_on()) {
      TRY(const bool more, next_line(line));
      if (!more) break;
      if (too_large(line)) return false;
      if (!base64_line(line.text)) {
        lines_.unread();
        break;
      }
      unfolded_ += line.text;
    }
    return true;
  }

  // ---- a card inside a card

  // Whether the next line begins a card; if so it is read.
  Result<bool> nested_follows(Lines::Line& line) {
    TRY(const bool more, next_line(line));
    if (!more) return false;
    if (begins(line.text, "VCARD")) return true;
    lines_.unread();
    return false;
  }

  // Takes the lines up to the END that belongs to the BEGIN in `line`. Some writers indent them all, or all after the
  // BEGIN. False: over the limit.
  // `own_place`: where the BEGIN stands, if it is a line of its own.
  Result<bool> read_nested(Lines::Line& line, ContentLine content, std::uint64_t first, CardBuilder& builder,
                           std::optional<Lines::Place> own_place = std::nullopt) {
    const bool indented = blank_start(lines_.peek());
    const auto blanks = [](std::string_view of) { return std::min(of.find_first_not_of(" \t"), of.size()); };
    const size_t indent = indented ? std::max(blanks(line.text), size_t{1}) : 0;
    std::string text = "BEGIN:VCARD";
    int depth = 1;
    bool announced = false;  // the line before is an AGENT without a value
    while (depth > 0) {
      TRY(const bool more, next_line(line));
      if (more && too_large(line)) return false;
      // A card that no AGENT announces is the next of the stream: this one and its parents are cut.
      if (!more || (!announced && begins(line.text, "VCARD")) ||
          (indented && !line.text.empty() && !blank_start(line.text.front()))) {
        if (more) lines_.unread();
        builder.diagnose(first, "no-end", "the card inside the card does not end");
        break;
      }
      const std::string_view inner = line.text.substr(std::min(indent, blanks(line.text)));
      if (ends(inner, "VCARD")) --depth;
      if (begins(inner, "VCARD") || opens_nested(inner)) ++depth;
      announced = could_be(inner, 'a') && announces_nested(inner);
      text += '\n';
      text += inner;
    }
    const std::string& name = content.property.name;
    if (content.state != ContentLine::State::kGood || name == "BEGIN"sv || name == "END"sv || name == "VERSION"sv) {
      builder.diagnose(first, "bad-name", "a card inside a line whose name is no property's, left out");
      return true;
    }
    if (depth == 0 && text.find("\nVERSION") != std::string::npos && !builder.rejected()) agent_begin_ = own_place;
    content.value = {};
    builder.add_nested(std::move(content), text, first);
    return true;
  }

  CardPlace* place_ = nullptr;
  std::unique_ptr<UnicodeStream> unicode_;
  Lines lines_;
  Limits limits_;
  LineEnds ends_ = LineEnds::kLf;
  std::uint64_t index_ = 0;
  std::string unfolded_;
  std::string agent_;
  std::optional<Lines::Place> agent_begin_;  // of the card inside the card, if it is the last property read
};

Result<std::vector<Item>> collect(CardReader& reader) {
  std::vector<Item> items;
  while (true) {
    TRY(std::optional<Item> item, reader.next());
    if (!item) return items;
    items.push_back(std::move(*item));
  }
}

}  // namespace

std::unique_ptr<CardReader> read_vcards(InputStream& input, Limits limits) {
  return std::make_unique<VcardReader>(input, limits);
}

Result<std::vector<Item>> parse_vcards(std::string_view text, Limits limits) {
  if (is_wide(text)) {
    const auto input = memory_input(text);
    VcardReader reader(*input, limits);
    return collect(reader);
  }
  VcardReader reader(text, limits);
  return collect(reader);
}

Result<std::vector<PlacedCard>> place_vcards(std::string_view text) {
  if (is_wide(text))
    return fail(Errc::kBadCard, "the text is UTF-16 or UTF-32", "only UTF-8 and its like can be changed in place");
  CardPlace place;
  VcardReader reader(text, {.card_bytes = SIZE_MAX / 2, .properties = SIZE_MAX}, place);
  std::vector<PlacedCard> cards;
  while (true) {
    TRY(std::optional<Item> item, reader.next());
    if (!item) return cards;
    if (!item->card) continue;
    cards.push_back({*std::move(item->card), std::move(item->version), item->line, item->rejected,
                     std::exchange(place, {}), !item->rejected && item->diagnostics.empty()});
  }
}

Result<card::Card> parse_vcard(std::string_view text) {
  constexpr Limits kNone{.card_bytes = SIZE_MAX / 2, .properties = SIZE_MAX};
  TRY(std::vector<Item> items, parse_vcards(text, kNone));
  if (items.size() != 1 || !items.front().card)
    return fail(Errc::kBadCard, items.empty() ? "no card" : "more than one card, or none");
  Item& item = items.front();
  if (item.rejected) return fail(Errc::kBadCard, item.rejected->message);
  if (!item.diagnostics.empty()) {
    const Diagnostic& first = item.diagnostics.front();
    return fail(Errc::kBadCard, fmt::format("line {}: {}", first.line, first.message));
  }
  return std::move(*item.card);
}

}  // namespace cardsrv::format
