#pragma once
// The published card: what peers see of an own card (semantics O3, O4), and how it is delivered to one of them (P5).

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "card/card.h"
#include "service/account_access.h"
#include "store/store.h"

namespace cardsrv::service {

// O3, a pure function: the bound number is present and preferred, former numbers are replaced by it (left out while
// there is none), REV is `revised`. Its UID, if any, stands in X-CARDSRV-UID (P5). Properties of ours that a person
// wrote into their card are left out: nobody may speak for us.
[[nodiscard]] card::Card published_card(const card::Card& own, const AccountNumbers& numbers, Timestamp revised);

// For a device whose owner's national numbers are of `readers`: what the peer wrote as at home, in the country of the
// preferred number, which is the bound one (O3), becomes E.164 where one of `readers` would take it for another number,
// or for none (D1, ADR 0022). What was delivered `before` means what it meant then, wherever the peer lives now.
// Returns what became of each national spelling.
using Spellings = std::map<std::string, std::string>;
[[nodiscard]] Spellings spell_for_readers(card::Card& published, const std::vector<phone::Region>& readers,
                                          const Spellings& before, phone::Reader& numbers);

// Stores `own` as the account's next revision with its published card, and lets its peers hear of it (O4).
[[nodiscard]] Result<std::uint64_t> publish(store::Transaction& tx, store::AccountRef account, const card::Card& own);

// After a change of the account's binding: publishes the own card anew (B2). Nothing to do where there is none.
[[nodiscard]] Result<void> republish(store::Transaction& tx, store::AccountRef account);

// A card that this store wrote, own or published. kDamage where it cannot be read.
[[nodiscard]] Result<card::Card> read_stored_card(std::string_view text);

// The published text as one peer gets it: its UID is the first of the peer's entry keys (P5).
[[nodiscard]] std::string deliverable(std::string_view published, std::string_view entry_key);

}  // namespace cardsrv::service
