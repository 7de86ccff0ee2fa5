#pragma once
// Finding the account that a command names, and what its region and limits are. One error for all who may not (R1).

#include <optional>
#include <string_view>

#include "base/result.h"
#include "format/reader.h"
#include "phone/phone_number.h"
#include "store/store.h"

namespace cardsrv::service {

// The one answer for unknown and closed accounts, wrong passwords and dead codes (R1, cli.md exit 4).
[[nodiscard]] Error refused();

// Whether there is an account, and it was not closed.
[[nodiscard]] bool is_open(const std::optional<store::Account>& account);

// An account that may upload, match and pull; kRefused otherwise.
[[nodiscard]] Result<store::Account> open_account(store::ReadTransaction& tx, const store::Uid& uid);

// As above, named by uid or by the number that it holds; a uid goes first. National spellings are read in `region`.
[[nodiscard]] Result<store::Account> open_account(store::ReadTransaction& tx, std::string_view uid_or_number,
                                                  std::optional<phone::Region> region);

// As above, for operators: an account that was closed is found by its uid.
[[nodiscard]] Result<store::Account> any_account(store::ReadTransaction& tx, std::string_view uid_or_number,
                                                 std::optional<phone::Region> region);

// An account that may upload, match and pull, by a uid that a record of the store names.
[[nodiscard]] Result<store::Account> open_account_of(store::ReadTransaction& tx, const std::string& uid);
// The account of a handle, closed ones too.
[[nodiscard]] Result<store::Account> account_at(store::ReadTransaction& tx, store::AccountRef ref);
[[nodiscard]] Result<bool> has_own_card(store::ReadTransaction& tx, store::AccountRef account);

// The live binding of a number.
[[nodiscard]] Result<std::optional<store::Binding>> holder_of(store::ReadTransaction& tx, store::PhoneNumber number);
// The last number of an account, which it has still if `until` is empty.
[[nodiscard]] Result<std::optional<store::Binding>> last_binding(store::ReadTransaction& tx, store::AccountRef account);
// Its number, while it has it.
[[nodiscard]] std::optional<store::PhoneNumber> bound_number(const std::optional<store::Binding>& last);

// The numbers of an account: the one that is bound now, and the former ones, the latest first.
struct AccountNumbers {
  std::optional<phone::PhoneNumber> bound;
  std::vector<phone::PhoneNumber> former;
  // L4: of the bound number; of the last one held where there is none.
  [[nodiscard]] std::optional<phone::Region> region() const;
};
[[nodiscard]] Result<AccountNumbers> numbers_of(store::ReadTransaction& tx, store::AccountRef account);

// L4: the region that was named, else that of the account's numbers, which are looked at only then.
[[nodiscard]] Result<std::optional<phone::Region>> region_for(store::ReadTransaction& tx, store::AccountRef account,
                                                              std::optional<phone::Region> named);

// L6, as configured.
struct ListLimits {
  format::Limits card;
  std::size_t entries = 10'000;
  std::size_t numbers = 20;
};
[[nodiscard]] Result<ListLimits> list_limits(store::ReadTransaction& tx);

}  // namespace cardsrv::service
