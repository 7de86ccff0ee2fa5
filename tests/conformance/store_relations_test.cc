// Blocks, sources, claims, received messages, and the end of an account.
#include <gtest/gtest.h>

#include "store_suite.h"

namespace cardsrv::store::conformance {
namespace {

class StoreRelations : public StoreTest {
 protected:
  std::string digest() { return hex(must(state_digest(*read()))); }
  static std::vector<Mark> pair_marks(ReadTransaction& tx) {
    std::vector<Mark> out;
    for (const Mark& mark : must(tx.marks()))
      if (mark.kind == Mark::Kind::kPair) out.push_back(mark);
    return out;
  }
};

TEST_P(StoreRelations, BlocksAreKeptByWhoSetThem) {
  const auto refs = people({"ann", "bob", "cid"});
  const std::string none = digest();
  auto tx = write();
  must(tx->put_block(refs[2], refs[0]));
  must(tx->put_block(refs[0], refs[2]));
  must(tx->put_block(refs[0], refs[1]));
  must(tx->put_block(refs[0], refs[1]));
  commit(*tx);
  const auto reader = read();
  EXPECT_EQ(must(reader->blocks(refs[0])), (std::vector{refs[1], refs[2]}));
  EXPECT_TRUE(must(reader->blocks(refs[1])).empty());
  std::vector<std::pair<AccountRef, AccountRef>> all;
  must(reader->scan_blocks([&](AccountRef a, AccountRef b) {
    all.emplace_back(a, b);
    return Result<void>{};
  }));
  EXPECT_EQ(all, (std::vector{std::pair(refs[0], refs[1]), std::pair(refs[0], refs[2]), std::pair(refs[2], refs[0])}));
  EXPECT_TRUE(pair_marks(*reader).empty()) << "a block that is set ends what there is by itself";
  EXPECT_NE(digest(), none);
  tx = write();
  must(tx->erase_block(refs[0], refs[1]));
  EXPECT_EQ(pair_marks(*tx), (std::vector<Mark>{{.kind = Mark::Kind::kPair, .account = refs[0], .other = refs[1]}}));
  must(tx->erase_block(refs[0], refs[2]));
  must(tx->erase_block(refs[2], refs[0]));
  commit(*tx);
  EXPECT_EQ(digest(), none);
  EXPECT_TRUE(must(store_->check()).empty());
}

TEST_P(StoreRelations, WhatIsThereAlreadyOrIsNotIsNoChange) {
  const auto refs = people({"ann", "bob"});
  auto tx = write();
  must(tx->erase_block(refs[0], refs[1]));
  must(tx->erase_source(refs[0], "/x"));
  EXPECT_FALSE(tx->changed());
  EXPECT_TRUE(must(tx->marks()).empty());
  must(tx->put_block(refs[0], refs[1]));
  must(tx->put_source(refs[0], {SourceKind::kList, "/x"}));
  EXPECT_TRUE(tx->changed());
  commit(*tx);
  tx = write();
  must(tx->put_block(refs[0], refs[1]));
  must(tx->put_source(refs[0], {SourceKind::kList, "/x"}));
  EXPECT_FALSE(tx->changed());
  must(tx->put_source(refs[0], {SourceKind::kOwn, "/x"}));
  EXPECT_TRUE(tx->changed()) << "its kind may change";
}

TEST_P(StoreRelations, SourcesComeByPath) {
  const auto refs = people({"ann", "bob", "cid"});
  auto tx = write();
  must(tx->put_source(refs[2], {SourceKind::kList, "/z"}));
  must(tx->put_source(refs[0], {SourceKind::kList, "/b"}));
  must(tx->put_source(refs[0], {SourceKind::kOwn, "/a"}));
  commit(*tx);
  const auto reader = read();
  EXPECT_EQ(must(reader->sources(refs[0])), (std::vector<Source>{{SourceKind::kOwn, "/a"}, {SourceKind::kList, "/b"}}));
  EXPECT_TRUE(must(reader->sources(refs[1])).empty());
  EXPECT_EQ(must(reader->accounts_with_sources()), (std::vector{refs[0], refs[2]}));
}

TEST_P(StoreRelations, ClaimsAndMessagesAreNoPartOfTheState) {
  people({"ann"});
  const std::string before = digest();
  auto tx = write();
  must(tx->put_claim(number(1), "s1"));
  must(tx->put_claim(number(1), "s2"));
  must(tx->put_message_seen("m1", {1000}));
  must(tx->put_message_seen("m2", {2000}));
  EXPECT_FALSE(tx->changed());
  must(tx->commit_unrecorded());
  EXPECT_EQ(must(read()->claim(number(1))), "s2");
  EXPECT_EQ(must(read()->claim(number(2))), std::nullopt);
  EXPECT_TRUE(must(read()->message_seen("m1")));
  EXPECT_FALSE(must(read()->message_seen("m3")));
  EXPECT_EQ(digest(), before);
  tx = write();
  must(tx->erase_claim(number(1)));
  must(tx->forget_before({2000}));
  must(tx->commit_unrecorded());
  EXPECT_EQ(must(read()->claim(number(1))), std::nullopt);
  EXPECT_FALSE(must(read()->message_seen("m1")));
  EXPECT_TRUE(must(read()->message_seen("m2"))) << "not of before";
}

TEST_P(StoreRelations, DevicesComeByName) {
  const auto refs = people({"ann"});
  auto tx = write();
  must(tx->put_device(refs[0], "tablet", "t2"));
  must(tx->put_device(refs[0], "phone", "t1"));
  must(tx->commit_unrecorded());
  EXPECT_EQ(must(read()->devices(refs[0])),
            (std::vector<std::pair<std::string, std::string>>{{"phone", "t1"}, {"tablet", "t2"}}));
}

TEST_P(StoreRelations, ASecretThatWasUsedOnceIsRememberedBeyondTheNext) {
  const auto refs = people({"ann"});
  auto tx = write();
  must(tx->touch(refs[0], {5}, true));
  must(tx->set_secret(refs[0], {SecretKind::kGenerated, "new"}));
  commit(*tx);
  const auto account = must(read()->account(uid("ann")));
  EXPECT_FALSE(account->secret_used);
  EXPECT_TRUE(account->ever_used);
}

TEST_P(StoreRelations, ClosingErasesAllButTheHistory) {
  const auto refs = people({"ann", "bob"});
  auto tx = write();
  must(tx->apply_bindings(std::vector{begins(refs[0], number(1)), begins(refs[1], number(2))}));
  must(tx->put_own(refs[0], {1, {}, "card", "published"}));
  must(tx->change_list(refs[0], {.origins = {"default"}, .puts = {entry("k", {2, 3}, tx->stamp())}}));
  must(tx->put_block(refs[0], refs[1]));
  must(tx->put_block(refs[1], refs[0]));
  must(tx->put_source(refs[0], {SourceKind::kList, "/x"}));
  must(tx->put_device(refs[0], "phone", "t"));
  must(tx->set_secret(refs[0], {SecretKind::kGenerated, "hash"}));
  commit(*tx);
  tx = write();
  must(tx->settle());
  commit(*tx);

  tx = write();
  EXPECT_EQ(code_of(tx->close_account(refs[0])), Errc::kDefect) << "it is bound";
  must(tx->apply_bindings(std::vector{moves(refs[0], number(1), std::nullopt)}));
  must(tx->close_account(refs[0]));
  EXPECT_EQ(must(tx->marks()), (std::vector<Mark>{{.kind = Mark::Kind::kBinding, .number = number(1).digits()}}));
  EXPECT_EQ(code_of(tx->close_account(refs[0])), Errc::kDefect) << "it is closed";
  commit(*tx);

  const auto reader = read();
  const auto account = must(reader->account(uid("ann")));
  EXPECT_EQ(account->state, AccountState::kClosed);
  EXPECT_EQ(account->secret, Secret{});
  EXPECT_EQ(must(reader->own_cards(std::vector{refs[0]})).front(), std::nullopt);
  EXPECT_TRUE(must(reader->list(refs[0])).entries.empty());
  EXPECT_TRUE(must(reader->listers(std::vector{number(2), number(3)})).empty());
  EXPECT_TRUE(must(reader->blocks(refs[0])).empty());
  EXPECT_EQ(must(reader->blocks(refs[1])), std::vector{refs[0]}) << "others' blocks are theirs";
  EXPECT_TRUE(must(reader->sources(refs[0])).empty());
  EXPECT_TRUE(must(reader->devices(refs[0])).empty());
  const auto history = must(reader->history(std::vector{number(1), number(2)}));
  ASSERT_EQ(history.size(), 2U);
  EXPECT_TRUE(history[0].closed);
  EXPECT_FALSE(history[1].closed);
  EXPECT_EQ(must(reader->totals()).entries, 0U);
  EXPECT_EQ(must(reader->totals()).accounts, 2U);
  EXPECT_TRUE(must(store_->check()).empty()) << "J4: what was blanked is no damage";
  EXPECT_TRUE(must(store_->erased()));
}

TEST_P(StoreRelations, AnAssociatedAccountIsNotClosed) {
  const auto refs = people({"ann", "bob"});
  auto tx = write();
  for (const AccountRef ref : refs)
    must(tx->change_list(ref, {.origins = {"default"}, .puts = {entry("k", {1}, tx->stamp())}}));
  must(tx->put_associations(std::vector<AssociationChange>{{refs[0], refs[1], AssociationEdit::kBegin, {{0}}, {}},
                                                           {refs[1], refs[0], AssociationEdit::kBegin, {{0}}, {}}}));
  EXPECT_EQ(code_of(tx->close_account(refs[0])), Errc::kDefect);
}

INSTANTIATE_TEST_SUITE_P(Backends, StoreRelations, ::testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace cardsrv::store::conformance
