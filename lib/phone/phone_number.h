#pragma once
// Phone numbers: the E.164 value type, and reading any spelling with a default region.
// Not for: who holds a number (store/), what a card's TEL looks like (card/).

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cardsrv::phone {

// A number in E.164 (ITU-T E.164 §6): at most 15 digits, the first is no zero. Kept as an integer.
class PhoneNumber {
 public:
  // `digits` must be in 1…999999999999999; what is stored was parsed once at the edge.
  explicit constexpr PhoneNumber(std::uint64_t digits) : digits_(digits) {}
  [[nodiscard]] constexpr std::uint64_t digits() const { return digits_; }
  // "+8613800138000"
  [[nodiscard]] std::string e164() const;
  // Country code and last two digits only: "+86…00" (semantics X3).
  [[nodiscard]] std::string masked() const;
  auto operator<=>(const PhoneNumber&) const = default;

 private:
  std::uint64_t digits_;
};

// An ISO 3166-1 alpha-2 code in upper case that libphonenumber knows.
class Region {
 public:
  // Any case; kUsage where no such region is known.
  [[nodiscard]] static Result<Region> parse(std::string_view code);
  [[nodiscard]] std::string_view code() const { return {code_, 2}; }
  auto operator<=>(const Region&) const = default;

 private:
  friend class Reader;
  friend std::optional<Region> region_of(PhoneNumber);
  Region(char a, char b) : code_{a, b} {}
  char code_[2];
};

// Why a spelling is no number.
enum class Unreadable {
  kEmpty = 1,         // nothing, or no digit in it
  kNoRegion = 2,      // a national spelling where no region is known
  kNotANumber = 3,    // libphonenumber cannot read it
  kInvalid = 4,       // readable, but no number that can be one
  kOnlyPossible = 5,  // possible, but only under a guessed country (semantics L4)
};

// A phrase for people: "no number that can be one", and so on.
[[nodiscard]] std::string_view describe(Unreadable why);
// A text that is no number, for messages: where it has seven digits or more it may be somebody's all the same, and
// shows the last two only, "…67" or "+…67" (semantics X3). Of any other the beginning, printable.
[[nodiscard]] std::string masked_text(std::string_view raw);

// Opens what the reading of numbers stands on, a module of its own. kIo where it is missing: without it every spelling
// would be unreadable, so that whoever acts on what parse() says asks this first. May be called again; thread-safe.
[[nodiscard]] Result<void> load();

// Reads one spelling (semantics L4): taken is what libphonenumber finds valid; an international spelling also when
// it is only possible. "tel:" URIs (RFC 3966) and extensions are understood; an extension is not part of the number.
// Thread-safe.
[[nodiscard]] tl::expected<PhoneNumber, Unreadable> parse(std::string_view raw, std::optional<Region> region);

// As parse(), with an error for people that names the spelling (kBadNumber), and kIo where the module cannot be opened.
[[nodiscard]] Result<PhoneNumber> parse_number(std::string_view raw, std::optional<Region> region);

// The main region of a number; nullopt for a number of no country (+800, +882).
[[nodiscard]] std::optional<Region> region_of(PhoneNumber number);

// Reads many spellings and remembers those already seen: lists repeat numbers, and libphonenumber takes 35 µs each.
// Its memory is bounded. Not thread-safe.
class Reader {
 public:
  Reader();
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  [[nodiscard]] tl::expected<PhoneNumber, Unreadable> parse(std::string_view raw, std::optional<Region> region);

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

}  // namespace cardsrv::phone
