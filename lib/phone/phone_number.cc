#include "phone/phone_number.h"

#include <fmt/format.h>

#include <unordered_map>

#include "base/module.h"
#include "base/utf8.h"
#include "phone/module/phonenumber_module.h"

namespace cardsrv::phone {
namespace {

constexpr size_t kLongestSpelling = 250;  // libphonenumber reads no more
constexpr size_t kRememberedSpellings = 500'000;

Result<const CardsrvPhoneModule*> module() {
  static const Result<const CardsrvPhoneModule*> opened = []() -> Result<const CardsrvPhoneModule*> {
    TRY(void* const symbol, open_module("cardsrv-phonenumber", "cardsrv_phone_module"));
    return reinterpret_cast<const CardsrvPhoneModule* (*)()>(symbol)();
  }();
  return opened;
}

bool has_digit(std::string_view text) {
  for (const char c : text)
    if ((c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80) return true;
  return false;
}

tl::expected<PhoneNumber, Unreadable> read_with(const CardsrvPhoneModule& library, std::string_view raw,
                                                std::optional<Region> region) {
  const std::string_view text = trim(raw);
  if (text.empty() || !has_digit(text)) return tl::unexpected(Unreadable::kEmpty);
  if (text.size() > kLongestSpelling) return tl::unexpected(Unreadable::kNotANumber);
  const std::string code = region ? std::string(region->code()) : "ZZ";
  std::uint64_t digits = 0;
  int international = 0;
  switch (library.parse(text.data(), text.size(), code.c_str(), &digits, &international)) {
    case kCardsrvPhoneValid: return PhoneNumber(digits);
    case kCardsrvPhonePossible:
      if (international != 0) return PhoneNumber(digits);
      return tl::unexpected(Unreadable::kOnlyPossible);
    case kCardsrvPhoneInvalid: return tl::unexpected(Unreadable::kInvalid);
    default: return tl::unexpected(!region && text.front() != '+' ? Unreadable::kNoRegion : Unreadable::kNotANumber);
  }
}

}  // namespace

std::string PhoneNumber::e164() const { return fmt::format("+{}", digits_); }

std::string PhoneNumber::masked() const {
  const std::string text = std::to_string(digits_);
  const std::string tail = text.substr(text.size() - std::min<size_t>(2, text.size()));
  const auto library = module();
  const int code = library ? (*library)->country_code(digits_) : 0;
  return fmt::format("+{}…{}", text.substr(0, static_cast<size_t>(code)), tail);
}

Result<Region> Region::parse(std::string_view code) {
  const std::string upper = ascii_upper(code);
  TRY(const auto* const library, module());
  if (upper.size() != 2 || library->knows_region(upper.c_str()) == 0)
    return fail(Errc::kUsage, fmt::format("\"{}\" is no region", printable(code)), "two letters, such as CN, DE or US");
  return Region(upper[0], upper[1]);
}

std::string_view describe(Unreadable why) {
  switch (why) {
    case Unreadable::kEmpty: return "no digits in it";
    case Unreadable::kNoRegion: return "a national spelling, and no region to read it in";
    case Unreadable::kNotANumber: return "no phone number";
    case Unreadable::kInvalid: return "no number that can be one";
    case Unreadable::kOnlyPossible: return "not valid in the region it was read in";
  }
  return "no phone number";
}

Result<void> load() {
  TRY(module());
  return {};
}

tl::expected<PhoneNumber, Unreadable> parse(std::string_view raw, std::optional<Region> region) {
  const auto library = module();
  if (!library) return tl::unexpected(Unreadable::kNotANumber);
  return read_with(**library, raw, region);
}

std::string masked_text(std::string_view raw) {
  constexpr size_t kLikeANumber = 7;
  constexpr size_t kMostShown = 60;
  std::string digits;
  for (const char c : raw)
    if (c >= '0' && c <= '9') digits += c;
  if (digits.size() < kLikeANumber) return printable(raw.substr(0, kMostShown));
  return fmt::format("{}…{}", trim(raw).starts_with('+') ? "+" : "", digits.substr(digits.size() - 2));
}

Result<PhoneNumber> parse_number(std::string_view raw, std::optional<Region> region) {
  TRY(const auto* const library, module());
  const auto number = read_with(*library, raw, region);
  if (number) return *number;
  return fail(Errc::kBadNumber, fmt::format("\"{}\": {}", masked_text(raw), describe(number.error())),
              region ? "write it with + and the country code, or name its region with --region CC"
                     : "write it with + and the country code, or give --region CC for national numbers");
}

std::optional<Region> region_of(PhoneNumber number) {
  const auto library = module();
  char code[2] = {0, 0};
  if (!library || (*library)->region_of(number.digits(), code) == 0) return std::nullopt;
  return Region(code[0], code[1]);
}

// Spellings seen, by region and raw text. Past the bound everything is forgotten: what repeats is soon there again.
struct Reader::Memory {
  std::unordered_map<std::string, tl::expected<PhoneNumber, Unreadable>> seen;
  std::string key;
};

Reader::Reader() : memory_(std::make_unique<Memory>()) {}
Reader::~Reader() = default;

tl::expected<PhoneNumber, Unreadable> Reader::parse(std::string_view raw, std::optional<Region> region) {
  raw = trim(raw);
  if (raw.size() > kLongestSpelling) return phone::parse(raw, region);
  std::string& key = memory_->key;
  key.assign(region ? region->code() : "ZZ");
  key += raw;
  if (const auto found = memory_->seen.find(key); found != memory_->seen.end()) return found->second;
  const auto number = phone::parse(raw, region);
  if (memory_->seen.size() >= kRememberedSpellings) memory_->seen.clear();
  memory_->seen.emplace(key, number);
  return number;
}

}  // namespace cardsrv::phone
