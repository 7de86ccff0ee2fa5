#pragma once
// The entry key (semantics, "entry key"): what makes an entry of a contact list the same one in the next upload.

#include <span>
#include <string>
#include <string_view>

#include "card/card.h"
#include "phone/phone_number.h"

namespace cardsrv::service {

// The card's UID; without one, "d-" and a digest of its formatted name (as fold_name() has it) and its numbers, which
// must be sorted and without doubles.
[[nodiscard]] std::string entry_key(const card::Card& card, std::span<const phone::PhoneNumber> sorted_numbers);

// Whether a key is that of a card without UID.
[[nodiscard]] bool is_digest_key(std::string_view key);

}  // namespace cardsrv::service
