// Every back end keeps the contract of store.h: bindings (semantics "binding", B2, B6).

#include <gmock/gmock.h>

#include "store_suite.h"

namespace cardsrv::store::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StoreBindings : public StoreTest {
 protected:
  // In a batch of its own; its place in the order.
  Stamp apply(const std::vector<BindingChange>& changes) {
    auto tx = write();
    const Stamp stamp = tx->stamp();
    must(tx->apply_bindings(changes));
    commit(*tx, BatchKind::kRebind);
    return stamp;
  }

  std::optional<Errc> refusal(const std::vector<BindingChange>& changes) {
    return code_of(write()->apply_bindings(changes));
  }

  AccountRef holder(std::uint64_t n) {
    const auto live = must(read()->live(std::vector{number(n)}));
    return live.empty() ? AccountRef{} : live.front().account;
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, StoreBindings, ::testing::ValuesIn(backends()), name_of);

TEST_P(StoreBindings, BindingIsKeptWithItsProofAndVouch) {
  const auto refs = people({"ann", "bob"});
  const Stamp since = apply({begins(refs[0], number(1)),
                             {.account = refs[1], .to = number(2), .proof = Proof::kOperator, .vouch = "migration"}});
  const Binding ann{number(1), refs[0], since, std::nullopt, Proof::kSmsDown, ""};
  const Binding bob{number(2), refs[1], since, std::nullopt, Proof::kOperator, "migration"};
  auto reader = read();
  EXPECT_THAT(must(reader->live(std::vector{number(2), number(3), number(1), number(2)})), ElementsAre(ann, bob));
  EXPECT_THAT(must(reader->history(std::vector{refs[1]})), ElementsAre(bob));
  EXPECT_THAT(must(reader->live({})), IsEmpty());
}

TEST_P(StoreBindings, EndedBindingStaysAsHistory) {
  const auto refs = people({"ann", "bob"});
  const Stamp first = apply({begins(refs[0], number(1))});
  const Stamp second = apply({moves(refs[0], number(1), number(2))});
  const Stamp third = apply({begins(refs[1], number(1))});
  const Stamp fourth = apply({moves(refs[0], number(2), std::nullopt)});
  const Binding a{number(1), refs[0], first, second, Proof::kSmsDown, ""};
  const Binding b{number(1), refs[1], third, std::nullopt, Proof::kSmsDown, ""};
  const Binding c{number(2), refs[0], second, fourth, Proof::kSmsUp, ""};
  auto reader = read();
  EXPECT_THAT(must(reader->history(std::vector{number(2), number(1), number(9)})), ElementsAre(a, b, c));
  EXPECT_THAT(must(reader->history(std::vector{refs[1], refs[0], refs[1]})), ElementsAre(a, c, b));
  EXPECT_THAT(must(reader->live(std::vector{number(1), number(2)})), ElementsAre(b));
  std::vector<Binding> scanned;
  must(reader->scan_bindings([&](const Binding& binding) -> Result<void> {
    scanned.push_back(binding);
    return {};
  }));
  EXPECT_THAT(scanned, ElementsAre(a, b, c));
}

TEST_P(StoreBindings, SameNumberCanBeginAnewWithAnotherProof) {
  const auto ann = people({"ann"}).front();
  const Stamp first = apply({{.account = ann, .to = number(1), .vouch = "bulk"}});
  const Stamp second = apply({moves(ann, number(1), number(1))});
  EXPECT_THAT(must(read()->history(std::vector{ann})),
              ElementsAre(Binding{number(1), ann, first, second, Proof::kOperator, "bulk"},
                          Binding{number(1), ann, second, std::nullopt, Proof::kSmsUp, ""}));
}

TEST_P(StoreBindings, SwapsChainsAndCyclesAreSimultaneous) {
  const auto refs = people({"ann", "bob", "cid", "dan"});
  apply({begins(refs[0], number(1)), begins(refs[1], number(2)), begins(refs[2], number(3))});
  apply({moves(refs[0], number(1), number(2)), moves(refs[1], number(2), number(1))});
  EXPECT_EQ(holder(1), refs[1]);
  EXPECT_EQ(holder(2), refs[0]);
  apply({begins(refs[3], number(1)), moves(refs[1], number(1), number(2)), moves(refs[0], number(2), number(4))});
  EXPECT_EQ(holder(1), refs[3]);
  EXPECT_EQ(holder(2), refs[1]);
  EXPECT_EQ(holder(4), refs[0]);
  apply({moves(refs[0], number(4), number(2)), moves(refs[1], number(2), number(3)),
         moves(refs[2], number(3), number(4))});
  EXPECT_EQ(holder(2), refs[0]);
  EXPECT_EQ(holder(3), refs[1]);
  EXPECT_EQ(holder(4), refs[2]);
  EXPECT_THAT(must(store_->check()), IsEmpty());
}

TEST_P(StoreBindings, AccountMustBeBoundToWhatTheCallerExpects) {
  const auto refs = people({"ann", "bob"});
  apply({begins(refs[0], number(1))});
  EXPECT_EQ(refusal({moves(refs[0], number(2), number(3))}), Errc::kPrecondition);
  EXPECT_EQ(refusal({begins(refs[0], number(3))}), Errc::kPrecondition);
  EXPECT_EQ(refusal({moves(refs[1], number(1), number(3))}), Errc::kPrecondition);
  EXPECT_EQ(refusal({moves(refs[1], number(1), std::nullopt)}), Errc::kPrecondition);
  EXPECT_EQ(holder(1), refs[0]);
}

TEST_P(StoreBindings, NumberOfSomebodyWhoStaysIsTaken) {
  const auto refs = people({"ann", "bob"});
  apply({begins(refs[0], number(1)), begins(refs[1], number(2))});
  EXPECT_EQ(refusal({moves(refs[1], number(2), number(1))}), Errc::kNumberTaken);
  auto tx = write();
  const auto cid = must(tx->create_account(uid("cid"), {}, Timestamp{0}));
  EXPECT_EQ(code_of(tx->apply_bindings(std::vector{begins(cid, number(1))})), Errc::kNumberTaken);
}

TEST_P(StoreBindings, NumbersThatEndOrBeginAreMarkedOnce) {
  const auto refs = people({"ann", "bob"});
  EXPECT_THAT(must(read()->marks()), IsEmpty());
  apply({begins(refs[0], number(1)), begins(refs[1], number(2))});
  EXPECT_THAT(must(read()->marks()), ElementsAre(binding_mark(1), binding_mark(2)));
  auto tx = write();
  must(tx->settle());
  EXPECT_THAT(must(tx->marks()), IsEmpty());
  commit(*tx, BatchKind::kMatch);
  apply({moves(refs[0], number(1), number(2)), moves(refs[1], number(2), std::nullopt)});
  EXPECT_THAT(must(read()->marks()), ElementsAre(binding_mark(1), binding_mark(2)));
}

TEST_P(StoreBindings, WriterSeesItsOwnBindings) {
  const auto ann = people({"ann"}).front();
  auto tx = write();
  must(tx->apply_bindings(std::vector{begins(ann, number(1))}));
  EXPECT_EQ(must(tx->live(std::vector{number(1)})).size(), 1U);
  EXPECT_EQ(must(tx->history(std::vector{ann})).size(), 1U);
  EXPECT_THAT(must(read()->live(std::vector{number(1)})), IsEmpty());
}

}  // namespace
}  // namespace cardsrv::store::conformance
