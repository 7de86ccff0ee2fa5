#pragma once
// A proof of a number that somebody else holds waits for them (semantics R8, B4): the session whose proof it is claims
// the number. There is one claim of a number; a later proof replaces an earlier one.
// Not for: what a proof brings about when it takes effect (effects.h).

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "service/account_access.h"
#include "store/store.h"

namespace cardsrv::service {

// What the holder of a number is told while a claim on it waits.
struct TakeoverNotice {
  std::string number;
  Timestamp proved_at;
  Timestamp effect_at;  // unless the holder is seen again, or ends it
};
[[nodiscard]] Result<std::optional<TakeoverNotice>> takeover_notice(store::ReadTransaction& tx,
                                                                    const store::Account& holder);
// The same of whose number is known already.
[[nodiscard]] Result<std::optional<TakeoverNotice>> takeover_notice(store::ReadTransaction& tx,
                                                                    const store::Account& holder,
                                                                    std::optional<store::PhoneNumber> bound);

// B1 and B5: whether an account's last binding is the one that its rebind was asked from. The number may be the old one
// again after a newer rebind.
[[nodiscard]] bool is_as_asked(const std::optional<store::Binding>& last, const store::Session& session);
// B1: whether the password that it was asked with is the account's still. Whoever knew an old one takes nothing with
// it.
[[nodiscard]] bool is_asked_with(const store::Secret& secret, const store::Session& session);
// The error where the binding is another one (kPrecondition).
[[nodiscard]] tl::unexpected<Error> not_as_asked(const std::optional<store::PhoneNumber>& expected);

// The claim that waits for `number`. None where it could not take effect any more: its session is dead, or whose it is
// was closed, or has another number or password since.
[[nodiscard]] Result<std::optional<store::Session>> waiting_claim(store::ReadTransaction& tx,
                                                                  store::PhoneNumber number);

// R8: seven days after the proof and after the holder was seen last, 30 after the proof in any case, and 45 after the
// holder was seen last.
[[nodiscard]] Timestamp effect_at(const store::Session& claim, const store::Account& holder);

// R9: `holder` is an operator's word that the first SMS proof makes the same person's.
[[nodiscard]] bool is_claimable(const store::Binding& binding, const store::Account& holder);

// The session's number is proved now: stores it so. Who holds the number ends the claim of another by proving it again;
// anybody else's proof becomes the claim, unless there is nobody to wait for.
[[nodiscard]] Result<void> mark_proved(store::Transaction& tx, store::Session& session, Timestamp now);

// The same for a session that was proved before: the number may have got its holder after the proof. kRefused: whoever
// has it proved it later, or somebody else did who claims it.
[[nodiscard]] Result<void> hold_claim(store::Transaction& tx, store::Session& session);

// Nobody claims the number any more; a session that did is dead, but not `but`.
[[nodiscard]] Result<void> end_claim(store::Transaction& tx, store::PhoneNumber number, const std::string& but = {});

}  // namespace cardsrv::service
