// Messages that prove numbers (semantics R2, R3, B4).

#include <gtest/gtest.h>

#include "base/file.h"
#include "service/inbound.h"
#include "service/maintaining.h"
#include "support/paths.h"
#include "unit/service/registry.h"

namespace cardsrv::service {
namespace {

using testing::code_of;
using testing::must;
using testing::number;
using testing::wait_of;

class Inbound : public testing::RegistryTest {
 protected:
  void SetUp() override { must(set_setting(*store_, "sms-up-number", "+8610690000000", {})); }

  SessionInfo ask(std::uint64_t n) {
    return must(request_registration(*store_, nullptr,
                                     {.number = number(n), .proof = store::Proof::kSmsUp, .fixed_code = {}}, {}));
  }
  static std::string message(const std::string& id, std::uint64_t from, const std::string& text) {
    return Json{{"id", id}, {"from", number(from).e164()}, {"to", "+8610690000000"}, {"text", text}}.dump() + "\n";
  }
  Received receive(const std::string& lines, const BatchOptions& batch = {}) {
    const std::string path = folder_.file("messages");
    must(replace_file(path, lines, 0600));
    return must(receive_messages(*store_, &phone_, path, std::nullopt, batch, [this](const Reject& reject) {
      rejected_.push_back(reject.line);
      return Result<void>{};
    }));
  }
  bool proves(const std::string& id, std::uint64_t from, const std::string& text) {
    return receive(message(id, from, text)).messages.at(0).proved;
  }

  cardsrv::testing::ScratchFolder folder_;
  std::vector<std::uint64_t> rejected_;
};

// R2: the text from the number proves; the secret confirms.
TEST_F(Inbound, ATextFromTheNumberProvesIt) {
  const SessionInfo info = ask(1);
  EXPECT_EQ(info.proof, "sms-up");
  EXPECT_EQ(info.send_to, "+8610690000000");
  ASSERT_TRUE(info.secret);
  EXPECT_GE(info.secret->size(), 26U);
  EXPECT_EQ(info.text.find(info.session.substr(1)), std::string::npos) << "the gateway learns no session";
  EXPECT_TRUE(phone_.messages.empty());
  const auto early = confirm(info.session, *info.secret);
  EXPECT_EQ(code_of(early), Errc::kWaiting);
  EXPECT_GT(wait_of(early), 0);
  EXPECT_TRUE(proves("m1", 1, info.text));
  const Registered ann = must(confirm(info.session, *info.secret));
  EXPECT_EQ(holder(1), ann.uid);
  EXPECT_TRUE(ann.password);
  EXPECT_EQ(must(confirm(info.session, *info.secret)).password, ann.password) << "R4";
}

// A sender that cannot be read is not taken yet: the message may come again with a region.
TEST_F(Inbound, ANationalSenderMayComeAgainWithItsRegion) {
  const SessionInfo info = ask(1);
  const std::string path = folder_.file("messages");
  must(replace_file(path, Json{{"id", "m1"}, {"from", "13800138001"}, {"to", "1"}, {"text", info.text}}.dump(), 0600));
  const auto take = [&](std::optional<phone::Region> region) {
    const auto received =
        must(receive_messages(*store_, &phone_, path, region, {}, [](const Reject&) -> Result<void> { return {}; }));
    return received.messages.at(0).proved;
  };
  EXPECT_FALSE(take(std::nullopt));
  EXPECT_TRUE(take(must(phone::Region::parse("CN"))));
  EXPECT_FALSE(take(must(phone::Region::parse("CN")))) << "once";
}

TEST_F(Inbound, AMessageWithoutItsReceiverIsNone) {
  const SessionInfo info = ask(1);
  EXPECT_TRUE(
      receive(Json{{"id", "m1"}, {"from", number(1).e164()}, {"text", info.text}}.dump() + "\n").messages.empty());
  EXPECT_EQ(rejected_, std::vector<std::uint64_t>{1});
}

TEST_F(Inbound, OnlyTheTextAndOnlyFromTheNumber) {
  const SessionInfo info = ask(1);
  EXPECT_FALSE(proves("m1", 2, info.text)) << "another sender";
  EXPECT_FALSE(proves("m2", 1, info.text.substr(0, info.text.size() - 1)));
  EXPECT_FALSE(proves("m3", 1, info.text + "0"));
  EXPECT_FALSE(proves("m4", 1, ""));
  EXPECT_FALSE(proves("m5", 1, "hello"));
  EXPECT_FALSE(proves("m6", 1, info.session));
  EXPECT_FALSE(proves("m7", 1, *info.secret));
  EXPECT_EQ(code_of(confirm(info.session, *info.secret)), Errc::kWaiting);
  EXPECT_TRUE(proves("m8", 1, "  cardsrv   " + info.text.substr(8) + "\n")) << "phones change case and white space";
}

// R2: the secret is the requester's; whoever saw the text cannot confirm.
TEST_F(Inbound, TheTextDoesNotConfirm) {
  const SessionInfo info = ask(1);
  EXPECT_TRUE(proves("m1", 1, info.text));
  EXPECT_EQ(code_of(confirm(info.session, info.text)), Errc::kRefused);
  EXPECT_EQ(code_of(confirm(info.session, info.text.substr(8))), Errc::kRefused);
  clock_.advance_s(60);
  EXPECT_TRUE(confirm(info.session, *info.secret));
}

// R3: a wrong secret counts; the right one before the message does not.
TEST_F(Inbound, WrongSecretsCountTheRightOneDoesNot) {
  const SessionInfo info = ask(1);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(code_of(confirm(info.session, *info.secret)), Errc::kWaiting);
  for (const std::int64_t wait : {0, 0, 60, 120, 120}) {
    clock_.advance_s(wait);
    EXPECT_EQ(code_of(confirm(info.session, "wrong")), Errc::kRefused);
  }
  EXPECT_FALSE(proves("m1", 1, info.text)) << "the session is dead";
  EXPECT_EQ(code_of(confirm(info.session, *info.secret)), Errc::kRefused);
}

// R2: each message once, by its id.
TEST_F(Inbound, AMessageCountsOnce) {
  const SessionInfo first = ask(1);
  EXPECT_TRUE(proves("m1", 1, first.text));
  EXPECT_FALSE(proves("m1", 1, first.text));
  const SessionInfo second = ask(2);
  EXPECT_FALSE(proves("m1", 2, second.text)) << "an id is a message's for ever";
  EXPECT_TRUE(proves("m2", 2, second.text));
  EXPECT_FALSE(proves("m3", 2, second.text)) << "proved already";
}

// R3: 30 minutes, to the second.
TEST_F(Inbound, ASessionLivesThirtyMinutes) {
  const SessionInfo info = ask(1), late = ask(2);
  clock_.advance_s(1799);
  EXPECT_TRUE(proves("m1", 1, info.text));
  clock_.advance_s(1);
  EXPECT_FALSE(proves("m2", 2, late.text));
}

// R3: nothing is sent, so the pace of sends does not count; that of sessions does.
TEST_F(Inbound, SessionsHaveTheirPaceSendsHaveNone) {
  for (int i = 0; i < 5; ++i) ask(1);
  const auto sixth = request_registration(*store_, nullptr,
                                          {.number = number(1), .proof = store::Proof::kSmsUp, .fixed_code = {}}, {});
  EXPECT_EQ(code_of(sixth), Errc::kTooSoon);
  EXPECT_EQ(wait_of(sixth), 288 * 60);
}

TEST_F(Inbound, ResendTellsTheTextAgainAndNotTheSecret) {
  const SessionInfo info = ask(1);
  const SessionInfo again = must(resend(*store_, nullptr, SessionOf::kRegistration, info.session, {}));
  EXPECT_EQ(again.text, info.text);
  EXPECT_EQ(again.secret, std::nullopt);
  EXPECT_TRUE(phone_.messages.empty());
}

TEST_F(Inbound, BadLinesAreRejectedAndTheOthersCount) {
  const SessionInfo info = ask(1);
  const Received received = receive("noise\n[]\n{}\n" + message("m1", 1, info.text) +
                                    "{\"id\":1,\"from\":\"x\",\"text\":\"y\"}\n{\"id\":\"cut");
  EXPECT_EQ(received.rejected, 5U);
  EXPECT_EQ(rejected_, (std::vector<std::uint64_t>{1, 2, 3, 5, 6}));
  ASSERT_EQ(received.messages.size(), 1U);
  EXPECT_TRUE(received.messages[0].proved);
}

// J1: the same batch answers from its record; J5: a dry run leaves no trace.
TEST_F(Inbound, ABatchAgainAndADryRun) {
  const SessionInfo info = ask(1);
  const std::string line = message("m1", 1, info.text);
  EXPECT_TRUE(receive(line, {{}, true}).messages[0].proved);
  EXPECT_EQ(code_of(confirm(info.session, *info.secret)), Errc::kWaiting);
  EXPECT_TRUE(receive(line, {"b1"}).messages[0].proved);
  const Received again = receive(line, {"b1"});
  EXPECT_TRUE(again.outcome.replayed);
  EXPECT_TRUE(again.messages[0].proved);
}

// A session of another kind, another tool's: inbound of either serves both, confirm does not.
TEST_F(Inbound, ServesRebindsToo) {
  const Registered ann = registers(1);
  clock_.advance_s(3600);
  const SessionInfo info = must(request_rebind(*store_, nullptr,
                                               {.uid = must(store::Uid::parse(ann.uid)),
                                                .password = *ann.password,
                                                .number = number(2),
                                                .from = number(1),
                                                .proof = store::Proof::kSmsUp,
                                                .fixed_code = {}},
                                               {}));
  EXPECT_TRUE(proves("m1", 2, info.text));
  EXPECT_EQ(holder(1), ann.uid) << "nothing takes effect without its requester";
  EXPECT_EQ(code_of(confirm(info.session, *info.secret)), Errc::kRefused);
  must(confirm_move(info.session, *info.secret));
  EXPECT_EQ(holder(2), ann.uid);
}

// B4: in the transaction that proves the last of them.
TEST_F(Inbound, AMessageClosesACircle) {
  const Registered ann = registers(1), bob = registers(2);
  const auto wants = [&](const Registered& who, std::uint64_t from, std::uint64_t to) {
    return must(request_rebind(*store_, nullptr,
                               {.uid = must(store::Uid::parse(who.uid)),
                                .password = *who.password,
                                .number = number(to),
                                .from = number(from),
                                .proof = store::Proof::kSmsUp,
                                .fixed_code = {}},
                               {}));
  };
  const SessionInfo forth = wants(ann, 1, 2), back = wants(bob, 2, 1);
  EXPECT_TRUE(proves("m1", 2, forth.text));
  EXPECT_EQ(holder(1), ann.uid);
  EXPECT_TRUE(proves("m2", 1, back.text));
  EXPECT_EQ(holder(1), bob.uid);
  EXPECT_EQ(holder(2), ann.uid);
  EXPECT_EQ(must(confirm_move(forth.session, *forth.secret)).number, number(2));
}

TEST_F(Inbound, WithoutANumberToSendToItIsRefused) {
  must(set_setting(*store_, "sms-up-number", "", {}));
  EXPECT_EQ(code_of(check_proof(*store_, store::Proof::kSmsUp)), Errc::kNotConfigured);
}

}  // namespace
}  // namespace cardsrv::service
