#include "service/proofs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "service/account_access.h"
#include "service/claims.h"
#include "service/pace.h"
#include "service/passwords.h"

namespace cardsrv::service {
namespace {

using store::Pace;
using store::PaceKind;
using store::Session;
using store::SessionState;

constexpr std::int64_t kCodeLivesS = 600;
constexpr std::int64_t kSessionLivesS = 1800;
constexpr std::int64_t kAnswerLivesS = 86'400;
constexpr std::int64_t kUnheardLivesS = 30 * std::int64_t{86'400};
constexpr std::int64_t kForgetAfterS = std::int64_t{30} * 86'400;
constexpr std::uint64_t kCodes = 1'000'000;
constexpr char kShiftMark = '+';
constexpr std::string_view kTextWord = "CARDSRV";
constexpr std::int64_t kLookAgainS = 5;  // for the message of sms-up

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

// sms-up: the session is found by the nonce of the text, and the gateway, which sees the text, learns no session.
std::string session_of_nonce(const store::Store& store, std::string_view nonce) {
  const Digest digest = Hasher(store.key("sms-up session")).add_field(nonce).finish();
  return "s" + base32(std::span(digest).first<16>());
}

std::string text_of(const Session& session) { return fmt::format("{} {}", kTextWord, session.nonce); }

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
  session.code_hash = code_hash(store, session, session_code(store, session));
  session.message_due = session.proof == store::Proof::kSmsDown;
}

bool is_of(const Session& session, SessionOf of) {
  return (session.purpose == store::Purpose::kRebind) == (of == SessionOf::kRebinding);
}

bool usable(const std::optional<Session>& session, SessionOf of, Timestamp now) {
  return session && is_of(*session, of) && session->state != SessionState::kDead && now < session->expires;
}

SessionInfo info_of(const Session& session, const Pace& sends, Timestamp now) {
  return {session.id,
          session.number.e164(),
          std::string(word(session.proof)),
          session.expires,
          check_wait(session.wrong_codes, session.last_wrong, now),
          next_send_s(sends, now),
          {},
          {},
          {},
          {}};
}

sms::Message message_of(const store::Store& store, const Session& session) {
  return {session.id + "-" + code_hash(store, session, "message").substr(0, 8), session.number,
          fmt::format("{} is your code. It is good for 10 minutes. Tell it to nobody.", session_code(store, session))};
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

// The session without the code that was not sent. What was done with the session while the transport was at work stays:
// wrong codes count, and a code that came all the same has proved it.
Result<void> take_back_code(store::Transaction& tx, const Session& sent, const BeforeSend& before, Kept kept) {
  TRY(auto present, tx.session(sent.id));
  if (!present || present->state != SessionState::kOpen || present->code_salt != sent.code_salt) return {};
  if (kept == Kept::kForItsBatch) {
    present->code_sent = before.session ? kSendNotCounted : kSessionNotCounted;
  } else if (before.session) {
    present->code_salt = before.session->code_salt;
    present->code_hash = before.session->code_hash;
    present->code_sent = before.session->code_sent;
    present->message_due = before.session->message_due;
  } else {
    return tx.erase_session(sent.id);
  }
  return tx.put_session(*present);
}

// A pace as it was before it was counted, unless others were counted after it: theirs stay.
Result<void> take_back_pace(store::Transaction& tx, PaceKind kind, const std::string& number,
                            const std::optional<Pace>& before, const Pace& counted) {
  TRY(const auto present, tx.pace(kind, number));
  if (!present) return {};
  if (*present == counted) return before ? tx.put_pace(kind, number, *before) : tx.erase_pace(kind, number);
  if (kind == PaceKind::kSends || present->used == 0) return {};
  return tx.put_pace(kind, number, Pace{present->used - 1, present->since});
}

// cli.md, exit code 3: the send is not counted.
Result<void> take_back(store::Store& store, const Session& session, const BeforeSend& before, Kept kept) {
  TRY(const auto tx, store.write());
  TRY(take_back_code(*tx, session, before, kept));
  const std::string number = session.number.e164();
  TRY(take_back_pace(*tx, PaceKind::kSends, number, before.sends, after_send(before.sends, session.code_sent)));
  if (!before.session)
    TRY(take_back_pace(*tx, PaceKind::kSessions, number, before.sessions,
                       after_take(kSessionBucket, before.sessions, session.code_sent)));
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
  if (!session || session->state != SessionState::kOpen || !session->message_due ||
      store.clock().now() >= session->expires)
    return {};
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
  const bool sends_code = request.proof == store::Proof::kSmsDown;
  const std::int64_t wait =
      std::max(sends_code ? send_wait(before.sends, now) : 0, bucket_wait(kSessionBucket, before.sessions, now));
  if (wait > 0) return fail(too_soon(wait));
  Session session{.id = {},
                  .purpose = request.purpose,
                  .proof = request.proof,
                  .number = request.number,
                  .uid = request.uid,
                  .old_number = request.old_number,
                  .old_since = request.old_since,
                  .asked_with = request.asked_with,
                  .created = now,
                  .expires = now.plus_s(kSessionLivesS)};
  const std::string random = base32(tx.random().bytes<16>());
  if (!sends_code) session.nonce = random;
  session.id = sends_code ? "s" + random : session_of_nonce(store, random);
  make_code(store, session, tx.random(), request.fixed_code, now);
  const Pace sends = sends_code ? after_send(before.sends, now) : before.sends.value_or(Pace{});
  TRY(tx.put_session(session));
  if (sends_code) TRY(tx.put_pace(PaceKind::kSends, number, sends));
  TRY(tx.put_pace(PaceKind::kSessions, number, after_take(kSessionBucket, before.sessions, now)));
  TRY(tx.forget_before(now.plus_s(-kForgetAfterS)));
  return info_of(session, sends, now);
}

Result<SessionInfo> renew_code(store::Transaction& tx, const store::Store& store, Session session,
                               const BeforeSend& before) {
  const Timestamp now = store.clock().now();
  if (const std::int64_t wait = send_wait(before.sends, now); wait > 0) return fail(too_soon(wait));
  make_code(store, session, tx.random(), std::nullopt, now);
  const Pace sends = after_send(before.sends, now);
  TRY(tx.put_session(session));
  TRY(tx.put_pace(PaceKind::kSends, session.number.e164(), sends));
  return info_of(session, sends, now);
}

Result<std::string> sms_up_number(store::ReadTransaction& tx) {
  TRY(auto number, tx.config(store::Config::kSmsUpNumber));
  if (!number || number->empty())
    return fail(Errc::kNotConfigured, "no sms-up-number is configured: messages have nowhere to go",
                "cardsrv-store config set sms-up-number +…, or --proof sms-down");
  return *std::move(number);
}

enum class Telling { kWithSecret = 1, kTextOnly = 2 };

// What is told of an sms-up session beside its receipt.
Result<void> add_message(store::ReadTransaction& tx, const store::Store& store, SessionInfo& info, Telling telling) {
  TRY(const auto session, tx.session(info.session));
  if (!session || session->proof != store::Proof::kSmsUp) return {};
  TRY(info.send_to, sms_up_number(tx));
  info.text = text_of(*session);
  if (telling == Telling::kWithSecret) info.secret = session_code(store, *session);
  return {};
}

// The receipt that was given again holds none of it.
Result<void> add_message_again(store::Store& store, SessionInfo& info, Telling telling) {
  if (!info.outcome.replayed) return {};
  TRY(const auto tx, store.read());
  return add_message(*tx, store, info, telling);
}

Result<void> no_transport() {
  return fail(Errc::kNoTransport, "there is no transport for messages", "name one with --sms or $CARDSRV_SMS");
}

}  // namespace

Result<void> check_proof(store::Store& store, store::Proof proof) {
  if (proof != store::Proof::kSmsUp) return {};
  TRY(const auto tx, store.read());
  TRY(sms_up_number(*tx));
  return {};
}

// A fixture's fixed code is the derived one, shifted, so that it stands in no store either.
std::string session_code(const store::Store& store, const Session& session) {
  const std::string_view salt = session.code_salt;
  const size_t mark = salt.find(kShiftMark);
  if (session.proof == store::Proof::kSmsUp && mark == std::string_view::npos) {
    Hasher hasher(store.key("sms-up secret"));
    return derive_password(hasher.add_field(session.id).add_field(salt).finish());
  }
  const std::uint64_t shift =
      mark == std::string_view::npos ? 0 : std::stoull(std::string(salt.substr(mark + 1)), nullptr, 10);
  return fmt::format("{:06}", (derived_code(store, session, salt.substr(0, mark)) + shift) % kCodes);
}

std::string initial_password(const store::Store& store, const Session& session) {
  Hasher hasher(store.key("initial password"));
  std::string code = session_code(store, session);
  hasher.add_field("session").add_field(session.id).add_field(code);
  wipe(code);
  return derive_password(hasher.finish());
}

std::optional<std::string> session_of_text(const store::Store& store, std::string_view text) {
  constexpr size_t kNonceLength = 26;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  std::string folded(trim(text));
  std::transform(folded.begin(), folded.end(), folded.begin(), lower);
  std::string word(kTextWord);
  std::transform(word.begin(), word.end(), word.begin(), lower);
  if (!folded.starts_with(word) || folded.size() <= word.size() + kNonceLength) return std::nullopt;
  const size_t at = folded.size() - kNonceLength;
  const std::string_view gap = std::string_view(folded).substr(word.size(), at - word.size());
  const std::string_view nonce = std::string_view(folded).substr(at);
  if (!trim(gap).empty()) return std::nullopt;
  return session_of_nonce(store, nonce);
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

Result<SessionInfo> request_proof(store::Store& store, sms::Transport* transport, ProofRequest request,
                                  const BatchOptions& batch, const std::function<Result<Digest>()>& input,
                                  const CompleteRequest& complete) {
  TRY(check_fixed_code(store, request.fixed_code));
  const bool sends_code = request.proof == store::Proof::kSmsDown;
  if (sends_code && transport == nullptr) TRY(no_transport());
  std::optional<BeforeSend> before;
  TRY(auto info,
      run_batch<SessionInfo>(
          store, batch, store::BatchKind::kRequest, input, [&](store::Transaction& tx) -> Result<SessionInfo> {
            TRY(complete(tx, request));
            TRY(before, before_send(tx, request.number, std::nullopt));
            TRY(auto opened, open_session(tx, store, request, *before));
            // The secret of a session that is rolled back opens nothing.
            TRY(add_message(tx, store, opened, batch.dry_run ? Telling::kTextOnly : Telling::kWithSecret));
            return opened;
          }));
  if (batch.dry_run) return info;
  if (sends_code) TRY(deliver(store, *transport, info.session, before, kept_after_failure(batch)));
  TRY(add_message_again(store, info, Telling::kWithSecret));
  return info;
}

Result<SessionInfo> resend(store::Store& store, sms::Transport* transport, SessionOf of, const std::string& id,
                           const BatchOptions& batch) {
  std::optional<BeforeSend> before;
  bool sends_code = true;
  const auto input = [&]() -> Result<Digest> {
    return input_hasher(store, "resend").add(static_cast<std::uint64_t>(of)).add_field(id).finish();
  };
  TRY(auto info, run_batch<SessionInfo>(store, batch, store::BatchKind::kRequest, input,
                                        [&](store::Transaction& tx) -> Result<SessionInfo> {
                                          TRY(const auto session, tx.session(id));
                                          const Timestamp now = store.clock().now();
                                          if (!usable(session, of, now) || session->state != SessionState::kOpen)
                                            return fail(refused());
                                          TRY(before, before_send(tx, session->number, session));
                                          sends_code = session->proof == store::Proof::kSmsDown;
                                          if (!sends_code) {
                                            auto told = info_of(*session, before->sends.value_or(Pace{}), now);
                                            TRY(add_message(tx, store, told, Telling::kTextOnly));
                                            return told;
                                          }
                                          if (transport == nullptr) TRY(no_transport());
                                          return renew_code(tx, store, *session, *before);
                                        }));
  if (!batch.dry_run && sends_code && transport != nullptr)
    TRY(deliver(store, *transport, id, before, kept_after_failure(batch)));
  TRY(add_message_again(store, info, Telling::kTextOnly));
  return info;
}

Result<void> check_code(store::Store& store, SessionOf of, const std::string& id, std::string_view code, Check check) {
  const Timestamp now = store.clock().now();
  TRY(const auto tx, store.write());
  TRY(auto session, tx->session(id));
  if (!usable(session, of, now)) return fail(refused());
  const bool open = session->state == SessionState::kOpen;
  const bool by_message = session->proof == store::Proof::kSmsUp;
  if (const std::int64_t wait = check_wait(session->wrong_codes, session->last_wrong, now); wait > 0)
    return fail(too_soon(wait));
  if (open && !by_message && now >= session->code_sent.plus_s(kCodeLivesS)) return fail(refused());
  const bool right = equal_constant_time(session->code_hash, code_hash(store, *session, code));
  if (right && open && by_message)
    return fail(Error{Errc::kWaiting, "not yet: the message that proves the number has not come",
                      "send the text from the number, then confirm again", kLookAgainS});
  if (right && check == Check::kTry) return {};
  if (right && !open) {
    if (session->state != SessionState::kProved) return {};
    TRY(hold_claim(*tx, *session));
    return tx->commit_unrecorded();
  }
  if (right) {
    TRY(mark_proved(*tx, *session, now));
  } else {
    ++session->wrong_codes;
    session->last_wrong = now;
    if (session->wrong_codes >= kMostWrongCodes) session->state = SessionState::kDead;
    TRY(tx->put_session(*session));
  }
  TRY(tx->commit_unrecorded());
  if (!right) return fail(refused());
  return {};
}

Result<Session> proved_session(store::Transaction& tx, SessionOf of, const std::string& id, Timestamp now) {
  TRY(auto session, tx.session(id));
  if (!usable(session, of, now)) return fail(refused());
  return *std::move(session);
}

Result<void> send_farewell(store::Store& store, sms::Transport& transport, const std::string& id) {
  TRY(auto session, present_session(store, id));
  if (!session || session->state != SessionState::kDone || !session->message_due || !session->old_number) return {};
  TRY(transport.send(
      {id + "-moved", *session->old_number,
       "Your account has moved to " + session->number.masked() + ". If that was not you, tell your operator."}));
  TRY(const auto tx, store.write());
  TRY(session, tx->session(id));
  if (!session) return {};
  session->message_due = false;
  TRY(tx->put_session(*session));
  return tx->commit_unrecorded();
}

Result<void> finish_session(store::Transaction& tx, Session session, const std::string& answer_uid, Timestamp now,
                            Hearing hearing) {
  session.state = SessionState::kDone;
  const bool heard = hearing == Hearing::kRequester;
  session.effect_at = heard ? now : Timestamp{};
  if (session.purpose != store::Purpose::kRebind) session.message_due = false;
  session.expires = now.plus_s(heard ? kAnswerLivesS : kUnheardLivesS);
  session.answer_uid = answer_uid;
  return tx.put_session(session);
}

Result<void> hear_of(store::Transaction& tx, Session session, Timestamp now) {
  if (session.effect_at != Timestamp{}) return {};
  session.effect_at = now;
  session.expires = now.plus_s(kAnswerLivesS);
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
