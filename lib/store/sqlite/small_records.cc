#include "store/codec.h"
#include "store/sqlite/journalling.h"
#include "store/sqlite/work.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kSession = "SELECT body FROM session WHERE id = ?1";
constexpr const char* kSessions = "SELECT body FROM session ORDER BY id";
constexpr const char* kPutSession = "INSERT OR REPLACE INTO session(id, expires, body) VALUES (?1, ?2, ?3)";
constexpr const char* kEraseSession = "DELETE FROM session WHERE id = ?1";
constexpr const char* kOldSessions = "DELETE FROM session WHERE expires < ?1";

constexpr const char* kPace = "SELECT used, since FROM pace WHERE kind = ?1 AND subject = ?2";
constexpr const char* kPutPace = "INSERT OR REPLACE INTO pace(kind, subject, since, used) VALUES (?1, ?2, ?3, ?4)";
constexpr const char* kErasePace = "DELETE FROM pace WHERE kind = ?1 AND subject = ?2";
constexpr const char* kOldPaces = "DELETE FROM pace WHERE since < ?1";

constexpr const char* kDevice = "SELECT token FROM device WHERE aid = ?1 AND name = ?2";
constexpr const char* kPutDevice = "INSERT OR REPLACE INTO device(aid, name, token) VALUES (?1, ?2, ?3)";

constexpr const char* kDevices = "SELECT name, token FROM device WHERE aid = ?1 ORDER BY name";

constexpr const char* kClaim = "SELECT session FROM claim WHERE number = ?1";
constexpr const char* kPutClaim = "INSERT OR REPLACE INTO claim(number, session) VALUES (?1, ?2)";
constexpr const char* kEraseClaim = "DELETE FROM claim WHERE number = ?1";

constexpr const char* kMessage = "SELECT 1 FROM message_seen WHERE id = ?1";
constexpr const char* kPutMessage = "INSERT OR REPLACE INTO message_seen(id, at) VALUES (?1, ?2)";
constexpr const char* kOldMessages = "DELETE FROM message_seen WHERE at < ?1";

constexpr const char* kConfig = "SELECT v FROM config WHERE k = ?1";
constexpr const char* kPutConfig = "INSERT OR REPLACE INTO config(k, v) VALUES (?1, ?2)";

std::int64_t value(PaceKind kind) { return static_cast<int>(kind); }
std::int64_t value(Config key) { return static_cast<int>(key); }

Result<std::optional<std::string>> text(Result<Statement> made) {
  TRY(auto row, std::move(made));
  TRY(const bool found, row.step());
  if (!found) return std::nullopt;
  return std::string(row.bytes(0));
}

}  // namespace

Result<std::optional<Session>> session(Work& work, std::string_view id) {
  TRY(auto row, work.db.query(kSession, id));
  TRY(const bool found, row.step());
  if (!found) return std::nullopt;
  TRY(auto session, decode_session(row.bytes(0)));
  return session;
}

Result<void> scan_sessions(Work& work, const std::function<Result<void>(const Session&)>& each) {
  TRY(auto row, work.db.query(kSessions));
  for (;;) {
    TRY(const bool found, row.step());
    if (!found) return {};
    TRY(const auto session, decode_session(row.bytes(0)));
    TRY(each(session));
  }
}

Result<void> put_session(Work& work, const Session& session) {
  const std::string body = encode_session(session);
  return work.db.run(kPutSession, std::string_view(session.id), session.expires.ms, Blob{body});
}

Result<void> erase_session(Work& work, std::string_view id) { return work.db.run(kEraseSession, id); }

Result<std::optional<Pace>> pace(Work& work, PaceKind kind, std::string_view subject) {
  TRY(auto row, work.db.query(kPace, value(kind), subject));
  TRY(const bool found, row.step());
  if (!found) return std::nullopt;
  return Pace{static_cast<std::uint32_t>(row.integer(0)), {row.integer(1)}};
}

Result<void> put_pace(Work& work, PaceKind kind, std::string_view subject, const Pace& pace) {
  return work.db.run(kPutPace, value(kind), subject, pace.since.ms, std::int64_t{pace.used});
}

Result<void> erase_pace(Work& work, PaceKind kind, std::string_view subject) {
  return work.db.run(kErasePace, value(kind), subject);
}

Result<void> forget_before(Work& work, Timestamp before) {
  TRY(work.db.run(kOldSessions, before.ms));
  TRY(work.db.run(kOldMessages, before.ms));
  return work.db.run(kOldPaces, before.ms);
}

Result<std::optional<std::string>> device(Work& work, AccountRef account, std::string_view name) {
  return text(work.db.query(kDevice, account.value, name));
}

Result<void> put_device(Work& work, AccountRef account, std::string_view name, std::string_view token) {
  return work.db.run(kPutDevice, account.value, name, token);
}

Result<std::vector<std::pair<std::string, std::string>>> devices(Work& work, AccountRef account) {
  TRY(auto row, work.db.query(kDevices, account.value));
  std::vector<std::pair<std::string, std::string>> out;
  for (;;) {
    TRY(const bool found, row.step());
    if (!found) return out;
    out.emplace_back(row.bytes(0), row.bytes(1));
  }
}

Result<std::optional<std::string>> claim(Work& work, PhoneNumber number) {
  return text(work.db.query(kClaim, number.digits()));
}

Result<void> put_claim(Work& work, PhoneNumber number, std::string_view session) {
  return work.db.run(kPutClaim, number.digits(), session);
}

Result<void> erase_claim(Work& work, PhoneNumber number) { return work.db.run(kEraseClaim, number.digits()); }

Result<bool> message_seen(Work& work, std::string_view id) {
  TRY(const auto seen, work.db.number(kMessage, id));
  return seen.has_value();
}

Result<void> put_message_seen(Work& work, std::string_view id, Timestamp at) {
  return work.db.run(kPutMessage, id, at.ms);
}

Result<std::optional<std::string>> config(Work& work, Config key) { return text(work.db.query(kConfig, value(key))); }

Result<void> put_config(Work& work, Config key, std::string_view value_text) {
  TRY(work.db.run(kPutConfig, value(key), value_text));
  return journal_config(work, key, value_text);
}

}  // namespace cardsrv::store::sqlite
