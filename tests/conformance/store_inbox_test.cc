// Every back end keeps the contract of store.h: associations, inboxes, tombstones (semantics M5, M7, O4, P1–P3).

#include <gmock/gmock.h>

#include "store_suite.h"

namespace cardsrv::store::conformance {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

InboxItem card(std::uint64_t revision, AccountRef peer, std::uint64_t born, std::vector<Slot> slots) {
  return {{revision}, peer, false, {born}, std::move(slots), {}};
}

InboxItem gone(std::uint64_t revision, AccountRef peer, std::vector<std::string> keys) {
  return {{revision}, peer, true, {}, {}, std::move(keys)};
}

MATCHER_P(Is, expected, "") {
  return arg.revision == expected.revision && arg.peer == expected.peer && arg.gone == expected.gone &&
         arg.born == expected.born && arg.slots == expected.slots && arg.keys == expected.keys;
}

class StoreInbox : public StoreTest {
 protected:
  // Four people, each with a list of four entries, slots 0 to 3, whose keys are k0 to k3.
  void SetUp() override {
    StoreTest::SetUp();
    const auto refs = people({"ann", "bob", "cid", "dan"});
    ann_ = refs[0];
    bob_ = refs[1];
    cid_ = refs[2];
    dan_ = refs[3];
    auto tx = write();
    for (const auto ref : refs) {
      ListChange change = puts({});
      for (std::uint64_t i = 0; i < 4; ++i) change.puts.push_back(entry("k" + std::to_string(i), {i}, tx->stamp()));
      must(tx->change_list(ref, change));
    }
    commit(*tx);
  }

  void apply(const std::vector<AssociationChange>& changes) {
    auto tx = write();
    must(tx->put_associations(changes));
    EXPECT_TRUE(tx->changed());
    commit(*tx, BatchKind::kMatch);
  }

  void hear(AccountRef about, Transaction::Hearing hearing) {
    auto tx = write();
    must(tx->hear(about, hearing));
    EXPECT_TRUE(tx->changed());
    commit(*tx, BatchKind::kOwnCard);
  }

  std::vector<InboxItem> inbox(AccountRef account, std::uint64_t since = 0, size_t limit = 100) {
    return must(read()->inbox(account, {since}, limit));
  }

  std::uint64_t revision(AccountRef account) { return must(read()->inbox_head(account)).revision.value; }

  void TearDown() override {
    ASSERT_TRUE(store_);
    EXPECT_THAT(must(store_->check()), IsEmpty());
  }

  AccountRef ann_, bob_, cid_, dan_;
};
INSTANTIATE_TEST_SUITE_P(Backends, StoreInbox, ::testing::ValuesIn(backends()), name_of);

TEST_P(StoreInbox, NothingIsHeardBeforeTheFirstAssociation) {
  auto reader = read();
  EXPECT_EQ(must(reader->inbox_head(ann_)).revision, Revision{0});
  EXPECT_EQ(must(reader->inbox_head(ann_)).floor, Revision{0});
  EXPECT_THAT(must(reader->inbox(ann_, {0}, 10)), IsEmpty());
  EXPECT_THAT(must(reader->associations(ann_)), IsEmpty());
}

TEST_P(StoreInbox, BeginningRaisesBothRevisionsOnce) {
  apply({begin(ann_, bob_, {Slot{0}, Slot{3}}), begin(bob_, ann_, {Slot{1}})});
  EXPECT_THAT(inbox(ann_), ElementsAre(Is(card(1, bob_, 1, {Slot{0}, Slot{3}}))));
  EXPECT_THAT(inbox(bob_), ElementsAre(Is(card(1, ann_, 1, {Slot{1}}))));
  EXPECT_EQ(revision(ann_), 1U);
  EXPECT_EQ(revision(cid_), 0U);
  EXPECT_EQ(must(read()->totals()).associations, 1U);
  EXPECT_THAT(must(read()->associations(ann_)), ElementsAre(Association{bob_, {1}, {1}, {Slot{0}, Slot{3}}}));
}

TEST_P(StoreInbox, EveryChangeTakesTheOwnersNextRevisionInOrderOfPeers) {
  apply({begin(ann_, bob_, {Slot{0}}), begin(ann_, cid_, {Slot{1}}), begin(ann_, dan_, {Slot{2}}),
         begin(bob_, ann_, {Slot{0}}), begin(cid_, ann_, {Slot{0}}), begin(dan_, ann_, {Slot{0}})});
  EXPECT_THAT(inbox(ann_), ElementsAre(Is(card(1, bob_, 1, {Slot{0}})), Is(card(2, cid_, 2, {Slot{1}})),
                                       Is(card(3, dan_, 3, {Slot{2}}))));
  EXPECT_EQ(revision(dan_), 1U);
  EXPECT_EQ(must(read()->totals()).associations, 3U);
}

TEST_P(StoreInbox, PagesAreCutAndGoOnBehindTheLastRevision) {
  apply({begin(ann_, bob_, {}), begin(ann_, cid_, {}), begin(ann_, dan_, {}), begin(bob_, ann_, {}),
         begin(cid_, ann_, {}), begin(dan_, ann_, {})});
  EXPECT_THAT(inbox(ann_, 0, 2), ElementsAre(Is(card(1, bob_, 1, {})), Is(card(2, cid_, 2, {}))));
  EXPECT_THAT(inbox(ann_, 2, 2), ElementsAre(Is(card(3, dan_, 3, {}))));
  EXPECT_THAT(inbox(ann_, 3, 2), IsEmpty());
  EXPECT_THAT(inbox(ann_, 9, 2), IsEmpty());
  EXPECT_THAT(inbox(ann_, 0, 0), IsEmpty());
}

TEST_P(StoreInbox, ChangeOfSlotsKeepsWhenItBegan) {
  apply({begin(ann_, bob_, {Slot{0}}), begin(bob_, ann_, {Slot{0}})});
  apply({{.owner = ann_, .peer = bob_, .edit = AssociationEdit::kSlots, .slots = {Slot{1}, Slot{2}}}});
  EXPECT_THAT(inbox(ann_), ElementsAre(Is(card(2, bob_, 1, {Slot{1}, Slot{2}}))));
  EXPECT_THAT(inbox(ann_, 1), SizeIs(1));
  EXPECT_EQ(revision(bob_), 1U);
}

TEST_P(StoreInbox, EndLeavesATombstoneOnBothSides) {
  apply({begin(ann_, bob_, {Slot{0}}), begin(ann_, cid_, {Slot{1}}), begin(bob_, ann_, {Slot{0}}),
         begin(cid_, ann_, {Slot{0}})});
  apply({end(ann_, bob_, {"k0", "zz"}), end(bob_, ann_, {})});
  EXPECT_THAT(inbox(ann_), ElementsAre(Is(card(2, cid_, 2, {Slot{1}})), Is(gone(3, bob_, {"k0", "zz"}))));
  EXPECT_THAT(inbox(bob_), ElementsAre(Is(gone(2, ann_, {}))));
  EXPECT_THAT(must(read()->associations(bob_)), IsEmpty());
  EXPECT_EQ(must(read()->totals()).associations, 1U);
}

TEST_P(StoreInbox, BeginningAgainErasesTheTombstone) {
  apply({begin(ann_, bob_, {Slot{0}}), begin(bob_, ann_, {Slot{0}})});
  apply({end(ann_, bob_, {"k0"}), end(bob_, ann_, {"k0"})});
  apply({begin(ann_, bob_, {Slot{1}}), begin(bob_, ann_, {Slot{1}})});
  EXPECT_THAT(inbox(ann_), ElementsAre(Is(card(3, bob_, 3, {Slot{1}}))));
  EXPECT_THAT(inbox(bob_), ElementsAre(Is(card(3, ann_, 3, {Slot{1}}))));
}

TEST_P(StoreInbox, EndAndNewBeginningMayBeInOneBatch) {
  apply({begin(ann_, bob_, {Slot{0}}), begin(bob_, ann_, {Slot{0}})});
  auto tx = write();
  must(tx->put_associations(std::vector{end(ann_, bob_, {"k0"}), end(bob_, ann_, {"k0"})}));
  EXPECT_EQ(must(tx->totals()).associations, 0U);
  EXPECT_THAT(must(tx->inbox(ann_, {1}, 9)), ElementsAre(Is(gone(2, bob_, {"k0"}))));
  must(tx->put_associations(std::vector{begin(ann_, bob_, {Slot{2}}), begin(bob_, ann_, {Slot{2}})}));
  commit(*tx);
  EXPECT_THAT(inbox(ann_), ElementsAre(Is(card(3, bob_, 3, {Slot{2}}))));
}

TEST_P(StoreInbox, EditsThatDoNotFitAreADefect) {
  apply({begin(ann_, bob_, {Slot{0}}), begin(bob_, ann_, {Slot{0}})});
  const auto refused = [&](const AssociationChange& change) {
    return code_of(write()->put_associations(std::vector{change}));
  };
  EXPECT_EQ(refused(begin(ann_, bob_, {Slot{0}})), Errc::kDefect);
  EXPECT_EQ(refused(end(ann_, cid_, {})), Errc::kDefect);
  EXPECT_EQ(refused({.owner = cid_, .peer = ann_, .edit = AssociationEdit::kSlots, .slots = {Slot{0}}}), Errc::kDefect);
}

TEST_P(StoreInbox, PeersHearOfACardAndTheOwnerDoesNot) {
  apply({begin(ann_, bob_, {Slot{0}}), begin(ann_, cid_, {Slot{1}}), begin(bob_, ann_, {Slot{0}}),
         begin(cid_, ann_, {Slot{0}})});
  hear(ann_, Transaction::Hearing::kChanged);
  EXPECT_THAT(inbox(bob_, 1), ElementsAre(Is(card(2, ann_, 1, {Slot{0}}))));
  EXPECT_THAT(inbox(cid_, 1), ElementsAre(Is(card(2, ann_, 1, {Slot{0}}))));
  EXPECT_EQ(revision(ann_), 2U);
  EXPECT_EQ(revision(dan_), 0U);
}

TEST_P(StoreInbox, FirstCardCountsAsNew) {
  apply({begin(ann_, bob_, {Slot{0}}), begin(bob_, ann_, {Slot{0}})});
  hear(ann_, Transaction::Hearing::kFirst);
  EXPECT_THAT(inbox(bob_), ElementsAre(Is(card(2, ann_, 2, {Slot{0}}))));
  EXPECT_THAT(inbox(ann_), ElementsAre(Is(card(1, bob_, 1, {Slot{0}}))));
}

TEST_P(StoreInbox, ScanGivesEveryoneWhoHasAssociationsByHandle) {
  apply({begin(ann_, dan_, {Slot{0}}), begin(cid_, dan_, {Slot{1}}), begin(dan_, ann_, {Slot{2}}),
         begin(dan_, cid_, {Slot{3}})});
  std::vector<AccountRef> owners;
  std::vector<AccountRef> peers;
  must(read()->scan_associations([&](AccountRef owner, std::span<const Association> own) -> Result<void> {
    for (const auto& association : own) {
      owners.push_back(owner);
      peers.push_back(association.peer);
    }
    return {};
  }));
  EXPECT_THAT(owners, ElementsAre(ann_, cid_, dan_, dan_));
  EXPECT_THAT(peers, ElementsAre(dan_, dan_, ann_, cid_));
}

TEST_P(StoreInbox, PurgeDropsTombstonesFromBeforeAndRaisesFloors) {
  apply({begin(ann_, bob_, {}), begin(ann_, cid_, {}), begin(ann_, dan_, {}), begin(bob_, ann_, {}),
         begin(cid_, ann_, {}), begin(dan_, ann_, {})});
  apply({end(ann_, bob_, {}), end(bob_, ann_, {})});
  clock_.advance_s(100);
  apply({end(ann_, cid_, {}), end(cid_, ann_, {})});
  const auto purge = [&](Timestamp before) {
    auto tx = write();
    const auto dropped = must(tx->purge(before));
    EXPECT_EQ(tx->changed(), dropped > 0);
    tx->changed() ? commit(*tx, BatchKind::kMatch) : must(tx->commit_unrecorded());
    return dropped;
  };
  EXPECT_EQ(purge(kStart), 0U);
  EXPECT_EQ(purge(kStart.plus_s(100)), 2U);
  EXPECT_THAT(inbox(ann_), ElementsAre(Is(card(3, dan_, 3, {})), Is(gone(5, cid_, {}))));
  EXPECT_EQ(must(read()->inbox_head(ann_)).floor, Revision{4});
  EXPECT_EQ(must(read()->inbox_head(ann_)).revision, Revision{5});
  EXPECT_EQ(must(read()->inbox_head(bob_)).floor, Revision{2});
  EXPECT_EQ(must(read()->inbox_head(cid_)).floor, Revision{0});
  EXPECT_EQ(purge(kStart.plus_s(100)), 0U);
  EXPECT_EQ(purge(kStart.plus_s(101)), 2U);
  EXPECT_EQ(must(read()->inbox_head(ann_)).floor, Revision{5});
}

TEST_P(StoreInbox, FloorNeverFalls) {
  apply({begin(ann_, bob_, {}), begin(ann_, cid_, {}), begin(bob_, ann_, {}), begin(cid_, ann_, {})});
  clock_.advance_s(100);
  apply({end(ann_, cid_, {}), end(cid_, ann_, {})});
  clock_.advance_s(-1000);  // a clock that goes back does not reorder batches
  apply({end(ann_, bob_, {}), end(bob_, ann_, {})});
  auto tx = write();
  EXPECT_EQ(must(tx->purge(kStart.plus_s(1000))), 4U);
  commit(*tx);
  EXPECT_EQ(must(read()->inbox_head(ann_)).floor, Revision{4});
  EXPECT_THAT(inbox(ann_), IsEmpty());
}

TEST_P(StoreInbox, InboxIsReadAsOfTheSnapshot) {
  apply({begin(ann_, bob_, {Slot{0}}), begin(bob_, ann_, {Slot{0}})});
  auto reader = read();
  hear(bob_, Transaction::Hearing::kChanged);
  EXPECT_EQ(must(reader->inbox_head(ann_)).revision, Revision{1});
  EXPECT_THAT(must(reader->inbox(ann_, {0}, 9)), ElementsAre(Is(card(1, bob_, 1, {Slot{0}}))));
}

}  // namespace
}  // namespace cardsrv::store::conformance
