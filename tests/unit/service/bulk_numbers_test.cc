// The operator's bulk commands (semantics R9, B3, B6).

#include <gmock/gmock.h>

#include "base/file.h"
#include "service/auth.h"
#include "service/bulk_rebinding.h"
#include "service/bulk_registration.h"
#include "support/paths.h"
#include "unit/service/registry.h"

namespace cardsrv::service {
namespace {

using testing::code_of;
using testing::must;
using testing::number;

class BulkNumbers : public testing::RegistryTest {
 protected:
  std::string file(const std::string& text) {
    const std::string path = folder_.path() + "/rows";
    must(replace_file(path, text, 0600));
    return path;
  }
  RejectSink sink() {
    return [this](const Reject& reject) -> Result<void> {
      reasons_.push_back(std::to_string(reject.line) + " " + reject.reason);
      return {};
    };
  }
  Result<BulkRegistered> enrol(const std::string& text, BulkRegistration asked = {}, const BatchOptions& batch = {}) {
    asked.path = file(text);
    asked.vouch = "migration";
    return register_bulk(*store_, asked, batch, sink(), [](std::uint64_t, std::uint64_t) {});
  }
  Result<BulkRebound> renumber(const std::string& text, Quarantine quarantine = Quarantine::kKept,
                               const BatchOptions& batch = {}) {
    const BulkRebinding asked{.path = file(text), .vouch = "plan", .quarantine = quarantine};
    return rebind_bulk(*store_, nullptr, asked, batch, sink(), [](std::uint64_t, std::uint64_t) {});
  }
  // One letter a row: r, a, x.
  static std::string word(const BulkRegistered& result) {
    std::string out;
    for (const auto& row : result.rows) out += " rax"[static_cast<size_t>(row.status)];
    return out;
  }
  static std::string word(const BulkRebound& result) {
    std::string out;
    for (const auto& row : result.rows) out += " rax"[static_cast<size_t>(row.status)];
    return out;
  }
  // "old,new" rows from pairs of the last digits.
  static std::string plan(const std::vector<std::pair<int, int>>& moves) {
    std::string text = "old,new\n";
    for (const auto& [from, to] : moves)
      text +=
          number(static_cast<std::uint64_t>(from)).e164() + "," + number(static_cast<std::uint64_t>(to)).e164() + "\n";
    return text;
  }
  void three() { must(enrol("number,uid\n+8613800138001,a\n+8613800138002,b\n+8613800138003,c\n")); }

  cardsrv::testing::ScratchFolder folder_;
  std::vector<std::string> reasons_;
};

TEST_F(BulkNumbers, RegistersEachRowOnTheOperatorsWord) {
  const auto result = must(enrol("number,uid\n+8613800138001,ann\n+8613800138002,\n"));
  EXPECT_EQ(word(result), "rr");
  EXPECT_EQ(holder(1), "ann");
  EXPECT_EQ(holder(2), result.rows[1].uid);
  const auto uid = must(store::Uid::parse("ann"));
  EXPECT_TRUE(authenticate(*store_, uid, password_of(*store_, result, result.rows[0])));
  const auto tx = must(store_->read());
  const auto one = number(1);
  const auto binding = must(tx->live(std::span(&one, 1))).front();
  EXPECT_EQ(binding.proof, store::Proof::kOperator);
  EXPECT_EQ(binding.vouch, "migration");
}

TEST_F(BulkNumbers, RefusesBadRowsAndTakesTheOthers) {
  registers(9);
  const auto result =
      must(enrol("number,uid\n+8613800138001,a\n+8613800138001,b\n+8613800138002,a\n12,c\n+8613800138003,no "
                 "uid\n+8613800138009,z\n"
                 "+8613800138009,\n+8613800138004,d\n"));
  EXPECT_EQ(word(result), "rxxxxxxr");
  EXPECT_EQ(result.refused, 6U);
  EXPECT_EQ(reasons_.size(), 6U);
}

TEST_F(BulkNumbers, WhatIsThereAlreadyStays) {
  const Registered ann = registers(1);
  EXPECT_EQ(word(must(enrol("number,uid\n+8613800138001," + ann.uid + "\n"))), "a");
  EXPECT_EQ(word(must(enrol("number\n+8613800138001\n"))), "a");
}

TEST_F(BulkNumbers, WithoutPasswordsNobodyEnters) {
  const auto result = must(enrol("number,uid\n+8613800138001,ann\n", {.passwords = Passwords::kNone}));
  EXPECT_FALSE(result.rows[0].password_told);
  EXPECT_EQ(code_of(authenticate(*store_, must(store::Uid::parse("ann")), "")), Errc::kRefused);
}

// R4, J1
TEST_F(BulkNumbers, TheSameBatchAgainTellsUnusedPasswordsForTenMinutes) {
  const std::string rows = "number,uid\n+8613800138001,ann\n+8613800138002,bob\nbad,\n";
  const auto first = must(enrol(rows, {}, {"m1"}));
  must(authenticate(*store_, must(store::Uid::parse("ann")), password_of(*store_, first, first.rows[0])));
  const auto again = must(enrol(rows, {}, {"m1"}));
  EXPECT_TRUE(again.outcome.replayed);
  EXPECT_EQ(word(again), "rrx");
  EXPECT_FALSE(again.rows[0].password_told) << "used";
  ASSERT_TRUE(again.rows[1].password_told);
  EXPECT_EQ(password_of(*store_, again, again.rows[1]), password_of(*store_, first, first.rows[1]));
  const std::string receipt = testing::receipt_of(*store_, "m1");
  EXPECT_EQ(receipt.find(password_of(*store_, first, first.rows[1])), std::string::npos);
  clock_.advance_s(600);
  EXPECT_FALSE(must(enrol(rows, {}, {"m1"})).rows[1].password_told);
  EXPECT_EQ(code_of(enrol("number\n+8613800138003\n", {}, {"m1"})), Errc::kBatchConflict);
}

// B3
TEST_F(BulkNumbers, AQuarantinedNumberNeedsItsOption) {
  three();
  must(renumber(plan({{1, 11}})));
  clock_.advance_s(45 * 86'400 - 1);
  EXPECT_EQ(word(must(enrol("number\n+8613800138001\n"))), "x");
  EXPECT_EQ(word(must(renumber(plan({{2, 1}})))), "x");
  EXPECT_EQ(word(must(renumber(plan({{2, 1}}), Quarantine::kIgnored))), "r");
  clock_.advance_s(45 * 86'400);
  EXPECT_EQ(word(must(enrol("number\n+8613800138002\n"))), "r");
}

TEST_F(BulkNumbers, AnInputWithoutRowsIsAnError) {
  EXPECT_EQ(code_of(enrol("number\n")), Errc::kUsage);
  EXPECT_EQ(code_of(enrol("")), Errc::kUsage);
  EXPECT_EQ(code_of(renumber("old,new\n")), Errc::kUsage);
}

TEST_F(BulkNumbers, ADryRunLeavesNoTrace) {
  three();
  const std::string before = digest();
  EXPECT_EQ(word(must(enrol("number\n+8613800138007\n", {}, {{}, true}))), "r");
  EXPECT_EQ(word(must(renumber(plan({{1, 2}, {2, 1}}), Quarantine::kKept, {{}, true}))), "rr");
  EXPECT_EQ(digest(), before);
}

// B6: all rows are simultaneous. A number that passes on within the batch is not quarantined (B3).
TEST_F(BulkNumbers, ChainsAndCyclesWork) {
  three();
  EXPECT_EQ(word(must(renumber(plan({{1, 2}, {2, 3}, {3, 1}})))), "rrr");
  EXPECT_EQ(holder(2), "a");
  EXPECT_EQ(holder(3), "b");
  EXPECT_EQ(holder(1), "c");
  EXPECT_EQ(word(must(renumber(plan({{3, 4}, {2, 3}})))), "rr");
  EXPECT_EQ(holder(4), "b");
  EXPECT_EQ(holder(3), "a");
}

TEST_F(BulkNumbers, ARefusedRowHoldsUpThoseThatWantItsNumber) {
  three();
  const Registered dan = registers(4);
  EXPECT_EQ(word(must(renumber(plan({{1, 2}, {2, 3}, {3, 4}})))), "xxx") << "4 does not leave";
  EXPECT_EQ(holder(1), "a");
  EXPECT_EQ(word(must(renumber(plan({{1, 5}, {2, 4}, {9, 10}, {3, 1}})))), "rxxr");
  EXPECT_EQ(holder(1), "c");
  EXPECT_EQ(holder(4), dan.uid);
}

TEST_F(BulkNumbers, RepeatedAndDoneRowsAreTold) {
  three();
  EXPECT_EQ(word(must(renumber(plan({{1, 5}, {1, 6}, {2, 5}})))), "rxx");
  EXPECT_EQ(word(must(renumber(plan({{1, 5}, {2, 2}})))), "aa");
  const auto again = must(renumber(plan({{3, 7}}), Quarantine::kKept, {"p1"}));
  const auto replayed = must(renumber(plan({{3, 7}}), Quarantine::kKept, {"p1"}));
  EXPECT_TRUE(replayed.outcome.replayed);
  EXPECT_EQ(replayed.rows[0].uid, again.rows[0].uid);
  EXPECT_EQ(replayed.rows[0].to, number(7));
}

// R9: a plan moves what was claimable with its account.
TEST_F(BulkNumbers, AMovedRowIsStillClaimable) {
  must(enrol("number,uid\n+8613800138001,a\n", {.claimable = true}));
  EXPECT_EQ(word(must(renumber(plan({{1, 5}})))), "r");
  EXPECT_EQ(registers(5).uid, "a");
}

// A row names who has the old number now: it was carried out before only where nobody has it, or one whom another row
// of the plan brought there.
TEST_F(BulkNumbers, ARowIsNotDoneForSomebodyElse) {
  three();
  EXPECT_EQ(word(must(renumber(plan({{2, 5}, {1, 2}})))), "rr");
  EXPECT_EQ(word(must(renumber(plan({{2, 5}, {1, 2}})))), "aa") << "the same plan again";
  EXPECT_EQ(word(must(renumber(plan({{1, 2}})))), "a");
  const Registered dan = registers(1);
  EXPECT_EQ(word(must(renumber(plan({{1, 2}})))), "x") << "dan is meant, and a does not leave";
  EXPECT_EQ(word(must(renumber(plan({{2, 5}, {1, 2}})))), "xx");
  EXPECT_EQ(holder(1), dan.uid);
  EXPECT_EQ(holder(2), "a");
}

// B6: a chain and a circle in one file of 100 000 rows.
TEST_F(BulkNumbers, AHundredThousandRowsMoveAtOnce) {
  constexpr int kRows = 100'000;
  constexpr std::uint64_t kFirst = 13'000'000'000;
  const auto e164 = [&](int n) { return "+86" + std::to_string(kFirst + static_cast<std::uint64_t>(n)); };
  std::string people = "number,uid\n", plan = "old,new\n";
  for (int n = 0; n < kRows; ++n) people += e164(n) + ",p" + std::to_string(n) + "\n";
  // The first half goes round, the second moves on by one, into a number that nobody has.
  for (int n = 0; n < kRows; ++n) plan += e164(n) + "," + e164(n < kRows / 2 ? (n + 1) % (kRows / 2) : n + 1) + "\n";
  ASSERT_EQ(must(enrol(people)).registered, static_cast<std::uint64_t>(kRows));
  const auto moved = must(renumber(plan));
  EXPECT_EQ(moved.rebound, static_cast<std::uint64_t>(kRows));
  const auto tx = must(store_->read());
  for (const auto& [n, uid] : {std::pair(0, kRows / 2 - 1), std::pair(1, 0), std::pair(kRows, kRows - 1)}) {
    const store::PhoneNumber number(std::stoull(e164(n).substr(1)));
    const auto live = must(tx->live(std::span(&number, 1)));
    ASSERT_EQ(live.size(), 1U) << n;
    EXPECT_EQ(must(tx->uids(std::span(&live.front().account, 1))).front().text(), "p" + std::to_string(uid));
  }
  const store::PhoneNumber left(std::stoull(e164(kRows / 2).substr(1)));
  EXPECT_TRUE(must(tx->live(std::span(&left, 1))).empty());
}

}  // namespace
}  // namespace cardsrv::service
