// A number that is bound already: takeovers, their waits, and what ends them (semantics R5, R8, R9, B4).

#include <gtest/gtest.h>

#include "base/file.h"
#include "service/accounts.h"
#include "service/auth.h"
#include "service/bulk_rebinding.h"
#include "service/bulk_registration.h"
#include "service/claims.h"
#include "service/erasing.h"
#include "support/paths.h"
#include "unit/service/registry.h"

namespace cardsrv::service {
namespace {

using testing::another;
using testing::code_of;
using testing::must;
using testing::number;
using testing::wait_of;

constexpr std::int64_t kDay = 86'400;

store::Uid uid(const std::string& text) { return must(store::Uid::parse(text)); }

class Takeover : public testing::RegistryTest {
 protected:
  // A session whose code is known: the pace of sends is another test's.
  struct Asked {
    std::string session, code;
  };
  Asked ask(std::uint64_t n) {
    clock_.advance_s(3600);
    const std::string session = request(n).session;
    return {session, phone_.last_code()};
  }
  Asked ask_as(std::uint64_t n, const std::string& who, const std::optional<std::string>& password) {
    clock_.advance_s(3600);
    const auto info = must(request_registration(
        *store_, &phone_, {.number = number(n), .fixed_code = {}, .uid = uid(who), .password = password}, {}));
    return {info.session, phone_.last_code()};
  }
  Asked ask_to_move(const Registered& who, std::uint64_t to, std::optional<std::uint64_t> from) {
    clock_.advance_s(3600);
    const auto info = must(ask_rebind(who, to, from ? std::optional(number(*from)) : std::nullopt));
    return {info.session, phone_.last_code()};
  }
  Result<Registered> confirm_it(const Asked& asked) { return confirm(asked.session, asked.code); }
  Result<Rebound> confirm_move_of(const Asked& asked) { return confirm_move(asked.session, asked.code); }

  void logs_in(const Registered& who) { must(authenticate(*store_, uid(who.uid), *who.password)); }
  std::optional<TakeoverNotice> told(const Registered& who) {
    return must(log_in(*store_, uid(who.uid), *who.password, std::nullopt)).notices.pending_takeover;
  }
  // Without a login, which would count as being seen.
  std::optional<TakeoverNotice> notice(const Registered& who) {
    const auto tx = must(store_->read());
    return must(takeover_notice(*tx, *must(tx->account(uid(who.uid)))));
  }
  BulkRegistered enrol(const std::string& rows, bool claimable) {
    const std::string path = folder_.file("rows");
    must(replace_file(path, "number,uid\n" + rows, 0600));
    return must(register_bulk(
        *store_, {.path = path, .vouch = "moved in", .claimable = claimable}, {},
        [](const Reject&) -> Result<void> { return {}; }, [](std::uint64_t, std::uint64_t) {}));
  }
  cardsrv::testing::ScratchFolder folder_;
};

// R8: seven days since the proof, to the second; a new uid, and the old account has no number.
TEST_F(Takeover, TakesEffectSevenDaysAfterTheProof) {
  const Registered ann = registers(1);
  const Asked asked = ask(1);
  const auto first = confirm_it(asked);
  EXPECT_EQ(code_of(first), Errc::kWaiting);
  EXPECT_EQ(wait_of(first), 7 * kDay);
  clock_.advance_s(7 * kDay - 1);
  const auto early = confirm_it(asked);
  EXPECT_EQ(code_of(early), Errc::kWaiting);
  EXPECT_EQ(wait_of(early), 1);
  EXPECT_EQ(holder(1), ann.uid);
  clock_.advance_s(1);
  const Registered eve = must(confirm_it(asked));
  EXPECT_NE(eve.uid, ann.uid);
  EXPECT_TRUE(eve.password);
  EXPECT_EQ(holder(1), eve.uid);
  EXPECT_EQ(must(show_account(*store_, ann.uid, std::nullopt)).binding, std::nullopt) << "numberless";
  logs_in(ann);
}

// R8: and seven days since the holder was seen; thirty suffice in any case.
TEST_F(Takeover, AHolderWhoIsSeenIsWaitedForThirtyDaysAtMost) {
  const Registered ann = registers(1);
  const Asked asked = ask(1);
  ASSERT_EQ(code_of(confirm_it(asked)), Errc::kWaiting);
  for (int i = 0; i < 4; ++i) {
    clock_.advance_s(6 * kDay);
    logs_in(ann);
    const auto waits = confirm_it(asked);
    EXPECT_EQ(code_of(waits), Errc::kWaiting);
    EXPECT_EQ(wait_of(waits), i < 3 ? 7 * kDay : 6 * kDay) << "24 days have passed in the end";
  }
  clock_.advance_s(6 * kDay - 1);
  logs_in(ann);
  EXPECT_EQ(wait_of(confirm_it(asked)), 1);
  clock_.advance_s(1);
  EXPECT_TRUE(confirm_it(asked));
}

// R8: 45 days idle, counted from the registration on; then nobody is waited for.
TEST_F(Takeover, AnIdleHolderIsNotWaitedFor) {
  registers(1);
  clock_.advance_s(45 * kDay - 3600 - 1);
  const Asked asked = ask(1);
  EXPECT_EQ(wait_of(confirm_it(asked)), 1);
  clock_.advance_s(1);
  EXPECT_TRUE(confirm_it(asked));
}

// R8: a clock that went back takes nothing from what was seen.
TEST_F(Takeover, AClockThatWentBackDoesNotMakeTheHolderIdle) {
  const Registered ann = registers(1);
  const Asked asked = ask(1);
  ASSERT_EQ(code_of(confirm_it(asked)), Errc::kWaiting);
  clock_.advance_s(-50 * kDay);
  logs_in(ann);
  clock_.advance_s(50 * kDay + 60);
  EXPECT_EQ(wait_of(confirm_it(asked)), 7 * kDay - 60);
}

// J5: a dry run does not count as being seen, nor as the first use of a password.
TEST_F(Takeover, ADryRunIsNotSeen) {
  const Registered ann = registers(1);
  const Asked asked = ask(1);
  ASSERT_EQ(code_of(confirm_it(asked)), Errc::kWaiting);
  clock_.advance_s(3 * kDay);
  must(log_in(*store_, uid(ann.uid), *ann.password, std::nullopt, Marking::kDryRun));
  EXPECT_EQ(wait_of(confirm_it(asked)), 4 * kDay);
  EXPECT_FALSE(must(must(store_->read())->account(uid(ann.uid)))->secret_used);
}

// R8: every login and pull of the holder tells of it, and a wrong code ends nothing.
TEST_F(Takeover, TheHolderIsTold) {
  const Registered ann = registers(1);
  EXPECT_EQ(told(ann), std::nullopt);
  const Asked asked = ask(1);
  EXPECT_EQ(told(ann), std::nullopt) << "before the proof nothing tells";
  ASSERT_EQ(code_of(confirm_it(asked)), Errc::kWaiting);
  const Timestamp proved = clock_.now();
  EXPECT_EQ(code_of(confirm(asked.session, another(asked.code))), Errc::kRefused);
  const auto notice = told(ann);
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->number, number(1).e164());
  EXPECT_EQ(notice->proved_at, proved);
  EXPECT_EQ(notice->effect_at, proved.plus_s(7 * kDay));
}

// R8: the same person, by uid, password and proof: the uid stays, and whoever waited is out.
TEST_F(Takeover, TheHolderEndsItByProvingTheNumberAgain) {
  const Registered ann = registers(1);
  const Asked other = ask(1);
  ASSERT_EQ(code_of(confirm_it(other)), Errc::kWaiting);
  const Asked own = ask_as(1, ann.uid, ann.password);
  EXPECT_TRUE(told(ann)) << "the request alone ends nothing";
  const Registered same = must(confirm_it(own));
  EXPECT_EQ(same.uid, ann.uid);
  EXPECT_EQ(same.password, std::nullopt);
  EXPECT_EQ(told(ann), std::nullopt);
  clock_.advance_s(40 * kDay);
  EXPECT_EQ(code_of(confirm_it(other)), Errc::kRefused);
  EXPECT_EQ(holder(1), ann.uid);
}

TEST_F(Takeover, TheSamePersonNeedsThePasswordAndTheNumber) {
  const Registered ann = registers(1), bob = registers(2);
  clock_.advance_s(3600);
  const auto with = [&](std::uint64_t n, const std::string& who, const std::string& password) {
    return code_of(request_registration(
        *store_, &phone_, {.number = number(n), .fixed_code = {}, .uid = uid(who), .password = password}, {}));
  };
  EXPECT_EQ(with(1, ann.uid, *bob.password), Errc::kRefused);
  EXPECT_EQ(with(1, "nobody", *bob.password), Errc::kRefused);
  EXPECT_EQ(with(2, ann.uid, *ann.password), Errc::kPrecondition);
  EXPECT_EQ(with(3, ann.uid, *ann.password), Errc::kPrecondition) << "whether or not anybody has it";
}

// R8: a later proof replaces an earlier one.
TEST_F(Takeover, ALaterProofReplacesAnEarlierOne) {
  registers(1);
  const Asked first = ask(1);
  ASSERT_EQ(code_of(confirm_it(first)), Errc::kWaiting);
  const Asked second = ask(1);
  EXPECT_EQ(code_of(confirm_it(first)), Errc::kWaiting) << "a request alone replaces nothing";
  ASSERT_EQ(code_of(confirm_it(second)), Errc::kWaiting);
  EXPECT_EQ(code_of(confirm_it(first)), Errc::kRefused);
  clock_.advance_s(7 * kDay);
  EXPECT_TRUE(confirm_it(second));
}

// R3: a waiting claim lives until it ends, and its code serves as long; five wrong ones end it.
TEST_F(Takeover, WrongCodesEndAClaim) {
  const Registered ann = registers(1);
  const Asked asked = ask(1);
  ASSERT_EQ(code_of(confirm_it(asked)), Errc::kWaiting);
  for (const std::int64_t wait : {0, 0, 60, 120, 120}) {
    clock_.advance_s(wait);
    EXPECT_EQ(code_of(confirm(asked.session, another(asked.code))), Errc::kRefused);
  }
  clock_.advance_s(8 * kDay);
  EXPECT_EQ(code_of(confirm_it(asked)), Errc::kRefused);
  EXPECT_EQ(notice(ann), std::nullopt) << "what cannot take effect troubles nobody";
}

// R5, with the wait of R8: a forgotten password is replaced by the number and the uid.
TEST_F(Takeover, AForgottenPasswordIsReplacedAfterTheWait) {
  const Registered ann = registers(1);
  const Asked asked = ask_as(1, ann.uid, std::nullopt);
  EXPECT_EQ(wait_of(confirm_it(asked)), 7 * kDay);
  EXPECT_TRUE(told(ann)) << "who did not forget it is warned";
  clock_.advance_s(7 * kDay);
  const Registered again = must(confirm_it(asked));
  EXPECT_EQ(again.uid, ann.uid);
  ASSERT_TRUE(again.password);
  EXPECT_NE(again.password, ann.password);
  EXPECT_EQ(code_of(authenticate(*store_, uid(ann.uid), *ann.password)), Errc::kRefused);
  logs_in(again);
  EXPECT_EQ(holder(1), ann.uid);
}

// The answer to the request tells nothing of who holds what (R8); the proof is of no use to anybody else.
TEST_F(Takeover, AForgottenPasswordNeedsItsOwnNumber) {
  const Registered ann = registers(1);
  registers(2);
  const Asked others = ask_as(2, ann.uid, std::nullopt);
  EXPECT_EQ(code_of(confirm_it(others)), Errc::kRefused);
  const Asked free_number = ask_as(3, ann.uid, std::nullopt);
  EXPECT_EQ(code_of(confirm_it(free_number)), Errc::kRefused);
  const Asked nobody = ask_as(1, "nobody", std::nullopt);
  EXPECT_EQ(code_of(confirm_it(nobody)), Errc::kRefused);
  EXPECT_EQ(notice(ann), std::nullopt) << "they trouble no holder";
}

// R9: the first SMS proof of an operator's row, before any login, is the same person.
TEST_F(Takeover, AClaimableRowIsTheFirstProversOwn) {
  const auto rows = enrol(number(1).e164() + ",ann\n" + number(2).e164() + ",bob\n", true);
  const Registered ann = must(confirm_it(ask(1)));
  EXPECT_EQ(ann.uid, "ann");
  logs_in(ann);
  EXPECT_EQ(must(show_account(*store_, "ann", std::nullopt)).binding->proof, store::Proof::kSmsDown);
  // Proved once it is nobody else's any more.
  EXPECT_EQ(code_of(confirm_it(ask(1))), Errc::kWaiting);
  // Used once it is its user's.
  must(authenticate(*store_, uid("bob"), password_of(*store_, rows, rows.rows[1])));
  EXPECT_EQ(code_of(confirm_it(ask(2))), Errc::kWaiting);
}

// R8: a later proof ends a claim; that of a claimable row is its holder's.
TEST_F(Takeover, TheFirstProofOfAClaimableRowEndsWhatWaitsForIt) {
  enrol(number(1).e164() + ",ann\n", true);
  const Registered bob = registers(2);
  const Asked move = ask_to_move(bob, 1, 2);
  ASSERT_EQ(code_of(confirm_move_of(move)), Errc::kWaiting);
  const Registered ann = must(confirm_it(ask(1)));
  EXPECT_EQ(ann.uid, "ann");
  EXPECT_EQ(notice(ann), std::nullopt);
  clock_.advance_s(31 * kDay);
  EXPECT_EQ(code_of(confirm_move_of(move)), Errc::kRefused);
  EXPECT_EQ(holder(1), "ann");
}

// R9: also where it names the account, as for a password that was never known.
TEST_F(Takeover, TheFirstProofOfAClaimableRowMayNameItsAccount) {
  enrol(number(1).e164() + ",ann\n", true);
  const Registered ann = must(confirm_it(ask_as(1, "ann", std::nullopt)));
  EXPECT_EQ(ann.uid, "ann");
  EXPECT_TRUE(ann.password);
}

TEST_F(Takeover, ARowThatIsNotClaimableIsWaitedFor) {
  enrol(number(1).e164() + ",ann\n", false);
  EXPECT_EQ(code_of(confirm_it(ask(1))), Errc::kWaiting);
}

// R4, B4: nobody hears of a claim that takes effect because the holder left: its times count from the first
// confirmation afterwards, which may come for 30 days.
TEST_F(Takeover, AnAnswerThatNobodyHeardWaits) {
  const Registered ann = registers(1), bob = registers(2);
  const Asked first = ask(1);
  ASSERT_EQ(code_of(confirm_it(first)), Errc::kWaiting);
  const Asked second = ask(2);
  ASSERT_EQ(code_of(confirm_it(second)), Errc::kWaiting);
  must(confirm_move_of(ask_to_move(ann, 3, 1)));
  must(confirm_move_of(ask_to_move(bob, 4, 2)));
  const auto owner = holder(1);
  ASSERT_TRUE(owner && owner != ann.uid);
  clock_.advance_s(8 * kDay);
  const Registered late = must(confirm_it(first));
  EXPECT_EQ(late.uid, owner);
  EXPECT_TRUE(late.password);
  clock_.advance_s(599);
  EXPECT_TRUE(must(confirm_it(first)).password);
  clock_.advance_s(1);
  EXPECT_FALSE(must(confirm_it(first)).password);
  clock_.advance_s(kDay - 601);
  EXPECT_EQ(must(confirm_it(first)).uid, owner);
  clock_.advance_s(1);
  EXPECT_EQ(code_of(confirm_it(first)), Errc::kRefused) << "a day after it was heard of";
  clock_.advance_s(21 * kDay);
  EXPECT_EQ(code_of(confirm_it(second)), Errc::kRefused) << "30 days";
}

// B4: as R8, and the claim takes effect at once when the holder leaves the number.
TEST_F(Takeover, AClaimTakesEffectWhenTheHolderLeaves) {
  const Registered ann = registers(1), bob = registers(2);
  const Asked wants = ask_to_move(bob, 1, 2);
  EXPECT_EQ(wait_of(confirm_move_of(wants)), 7 * kDay);
  const Asked leaves = ask_to_move(ann, 3, 1);
  must(confirm_move_of(leaves));
  EXPECT_EQ(holder(3), ann.uid);
  EXPECT_EQ(holder(1), bob.uid);
  EXPECT_EQ(holder(2), std::nullopt);
  EXPECT_EQ(must(confirm_move_of(wants)).uid, bob.uid) << "the answer is there still";
  const auto to = [&](std::uint64_t n) {
    return std::count_if(phone_.messages.begin(), phone_.messages.end(), [&](const sms::Message& message) {
      return message.to == number(n) && message.text.find("has moved") != std::string::npos;
    });
  };
  EXPECT_EQ(to(1), 0) << "the number is somebody else's now";
  EXPECT_EQ(to(2), 1) << "B2: once";
}

TEST_F(Takeover, ARegistrationTakesANumberThatIsLeft) {
  const Registered ann = registers(1);
  const Asked wants = ask(1);
  ASSERT_EQ(code_of(confirm_it(wants)), Errc::kWaiting);
  must(close_account(*store_, nullptr, {uid(ann.uid), {}, "gone"}, {}));
  const auto now = holder(1);
  ASSERT_TRUE(now);
  EXPECT_NE(now, ann.uid);
  const Registered eve = must(confirm_it(wants));
  EXPECT_EQ(eve.uid, now);
  logs_in(eve);
}

TEST_F(Takeover, AnOperatorsPlanFreesANumberForWhoeverWaits) {
  enrol(number(1).e164() + ",ann\n" + number(4).e164() + ",dan\n", false);
  const Registered bob = registers(2);
  const Asked wants = ask_to_move(bob, 1, 2);
  ASSERT_EQ(code_of(confirm_move_of(wants)), Errc::kWaiting);
  const std::string path = folder_.file("plan");
  must(replace_file(path, "old,new\n" + number(1).e164() + "," + number(5).e164() + "\n", 0600));
  must(rebind_bulk(
      *store_, nullptr, {.path = path, .vouch = "plan"}, {}, [](const Reject&) -> Result<void> { return {}; },
      [](std::uint64_t, std::uint64_t) {}));
  EXPECT_EQ(holder(5), "ann");
  EXPECT_EQ(holder(1), bob.uid);
}

// B4: two persons swap, three go round; all in the transaction that proves the last of them.
TEST_F(Takeover, NumbersAreSwappedWithTheLastProof) {
  const Registered ann = registers(1), bob = registers(2);
  const Asked forth = ask_to_move(ann, 2, 1);
  ASSERT_EQ(code_of(confirm_move_of(forth)), Errc::kWaiting);
  const Asked back = ask_to_move(bob, 1, 2);
  must(confirm_move_of(back));
  EXPECT_EQ(holder(1), bob.uid);
  EXPECT_EQ(holder(2), ann.uid);
  EXPECT_EQ(must(confirm_move_of(forth)).number, number(2));
}

TEST_F(Takeover, ThreeGoRound) {
  const Registered ann = registers(1), bob = registers(2), cid = registers(3);
  ASSERT_EQ(code_of(confirm_move_of(ask_to_move(ann, 2, 1))), Errc::kWaiting);
  ASSERT_EQ(code_of(confirm_move_of(ask_to_move(bob, 3, 2))), Errc::kWaiting);
  must(confirm_move_of(ask_to_move(cid, 1, 3)));
  EXPECT_EQ(holder(2), ann.uid);
  EXPECT_EQ(holder(3), bob.uid);
  EXPECT_EQ(holder(1), cid.uid);
}

// B1, B4: a claim whose account moved meanwhile is no claim, and closes no circle.
TEST_F(Takeover, AClaimOfSomebodyWhoMovedIsNone) {
  const Registered ann = registers(1), bob = registers(2);
  const Asked stale = ask_to_move(ann, 2, 1);
  ASSERT_EQ(code_of(confirm_move_of(stale)), Errc::kWaiting);
  must(confirm_move_of(ask_to_move(ann, 4, 1)));
  EXPECT_EQ(notice(bob), std::nullopt);
  EXPECT_EQ(code_of(confirm_move_of(stale)), Errc::kPrecondition);
  must(confirm_move_of(ask_to_move(bob, 1, 2)));
  EXPECT_EQ(holder(2), std::nullopt);
}

// B1, R8: nor is one that was asked for with a password that is not the account's any more.
TEST_F(Takeover, AClaimOfAFormerPasswordIsNone) {
  const Registered ann = registers(1), bob = registers(2);
  const Asked move = ask_to_move(ann, 2, 1);
  ASSERT_EQ(code_of(confirm_move_of(move)), Errc::kWaiting);
  ASSERT_TRUE(notice(bob));
  must(reset_password(*store_, must(store::Uid::parse(ann.uid)), std::nullopt, "stolen", {}));
  EXPECT_EQ(notice(bob), std::nullopt);
  must(close_account(*store_, &phone_, {must(store::Uid::parse(bob.uid)), {}, "asked"}, {}));
  EXPECT_EQ(holder(2), std::nullopt) << "the number of one who leaves goes to nobody";
  EXPECT_EQ(holder(1), ann.uid);
  EXPECT_EQ(code_of(confirm_move_of(move)), Errc::kRefused);
}

// R8: until the proof, a bound number and a free one are told apart by nothing.
TEST_F(Takeover, BeforeTheProofNothingTellsWhetherANumberIsBound) {
  enrol(number(1).e164() + ",ann\n", false);
  const auto story = [&](std::uint64_t n) {
    std::vector<std::string> seen;
    const SessionInfo info = request(n);
    seen.push_back(std::to_string(info.next_check_s) + " " + std::to_string(info.next_send_s));
    const std::string code = phone_.last_code();
    const auto wrong = confirm(info.session, another(code));
    seen.push_back(wrong.error().message + std::to_string(wait_of(wrong)));
    const auto soon = resend(*store_, &phone_, SessionOf::kRegistration, info.session, {});
    seen.push_back(soon.error().message + std::to_string(wait_of(soon)));
    return seen;
  };
  EXPECT_EQ(story(1), story(7));
}

}  // namespace
}  // namespace cardsrv::service
