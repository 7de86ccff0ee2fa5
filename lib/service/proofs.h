#pragma once
// Sessions: a number is proved by a code sent to it (semantics R2–R4). What a proof is for is its caller's:
// registration.h, rebinding.h.

#include <optional>
#include <string>
#include <string_view>

#include "service/batch.h"
#include "sms/transport.h"
#include "store/store.h"

namespace cardsrv::service {

struct ProofRequest {
  store::Purpose purpose = store::Purpose::kRegister;
  store::PhoneNumber number;
  std::string uid;                               // rebind: who asks
  std::optional<store::PhoneNumber> old_number;  // rebind: the number bound now
  std::optional<std::string> fixed_code;         // fixture stores only
};

// What request and resend answer.
struct SessionInfo {
  std::string session;
  std::string number;
  std::string proof = "sms-down";
  Timestamp expires;
  std::int64_t next_check_s = 0;
  std::int64_t next_send_s = 0;
  Outcome outcome;
};
void to_record(const SessionInfo& info, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, SessionInfo& info);

// kUsage: no six digits, or a store for production.
[[nodiscard]] Result<void> check_fixed_code(const store::Store& store, const std::optional<std::string>& code);

// Opens a session within `tx` and makes its code. kTooSoon: the pace of sends or of sessions of this number (R3).
[[nodiscard]] Result<SessionInfo> open_session(store::Transaction& tx, const store::Store& store, const ProofRequest& request);

// A new code for a session that is open; the old one becomes useless. kRefused: no such session; kTooSoon.
[[nodiscard]] Result<SessionInfo> resend(store::Store& store, sms::Transport& transport, store::Purpose purpose,
                                         const std::string& id, const BatchOptions& batch);

// Sends the message of a session if it is due, after the commit that recorded it (J2). Where the transport fails the send
// is not counted: `undo` takes it back.
struct SendUndo {
  bool erase_session = false;  // it was made for this send; else it is put back as it was
  std::optional<store::Session> session;
  std::optional<store::Pace> sends, sessions;
};
[[nodiscard]] Result<SendUndo> before_send(store::ReadTransaction& tx, store::PhoneNumber number,
                                           const std::optional<store::Session>& session);
[[nodiscard]] Result<void> send_due(store::Store& store, sms::Transport& transport, const std::string& session,
                                    const std::optional<SendUndo>& undo);

// Checks a code: ok: the number is proved. A wrong code is counted in a transaction of its own, and refused; a check
// refused for pace is not (R3). Nothing is written on a dry run. The right code again is right for as long as R4 says.
[[nodiscard]] Result<void> check_code(store::Store& store, store::Purpose purpose, const std::string& id,
                                      std::string_view code, const BatchOptions& batch);

// The session that check_code() accepted, within the transaction in which it takes effect.
[[nodiscard]] Result<store::Session> proved_session(store::Transaction& tx, const store::Store& store, store::Purpose purpose,
                                                    const std::string& id);
// It took effect now; the same answer is given for 24 hours (R4).
[[nodiscard]] Result<void> finish_session(store::Transaction& tx, const store::Store& store, store::Session session,
                                          const std::string& answer_uid);

// R4: how long after the effect the password is told again.
inline constexpr std::int64_t kTellPasswordS = 600;

}  // namespace cardsrv::service
