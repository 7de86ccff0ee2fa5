#include "service/entry_key.h"

#include "base/digest.h"
#include "base/utf8.h"

namespace cardsrv::service {
namespace {

constexpr std::string_view kOfDigest = "d-";

}  // namespace

std::string entry_key(const card::Card& card, std::span<const phone::PhoneNumber> sorted_numbers) {
  if (auto uid = card.uid()) return *std::move(uid);
  Hasher hasher;
  hasher.add_field(fold_name(card.formatted_name()));
  std::string numbers;
  for (const phone::PhoneNumber number : sorted_numbers) numbers += number.e164();
  hasher.add_field(numbers);
  const Digest digest = hasher.finish();
  return std::string(kOfDigest) + base32(std::span(digest).first(16));
}

bool is_digest_key(std::string_view key) { return key.starts_with(kOfDigest); }

}  // namespace cardsrv::service
