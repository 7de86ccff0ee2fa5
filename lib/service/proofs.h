#pragma once
// Sessions: a number is proved, by a code sent to it or by a message from it (semantics R2–R4). What a proof is for is
// its caller's: registration.h, rebinding.h; what it brings about: effects.h.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "service/batch.h"
#include "sms/transport.h"
#include "store/store.h"

namespace cardsrv::service {

struct ProofRequest {
  store::Purpose purpose = store::Purpose::kRegister;
  store::Proof proof = store::Proof::kSmsDown;
  store::PhoneNumber number;
  std::string uid{};                               // of the account that asks, where one does
  std::optional<store::PhoneNumber> old_number{};  // rebind: the number bound now
  store::Stamp old_since{};                        // rebind: and since when (B5)
  std::string asked_with{};                        // rebind: the secret's mark (B1)
  std::optional<std::string> fixed_code{};         // fixture stores only
};

using CompleteRequest = std::function<Result<void>(store::Transaction&, ProofRequest&)>;

// What request and resend answer.
struct SessionInfo {
  std::string session;
  std::string number;
  std::string proof;
  Timestamp expires;              // the session's end
  std::int64_t next_check_s = 0;  // until a code may be tried
  std::int64_t next_send_s = 0;   // until it may be sent anew
  // sms-up: the message that proves, and what confirms afterwards. No record holds them.
  std::string send_to{};
  std::string text{};
  std::optional<std::string> secret{};  // told to whoever requested it, not by resend
  Outcome outcome;
};
void to_record(const SessionInfo& info, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, SessionInfo& info);

// kNotConfigured: sms-up, and no number to send to.
[[nodiscard]] Result<void> check_proof(store::Store& store, store::Proof proof);
// kUsage: not six digits, or a store for production.
[[nodiscard]] Result<void> check_fixed_code(const store::Store& store, const std::optional<std::string>& code);

// Opens a session and, for sms-down, sends its code after the commit that records it (J2); `transport` may be null for
// sms-up. `complete` is asked first, in the same
// transaction: it refuses, or adds what only the store knows. kTooSoon: the pace of sends or of sessions of this
// number, whichever is longer (R3); it is the same whether or not the number is bound (R8). kTransportFailed: neither
// the send nor the session is counted; a batch that was named may be run again, and sends then.
[[nodiscard]] Result<SessionInfo> request_proof(store::Store& store, sms::Transport* transport, ProofRequest request,
                                                const BatchOptions& batch, const std::function<Result<Digest>()>& input,
                                                const CompleteRequest& complete);

// What the sessions of a tool are for.
enum class SessionOf { kRegistration = 1, kRebinding = 2 };

// A new code for a session that waits for its proof; the old one becomes useless. Of sms-up nothing is sent: the text
// is told again. kRefused: there is no such session; kTooSoon and kTransportFailed as above; kNoTransport: `transport`
// is null and a code is to be sent.
[[nodiscard]] Result<SessionInfo> resend(store::Store& store, sms::Transport* transport, SessionOf of,
                                         const std::string& id, const BatchOptions& batch);

// What confirms a session: the code of sms-down, the secret of sms-up. Derived from the store's key (R3).
[[nodiscard]] std::string session_code(const store::Store& store, const store::Session& session);
// R4: derived from the store's key, the session and its code, so that it can be told again and is stored nowhere.
[[nodiscard]] std::string initial_password(const store::Store& store, const store::Session& session);

// The id of the sms-up session whose text this is, whatever its white space and case; nullopt: it is nobody's form.
[[nodiscard]] std::optional<std::string> session_of_text(const store::Store& store, std::string_view text);

enum class Check {
  kProve = 1,  // a right code makes the session a proved one
  kTry = 2,    // it leaves no trace (a dry run)
};

// Ok: the code is right, and the number proved; the right code again is right for as long as R4 says. kRefused, one
// error for all: a wrong code, which is counted in a transaction of its own, also when it was only tried (or a dry run
// would be a way to guess); no such session, or a dead one, or one for another purpose. kTooSoon: not looked at (R3).
// kWaiting: sms-up's secret is right, but the message has not come.
[[nodiscard]] Result<void> check_code(store::Store& store, SessionOf of, const std::string& id, std::string_view code,
                                      Check check);

// The session that check_code() accepted, within the transaction in which it takes effect; kRefused where it died
// since.
[[nodiscard]] Result<store::Session> proved_session(store::Transaction& tx, SessionOf of, const std::string& id,
                                                    Timestamp now);
// Who hears of it when a session takes effect.
enum class Hearing {
  kRequester = 1,  // in this confirmation
  kNobody = 2,  // a claim that somebody else's deed brought about (B4): its requester hears with the next confirmation
};

// It takes effect now, for the account `answer_uid`; the same answer is given for 24 hours (R4), from when it is heard
// of on, which may be 30 days later (docs/adr/0018).
[[nodiscard]] Result<void> finish_session(store::Transaction& tx, store::Session session, const std::string& answer_uid,
                                          Timestamp now, Hearing hearing);
// The first confirmation of one that took effect unheard of; nothing for any other.
[[nodiscard]] Result<void> hear_of(store::Transaction& tx, store::Session session, Timestamp now);

// B2: the message to the former number, if one is due for the session, and marks it sent; a transport that fails leaves
// it due.
[[nodiscard]] Result<void> send_farewell(store::Store& store, sms::Transport& transport, const std::string& id);

}  // namespace cardsrv::service
