// The phone number parser: no spelling harms it, and what it takes is a number (semantics L4): its E.164 form reads as
// itself, in every region.
#include <array>

#include "fuzz/fuzz.h"
#include "phone/phone_number.h"

namespace cardsrv {
namespace {

constexpr std::array<std::string_view, 16> kRegions = {"",   "CN", "DE", "US", "IT", "GB", "ES", "FR",
                                                       "AR", "MX", "BR", "JP", "IN", "CI", "RU", "AU"};

void check(std::string_view raw, std::optional<phone::Region> region) {
  static phone::Reader reader;
  const auto number = phone::parse(raw, region);
  const auto remembered = reader.parse(raw, region);
  fuzz::require(number == remembered, "read with and without a memory alike", raw);
  fuzz::require(number.has_value() == phone::parse_number(raw, region).has_value(), "both ways of asking agree", raw);
  if (!number) return;
  const std::string e164 = number->e164();
  fuzz::require(number->digits() >= 1 && number->digits() <= 999'999'999'999'999, "fifteen digits at most", e164);
  for (const auto& again : {phone::parse(e164, std::nullopt), phone::parse(e164, region)})
    fuzz::require(again == *number, "E.164 reads as itself", e164);
  fuzz::require(number->masked().size() <= e164.size() + 3, "masked is no longer", e164);
  if (const auto home = phone::region_of(*number))
    fuzz::require(phone::Region::parse(home->code()).has_value(), "its region is a region", e164);
}

}  // namespace
}  // namespace cardsrv

// The first byte chooses a region, the rest is the spelling.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  using namespace cardsrv;
  fuzz::Pieces pieces(fuzz::as_view(data, size));
  const std::string_view code = kRegions[pieces.byte() % kRegions.size()];
  const auto region = phone::Region::parse(code);
  fuzz::require(region.has_value() == !code.empty(), "a known region", code);
  check(pieces.rest(), region ? std::optional(*region) : std::nullopt);
  (void)phone::Region::parse(pieces.rest());
  return 0;
}
