// What an uploader and a requester can see of numbers that are registered and of those that are not (semantics L5, R8,
// X2): answers, errors and the work that is done.

#include <gtest/gtest.h>

#include "service/auth.h"
#include "support/counting_store.h"
#include "unit/service/town.h"

namespace cardsrv::service {
namespace {

using cardsrv::testing::CountingStore;
using cardsrv::testing::Probes;
using testing::another;
using testing::must;
using testing::number;
using testing::uid_of;

class Privacy : public testing::TownTest {
 protected:
  // One answer as text, and what it cost.
  struct Seen {
    std::string answer;
    Probes probes;
    bool operator==(const Seen&) const = default;
  };
  CountingStore counting_{*store_};
};

// R8: requests, wrong codes and resends for a bound and for a free number.
TEST_F(Privacy, ARequesterSeesTheSameWhetherOrNotTheNumberIsBound) {
  clock_.advance_s(7200);  // the paces of those who registered
  const auto story = [&](std::uint64_t n) {
    std::vector<Seen> seen;
    counting_.take();
    const auto info = must(request_registration(counting_, &phone_, {.number = number(n), .fixed_code = {}}, {}));
    seen.push_back({std::to_string(info.next_check_s) + " " + std::to_string(info.next_send_s), counting_.take()});
    const auto wrong = confirm_registration(counting_, info.session, another(phone_.last_code()), {});
    seen.push_back({wrong.error().message, counting_.take()});
    const auto soon = resend(counting_, &phone_, SessionOf::kRegistration, info.session, {});
    seen.push_back({soon.error().message + std::to_string(*soon.error().retry_after_s), counting_.take()});
    return seen;
  };
  registers(50);
  clock_.advance_s(7200);
  const auto bound = story(50), free_number = story(51);
  // The free number never had a session, so only what depends on that may differ: nothing does.
  EXPECT_EQ(bound[1], free_number[1]);
  EXPECT_EQ(bound[0].probes, free_number[0].probes);
  EXPECT_EQ(bound[2].probes, free_number[2].probes);
}

// The same for who has forgotten their password, and for who is nobody.
TEST_F(Privacy, AskingForAForgottenPasswordTellsNothing) {
  clock_.advance_s(7200);
  const auto ask = [&](std::uint64_t n, const std::string& who) {
    counting_.take();
    const auto info = must(request_registration(
        counting_, &phone_,
        {.number = number(n), .fixed_code = {}, .uid = must(store::Uid::parse(who)), .password = {}}, {}));
    return Seen{std::to_string(info.next_check_s) + info.proof, counting_.take()};
  };
  const Seen theirs = ask(1, ann_.uid);
  EXPECT_EQ(theirs, ask(2, ann_.uid));
  EXPECT_EQ(theirs, ask(60, ann_.uid));
  EXPECT_EQ(theirs, ask(61, "nobody"));
}

// L5: an upload's result and its work, for a first list and for an addition.
TEST_F(Privacy, AnUploaderSeesTheSameWhetherOrNotNumbersAreRegistered) {
  const Registered dan = registers(70), eve = registers(71);
  const auto upload = [&](const Registered& who, std::uint64_t n) {
    clock_.advance_s(1);
    counting_.take();
    ListOptions options;
    options.paths = {file(entry("x", "X", {n}))};
    options.mode = UploadMode::kAdd;
    const auto result = must(import_list(
        counting_, uid_of(who), options, {}, [](const Reject&) -> Result<void> { return {}; }, quiet()));
    Json line = counts_json(result.counts);
    line.erase("account");
    return Seen{line.dump(), counting_.take()};
  };
  EXPECT_EQ(upload(dan, 1), upload(eve, 99)) << "a first list";
  EXPECT_EQ(upload(dan, 2).answer, upload(eve, 98).answer) << "an addition";
}

// R1, R3: wrong passwords for uids that exist and that do not.
TEST_F(Privacy, WrongPasswordsLookAlikeWhoeverIsMeant) {
  const auto guess = [&](const std::string& who) {
    std::vector<std::string> answers;
    for (int i = 0; i < 7; ++i) {
      const auto answer = authenticate(counting_, must(store::Uid::parse(who)), "guess " + std::to_string(i));
      answers.push_back(answer.error().message + std::to_string(answer.error().retry_after_s.value_or(-1)));
    }
    return answers;
  };
  const auto there = guess(ann_.uid);
  EXPECT_EQ(there, guess("nobody"));
  EXPECT_NE(there[5], there[4]) << "five, then one a minute";
}

// X2: a pull tells of peers alone; whoever lists the puller without being listed is not in it, nor counted.
TEST_F(Privacy, APullTellsNobodyWhoListsThem) {
  const std::string before = pulls(ann_).last.token;
  const Registered dan = registers(70);
  publish(dan, "Dan", 70);
  lists(dan, entry("a", "My Secret Ann", {1}));
  matches();
  const auto heard = pulls(ann_, before);
  EXPECT_TRUE(heard.cards.empty());
  EXPECT_TRUE(heard.gones.empty());
  const auto whole = pulls(ann_);
  EXPECT_EQ(whole.cards.size(), 2U);
  for (const auto& [peer, card] : whole.cards) EXPECT_EQ(card.card.find("Annie"), std::string::npos);
}

}  // namespace
}  // namespace cardsrv::service
