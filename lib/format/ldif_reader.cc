// Reads LDIF: records of attributes, each a card.
#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "format/encodings.h"
#include "format/kept_lines.h"
#include "format/ldif.h"
#include "format/ldif_attributes.h"
#include "format/lines.h"
#include "format/media_types.h"
#include "format/unicode_input.h"
#include "format/versions.h"

namespace cardsrv::format {
namespace {

constexpr size_t kMostTold = 100;

// One line of a record, unfolded and taken apart.
struct Attribute {
  std::string name;   // as written, with its options
  std::string lower;  // in lower case, without them
  LdifValue value;
  std::uint64_t line = 0;
};

// "$" parts the lines of an address (RFC 4517 §3.3.28).
std::string address_lines(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$') {
      out += '\n';
    } else if (text.substr(i, 3) == "\\24" || text.substr(i, 3) == "\\5C" || text.substr(i, 3) == "\\5c") {
      out += text[i + 1] == '2' ? '$' : '\\';
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool is_dn(std::string_view line) { return line.size() > 3 && ascii_lower(line.substr(0, 3)) == "dn:"; }

// Whether an unfolded line gives the value of a secret, however broken: in a comment, or without its colon. `end` is
// where its name ends.
bool gives_secret(std::string_view line, size_t& end) {
  size_t begin = 0;
  while (begin < line.size() && !attribute_name(line.substr(begin, 1))) ++begin;
  end = std::min(line.find_first_of(":= \t", begin), line.size());
  return holds_secret(line.substr(begin, end - begin));
}

// A record as it stood, without the values of secrets (ADR 0023).
class RawText {
 public:
  // `hide`: an attribute to leave out as well.
  RawText(std::string_view raw, std::string_view hide) : hide_(hide) {
    while (!raw.empty()) {
      const size_t size = std::min(raw.find('\n'), raw.size() - 1) + 1;
      if (!raw.starts_with(' ')) flush();
      written_ += raw.substr(0, size);
      const std::string_view text = raw.substr(0, std::min(size, raw.find_first_of("\r\n")));
      unfolded_ += unfolded_.empty() || !text.starts_with(' ') ? text : text.substr(1);
      raw.remove_prefix(size);
    }
    flush();
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void flush() {
    std::erase(unfolded_, '\0');
    size_t end = 0;
    const std::string_view line = unfolded_;
    if (gives_secret(line, end) || (!hide_.empty() && ascii_lower(line.substr(0, end)) == hide_)) {
      out_ += line.substr(0, end);
      if (line.substr(end).starts_with(':')) out_ += ':';
      if (written_.ends_with('\n')) out_ += written_.ends_with("\r\n") ? "\r\n" : "\n";
    } else {
      out_ += written_;
    }
    unfolded_.clear();
    written_.clear();
  }

  std::string_view hide_;
  std::string unfolded_;
  std::string written_;
  std::string out_;
};

// Makes a card of the lines of a record.
class RecordBuilder {
 public:
  explicit RecordBuilder(std::uint64_t line) { item_.line = line; }

  void tell(std::uint64_t line, std::string_view code, std::string message) {
    if (item_.diagnostics.size() > kMostTold) return;
    if (item_.diagnostics.size() == kMostTold) {
      code = "more";
      message = "more damage of this record is not told";
    }
    item_.diagnostics.push_back({line, std::string(code), std::move(message)});
  }

  // One unfolded line.
  void add(std::string text, std::uint64_t line) {
    if (text.find('\0') != std::string::npos) {
      tell(line, "nul-byte", "NUL bytes, left out");
      std::erase(text, '\0');
    }
    const std::string_view all = text;
    const size_t colon = all.find(':');
    const std::string_view name = trim(all.substr(0, colon));
    if (change_ && (colon == std::string_view::npos || name == "-")) return;
    if (colon == std::string_view::npos) return tell(line, "no-colon", "a line without a colon, left out");
    if (!attribute_name(name)) return tell(line, "bad-name", "a line whose name is no attribute's, left out");
    if (holds_secret(name)) return tell_secret(line, name);
    Attribute attribute{std::string(name), ascii_lower(name.substr(0, name.find(';'))), {}, line};
    std::string_view value = all.substr(colon + 1);
    const char kind = value.empty() ? '\0' : value.front();
    if (kind == ':') {
      take_base64(value.substr(1), attribute);
    } else if (kind == '<') {
      tell(line, "url-value", fmt::format("{}: the address of a value, kept and not opened", printable(name)));
      attribute.name += ":<";
      attribute.lower += ":<";
      attribute.value.text = utf8(trim(value.substr(1)), line);
    } else {
      attribute.value.text = utf8(trim(value), line);
    }
    take(std::move(attribute));
  }

  // The record with everything that was told about it; the builder is used up.
  Item finish() {
    if (change_) {
      item_.diagnostics.assign(1, {item_.line, "change-record",
                                   fmt::format("a change of a directory, no contact: {}", printable(*change_))});
      return std::move(item_);
    }
    fill(Names::kOwn);
    fill(Names::kOther);
    if (!dn_ && !known_) {
      if (item_.diagnostics.empty() && attributes_.empty()) return std::move(item_);
      tell(item_.line, "stray-text", "lines that are no contact");
      return std::move(item_);
    }
    if (!dn_) tell(item_.line, "no-dn", "the record has no dn");
    std::vector<Diagnostic> told;
    card::Card card = card_of_cells(ldif_table(), cells_, kept_, told);
    for (Diagnostic& diagnostic : told) tell(item_.line, diagnostic.code, std::move(diagnostic.message));
    if (dn_ && dn_->value.text != made_dn(cells_)) card.properties.push_back(ldif_property("dn", dn_->value));
    for (const Attribute& attribute : attributes_)
      if (!attribute.lower.empty()) card.properties.push_back(ldif_property(attribute.name, attribute.value));
    leave_out_kept_secrets(card);
    item_.card = std::move(card);
    return std::move(item_);
  }

  // After finish(): the attribute besides the secrets themselves that holds one.
  [[nodiscard]] std::string_view hides() const { return hides_; }

 private:
  enum class Names { kOwn, kOther };

  void tell_secret(std::uint64_t line, std::string_view name) {
    tell(line, "secret",
         fmt::format("a password or key, left out: {}", printable(trim(name.substr(0, name.find(';'))))));
  }

  // A card of before, when they were kept, may have them in its kept lines.
  void leave_out_kept_secrets(card::Card& card) {
    std::erase_if(card.properties, [&](const card::Property& property) {
      const card::Parameter* name = property.name == kLdifAttribute ? property.parameter(kColumnName) : nullptr;
      if (name == nullptr || name->values.empty() || !holds_secret(name->values.front())) return false;
      tell_secret(item_.line, name->values.front());
      hides_ = kKeptAttribute;
      return true;
    });
  }

  std::string utf8(std::string_view text, std::uint64_t line) {
    if (valid_utf8(text)) return std::string(text);
    tell(line, "guessed-charset", "bytes that are no UTF-8, read as Windows-1252");
    return from_windows_1252(text);
  }

  // Text, if it is; base64 without its white space else.
  void take_base64(std::string_view written, Attribute& attribute) {
    std::string base64;
    if (!append_base64(written, base64) || !whole_base64(base64)) {
      tell(attribute.line, "bad-base64", fmt::format("{}: broken base64", printable(attribute.name)));
      if (!valid_utf8(base64)) base64 = from_windows_1252(base64);
    }
    const std::string bytes = decode_base64(base64);
    const bool text = attribute.lower != "jpegphoto" && valid_utf8(bytes) && bytes.find('\0') == std::string::npos &&
                      ascii_lower(attribute.name).find(";binary") == std::string::npos;
    if (text) {
      attribute.value.text = attribute.lower == kKeptAttribute ? bytes : std::string(trim(bytes));
    } else if (is_text(attribute.lower)) {
      attribute.value.text = utf8(trim(bytes), attribute.line);
      std::erase(attribute.value.text, '\0');
    } else {
      attribute.value = {encode_base64(bytes), true};
    }
  }

  static bool is_text(const std::string& name) {
    const LdifLayout& layout = ldif_layout();
    return name != "jpegphoto" && (layout.by_name.contains(name) || layout.by_other_name.contains(name) ||
                                   name == "dn" || name == kKeptAttribute);
  }

  void take(Attribute attribute) {
    const std::string& name = attribute.lower;
    if (name == "version" && !dn_ && attributes_.empty()) return;
    if (name == "dn" && !dn_) {
      dn_ = std::move(attribute);
      return;
    }
    if (name == "changetype") {
      if (ascii_lower(attribute.value.text) != "add") change_ = attribute.value.text;
      return;
    }
    if (name == kKeptAttribute && kept_.empty()) {
      kept_ = std::move(attribute.value.text);
      known_ = true;
      return;
    }
    if (name == "objectclass") {
      const std::string value = ascii_lower(attribute.value.text);
      const auto& classes = ldif_classes();
      if (std::any_of(classes.begin(), classes.end(), [&](std::string_view one) { return ascii_lower(one) == value; }))
        return;
    }
    if (attribute.value.text.empty() && is_text(name)) return;
    attributes_.push_back(std::move(attribute));
  }

  // Puts attributes into the cells they are for; what is taken has no `lower` any more. Those with options stay.
  void fill(Names names) {
    const LdifLayout& layout = ldif_layout();
    const auto& map = names == Names::kOwn ? layout.by_name : layout.by_other_name;
    for (Attribute& attribute : attributes_) {
      const auto found = map.find(attribute.lower);
      if (found == map.end()) continue;
      const bool photo = attribute.lower == "jpegphoto";
      const bool options = attribute.name.size() != attribute.lower.size();
      if (attribute.value.binary != photo || attribute.value.text.empty()) continue;
      const auto column =
          std::find_if(found->second.begin(), found->second.end(), [&](size_t place) { return cells_[place].empty(); });
      if (column == found->second.end()) continue;
      // "cn;lang-ja" where there is no other: the value is used, and kept with its language.
      if (options && names == Names::kOwn && !photo && has_plain(attribute.lower)) continue;
      known_ = true;
      put(*column, attribute);
      if (!options || photo) attribute.lower.clear();
    }
  }

  [[nodiscard]] bool has_plain(std::string_view name) const {
    return std::any_of(attributes_.begin(), attributes_.end(),
                       [&](const Attribute& attribute) { return ascii_lower(attribute.name) == name; });
  }

  void put(size_t column, const Attribute& attribute) {
    const std::string_view name = ldif_layout().names[column];
    const std::string& text = attribute.value.text;
    std::string& cell = cells_[column];
    if (name == "jpegPhoto") {
      const std::string_view media = sniff_base64(text);
      cell = fmt::format("data:{};base64,{}", media.empty() ? "image/jpeg" : media, text);
    } else if (name == "postalAddress" || name == "homePostalAddress") {
      cell = address_lines(text);
    } else if (name == "labeledURI") {
      const size_t blank = std::min(text.find(' '), text.size());
      cell = text.substr(0, blank);
      cells_[column + 1] = trim(std::string_view(text).substr(blank));
    } else {
      cell = text;
    }
  }

  Item item_;
  Cells cells_ = Cells(ldif_layout().columns.size());
  std::vector<Attribute> attributes_;
  std::optional<Attribute> dn_;
  std::optional<std::string> change_;
  std::string kept_;
  std::string_view hides_;
  bool known_ = false;  // an attribute that contacts have
};

class LdifReader final : public CardReader {
 public:
  LdifReader(InputStream& input, Limits limits)
      : unicode_(unicode_input(input)), lines_(*unicode_, limits.card_bytes), limits_(limits) {}

  Result<std::optional<Item>> next() override {
    Lines::Line line;
    while (true) {
      TRY(const bool more, lines_.next(line, LineEnds::kLf));
      if (!more) return std::nullopt;
      if (trim(line.text).empty()) continue;
      TRY(std::optional<Item> item, read_record(line));
      if (item) return item;
    }
  }

 private:
  // nullopt: nothing but comments and the version of the format.
  Result<std::optional<Item>> read_record(Lines::Line line) {
    lines_.mark();
    const std::uint64_t first = line.number;
    RecordBuilder builder(first);
    std::string unfolded;
    std::uint64_t begin = 0;  // line of what is unfolded; 0: nothing
    bool has_dn = false;
    bool too_large = false;
    const auto flush = [&] {
      if (begin != 0 && !unfolded.starts_with('#')) builder.add(std::move(unfolded), begin);
      unfolded.clear();
      begin = 0;
    };
    while (true) {
      if (line.cut || lines_.kept_size() > limits_.card_bytes) {
        too_large = true;
        break;
      }
      if (line.text.starts_with(' ') && begin != 0) {
        unfolded += line.text.substr(1);
      } else {
        flush();
        if (is_dn(line.text) && has_dn) {  // the blank line between two records is missing
          lines_.unread();
          break;
        }
        has_dn = has_dn || is_dn(line.text);
        unfolded = line.text;
        begin = line.number;
      }
      TRY(const bool more, lines_.next(line, LineEnds::kLf));
      if (!more || line.text.empty()) break;
    }
    flush();
    if (too_large) TRY(read_over(line));
    Item item = builder.finish();
    return finish(std::move(item), too_large, builder.hides());
  }

  Result<void> read_over(Lines::Line line) {
    while (line.cut || !line.text.empty()) {
      TRY(const bool more, lines_.next(line, LineEnds::kLf));
      if (!more) return {};
    }
    return {};
  }

  std::optional<Item> finish(Item item, bool too_large, std::string_view hide) {
    if (too_large) {
      item.rejected = {item.line, "card-too-large", fmt::format("more than {} bytes", limits_.card_bytes)};
      if (!item.card) item.card.emplace();
    }
    if (item.card && !item.rejected && item.card->properties.size() > limits_.properties)
      item.rejected = {item.line, "too-many-properties", fmt::format("more than {} properties", limits_.properties)};
    if (item.card) settle_parameters(*item.card);
    if (item.card) {
      size_t kept = 0;  // its key is worth knowing all the same (semantics L2)
      std::erase_if(item.card->properties, [&](const card::Property& property) {
        return kept++ >= limits_.properties && property.name != "UID";
      });
    }
    item.index = item.card ? index_++ : index_;
    const bool damaged = !item.diagnostics.empty() || item.rejected;
    item.raw = RawText(lines_.kept().substr(0, kMaxRaw), hide).take();
    lines_.release();
    if (!item.card && !damaged) return std::nullopt;
    return item;
  }

  std::unique_ptr<InputStream> unicode_;
  Lines lines_;
  Limits limits_;
  std::uint64_t index_ = 0;
};

}  // namespace

std::unique_ptr<CardReader> read_ldif(InputStream& input, Limits limits) {
  return std::make_unique<LdifReader>(input, limits);
}

bool looks_like_ldif(std::string_view head) {
  const auto bytes = memory_input(head);
  const auto text = unicode_input(*bytes);
  Lines lines(*text, head.size() + 1);
  Lines::Line line;
  bool comment = false;
  while (true) {
    const auto more = lines.next(line, LineEnds::kLf);
    if (!more || !*more) return false;
    comment = line.text.starts_with('#') || (comment && line.text.starts_with(' '));
    if (comment || trim(line.text).empty()) continue;
    if (is_dn(line.text)) return true;
    const std::string lower = ascii_lower(line.text.substr(0, 8));
    return lower == "version:" && trim(line.text.substr(8)) == "1";
  }
}

}  // namespace cardsrv::format
