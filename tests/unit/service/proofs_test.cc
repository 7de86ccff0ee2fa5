// Sessions, codes and paces (semantics R2–R4, J1, J2, J5).

#include "service/proofs.h"

#include "service/maintaining.h"
#include "unit/service/registry.h"

namespace cardsrv::service {
namespace {

using testing::another;
using testing::code_of;
using testing::must;
using testing::number;
using testing::wait_of;

class Proofs : public testing::RegistryTest {
 protected:
  Result<void> check(const std::string& session, const std::string& code) {
    return check_code(*store_, SessionOf::kRegistration, session, code, Check::kProve);
  }
  Result<SessionInfo> send_again(const std::string& session, const BatchOptions& batch = {}) {
    return resend(*store_, &phone_, SessionOf::kRegistration, session, batch);
  }
};

TEST_F(Proofs, ARequestSendsSixDigitsAndTellsItsPaces) {
  const SessionInfo info = request(1);
  EXPECT_EQ(info.number, "+8613800138001");
  EXPECT_EQ(info.proof, "sms-down");
  EXPECT_EQ(info.expires, clock_.now().plus_s(1800));
  EXPECT_EQ(info.next_check_s, 0);
  EXPECT_EQ(info.next_send_s, 60);
  ASSERT_EQ(phone_.messages.size(), 1U);
  EXPECT_EQ(phone_.last_code().find_first_not_of("0123456789"), std::string::npos);
}

// R3: two at once, the third 60 s after the one before, the fourth and fifth 120 s each; then the session is dead.
TEST_F(Proofs, WrongCodesHaveTheirPaceAndTheFifthKills) {
  const std::string session = request(1).session;
  const std::string right = phone_.last_code(), wrong = another(right);
  EXPECT_EQ(code_of(check(session, wrong)), Errc::kRefused);
  EXPECT_EQ(code_of(check(session, wrong)), Errc::kRefused);
  for (const std::int64_t pause : {60, 120, 120}) {
    clock_.advance_s(pause - 1);
    EXPECT_EQ(wait_of(check(session, right)), 1) << "the right code is not looked at";
    clock_.advance_s(1);
    EXPECT_EQ(code_of(check(session, wrong)), Errc::kRefused);
  }
  clock_.advance_s(200);
  EXPECT_EQ(code_of(check(session, right)), Errc::kRefused);
}

TEST_F(Proofs, ACheckRefusedForPaceIsNotCounted) {
  const std::string session = request(1).session;
  const std::string right = phone_.last_code(), wrong = another(right);
  for (int i = 0; i < 2; ++i) static_cast<void>(check(session, wrong));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(wait_of(check(session, wrong)), 60);
  clock_.advance_s(60);
  EXPECT_TRUE(check(session, right));
}

TEST_F(Proofs, TheRightCodeAgainIsNotCounted) {
  const std::string session = request(1).session;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(check(session, phone_.last_code()));
}

TEST_F(Proofs, NoSendRenewsTheWrongCodes) {
  const std::string session = request(1).session;
  static_cast<void>(check(session, another(phone_.last_code())));
  static_cast<void>(check(session, another(phone_.last_code())));
  clock_.advance_s(59);
  EXPECT_EQ(wait_of(check(session, phone_.last_code())), 1);
  clock_.advance_s(1);
  const SessionInfo again = must(send_again(session));
  EXPECT_EQ(again.next_check_s, 0);
  EXPECT_EQ(code_of(check(session, another(phone_.last_code()))), Errc::kRefused);
  EXPECT_EQ(wait_of(check(session, phone_.last_code())), 120) << "the fourth";
}

TEST_F(Proofs, ACodeLivesTenMinutes) {
  const std::string session = request(1).session;
  clock_.advance_s(600);
  EXPECT_EQ(code_of(check(session, phone_.last_code())), Errc::kRefused);
  const std::string next = request(2).session;
  clock_.advance_s(599);
  EXPECT_TRUE(check(next, phone_.last_code()));
}

TEST_F(Proofs, ANewSendMakesTheOldCodeUselessAndLivesAnew) {
  const std::string session = request(1).session;
  const std::string old_code = phone_.last_code();
  clock_.advance_s(550);
  must(send_again(session));
  ASSERT_NE(phone_.last_code(), old_code);
  EXPECT_EQ(code_of(check(session, old_code)), Errc::kRefused);
  clock_.advance_s(599);
  EXPECT_TRUE(check(session, phone_.last_code()));
}

TEST_F(Proofs, ASessionLivesThirtyMinutes) {
  const std::string session = request(1).session;
  clock_.advance_s(1799);
  must(send_again(session));
  clock_.advance_s(1);
  EXPECT_EQ(code_of(check(session, phone_.last_code())), Errc::kRefused);
  EXPECT_EQ(code_of(send_again(session)), Errc::kRefused);
}

// R3: at once, then 60, 120, 300, 600 s after the one before; after that an hour, and the row begins again. Over
// sessions.
TEST_F(Proofs, SendsOfANumberHaveTheirRow) {
  std::string session = request(1).session;
  for (const std::int64_t pause : {60, 120, 300, 600}) {
    EXPECT_EQ(wait_of(try_request(1)), pause);
    clock_.advance_s(pause - 1);
    EXPECT_EQ(wait_of(try_request(1)), 1);
    EXPECT_EQ(wait_of(send_again(session)), 1) << "sessions of every kind share the row";
    clock_.advance_s(1);
    session = request(1).session;
  }
  // The session still lives: the row alone holds its next send back.
  EXPECT_EQ(wait_of(send_again(session)), 3600);
  EXPECT_TRUE(try_request(2)) << "another number has its own";
  clock_.advance_s(288 * 60);
  EXPECT_EQ(request(1).next_send_s, 60) << "after the hour the row begins again";
}

// R3: 5 at once and one more every 288 minutes.
TEST_F(Proofs, SessionsOfANumberHaveABucket) {
  const Timestamp start = clock_.now();
  for (const std::int64_t pause : {0, 60, 120, 300, 600}) {
    clock_.advance_s(pause);
    request(1);
  }
  clock_.advance_s(3600);
  const std::int64_t left = seconds_until(clock_.now(), start.plus_s(288 * 60));
  EXPECT_EQ(wait_of(try_request(1)), left) << "the longer of both waits";
  clock_.advance_s(left);
  EXPECT_TRUE(try_request(1));
  EXPECT_EQ(wait_of(try_request(1)), 288 * 60);
}

// R8: until the proof, nobody sees whether a number is bound.
TEST_F(Proofs, ABoundNumberHasTheSamePace) {
  registers(1);
  request(2);
  clock_.advance_s(30);
  EXPECT_EQ(wait_of(try_request(1)), wait_of(try_request(2)));
  clock_.advance_s(30);
  EXPECT_EQ(must(try_request(1)).next_send_s, must(try_request(2)).next_send_s);
}

TEST_F(Proofs, AnotherPurposeAndAnUnknownSessionAreTheSameRefusal) {
  const std::string session = request(1).session;
  const auto foreign = check_code(*store_, SessionOf::kRebinding, session, phone_.last_code(), Check::kProve);
  const auto unknown = check("snone", phone_.last_code());
  const auto wrong = check(session, another(phone_.last_code()));
  ASSERT_FALSE(foreign || unknown || wrong);
  EXPECT_EQ(foreign.error().code, Errc::kRefused);
  EXPECT_EQ(foreign.error().message, unknown.error().message);
  EXPECT_EQ(foreign.error().message, wrong.error().message);
}

TEST_F(Proofs, AFailedSendIsNotCountedAndLeavesNoSession) {
  phone_.broken = true;
  for (int i = 0; i < 8; ++i) EXPECT_EQ(code_of(try_request(1)), Errc::kTransportFailed);
  phone_.broken = false;
  EXPECT_EQ(must(try_request(1)).next_send_s, 60);
}

TEST_F(Proofs, AFailedResendLeavesTheOldCodeGood) {
  const std::string session = request(1).session;
  const std::string code = phone_.last_code();
  clock_.advance_s(60);
  phone_.broken = true;
  EXPECT_EQ(code_of(send_again(session)), Errc::kTransportFailed);
  EXPECT_TRUE(check(session, code));
}

// A gateway that delivers and then fails: what was done with the code meanwhile stays.
TEST_F(Proofs, AFailedSendTakesNothingBackThatHappenedMeanwhile) {
  const std::string session = request(1).session;
  const std::string old_code = phone_.last_code();
  clock_.advance_s(60);
  phone_.broken = true;
  std::string uid, code;
  phone_.meanwhile = [&](const sms::Message& message) {
    code = message.text.substr(0, 6);
    uid = must(confirm(session, code)).uid;
  };
  EXPECT_EQ(code_of(send_again(session)), Errc::kTransportFailed);
  phone_.meanwhile = nullptr;
  EXPECT_EQ(must(confirm(session, code)).uid, uid) << "R4: the same code, the same answer";
  ASSERT_NE(old_code, code);
  EXPECT_EQ(code_of(confirm(session, old_code)), Errc::kRefused);
}

TEST_F(Proofs, WrongCodesAndSessionsCountWhileASendFails) {
  const std::string session = request(1).session;
  const std::string old_code = phone_.last_code();
  clock_.advance_s(60);
  phone_.broken = true;
  phone_.meanwhile = [&](const sms::Message& message) {
    phone_.meanwhile = nullptr;
    for (int i = 0; i < 2; ++i) EXPECT_EQ(code_of(check(session, another(message.text.substr(0, 6)))), Errc::kRefused);
  };
  EXPECT_EQ(code_of(send_again(session)), Errc::kTransportFailed);
  EXPECT_EQ(wait_of(check(session, old_code)), 60) << "the third waits";
  clock_.advance_s(60);
  EXPECT_TRUE(check(session, old_code));
  // A session that fails takes one token back, its own.
  phone_.meanwhile = [&](const sms::Message&) {
    phone_.meanwhile = nullptr;
    for (int i = 0; i < 4; ++i)
      must(request_registration(*store_, nullptr,
                                {.number = number(2), .proof = store::Proof::kSmsUp, .fixed_code = {}}, {}));
  };
  must(set_setting(*store_, "sms-up-number", "+8610690000000", {}));
  EXPECT_EQ(code_of(try_request(2)), Errc::kTransportFailed);
  phone_.broken = false;
  EXPECT_TRUE(try_request(2)) << "the fifth";
  clock_.advance_s(60);
  EXPECT_EQ(wait_of(try_request(2)), 288 * 60 - 60);
}

// J2: the batch again sends what is still due, and counts it then.
TEST_F(Proofs, ABatchWhoseMessageFailedSendsWhenItComesAgain) {
  phone_.broken = true;
  EXPECT_EQ(code_of(try_request(1, {"b1"})), Errc::kTransportFailed);
  phone_.broken = false;
  const SessionInfo info = request(1, {"b1"});
  EXPECT_TRUE(info.outcome.replayed);
  ASSERT_EQ(phone_.messages.size(), 1U);
  EXPECT_EQ(wait_of(try_request(1)), 60) << "the send is counted now";
  EXPECT_TRUE(check(info.session, phone_.last_code()));
}

TEST_F(Proofs, ABatchAgainSendsNothingTwice) {
  const SessionInfo first = request(1, {"b1"});
  const SessionInfo again = request(1, {"b1"});
  EXPECT_EQ(first.session, again.session);
  EXPECT_TRUE(again.outcome.replayed);
  EXPECT_EQ(phone_.messages.size(), 1U);
  EXPECT_EQ(code_of(try_request(2, {"b1"})), Errc::kBatchConflict);
}

TEST_F(Proofs, ADryRunSendsNothingAndLeavesNoTrace) {
  const SessionInfo info = request(1, {{}, true});
  EXPECT_TRUE(info.outcome.dry_run);
  EXPECT_TRUE(phone_.messages.empty());
  EXPECT_TRUE(try_request(1));
}

TEST_F(Proofs, FixedCodesAreForFixturesAndAreSixDigits) {
  const auto with = [&](store::Store& store, const char* code) {
    return code_of(request_registration(store, &phone_, {.number = number(1), .fixed_code = code}, {}));
  };
  for (const char* bad : {"12345", "1234567", "12345a", ""}) EXPECT_EQ(with(*store_, bad), Errc::kUsage) << bad;
  const auto production = must(store::create("memory:", {}, {.clock = &clock_}));
  EXPECT_EQ(with(*production, "123456"), Errc::kUsage);
  EXPECT_EQ(with(*store_, "123456"), std::nullopt);
  EXPECT_EQ(phone_.last_code(), "123456");
}

// X3: no code stands in the store, not even a fixed one.
TEST_F(Proofs, NoCodeIsStored) {
  const auto info = must(request_registration(*store_, &phone_, {.number = number(1), .fixed_code = "123456"}, {}));
  const auto session = must(must(store_->read())->session(info.session));
  ASSERT_TRUE(session);
  EXPECT_EQ((session->code_salt + session->code_hash).find("123456"), std::string::npos);
  clock_.advance_s(60);
  must(send_again(info.session));
  EXPECT_EQ(code_of(check(info.session, "123456")), Errc::kRefused) << "R3: a new send makes the old code useless";
}

// R3: nobody is locked out by a clock that was wrong.
TEST_F(Proofs, AClockThatWentBackLocksNobodyOut) {
  clock_.advance_s(std::int64_t{3650} * 86'400);
  request(1);
  clock_.advance_s(std::int64_t{-3650} * 86'400);
  EXPECT_TRUE(try_request(1));
  clock_.advance_s(-61);
  EXPECT_TRUE(try_request(1)) << "back by more than the pace: it says nothing";
  clock_.advance_s(-30);
  EXPECT_EQ(wait_of(try_request(1)), 90) << "what is told is what it takes";
  clock_.advance_s(89);
  EXPECT_EQ(wait_of(try_request(1)), 1);
  clock_.advance_s(1);
  EXPECT_TRUE(try_request(1));
}

}  // namespace
}  // namespace cardsrv::service
