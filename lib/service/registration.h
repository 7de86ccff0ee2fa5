#pragma once
// A person registers with a number, or proves the one that they hold (semantics R2–R5, R8, R9): request, confirm.
// proofs.h has resend.

#include <optional>
#include <string>

#include "service/proofs.h"

namespace cardsrv::service {

struct RegistrationRequest {
  store::PhoneNumber number;
  store::Proof proof = store::Proof::kSmsDown;
  std::optional<std::string> fixed_code{};  // fixture stores only
  // Whoever holds the number already and says so: with their password (R8), or because they forgot it (none; R5).
  std::optional<store::Uid> uid{};
  std::optional<std::string> password{};
};

// Opens a session for the number; see request_proof(). With a password: kRefused, kTooSoon as authenticate();
// kPrecondition: the account does not hold the number.
[[nodiscard]] Result<SessionInfo> request_registration(store::Store& store, sms::Transport* transport,
                                                       const RegistrationRequest& request, const BatchOptions& batch);

struct Registered {
  std::string uid;
  std::string number;
  std::optional<std::string> password;  // R4: null where there is none to tell
  bool has_own_card = false;            // R6
  Outcome outcome;
};
void to_record(const Registered& registered, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, Registered& registered);

// R5: an account, its binding and its initial password, or what else the proof brings about (effects.h). The right code
// again gives the same answer (R4). kRefused, kTooSoon, kWaiting, kPrecondition: see check_code() and take_effect().
[[nodiscard]] Result<Registered> confirm_registration(store::Store& store, const std::string& session,
                                                      const std::string& code, const BatchOptions& batch);

}  // namespace cardsrv::service
