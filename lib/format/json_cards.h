#pragma once
// Cards in JSON, jCard and JSContact alike: finds them in a stream of any size and parses them one at a time.
// Taken are one card, an array of cards, and any concatenation of both (JSON Lines, RFC 7464's text sequences,
// pretty-printed or not). Not for: what a card means (jcard.h, jscontact.h).
//
// How damage ends: once a card breaks the grammar of JSON, everything is read over up to the first place where another
// card visibly begins: the opening bracket with the format's first words ("[ "vcard"", "{ "@type": "Card""), or a line
// that begins with the opening bracket at the same indent as the broken card. Such a beginning in an open card also
// ends that card (jCard: anywhere; JSContact: at the same indent, since its objects may hold others).

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "format/reader.h"

namespace cardsrv::format {

using Json = nlohmann::ordered_json;

// Deeper nesting is rejected before anything parses it.
inline constexpr size_t kMaxJsonDepth = 64;

// How the cards of a format begin.
struct CardStart {
  char open = '{';
  std::vector<std::string_view> words;  // tokens that begin a card beyond doubt, `open` first
};

// One piece of the stream.
struct JsonPiece {
  enum class Kind {
    kValue = 1,   // a value whose brackets match; `text` is all of it
    kBroken = 2,  // a value that is damaged or over a limit; `text` is its beginning
    kStray = 3,   // text outside of any value
  };
  Kind kind = Kind::kValue;
  std::uint64_t line = 0;  // where it begins
  std::string text;
  Diagnostic damage;  // kBroken, kStray
};

// Splits a stream into values by their brackets. At most limits.card_bytes of one are kept. Not thread-safe.
class JsonSplitter {
 public:
  // `input` must outlive this object.
  JsonSplitter(InputStream& input, Limits limits, CardStart start);
  ~JsonSplitter();
  // nullopt at the end. What the input fails with.
  [[nodiscard]] Result<std::optional<JsonPiece>> next();

 private:
  class Scanner;
  std::unique_ptr<Scanner> scanner_;
};

// The value of a JSON text, nullopt where it is none. What JSON forbids but can be understood is repaired and told in
// `diagnostics` with the line where the text begins: bytes that are no UTF-8 (guessed-charset), lone surrogates
// (lone-surrogate), NULs (nul-byte, left out), other control characters (control-byte), names that stand twice in an
// object (duplicate-key, the last counts). `damage` says why there is no value. The text must not nest deeper than
// kMaxJsonDepth.
[[nodiscard]] std::optional<Json> parse_json(std::string text, std::uint64_t line, std::vector<Diagnostic>& diagnostics,
                                             std::string& damage);

// A short text from inside a card as JSON: nullopt where it is none, or nests deeper than `depth`.
[[nodiscard]] std::optional<Json> parse_inner_json(std::string_view text, size_t depth);

// Compact, in UTF-8; what is no UTF-8 becomes U+FFFD.
[[nodiscard]] std::string compact(const Json& json);

// Finds members of one object by their names, of which the object itself looks through all. Members may be added
// meanwhile, and values change; none may be taken out. Not thread-safe.
class MemberIndex {
 public:
  // The value, null where there is none (or `object` is no object); valid until a member is added.
  [[nodiscard]] const Json* find(const Json& object, const std::string& name);
  [[nodiscard]] Json* find(Json& object, const std::string& name);
  // Adds a member that is not there; null becomes an object.
  static void add(Json& object, std::string name, Json value);

 private:
  [[nodiscard]] std::optional<size_t> place_of(const Json& object, const std::string& name);

  std::unordered_map<std::string, size_t> places_;
};

// A reader over the cards of a stream; the formats say what a card looks like and what it means.
class JsonCardReader : public CardReader {
 public:
  JsonCardReader(InputStream& input, Limits limits, CardStart start);
  [[nodiscard]] Result<std::optional<Item>> next() final;

 protected:
  [[nodiscard]] virtual bool is_card(const Json& json) const = 0;
  // Fills item.card, item.version and what there is to tell; item.line is set. May be over the limit of properties.
  virtual void convert(const Json& json, Item& item) = 0;

 private:
  std::unique_ptr<InputStream> unicode_;
  Limits limits_;
  JsonSplitter splitter_;
  std::uint64_t index_ = 0;
};

}  // namespace cardsrv::format
