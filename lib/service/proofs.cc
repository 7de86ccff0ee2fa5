#include "service/proofs.h"

#include <fmt/format.h>

#include <algorithm>

#include "service/account_access.h"
#include "service/pace.h"

namespace cardsrv::service {
namespace {

using store::Pace;
using store::PaceKind;
using store::Session;
using store::SessionState;

constexpr std::int64_t kCodeLivesS = 600;
constexpr std::int64_t kSessionLivesS = 1800;
constexpr std::int64_t kAnswerLivesS = 86'400;
constexpr std::int64_t kForgetAfterS = std::int64_t{30} * 86'400;
constexpr std::uint64_t kCodes = 1'000'000;
constexpr char kShiftMark = '+';

// Session::code_sent of a session whose message could not be sent, kept because a batch names it: what is to be counted
// when that batch comes again.
constexpr Timestamp kSendNotCounted{0};
constexpr Timestamp kSessionNotCounted{1};

std::uint64_t derived_code(const store::Store& store, const Session& session, std::string_view salt) {
  Hasher hasher(store.key("session code"));
  const Digest digest = hasher.add_field(session.id).add_field(salt).finish();
  std::uint64_t value = 0;
  for (size_t i = 0; i < sizeof value; ++i) value = value << 8 | digest[i];
  return value % kCodes;
}

// R3: derived from the store's key and a random part. A fixture's fixed code is the derived one, shifted, so that it
// stands in no store either.
std::string code_of(const store::Store& store, const Session& session) {
  const std::string_view salt = session.code_salt;
  const size_t mark = salt.find(kShiftMark);
  const std::uint64_t shift =
      mark == std::string_view::npos ? 0 : std::stoull(std::string(salt.substr(mark + 1)), nullptr, 10);
  return fmt::format("{:06}", (derived_code(store, session, salt.substr(0, mark)) + shift) % kCodes);
}

std::optional<std::string> fixed_code_of(const store::Store& store, const Session& session) {
  if (session.code_salt.find(kShiftMark) == std::string::npos) return std::nullopt;
  return code_of(store, session);
}

std::string code_hash(const store::Store& store, const Session& session, std::string_view code) {
  Hasher hasher(store.key("session code hash"));
  return hex(hasher.add_field(session.id).add_field(session.code_salt).add_field(code).finish());
}

void make_code(const store::Store& store, Session& session, Random& random, const std::optional<std::string>& fixed,
               Timestamp now) {
  session.code_salt = hex(random.bytes<16>());
  if (fixed) {
    const std::uint64_t wanted = std::stoull(*fixed, nullptr, 10);
    const std::uint64_t shift = (wanted + kCodes - derived_code(store, session, session.code_salt)) % kCodes;
    session.code_salt += fmt::format("{}{}", kShiftMark, shift);
  }
  session.code_sent = now;
  session.code_hash = code_hash(store, session, code_of(store, session));
  session.message_due = true;
}

bool usable(const std::optional<Session>& session, store::Purpose purpose, Timestamp now) {
  return session && session->purpose == purpose && session->state != SessionState::kDead && now < session->expires;
}

SessionInfo info_of(const Session& session, const Pace& sends, Timestamp now) {
  return {session.id,
          session.number.e164(),
          std::string(word(session.proof)),
          session.expires,
          check_wait(session.wrong_codes, session.last_wrong, now),
          next_send_s(sends, now),
          {}};
}

sms::Message message_of(const store::Store& store, const Session& session) {
  return {session.id + "-" + code_hash(store, session, "message").substr(0, 8), session.number,
          fmt::format("{} is your code. It is good for 10 minutes. Tell it to nobody.", code_of(store, session))};
}

// What was there before a send, so that one that failed can be taken back.
struct BeforeSend {
  std::optional<Session> session;  // none: it was made for this send
  std::optional<Pace> sends, sessions;
};

Result<BeforeSend> before_send(store::ReadTransaction& tx, store::PhoneNumber number,
                               const std::optional<Session>& session) {
  BeforeSend before{session, {}, {}};
  TRY(before.sends, tx.pace(PaceKind::kSends, number.e164()));
  TRY(before.sessions, tx.pace(PaceKind::kSessions, number.e164()));
  return before;
}

enum class Kept { kNothing = 1, kForItsBatch = 2 };

// cli.md, exit code 3: the send is not counted.
Result<void> take_back(store::Store& store, const Session& session, const BeforeSend& before, Kept kept) {
  TRY(const auto tx, store.write());
  if (kept == Kept::kForItsBatch) {
    Session waiting = session;
    waiting.code_sent = before.session ? kSendNotCounted : kSessionNotCounted;
    TRY(tx->put_session(waiting));
  } else if (before.session) {
    TRY(tx->put_session(*before.session));
  } else {
    TRY(tx->erase_session(session.id));
  }
  const std::string number = session.number.e164();
  const auto restore = [&](PaceKind kind, const std::optional<Pace>& pace) {
    return pace ? tx->put_pace(kind, number, *pace) : tx->erase_pace(kind, number);
  };
  TRY(restore(PaceKind::kSends, before.sends));
  if (!before.session) TRY(restore(PaceKind::kSessions, before.sessions));
  return tx->commit_unrecorded();
}

// The batch of a session whose message could not be sent has come again: its send counts now.
Result<BeforeSend> count_again(store::Store& store, Session& session) {
  const Timestamp now = store.clock().now();
  const bool with_session = session.code_sent == kSessionNotCounted;
  const std::string number = session.number.e164();
  TRY(const auto tx, store.write());
  TRY(BeforeSend before, before_send(*tx, session.number, session));
  std::int64_t wait = send_wait(before.sends, now);
  if (with_session) wait = std::max(wait, bucket_wait(kSessionBucket, before.sessions, now));
  if (wait > 0) return fail(too_soon(wait));
  session.code_sent = now;
  TRY(tx->put_session(session));
  TRY(tx->put_pace(PaceKind::kSends, number, after_send(before.sends, now)));
  if (with_session) TRY(tx->put_pace(PaceKind::kSessions, number, after_take(kSessionBucket, before.sessions, now)));
  TRY(tx->commit_unrecorded());
  if (with_session) before.session.reset();
  return before;
}

Result<std::optional<Session>> present_session(store::Store& store, const std::string& id) {
  TRY(const auto tx, store.read());
  return tx->session(id);
}

// Sends the message of a session if it is due, and marks it sent (J2).
Result<void> deliver(store::Store& store, sms::Transport& transport, const std::string& id,
                     std::optional<BeforeSend> before, Kept kept) {
  TRY(auto session, present_session(store, id));
  if (!session || !session->message_due || store.clock().now() >= session->expires) return {};
  if (session->code_sent == kSendNotCounted || session->code_sent == kSessionNotCounted) {
    TRY(before, count_again(store, *session));
  }
  if (auto sent = transport.send(message_of(store, *session)); !sent) {
    if (before) TRY(take_back(store, *session, *before, kept));
    return sent;
  }
  TRY(const auto tx, store.write());
  TRY(auto present, tx->session(id));
  if (!present || present->code_salt != session->code_salt) return {};
  present->message_due = false;
  TRY(tx->put_session(*present));
  return tx->commit_unrecorded();
}

Kept kept_after_failure(const BatchOptions& batch) { return batch.id ? Kept::kForItsBatch : Kept::kNothing; }

Result<SessionInfo> open_session(store::Transaction& tx, const store::Store& store, const ProofRequest& request,
                                 const BeforeSend& before) {
  const Timestamp now = store.clock().now();
  const std::string number = request.number.e164();
  const std::int64_t wait = std::max(send_wait(before.sends, now), bucket_wait(kSessionBucket, before.sessions, now));
  if (wait > 0) return fail(too_soon(wait));
  Session session{.id = "s" + base32(tx.random().bytes<16>()),
                  .purpose = request.purpose,
                  .number = request.number,
                  .uid = request.uid,
                  .old_number = request.old_number,
                  .old_since = request.old_since,
                  .created = now,
                  .expires = now.plus_s(kSessionLivesS)};
  make_code(store, session, tx.random(), request.fixed_code, now);
  const Pace sends = after_send(before.sends, now);
  TRY(tx.put_session(session));
  TRY(tx.put_pace(PaceKind::kSends, number, sends));
  TRY(tx.put_pace(PaceKind::kSessions, number, after_take(kSessionBucket, before.sessions, now)));
  TRY(tx.forget_before(now.plus_s(-kForgetAfterS)));
  return info_of(session, sends, now);
}

Result<SessionInfo> renew_code(store::Transaction& tx, const store::Store& store, Session session,
                               const BeforeSend& before) {
  const Timestamp now = store.clock().now();
  if (const std::int64_t wait = send_wait(before.sends, now); wait > 0) return fail(too_soon(wait));
  make_code(store, session, tx.random(), fixed_code_of(store, session), now);
  const Pace sends = after_send(before.sends, now);
  TRY(tx.put_session(session));
  TRY(tx.put_pace(PaceKind::kSends, session.number.e164(), sends));
  return info_of(session, sends, now);
}

}  // namespace

Result<void> check_proof(store::Store& store, store::Proof proof) {
  if (proof != store::Proof::kSmsUp) return {};
  TRY(const auto tx, store.read());
  TRY(const auto number, tx->config(store::Config::kSmsUpNumber));
  if (!number || number->empty())
    return fail(Errc::kNotConfigured, "no sms-up-number is configured", "cardsrv-store config set sms-up-number +…");
  return fail(Errc::kNotConfigured, "this release cannot receive messages", "prove the number with --proof sms-down");
}

Result<void> check_fixed_code(const store::Store& store, const std::optional<std::string>& code) {
  if (!code) return {};
  if (!store.fixture())
    return fail(Errc::kUsage, "a store for production refuses --fixed-code",
                "only a store made with cardsrv-store init --fixture takes it");
  if (code->size() != 6 || !std::all_of(code->begin(), code->end(), [](char c) { return c >= '0' && c <= '9'; }))
    return fail(Errc::kUsage, "--fixed-code takes six digits");
  return {};
}

Result<SessionInfo> request_proof(store::Store& store, sms::Transport& transport, ProofRequest request,
                                  const BatchOptions& batch, const std::function<Result<Digest>()>& input,
                                  const CompleteRequest& complete) {
  TRY(check_fixed_code(store, request.fixed_code));
  std::optional<BeforeSend> before;
  TRY(auto info, run_batch<SessionInfo>(store, batch, store::BatchKind::kRequest, input,
                                        [&](store::Transaction& tx) -> Result<SessionInfo> {
                                          TRY(complete(tx, request));
                                          TRY(before, before_send(tx, request.number, std::nullopt));
                                          return open_session(tx, store, request, *before);
                                        }));
  if (!batch.dry_run) TRY(deliver(store, transport, info.session, before, kept_after_failure(batch)));
  return info;
}

Result<SessionInfo> resend(store::Store& store, sms::Transport& transport, store::Purpose purpose,
                           const std::string& id, const BatchOptions& batch) {
  std::optional<BeforeSend> before;
  const auto input = [&]() -> Result<Digest> {
    return input_hasher(store, "resend").add(static_cast<std::uint64_t>(purpose)).add_field(id).finish();
  };
  TRY(auto info,
      run_batch<SessionInfo>(
          store, batch, store::BatchKind::kRequest, input, [&](store::Transaction& tx) -> Result<SessionInfo> {
            TRY(const auto session, tx.session(id));
            if (!usable(session, purpose, store.clock().now()) || session->state != SessionState::kOpen)
              return fail(refused());
            TRY(before, before_send(tx, session->number, session));
            return renew_code(tx, store, *session, *before);
          }));
  if (!batch.dry_run) TRY(deliver(store, transport, id, before, kept_after_failure(batch)));
  return info;
}

Result<void> check_code(store::Store& store, store::Purpose purpose, const std::string& id, std::string_view code,
                        Check check) {
  const Timestamp now = store.clock().now();
  TRY(const auto tx, store.write());
  TRY(auto session, tx->session(id));
  if (!usable(session, purpose, now)) return fail(refused());
  const bool open = session->state == SessionState::kOpen;
  if (const std::int64_t wait = check_wait(session->wrong_codes, session->last_wrong, now); wait > 0)
    return fail(too_soon(wait));
  if (open && now >= session->code_sent.plus_s(kCodeLivesS)) return fail(refused());
  const bool right = equal_constant_time(session->code_hash, code_hash(store, *session, code));
  if (right && (!open || check == Check::kTry)) return {};
  if (right) {
    session->state = SessionState::kProved;
    session->proved_at = now;
  } else {
    ++session->wrong_codes;
    session->last_wrong = now;
    if (session->wrong_codes >= kMostWrongCodes) session->state = SessionState::kDead;
  }
  TRY(tx->put_session(*session));
  TRY(tx->commit_unrecorded());
  if (!right) return fail(refused());
  return {};
}

Result<Session> proved_session(store::Transaction& tx, store::Purpose purpose, const std::string& id, Timestamp now) {
  TRY(auto session, tx.session(id));
  if (!usable(session, purpose, now)) return fail(refused());
  return *std::move(session);
}

Result<void> finish_session(store::Transaction& tx, Session session, const std::string& answer_uid, Timestamp now) {
  session.state = SessionState::kDone;
  session.effect_at = now;
  session.expires = now.plus_s(kAnswerLivesS);
  session.answer_uid = answer_uid;
  return tx.put_session(session);
}

void to_record(const SessionInfo& info, std::string& lines) {
  lines += Json{{"session", info.session},
                {"number", info.number},
                {"proof", info.proof},
                {"expires", info.expires.ms},
                {"next_check_s", info.next_check_s},
                {"next_send_s", info.next_send_s}}
               .dump() +
           "\n";
}

Result<void> from_record(std::string_view lines, SessionInfo& info) {
  TRY(const Json line, parse_record_line(lines));
  info.session = line.value("session", "");
  info.number = line.value("number", "");
  info.proof = line.value("proof", "");
  info.expires = Timestamp{line.value("expires", std::int64_t{0})};
  info.next_check_s = line.value("next_check_s", std::int64_t{0});
  info.next_send_s = line.value("next_send_s", std::int64_t{0});
  return {};
}

}  // namespace cardsrv::service
