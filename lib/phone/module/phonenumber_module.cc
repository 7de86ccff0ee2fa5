#include "phone/module/phonenumber_module.h"

#include <phonenumbers/phonenumberutil.h>

#include <exception>
#include <set>
#include <string>

namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

const PhoneNumberUtil& util() { return *PhoneNumberUtil::GetInstance(); }

// 0 where it has none: a number that is all zeros is formatted as it was written.
uint64_t digits_of(const PhoneNumber& number) {
  std::string text;
  util().Format(number, PhoneNumberUtil::E164, &text);
  if (text.size() < 2 || text.size() > 16 || text.find_first_not_of("0123456789", 1) != std::string::npos) return 0;
  uint64_t digits = 0;
  for (size_t i = 1; i < text.size(); ++i) digits = digits * 10 + static_cast<uint64_t>(text[i] - '0');
  return digits;
}

// The number of E.164 digits; false where they are none.
bool number_of(uint64_t digits, PhoneNumber* number) {
  return util().Parse("+" + std::to_string(digits), "ZZ", number) == PhoneNumberUtil::NO_PARSING_ERROR;
}

// "+49 00123…" becomes +490123…, and that +49123…: a number that is another one when it is read again is none.
bool reads_as_itself(uint64_t digits) {
  PhoneNumber number;
  return number_of(digits, &number) && digits_of(number) == digits;
}

int parse(const char* raw, size_t size, const char* region, uint64_t* digits, int* international) {
  try {
    PhoneNumber number;
    if (util().ParseAndKeepRawInput(std::string(raw, size), region, &number) != PhoneNumberUtil::NO_PARSING_ERROR)
      return kCardsrvPhoneUnreadable;
    *digits = digits_of(number);
    if (*digits == 0) return kCardsrvPhoneUnreadable;
    // From "+", or an international prefix of the region ("0086…"): the country was written, not guessed.
    *international = number.country_code_source() == PhoneNumber::FROM_NUMBER_WITH_PLUS_SIGN ||
                     number.country_code_source() == PhoneNumber::FROM_NUMBER_WITH_IDD;
    if (util().IsValidNumber(number)) return kCardsrvPhoneValid;
    return util().IsPossibleNumber(number) && reads_as_itself(*digits) ? kCardsrvPhonePossible : kCardsrvPhoneInvalid;
  } catch (const std::exception&) {
    return kCardsrvPhoneUnreadable;
  }
}

int knows_region(const char* region) {
  std::set<std::string> regions;
  util().GetSupportedRegions(&regions);
  return regions.count(region) > 0 ? 1 : 0;
}

int region_of(uint64_t digits, char* region) {
  try {
    PhoneNumber number;
    if (!number_of(digits, &number)) return 0;
    std::string code;
    util().GetRegionCodeForNumber(number, &code);
    if (code == "ZZ" || code == "001") util().GetRegionCodeForCountryCode(number.country_code(), &code);
    if (code.size() != 2 || code == "ZZ") return 0;
    region[0] = code[0];
    region[1] = code[1];
    return 1;
  } catch (const std::exception&) {
    return 0;
  }
}

int country_code(uint64_t digits) {
  try {
    PhoneNumber number;
    return number_of(digits, &number) ? static_cast<int>(std::to_string(number.country_code()).size()) : 0;
  } catch (const std::exception&) {
    return 0;
  }
}

}  // namespace

const CardsrvPhoneModule* cardsrv_phone_module() {
  static const CardsrvPhoneModule module{parse, knows_region, region_of, country_code};
  return &module;
}
