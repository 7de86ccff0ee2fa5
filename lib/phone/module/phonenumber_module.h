#pragma once
// The C interface of the module cardsrv-phonenumber: plain types only, since the tools and libphonenumber each have a
// C++ runtime of their own.

#include <cstddef>
#include <cstdint>

extern "C" {

// Answers of cardsrv_phone_parse.
enum CardsrvPhoneStatus {
  kCardsrvPhoneValid = 0,
  kCardsrvPhonePossible = 1,  // possible, not valid
  kCardsrvPhoneInvalid = 2,   // neither
  kCardsrvPhoneUnreadable = 3,
};

// Reads `raw` with the default region (two letters, or "ZZ" for none). On 0 and 1 sets *digits to the E.164 digits and
// *international to 1 where the spelling named the country itself.
typedef int (*CardsrvPhoneParse)(const char* raw, size_t size, const char* region, uint64_t* digits,
                                 int* international);
// 1 where the region is known.
typedef int (*CardsrvPhoneKnowsRegion)(const char* region);
// Writes the two letters of the number's region; 0 where it has none.
typedef int (*CardsrvPhoneRegionOf)(uint64_t digits, char* region);
// The length of the country code of a number; 0 where there is none.
typedef int (*CardsrvPhoneCountryCode)(uint64_t digits);

struct CardsrvPhoneModule {
  CardsrvPhoneParse parse;
  CardsrvPhoneKnowsRegion knows_region;
  CardsrvPhoneRegionOf region_of;
  CardsrvPhoneCountryCode country_code;
};

// The symbol to look up: const CardsrvPhoneModule* cardsrv_phone_module();
const CardsrvPhoneModule* cardsrv_phone_module();
}
