// A new number (semantics B1–B5).

#include "service/rebinding.h"

#include "service/accounts.h"
#include "unit/service/registry.h"

namespace cardsrv::service {
namespace {

using testing::code_of;
using testing::must;
using testing::number;

class Rebinding : public testing::RegistryTest {
 protected:
  Result<SessionInfo> resend_later(const std::string& session) {
    clock_.advance_s(60);
    return resend(*store_, &phone_, SessionOf::kRebinding, session, {{}, true});
  }
};

TEST_F(Rebinding, MovesTheAccountAndTellsTheFormerNumber) {
  const Registered ann = registers(1);
  const std::string session = must(ask_rebind(ann, 2, number(1))).session;
  EXPECT_EQ(phone_.messages.back().to, number(2)) << "the new number is proved";
  const Rebound moved = must(confirm_move(session, phone_.last_code()));
  EXPECT_EQ(moved.uid, ann.uid);
  EXPECT_EQ(moved.former, number(1));
  EXPECT_FALSE(moved.has_own_card);
  EXPECT_EQ(holder(2), ann.uid);
  EXPECT_EQ(holder(1), std::nullopt);
  EXPECT_EQ(phone_.messages.back().to, number(1));
  // X3: no number in full in a message.
  EXPECT_EQ(phone_.messages.back().text.find("1380013800"), std::string::npos);
}

// J2, B2: the message to the former number is due until it went out, for the batch that comes again too.
TEST_F(Rebinding, AMessageThatFailedGoesOutWhenTheBatchComesAgain) {
  const Registered ann = registers(1);
  const std::string session = must(ask_rebind(ann, 2, number(1))).session;
  const std::string code = phone_.last_code();
  const auto confirm_batch = [&] { return must(confirm_rebind(*store_, &phone_, session, code, {"c"})); };
  phone_.broken = true;
  EXPECT_EQ(confirm_batch().untold, 1U);
  phone_.broken = false;
  const size_t before = phone_.messages.size();
  EXPECT_EQ(confirm_batch().untold, 0U);
  ASSERT_EQ(phone_.messages.size(), before + 1);
  EXPECT_EQ(phone_.messages.back().to, number(1));
  confirm_batch();
  EXPECT_EQ(phone_.messages.size(), before + 1) << "once";
}

// J1: with the password of then; another batch, or no batch, needs that of now.
TEST_F(Rebinding, ARequestThatWasAppliedAnswersAfterThePasswordChanged) {
  const Registered ann = registers(1);
  const RebindRequest asked{
      .uid = must(store::Uid::parse(ann.uid)), .password = *ann.password, .number = number(2), .from = number(1)};
  const SessionInfo first = must(request_rebind(*store_, &phone_, asked, {"r"}));
  must(reset_password(*store_, asked.uid, "another password", "met", {}));
  const SessionInfo again = must(request_rebind(*store_, &phone_, asked, {"r"}));
  EXPECT_TRUE(again.outcome.replayed);
  EXPECT_EQ(again.session, first.session);
  clock_.advance_s(60);
  EXPECT_EQ(code_of(request_rebind(*store_, &phone_, asked, {"s"})), Errc::kRefused);
  EXPECT_EQ(code_of(request_rebind(*store_, &phone_, asked, {})), Errc::kRefused);
}

// R3: sends are counted per number, over sessions of every kind; a session is of one kind.
TEST_F(Rebinding, SendsOfRegistrationsAndRebindsCountTogether) {
  const Registered ann = registers(1);
  const std::string registration = request(2).session;
  EXPECT_EQ(testing::wait_of(ask_rebind(ann, 2, number(1))), 60);
  clock_.advance_s(60);
  const std::string move = must(ask_rebind(ann, 2, number(1))).session;
  EXPECT_EQ(testing::wait_of(try_request(2)), 120);
  clock_.advance_s(120);
  EXPECT_EQ(code_of(resend(*store_, &phone_, SessionOf::kRegistration, move, {})), Errc::kRefused);
  EXPECT_EQ(code_of(resend(*store_, &phone_, SessionOf::kRebinding, registration, {})), Errc::kRefused);
  EXPECT_TRUE(resend(*store_, &phone_, SessionOf::kRebinding, move, {}));
}

// J5
TEST_F(Rebinding, ADryRunMovesNobodyAndSendsNothing) {
  const Registered ann = registers(1);
  const std::string session = must(ask_rebind(ann, 2, number(1))).session;
  const std::string code = phone_.last_code();
  const std::string state = digest();
  const size_t messages = phone_.messages.size();
  EXPECT_TRUE(must(confirm_rebind(*store_, &phone_, session, code, {{}, true})).outcome.dry_run);
  EXPECT_TRUE(must(resend_later(session)).outcome.dry_run);
  EXPECT_EQ(digest(), state);
  EXPECT_EQ(phone_.messages.size(), messages);
  EXPECT_EQ(holder(1), ann.uid);
  EXPECT_EQ(must(confirm_move(session, code)).uid, ann.uid) << "the code is good still";
}

// B1: the password first, the bound number then.
TEST_F(Rebinding, ThePasswordIsCheckedFirst) {
  Registered ann = registers(1);
  Registered stranger = ann;
  stranger.password = "wrong";
  EXPECT_EQ(code_of(ask_rebind(stranger, 2, number(7))), Errc::kRefused);
  EXPECT_EQ(code_of(ask_rebind(ann, 2, number(7))), Errc::kPrecondition);
  EXPECT_EQ(code_of(ask_rebind(ann, 2, std::nullopt)), Errc::kPrecondition);
  EXPECT_EQ(code_of(ask_rebind(ann, 1, number(1))), Errc::kUsage) << "it has that number";
}

// B1: again at the confirmation, also where it was proved before; what was confirmed is told to the end.
TEST_F(Rebinding, ANewPasswordEndsWhatTheOldOneAskedFor) {
  const Registered ann = registers(1);
  const auto uid = must(store::Uid::parse(ann.uid));
  const std::string session = must(ask_rebind(ann, 2, number(1))).session;
  const std::string code = phone_.last_code();
  must(change_password(*store_, uid, *ann.password, "a second password", {}));
  EXPECT_EQ(code_of(confirm_move(session, code)), Errc::kRefused);
  EXPECT_EQ(holder(1), ann.uid);

  Registered renewed = ann;
  renewed.password = "a second password";
  clock_.advance_s(60);
  const std::string anew = must(ask_rebind(renewed, 2, number(1))).session;
  const std::string new_code = phone_.last_code();
  must(confirm_move(anew, new_code));
  must(reset_password(*store_, uid, "a third password", "asked in person", {}));
  EXPECT_EQ(must(confirm_move(anew, new_code)).uid, ann.uid);
}

// B5
TEST_F(Rebinding, ConfirmingTwiceIsOneRebind) {
  const Registered ann = registers(1);
  const std::string session = must(ask_rebind(ann, 2, number(1))).session;
  const std::string code = phone_.last_code();
  const Rebound first = must(confirm_move(session, code));
  const std::string state = digest();
  const size_t messages = phone_.messages.size();
  const Rebound again = must(confirm_move(session, code));
  EXPECT_EQ(again.number, first.number);
  EXPECT_EQ(again.former, first.former);
  EXPECT_EQ(digest(), state);
  EXPECT_EQ(phone_.messages.size(), messages);
}

TEST_F(Rebinding, AnOldSessionCannotUndoANewerRebind) {
  const Registered ann = registers(1);
  clock_.advance_s(60);
  // All at one instant: the order of batches decides, never the clock.
  const std::string old_session = must(ask_rebind(ann, 3, number(1))).session;
  const std::string old_code = phone_.last_code();
  const auto go = [&](std::uint64_t to, std::uint64_t from) {
    const std::string session = must(ask_rebind(ann, to, number(from))).session;
    must(confirm_move(session, phone_.last_code()));
  };
  go(2, 1);
  EXPECT_EQ(code_of(confirm_move(old_session, old_code)), Errc::kPrecondition);
  go(1, 2);
  EXPECT_EQ(code_of(confirm_move(old_session, old_code)), Errc::kPrecondition) << "the old number is back";
  EXPECT_EQ(holder(1), ann.uid);
}

// R8, B4: told after the proof.
TEST_F(Rebinding, TheHolderOfANumberIsWaitedForAfterTheProof) {
  const Registered ann = registers(1);
  registers(2);
  clock_.advance_s(60);
  const std::string session = must(ask_rebind(ann, 2, number(1))).session;
  EXPECT_EQ(code_of(confirm_move(session, phone_.last_code())), Errc::kWaiting);
  EXPECT_EQ(holder(1), ann.uid);
}

TEST_F(Rebinding, ARegistrationCannotConfirmIt) {
  const Registered ann = registers(1);
  const std::string session = must(ask_rebind(ann, 2, number(1))).session;
  EXPECT_EQ(code_of(confirm(session, phone_.last_code())), Errc::kRefused);
}

// B3: a proof by SMS registers a number again that was just left.
TEST_F(Rebinding, TheFormerNumberRegistersAgainBySms) {
  const Registered ann = registers(1);
  const std::string session = must(ask_rebind(ann, 2, number(1))).session;
  must(confirm_move(session, phone_.last_code()));
  clock_.advance_s(60);
  const Registered bob = registers(1);
  EXPECT_NE(bob.uid, ann.uid);
}

// B2
TEST_F(Rebinding, LoginsTellOfItForSevenDays) {
  const Registered ann = registers(1);
  const auto uid = must(store::Uid::parse(ann.uid));
  EXPECT_FALSE(must(log_in(*store_, uid, *ann.password, std::nullopt)).notices.rebound);
  const std::string session = must(ask_rebind(ann, 2, number(1))).session;
  must(confirm_move(session, phone_.last_code()));
  clock_.advance_s(7 * 86'400 - 1);
  const auto login = must(log_in(*store_, uid, *ann.password, std::nullopt));
  ASSERT_TRUE(login.notices.rebound);
  EXPECT_EQ(login.notices.rebound->former, "+8613800138001");
  clock_.advance_s(1);
  EXPECT_FALSE(must(log_in(*store_, uid, *ann.password, std::nullopt)).notices.rebound);
}

}  // namespace
}  // namespace cardsrv::service
