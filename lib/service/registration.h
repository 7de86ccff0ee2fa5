#pragma once
// A person registers with a number (semantics R2–R5): request, resend, confirm.

#include <optional>
#include <string>

#include "service/proofs.h"

namespace cardsrv::service {

struct RegistrationRequest {
  store::PhoneNumber number;
  store::Proof proof = store::Proof::kSmsDown;
  std::optional<std::string> fixed_code{};  // fixture stores only
};

// Opens a session for the number and sends its code; see request_proof().
[[nodiscard]] Result<SessionInfo> request_registration(store::Store& store, sms::Transport& transport,
                                                       const RegistrationRequest& request, const BatchOptions& batch);

struct Registered {
  std::string uid;
  std::string number;
  std::optional<std::string> password;  // R4: null where there is none to tell
  Outcome outcome;
};
void to_record(const Registered& registered, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, Registered& registered);

// R5: a new account, its binding and its initial password. The right code again gives the same answer (R4). kRefused,
// kTooSoon: see check_code(). kNumberTaken: proved, but bound to an account.
[[nodiscard]] Result<Registered> confirm_registration(store::Store& store, const std::string& session,
                                                      const std::string& code, const BatchOptions& batch);

}  // namespace cardsrv::service
