#pragma once
// What a proof brings about (semantics R5, R8, R9, B2, B4): an account, a new number, a new password. In one
// transaction, with what follows from it: a number that is left goes to whoever waits for it, and so on.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "service/proofs.h"
#include "sms/transport.h"
#include "store/store.h"

namespace cardsrv::service {

struct TookEffect {
  store::Session session;
  std::vector<std::string> farewells;  // sessions whose former numbers are to get a message after the commit (B2)
};

// A proved session takes effect, and is stored so: its state is kDone, its answer_uid names the account. One that did
// before is answered as it is.
//   kWaiting: the number's holder is waited for (R8); retry_after_s is set.
//   kPrecondition: the account has another number now than at the request (B1, B5), or does not hold the one that is
//   proved (R8, same person).
//   kRefused: somebody else proved the number later; a forgotten password's account does not hold it.
[[nodiscard]] Result<TookEffect> take_effect(store::Transaction& tx, const store::Store& store, store::Session session,
                                             Timestamp now);

// A proof that came without its requester (R2, up-SMS): claims that wait for each other's numbers take effect with the
// last of them (B4); anything else waits for its confirmation. Answers the farewells.
[[nodiscard]] Result<std::vector<std::string>> close_circle(store::Transaction& tx, const store::Store& store,
                                                            const store::Session& session, Timestamp now);

// Sends them. One that fails, or has no transport, stays due, and is sent with the next confirmation of its session;
// answers how many.
std::size_t send_farewells(store::Store& store, sms::Transport* transport, const std::vector<std::string>& sessions);

// Numbers pass on, all at once.
class Passing {
 public:
  Passing(store::Transaction& tx, const store::Store& store, Timestamp now) : tx_(tx), store_(store), now_(now) {}

  // A change that nobody proved: a displaced holder, an account that is closed, a row of a plan.
  void add(const store::BindingChange& change);
  // The session's account, a new one for a registration, takes the session's number.
  [[nodiscard]] Result<void> take(store::Session session, Hearing hearing);
  // Everything that was added, and every claim on a number that becomes free by it. The card of `unpublished` is not
  // published anew. Answers the farewells.
  [[nodiscard]] Result<std::vector<std::string>> apply(std::optional<store::AccountRef> unpublished = std::nullopt);

 private:
  [[nodiscard]] Result<void> follow();
  [[nodiscard]] Result<void> give_to_claimant(store::PhoneNumber number);
  [[nodiscard]] bool is_free(store::PhoneNumber number) const { return !taken_.contains(number); }
  store::Transaction& tx_;
  const store::Store& store_;
  Timestamp now_;
  std::vector<store::BindingChange> changes_;
  std::vector<store::PhoneNumber> left_;
  std::set<store::PhoneNumber> taken_;
  std::set<store::AccountRef> moving_;
  struct Done {
    store::Session session;
    std::string uid;
    Hearing hearing;
  };
  std::vector<Done> done_;
};

}  // namespace cardsrv::service
