#pragma once
// A person takes a new number and keeps everything else (semantics B1–B5, [0103–0108]). Many at once: bulk_rebinding.h.

#include <optional>
#include <string>

#include "service/proofs.h"

namespace cardsrv::service {

struct RebindRequest {
  store::Uid uid;
  std::string password;
  store::PhoneNumber number;                 // the new one
  std::optional<store::PhoneNumber> from{};  // none: the account is numberless
  store::Proof proof = store::Proof::kSmsDown;
  std::optional<std::string> fixed_code{};  // fixture stores only
};

// B1: the password first (kRefused, kTooSoon), the bound number then (kPrecondition). kUsage: it has that number.
[[nodiscard]] Result<SessionInfo> request_rebind(store::Store& store, sms::Transport* transport,
                                                 const RebindRequest& request, const BatchOptions& batch);

struct Rebound {
  std::string uid;
  store::PhoneNumber number{1};
  std::optional<store::PhoneNumber> former;
  bool has_own_card = false;  // the answer asks for it again [0108]
  std::size_t untold = 0;     // former numbers whose message is due still; of this run alone
  Outcome outcome;
};
void to_record(const Rebound& rebound, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, Rebound& rebound);

// B2. The right code again gives the same answer (B5). kRefused: also where the password has changed since the request
// (B1). kPrecondition: the account's number changed since the request
// (B1, B5). kWaiting: the new number is bound to somebody else (B4). The former number gets a message after the commit,
// where there is a transport; a transport that fails undoes nothing, and the message goes with the next confirmation.
[[nodiscard]] Result<Rebound> confirm_rebind(store::Store& store, sms::Transport* transport, const std::string& session,
                                             const std::string& code, const BatchOptions& batch);

}  // namespace cardsrv::service
