#pragma once
// What a registered person and the operator do with an account: login, passwords, a look at it (semantics R5, R6).

#include <optional>
#include <string>

#include "service/auth.h"
#include "service/batch.h"
#include "service/pulling.h"
#include "store/store.h"

namespace cardsrv::service {

// R6, compared as in O2.
enum class OwnCardState { kMissing = 1, kCurrent = 2, kDiffers = 3 };

struct Login {
  std::string uid;
  OwnCardState own_card = OwnCardState::kMissing;
  Notices notices;
};

// `own`: a file with the device's own card; without one a card that the server has is current. kRefused, kTooSoon: see
// authenticate(). kBadCard: the file is not one card.
[[nodiscard]] Result<Login> log_in(store::Store& store, const store::Uid& uid, const std::string& password,
                                   const std::optional<std::string>& own, Marking marking = Marking::kMarks);

struct PasswordChanged {
  std::string uid;
  std::string vouch;                     // a reset's reason, kept in the record
  std::optional<std::string> generated;  // a reset without a new password: as R4 tells it
  Outcome outcome;
};
void to_record(const PasswordChanged& changed, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, PasswordChanged& changed);

// R5. kUsage: the new one is too short, or the old one. kRefused, kTooSoon: see authenticate().
[[nodiscard]] Result<PasswordChanged> change_password(store::Store& store, const store::Uid& uid,
                                                      const std::string& old_password, const std::string& new_password,
                                                      const BatchOptions& batch);

// The operator's word; without a new password one is generated. kRefused: no such account.
[[nodiscard]] Result<PasswordChanged> reset_password(store::Store& store, const store::Uid& uid,
                                                     const std::optional<std::string>& new_password,
                                                     const std::string& vouch, const BatchOptions& batch);

struct AccountView {
  std::string uid;
  std::optional<store::Binding> binding;
  store::AccountState state = store::AccountState::kOpen;
  std::uint64_t own_card_revision = 0;  // 0: no own card
  std::uint64_t entries = 0;
  std::uint64_t peers = 0;
};

// Named by uid, or by the number that it holds; a uid goes first. Closed ones are shown. kRefused: there is none.
[[nodiscard]] Result<AccountView> show_account(store::Store& store, const std::string& uid_or_number,
                                               std::optional<phone::Region> region);

}  // namespace cardsrv::service
