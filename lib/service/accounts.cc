#include "service/accounts.h"

#include <fmt/format.h>

#include "base/input.h"
#include "format/reader.h"
#include "service/account_access.h"
#include "service/auth.h"
#include "service/card_files.h"
#include "service/passwords.h"
#include "service/replay.h"

namespace cardsrv::service {
namespace {

Result<card::Card> read_one_card(const std::string& path, const format::Limits& limits) {
  TRY(const auto input, open_input(path));
  TRY(format::Item item, only_card(*input, path, {}, limits));
  if (item.rejected) return fail(Errc::kBadCard, fmt::format("{}:{}: {}", path, item.line, item.rejected->message));
  return *std::move(item.card);
}

Result<OwnCardState> compare_own(store::ReadTransaction& tx, store::AccountRef account,
                                 const std::optional<card::Card>& device) {
  TRY(const auto cards, tx.own_cards(std::span(&account, 1)));
  if (!cards.front()) return OwnCardState::kMissing;
  if (!device || card::meaning_digest(*device) == cards.front()->meaning) return OwnCardState::kCurrent;
  return OwnCardState::kDiffers;
}

Hasher password_hasher(const store::Store& store, const char* command, const store::Uid& uid) {
  Hasher hasher = input_hasher(store, command);
  hasher.add_field(uid.text());
  return hasher;
}

tl::unexpected<Error> same_as_old() { return fail(Errc::kUsage, "the new password is the old one", "choose another"); }

// When a batch took effect, and what it generated, told again as R4 has it.
Result<std::optional<std::string>> told_again(store::Store& store, const store::Uid& uid, const BatchOptions& batch) {
  TRY(const auto tx, store.read());
  TRY(const auto record, tx->batch(*batch.id));
  TRY(const auto account, tx->account(uid));
  if (!record || !account) return std::nullopt;
  const std::string password = batch_password(store.key("initial password"), record->stamp, uid.text());
  if (!may_tell(*account, password, record->stamp.time(), store.clock().now())) return std::nullopt;
  return password;
}

}  // namespace

Result<Login> log_in(store::Store& store, const store::Uid& uid, const std::string& password,
                     const std::optional<std::string>& own, Marking marking) {
  TRY(const store::Account account, authenticate(store, uid, password, marking));
  TRY(const auto tx, store.read());
  std::optional<card::Card> device;
  if (own) {
    TRY(const ListLimits limits, list_limits(*tx));
    TRY(device, read_one_card(*own, limits.card));
  }
  Login login{uid.text(), OwnCardState::kMissing, {}};
  TRY(login.own_card, compare_own(*tx, account.ref, device));
  TRY(login.notices, notices_of(*tx, account, store.clock().now()));
  return login;
}

Result<PasswordChanged> change_password(store::Store& store, const store::Uid& uid, const std::string& old_password,
                                        const std::string& new_password, const BatchOptions& batch) {
  TRY(check_new_password(new_password));
  if (new_password == old_password) return same_as_old();
  const auto input = [&]() -> Result<Digest> {
    return password_hasher(store, "password", uid).add_field(old_password).add_field(new_password).finish();
  };
  // Applied already: the old password is not the account's any more.
  TRY(const bool again, was_applied(store, batch, input));
  if (!again) TRY(authenticate(store, uid, old_password, marking_of(batch)));
  return run_batch<PasswordChanged>(store, batch, store::BatchKind::kPassword, input,
                                    [&](store::Transaction& tx) -> Result<PasswordChanged> {
                                      TRY(const store::Account account, open_account(tx, uid));
                                      TRY(const store::Secret secret, own_secret(new_password));
                                      TRY(tx.set_secret(account.ref, secret));
                                      return PasswordChanged{uid.text(), {}, {}, {}};
                                    });
}

Result<PasswordChanged> reset_password(store::Store& store, const store::Uid& uid,
                                       const std::optional<std::string>& new_password, const std::string& vouch,
                                       const BatchOptions& batch) {
  if (new_password) TRY(check_new_password(*new_password));
  const auto input = [&]() -> Result<Digest> {
    Hasher hasher = password_hasher(store, "password reset", uid);
    return hasher.add(new_password ? 1 : 0).add_field(new_password.value_or("")).add_field(vouch).finish();
  };
  TRY(auto changed,
      run_batch<PasswordChanged>(store, batch, store::BatchKind::kPassword, input,
                                 [&](store::Transaction& tx) -> Result<PasswordChanged> {
                                   TRY(const store::Account account, open_account(tx, uid));
                                   PasswordChanged result{uid.text(), vouch, {}, {}};
                                   if (new_password) {
                                     if (matches(account.secret, *new_password)) return same_as_old();
                                     TRY(const store::Secret secret, own_secret(*new_password));
                                     TRY(tx.set_secret(account.ref, secret));
                                     return result;
                                   }
                                   const Key key = store.key("initial password");
                                   result.generated = batch_password(key, tx.stamp(), uid.text());
                                   TRY(tx.set_secret(account.ref, generated_secret(*result.generated, tx.random())));
                                   return result;
                                 }));
  if (changed.outcome.replayed && !new_password) {
    TRY(changed.generated, told_again(store, uid, batch));
  }
  return changed;
}

Result<AccountView> show_account(store::Store& store, const std::string& uid_or_number,
                                 std::optional<phone::Region> region) {
  TRY(const auto tx, store.read());
  TRY(const store::Account account, any_account(*tx, uid_or_number, region));
  const auto refs = std::span(&account.ref, 1);
  AccountView view{account.uid.text(), {}, account.state, 0, 0, 0};
  TRY(const auto last, last_binding(*tx, account.ref));
  if (bound_number(last)) view.binding = last;
  TRY(const auto own, tx->own_cards(refs));
  if (own.front()) view.own_card_revision = own.front()->revision;
  TRY(const store::List list, tx->list(account.ref));
  view.entries = list.entries.size();
  TRY(const auto peers, tx->associations(account.ref));
  view.peers = peers.size();
  return view;
}

void to_record(const PasswordChanged& changed, std::string& lines) {
  Json line{{"uid", changed.uid}};
  if (!changed.vouch.empty()) line["vouch"] = changed.vouch;
  lines += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<void> from_record(std::string_view lines, PasswordChanged& changed) {
  TRY(const Json line, parse_record_line(lines));
  changed.uid = line.value("uid", "");
  changed.vouch = line.value("vouch", "");
  return {};
}

}  // namespace cardsrv::service
