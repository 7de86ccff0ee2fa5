#include "service/account_access.h"

#include <algorithm>
#include <charconv>

namespace cardsrv::service {
namespace {

using store::Config;

Result<std::size_t> size_setting(store::ReadTransaction& tx, Config key, std::size_t otherwise) {
  TRY(const auto text, tx.config(key));
  std::size_t value = otherwise;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

}  // namespace

Error refused() {
  return Error{Errc::kRefused, "refused: not registered, or the password or code is wrong or no longer good", "", {}};
}

bool is_open(const std::optional<store::Account>& account) {
  return account && account->state == store::AccountState::kOpen;
}

Result<store::Account> open_account(store::ReadTransaction& tx, const store::Uid& uid) {
  TRY(auto account, tx.account(uid));
  if (!is_open(account)) return fail(refused());
  return *std::move(account);
}

Result<store::Account> open_account(store::ReadTransaction& tx, std::string_view uid_or_number,
                                    std::optional<phone::Region> region) {
  if (const auto uid = store::Uid::parse(uid_or_number)) {
    TRY(auto account, tx.account(*uid));
    if (is_open(account)) return *std::move(account);
  }
  TRY(phone::load());
  const auto number = phone::parse(uid_or_number, region);
  if (!number) return fail(refused());
  TRY(const auto holder, holder_of(tx, *number));
  if (!holder) return fail(refused());
  return account_at(tx, holder->account);
}

Result<store::Account> any_account(store::ReadTransaction& tx, std::string_view uid_or_number,
                                   std::optional<phone::Region> region) {
  if (const auto uid = store::Uid::parse(uid_or_number)) {
    TRY(auto account, tx.account(*uid));
    if (account) return *std::move(account);
  }
  return open_account(tx, uid_or_number, region);
}

Result<store::Account> open_account_of(store::ReadTransaction& tx, const std::string& uid_text) {
  TRY(const store::Uid uid, store::Uid::parse(uid_text));
  return open_account(tx, uid);
}

Result<store::Account> account_at(store::ReadTransaction& tx, store::AccountRef ref) {
  TRY(auto accounts, tx.accounts(std::span(&ref, 1)));
  return std::move(accounts.front());
}

Result<bool> has_own_card(store::ReadTransaction& tx, store::AccountRef account) {
  TRY(const auto own, tx.own_cards(std::span(&account, 1)));
  return own.front().has_value();
}

Result<std::optional<store::Binding>> holder_of(store::ReadTransaction& tx, store::PhoneNumber number) {
  TRY(auto live, tx.live(std::span(&number, 1)));
  return live.empty() ? std::nullopt : std::optional(std::move(live.front()));
}

Result<std::optional<store::Binding>> last_binding(store::ReadTransaction& tx, store::AccountRef account) {
  TRY(const auto history, tx.history(std::span(&account, 1)));
  return history.empty() ? std::nullopt : std::optional(history.back());
}

std::optional<store::PhoneNumber> bound_number(const std::optional<store::Binding>& last) {
  return last && !last->until ? std::optional(last->number) : std::nullopt;
}

std::optional<phone::Region> AccountNumbers::region() const {
  if (bound) return phone::region_of(*bound);
  return former.empty() ? std::nullopt : phone::region_of(former.front());
}

Result<AccountNumbers> numbers_of(store::ReadTransaction& tx, store::AccountRef account) {
  TRY(const auto history, tx.history(std::span(&account, 1)));
  AccountNumbers numbers;
  for (const store::Binding& binding : history)
    if (!binding.until) numbers.bound = binding.number;
  for (auto binding = history.rbegin(); binding != history.rend(); ++binding) {
    const bool known = std::find(numbers.former.begin(), numbers.former.end(), binding->number) != numbers.former.end();
    if (!known && binding->number != numbers.bound) numbers.former.push_back(binding->number);
  }
  return numbers;
}

Result<std::optional<phone::Region>> region_for(store::ReadTransaction& tx, store::AccountRef account,
                                                std::optional<phone::Region> named) {
  if (named) return named;
  TRY(const AccountNumbers numbers, numbers_of(tx, account));
  return numbers.region();
}

Result<ListLimits> list_limits(store::ReadTransaction& tx) {
  ListLimits limits;
  TRY(limits.card.card_bytes, size_setting(tx, Config::kMaxCardBytes, limits.card.card_bytes));
  TRY(limits.card.properties, size_setting(tx, Config::kMaxProperties, limits.card.properties));
  TRY(limits.entries, size_setting(tx, Config::kMaxEntries, limits.entries));
  TRY(limits.numbers, size_setting(tx, Config::kMaxNumbers, limits.numbers));
  return limits;
}

}  // namespace cardsrv::service
