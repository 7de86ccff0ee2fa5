#pragma once
// Sessions: a number is proved by a code sent to it (semantics R2–R4). What a proof is for is its caller's:
// registration.h, rebinding.h.

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
  store::PhoneNumber number;
  std::string uid{};                               // rebind: who asks
  std::optional<store::PhoneNumber> old_number{};  // rebind: the number bound now
  store::Stamp old_since{};                        // rebind: and since when (B5)
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
  Outcome outcome;
};
void to_record(const SessionInfo& info, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, SessionInfo& info);

// kNotConfigured for ways of proving that this store has not.
[[nodiscard]] Result<void> check_proof(store::Store& store, store::Proof proof);
// kUsage: not six digits, or a store for production.
[[nodiscard]] Result<void> check_fixed_code(const store::Store& store, const std::optional<std::string>& code);

// Opens a session and sends its code after the commit that records it (J2). `complete` is asked first, in the same
// transaction: it refuses, or adds what only the store knows. kTooSoon: the pace of sends or of sessions of this
// number, whichever is longer (R3); it is the same whether or not the number is bound (R8). kTransportFailed: neither
// the send nor the session is counted; a batch that was named may be run again, and sends then.
[[nodiscard]] Result<SessionInfo> request_proof(store::Store& store, sms::Transport& transport, ProofRequest request,
                                                const BatchOptions& batch, const std::function<Result<Digest>()>& input,
                                                const CompleteRequest& complete);

// A new code for a session that waits for its proof; the old one becomes useless. kRefused: there is none; kTooSoon and
// kTransportFailed as above.
[[nodiscard]] Result<SessionInfo> resend(store::Store& store, sms::Transport& transport, store::Purpose purpose,
                                         const std::string& id, const BatchOptions& batch);

enum class Check {
  kProve = 1,  // a right code makes the session a proved one
  kTry = 2,    // it leaves no trace (a dry run)
};

// Ok: the code is right, and the number proved; the right code again is right for as long as R4 says. kRefused, one
// error for all: a wrong code, which is counted in a transaction of its own, also when it was only tried (or a dry run
// would be a way to guess); no such session, or a dead one, or one for another purpose. kTooSoon: not looked at (R3).
[[nodiscard]] Result<void> check_code(store::Store& store, store::Purpose purpose, const std::string& id,
                                      std::string_view code, Check check);

// The session that check_code() accepted, within the transaction in which it takes effect; kRefused where it died
// since.
[[nodiscard]] Result<store::Session> proved_session(store::Transaction& tx, store::Purpose purpose,
                                                    const std::string& id, Timestamp now);
// It takes effect now, for the account `answer_uid`; the same answer is given for 24 hours (R4).
[[nodiscard]] Result<void> finish_session(store::Transaction& tx, store::Session session, const std::string& answer_uid,
                                          Timestamp now);

}  // namespace cardsrv::service
