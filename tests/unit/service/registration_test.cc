// Registering, login and passwords (semantics R1, R3–R6).

#include "service/registration.h"

#include "service/accounts.h"
#include "service/auth.h"
#include "unit/service/registry.h"

namespace cardsrv::service {
namespace {

using testing::another;
using testing::code_of;
using testing::must;
using testing::number;
using testing::wait_of;

class Registration : public testing::RegistryTest {
 protected:
  store::Uid uid(const std::string& text) { return must(store::Uid::parse(text)); }
  Result<store::Account> enters(const std::string& who, const std::string& password) {
    return authenticate(*store_, uid(who), password);
  }
};

TEST_F(Registration, GivesAUidABindingAndAPassword) {
  const Registered ann = registers(1);
  EXPECT_EQ(ann.number, "+8613800138001");
  EXPECT_EQ(holder(1), ann.uid);
  ASSERT_TRUE(ann.password);
  EXPECT_GE(ann.password->size(), 26U) << "128 bits in base32";
  EXPECT_TRUE(enters(ann.uid, *ann.password));
}

// R4
TEST_F(Registration, TheSameCodeAgainGivesTheSameAnswer) {
  const std::string session = request(1).session;
  const Registered first = must(confirm(session, phone_.last_code()));
  clock_.advance_s(599);
  const Registered again = must(confirm(session, phone_.last_code()));
  EXPECT_EQ(first.uid, again.uid);
  EXPECT_EQ(first.password, again.password);
  clock_.advance_s(1);
  EXPECT_EQ(must(confirm(session, phone_.last_code())).password, std::nullopt) << "ten minutes are over";
  clock_.advance_s(86'400 - 601);
  EXPECT_EQ(must(confirm(session, phone_.last_code())).uid, first.uid);
  clock_.advance_s(1);
  EXPECT_EQ(code_of(confirm(session, phone_.last_code())), Errc::kRefused) << "24 hours are over";
}

TEST_F(Registration, AWrongCodeNeverGivesTheAnswer) {
  const std::string session = request(1).session;
  const std::string code = phone_.last_code();
  must(confirm(session, code));
  EXPECT_EQ(code_of(confirm(session, another(code))), Errc::kRefused);
}

TEST_F(Registration, APasswordThatWasUsedOrReplacedIsNotToldAgain) {
  const std::string session = request(1).session;
  const Registered ann = must(confirm(session, phone_.last_code()));
  must(enters(ann.uid, *ann.password));
  EXPECT_EQ(must(confirm(session, phone_.last_code())).password, std::nullopt);

  const std::string other = request(2).session;
  const Registered bob = must(confirm(other, phone_.last_code()));
  must(reset_password(*store_, uid(bob.uid), "another password", "met", {}));
  EXPECT_EQ(must(confirm(other, phone_.last_code())).password, std::nullopt);
}

// R8: nothing tells before the proof that a number is bound; then its holder is waited for.
TEST_F(Registration, ABoundNumberIsToldAfterTheProof) {
  registers(1);
  clock_.advance_s(60);
  const std::string session = request(1).session;
  EXPECT_EQ(code_of(confirm(session, another(phone_.last_code()))), Errc::kRefused);
  EXPECT_EQ(code_of(confirm(session, phone_.last_code())), Errc::kWaiting);
}

// J1: also when the session is dead; the record holds no secret.
TEST_F(Registration, ABatchAgainIsAnsweredFromItsRecord) {
  const std::string session = request(1).session;
  const std::string code = phone_.last_code();
  const Registered first = must(confirm(session, code, {"c1"}));
  const Registered again = must(confirm(session, code, {"c1"}));
  EXPECT_TRUE(again.outcome.replayed);
  EXPECT_EQ(again.password, first.password);
  const std::string receipt = testing::receipt_of(*store_, "c1");
  EXPECT_EQ(receipt.find(*first.password), std::string::npos);
  EXPECT_EQ(receipt.find(code), std::string::npos);
  clock_.advance_s(90'000);
  const Registered late = must(confirm(session, code, {"c1"}));
  EXPECT_EQ(late.uid, first.uid);
  EXPECT_EQ(late.password, std::nullopt);
  EXPECT_EQ(code_of(confirm(session, another(code), {"c1"})), Errc::kRefused);
}

// J5
TEST_F(Registration, ADryRunChangesNothing) {
  const std::string session = request(1).session;
  const std::string before = digest();
  EXPECT_TRUE(must(confirm(session, phone_.last_code(), {{}, true})).outcome.dry_run);
  EXPECT_EQ(digest(), before);
  EXPECT_EQ(holder(1), std::nullopt);
  EXPECT_FALSE(must(confirm(session, phone_.last_code())).outcome.dry_run);
}

TEST_F(Registration, ADryRunIsNoWayToGuess) {
  const std::string session = request(1).session;
  const std::string wrong = another(phone_.last_code());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(code_of(confirm(session, wrong, {{}, true})), Errc::kRefused);
  EXPECT_EQ(wait_of(confirm(session, wrong, {{}, true})), 60);
}

// R3: five at once, one a minute; whether the uid exists or not; then the right one is refused too.
TEST_F(Registration, WrongPasswordsHaveTheirPace) {
  const Registered ann = registers(1);
  for (const std::string& who : {ann.uid, std::string("nobody")}) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(code_of(enters(who, "wrong")), Errc::kRefused);
    EXPECT_EQ(wait_of(enters(who, "wrong")), 60);
    EXPECT_EQ(wait_of(enters(who, *ann.password)), 60);
  }
  clock_.advance_s(60);
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(enters(ann.uid, *ann.password)) << "a right one takes nothing";
  EXPECT_EQ(code_of(enters(ann.uid, "wrong")), Errc::kRefused);
  EXPECT_EQ(wait_of(enters(ann.uid, *ann.password)), 60);
}

// R1
TEST_F(Registration, UnknownUidAndWrongPasswordAreOneError) {
  const Registered ann = registers(1);
  const auto wrong = enters(ann.uid, "wrong"), unknown = enters("nobody", "wrong");
  ASSERT_FALSE(wrong || unknown);
  EXPECT_EQ(wrong.error().message, unknown.error().message);
  EXPECT_EQ(wrong.error().hint, unknown.error().hint);
}

// R5
TEST_F(Registration, APersonChoosesTheirOwnPassword) {
  const Registered ann = registers(1);
  const auto change = [&](const std::string& from, const std::string& to, const BatchOptions& batch = {}) {
    return change_password(*store_, uid(ann.uid), from, to, batch);
  };
  EXPECT_EQ(code_of(change(*ann.password, "seven..")), Errc::kUsage);
  EXPECT_EQ(code_of(change(*ann.password, *ann.password)), Errc::kUsage);
  EXPECT_EQ(code_of(change("wrong", "eight...")), Errc::kRefused);
  EXPECT_TRUE(change(*ann.password, "\u00fcber\u00fcber", {"p1"})) << "eight characters";
  EXPECT_TRUE(must(change(*ann.password, "\u00fcber\u00fcber", {"p1"})).outcome.replayed);
  EXPECT_TRUE(enters(ann.uid, "\u00fcber\u00fcber"));
  EXPECT_EQ(code_of(enters(ann.uid, *ann.password)), Errc::kRefused);
  const auto account = must(must(store_->read())->account(uid(ann.uid)));
  EXPECT_TRUE(account->secret.hash.starts_with("$argon2id$"));
}

TEST_F(Registration, AnOperatorResetsAPassword) {
  const Registered ann = registers(1);
  const auto reset = [&](const std::optional<std::string>& to, const BatchOptions& batch = {}) {
    return reset_password(*store_, uid(ann.uid), to, "met", batch);
  };
  EXPECT_EQ(code_of(reset(*ann.password)), Errc::kUsage) << "the old one";
  const auto made = must(reset(std::nullopt, {"r1"}));
  ASSERT_TRUE(made.generated);
  EXPECT_EQ(must(reset(std::nullopt, {"r1"})).generated, made.generated);
  EXPECT_TRUE(enters(ann.uid, *made.generated));
  EXPECT_EQ(must(reset(std::nullopt, {"r1"})).generated, std::nullopt) << "used";
  const std::string receipt = testing::receipt_of(*store_, "r1");
  EXPECT_NE(receipt.find("met"), std::string::npos);
  EXPECT_EQ(receipt.find(*made.generated), std::string::npos);
  EXPECT_EQ(code_of(reset_password(*store_, uid("nobody"), std::nullopt, "met", {})), Errc::kRefused);
}

// R6
TEST_F(Registration, LoginTellsThatTheOwnCardIsMissing) {
  const Registered ann = registers(1);
  EXPECT_EQ(must(log_in(*store_, uid(ann.uid), *ann.password, std::nullopt)).own_card, OwnCardState::kMissing);
}

TEST_F(Registration, ShowFindsByUidAndByNumber) {
  const Registered ann = registers(1);
  const auto by_uid = must(show_account(*store_, ann.uid, std::nullopt));
  EXPECT_EQ(by_uid.binding->number, number(1));
  EXPECT_EQ(must(show_account(*store_, "+8613800138001", std::nullopt)).uid, ann.uid);
  EXPECT_EQ(code_of(show_account(*store_, "+8613800138002", std::nullopt)), Errc::kRefused);
}

}  // namespace
}  // namespace cardsrv::service
