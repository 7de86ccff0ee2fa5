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
constexpr char kFixedMark = '=';  // begins the salt of a fixture's fixed code

// R3: derived from the store's key and a random part.
std::string code_of(const store::Store& store, const Session& session) {
  if (session.code_salt.starts_with(kFixedMark)) return session.code_salt.substr(1);
  Hasher hasher(store.key("session code"));
  const Digest digest = hasher.add_field(session.id).add_field(session.code_salt).finish();
  std::uint64_t value = 0;
  for (size_t i = 0; i < sizeof value; ++i) value = value << 8 | digest[i];
  return fmt::format("{:06}", value % 1'000'000);
}

std::string code_hash(const store::Store& store, const Session& session, std::string_view code) {
  Hasher hasher(store.key("session code hash"));
  return hex(hasher.add_field(session.id).add_field(session.code_salt).add_field(code).finish());
}

void make_code(const store::Store& store, Session& session, Random& random, const std::optional<std::string>& fixed, Timestamp now) {
  session.code_salt = fixed ? kFixedMark + *fixed : hex(random.bytes<16>());
  session.code_sent = now;
  session.code_hash = code_hash(store, session, code_of(store, session));
  session.message_due = true;
}

bool usable(const std::optional<Session>& session, store::Purpose purpose, Timestamp now) {
  return session && session->purpose == purpose && session->state != SessionState::kDead && now < session->expires;
}

SessionInfo info_of(const Session& session, const Pace& sends, Timestamp now) {
  return {session.id, session.number.e164(), std::string(word(session.proof)), session.expires,
          check_wait(session.wrong_codes, session.last_wrong, now), next_send_s(sends, now), {}};
}

sms::Message message_of(const store::Store& store, const Session& session) {
  return {session.id + "-" + code_hash(store, session, "message").substr(0, 8), session.number,
          fmt::format("{} is your code. It is good for 10 minutes. Tell it to nobody.", code_of(store, session))};
}

Result<void> take_back(store::Store& store, const Session& session, const SendUndo& undo) {
  TRY(const auto tx, store.write());
  if (undo.erase_session) TRY(tx->erase_session(session.id));
  else if (undo.session) TRY(tx->put_session(*undo.session));
  const std::string number = session.number.e164();
  const auto restore = [&](PaceKind kind, const std::optional<Pace>& pace) {
    return pace ? tx->put_pace(kind, number, *pace) : tx->erase_pace(kind, number);
  };
  TRY(restore(PaceKind::kSends, undo.sends));
  if (undo.erase_session) TRY(restore(PaceKind::kSessions, undo.sessions));
  return tx->commit_unrecorded();
}

}  // namespace

Result<void> check_fixed_code(const store::Store& store, const std::optional<std::string>& code) {
  if (!code) return {};
  if (!store.fixture())
    return fail(Errc::kUsage, "a store for production refuses --fixed-code", "only a store made with cardsrv-store init --fixture takes it");
  if (code->size() != 6 || !std::all_of(code->begin(), code->end(), [](char c) { return c >= '0' && c <= '9'; }))
    return fail(Errc::kUsage, "--fixed-code takes six digits");
  return {};
}

Result<SessionInfo> open_session(store::Transaction& tx, const store::Store& store, const ProofRequest& request) {
  const Timestamp now = store.clock().now();
  const std::string number = request.number.e164();
  TRY(const auto sends, tx.pace(PaceKind::kSends, number));
  TRY(const auto sessions, tx.pace(PaceKind::kSessions, number));
  const std::int64_t wait = std::max(send_wait(sends, now), bucket_wait(kSessionBucket, sessions, now));
  if (wait > 0) return fail(too_soon(wait));
  Session session{.id = "s" + base32(tx.random().bytes<16>()),
                  .purpose = request.purpose,
                  .number = request.number,
                  .uid = request.uid,
                  .old_number = request.old_number,
                  .created = now,
                  .expires = now.plus_s(kSessionLivesS)};
  make_code(store, session, tx.random(), request.fixed_code, now);
  const Pace sent = after_send(sends, now);
  TRY(tx.put_session(session));
  TRY(tx.put_pace(PaceKind::kSends, number, sent));
  TRY(tx.put_pace(PaceKind::kSessions, number, after_take(kSessionBucket, sessions, now)));
  TRY(tx.forget_before(now.plus_s(-kForgetAfterS)));
  return info_of(session, sent, now);
}

Result<SessionInfo> resend(store::Store& store, sms::Transport& transport, store::Purpose purpose, const std::string& id,
                           const BatchOptions& batch) {
  std::optional<SendUndo> undo;
  TRY(auto info, run_batch<SessionInfo>(
                     store, batch, store::BatchKind::kRequest,
                     [&]() -> Result<Digest> { return input_hasher(store, "resend").add_field(id).finish(); },
                     [&](store::Transaction& tx) -> Result<SessionInfo> {
                       const Timestamp now = store.clock().now();
                       TRY(auto session, tx.session(id));
                       if (!usable(session, purpose, now) || session->state != SessionState::kOpen) return fail(refused());
                       const std::string number = session->number.e164();
                       TRY(const auto sends, tx.pace(PaceKind::kSends, number));
                       if (const std::int64_t wait = send_wait(sends, now); wait > 0) return fail(too_soon(wait));
                       TRY(undo, before_send(tx, session->number, session));
                       std::optional<std::string> fixed;
                       if (session->code_salt.starts_with(kFixedMark)) fixed = session->code_salt.substr(1);
                       make_code(store, *session, tx.random(), fixed, now);
                       const Pace sent = after_send(sends, now);
                       TRY(tx.put_session(*session));
                       TRY(tx.put_pace(PaceKind::kSends, number, sent));
                       return info_of(*session, sent, now);
                     }));
  if (!batch.dry_run) TRY(send_due(store, transport, id, undo));
  return info;
}

Result<SendUndo> before_send(store::ReadTransaction& tx, store::PhoneNumber number, const std::optional<Session>& session) {
  SendUndo undo;
  undo.erase_session = !session;
  undo.session = session;
  TRY(undo.sends, tx.pace(PaceKind::kSends, number.e164()));
  TRY(undo.sessions, tx.pace(PaceKind::kSessions, number.e164()));
  return undo;
}

Result<void> send_due(store::Store& store, sms::Transport& transport, const std::string& id, const std::optional<SendUndo>& undo) {
  std::optional<Session> session;
  {
    TRY(const auto tx, store.read());
    TRY(session, tx->session(id));
  }
  if (!session || !session->message_due) return {};
  if (auto sent = transport.send(message_of(store, *session)); !sent) {
    if (undo) TRY(take_back(store, *session, *undo));
    return sent;
  }
  TRY(const auto tx, store.write());
  TRY(auto present, tx->session(id));
  if (!present || present->code_salt != session->code_salt) return {};
  present->message_due = false;
  TRY(tx->put_session(*present));
  return tx->commit_unrecorded();
}

Result<void> check_code(store::Store& store, store::Purpose purpose, const std::string& id, std::string_view code,
                        const BatchOptions& batch) {
  const Timestamp now = store.clock().now();
  TRY(const auto tx, store.write());
  TRY(auto session, tx->session(id));
  if (!usable(session, purpose, now)) return fail(refused());
  const bool open = session->state == SessionState::kOpen;
  if (open && now >= session->code_sent.plus_s(kCodeLivesS)) return fail(refused());
  if (const std::int64_t wait = check_wait(session->wrong_codes, session->last_wrong, now); wait > 0) return fail(too_soon(wait));
  const bool right = equal_constant_time(session->code_hash, code_hash(store, *session, code));
  if (right && !open) return {};
  if (right) {
    session->state = SessionState::kProved;
    session->proved_at = now;
  } else {
    ++session->wrong_codes;
    session->last_wrong = now;
    if (session->wrong_codes >= kMostWrongCodes) session->state = SessionState::kDead;
  }
  if (!batch.dry_run) {
    TRY(tx->put_session(*session));
    TRY(tx->commit_unrecorded());
  }
  if (!right) return fail(refused());
  return {};
}

Result<Session> proved_session(store::Transaction& tx, const store::Store& store, store::Purpose purpose, const std::string& id) {
  TRY(auto session, tx.session(id));
  if (!usable(session, purpose, store.clock().now())) return fail(refused());
  return *std::move(session);
}

Result<void> finish_session(store::Transaction& tx, const store::Store& store, Session session, const std::string& answer_uid) {
  session.state = SessionState::kDone;
  session.effect_at = store.clock().now();
  session.expires = session.effect_at.plus_s(kAnswerLivesS);
  session.answer_uid = answer_uid;
  return tx.put_session(session);
}

void to_record(const SessionInfo& info, std::string& lines) {
  lines += Json{{"session", info.session}, {"number", info.number}, {"proof", info.proof}, {"expires", info.expires.ms},
                {"next_check_s", info.next_check_s}, {"next_send_s", info.next_send_s}}
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
