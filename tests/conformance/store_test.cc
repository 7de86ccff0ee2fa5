// Every back end keeps the contract of store.h: transactions, batches, accounts, own cards, small records.

#include "store/store.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "store_suite.h"

namespace cardsrv::store::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using StoreContract = StoreTest;
INSTANTIATE_TEST_SUITE_P(Backends, StoreContract, ::testing::ValuesIn(backends()), name_of);

constexpr Digest kInput = {1, 2, 3};

TEST_P(StoreContract, NewStoreIsEmpty) {
  auto tx = read();
  EXPECT_FALSE(must(tx->last_batch()).has_value());
  const Totals totals = must(tx->totals());
  EXPECT_EQ(totals.accounts + totals.entries + totals.associations, 0U);
  EXPECT_FALSE(must(tx->account(uid("nobody"))).has_value());
  EXPECT_THAT(must(tx->marks()), IsEmpty());
  EXPECT_EQ(must(tx->counter(Counter::kLastMatch)), 0U);
  EXPECT_FALSE(must(tx->config(Config::kMaxEntries)).has_value());
  EXPECT_THAT(must(store_->check()), IsEmpty());
}

TEST_P(StoreContract, KnowsWhoItIs) {
  EXPECT_EQ(store_->backend(), GetParam().name);
  EXPECT_TRUE(store_->fixture());
  EXPECT_EQ(store_->id().size(), 32U);
  EXPECT_EQ(store_->key("a"), store_->key("a"));
  EXPECT_NE(store_->key("a"), store_->key("b"));
  EXPECT_EQ(&store_->clock(), &clock_);
  const auto other = make({}, {.clock = &clock_});
  EXPECT_FALSE(other->fixture());
  EXPECT_NE(other->id(), store_->id());
  EXPECT_NE(other->key("a"), store_->key("a"));
}

TEST_P(StoreContract, SeedMakesIdentityAndRandomPartsRepeat) {
  const auto twin = make({.fixture = true, .seed = "conformance"}, {.clock = &clock_});
  EXPECT_EQ(twin->id(), store_->id());
  EXPECT_EQ(twin->key("a"), store_->key("a"));
  const auto draw = [](Store& store, const std::string& id) {
    auto tx = must(store.write());
    const auto bytes = tx->random().bytes<24>();
    must(tx->put_config(Config::kMaxEntries, id));
    must(tx->commit(id, BatchKind::kConfig, kInput, ""));
    return bytes;
  };
  const auto first = draw(*store_, "1");
  EXPECT_EQ(draw(*twin, "1"), first);
  const auto second = draw(*store_, "2");
  EXPECT_NE(second, first);
  EXPECT_EQ(draw(*twin, "2"), second);
}

TEST_P(StoreContract, RolledBackDrawsComeAgain) {
  auto tx = write();
  const auto first = tx->random().bytes<16>();
  tx.reset();
  tx = write();
  EXPECT_EQ(tx->random().bytes<16>(), first);
  must(tx->commit_unrecorded());
  tx = write();
  EXPECT_NE(tx->random().bytes<16>(), first);
}

TEST_P(StoreContract, WithoutSeedRandomPartsDiffer) {
  const auto other = make({.fixture = true}, {.clock = &clock_});
  const auto third = make({.fixture = true}, {.clock = &clock_});
  EXPECT_NE(must(other->write())->random().bytes<16>(), must(third->write())->random().bytes<16>());
  EXPECT_NE(other->id(), third->id());
}

// --- Transactions

TEST_P(StoreContract, WhatIsNotCommittedLeavesNoTrace) {
  {
    auto tx = write();
    const auto ann = must(tx->create_account(uid("ann"), {SecretKind::kGenerated, "h"}, Timestamp{1}));
    must(tx->apply_bindings(std::vector{begins(ann, number(1))}));
    must(tx->change_list(ann, puts({entry("e", {2}, tx->stamp())})));
    must(tx->put_own(ann, {.revision = 1, .card = "c", .published = "p"}));
    must(tx->put_config(Config::kMaxEntries, "5"));
    must(tx->put_pace(PaceKind::kSends, "x", {1, kStart}));
    EXPECT_TRUE(must(tx->account(uid("ann"))).has_value());
  }
  auto tx = read();
  EXPECT_FALSE(must(tx->account(uid("ann"))).has_value());
  EXPECT_THAT(must(tx->live(std::vector{number(1)})), IsEmpty());
  EXPECT_THAT(must(tx->listers(std::vector{number(2)})), IsEmpty());
  EXPECT_THAT(must(tx->marks()), IsEmpty());
  EXPECT_FALSE(must(tx->config(Config::kMaxEntries)).has_value());
  EXPECT_FALSE(must(tx->pace(PaceKind::kSends, "x")).has_value());
  EXPECT_EQ(must(tx->totals()).entries, 0U);
  EXPECT_FALSE(must(tx->last_batch()).has_value());
}

TEST_P(StoreContract, ReaderKeepsTheSnapshotThatItBeganWith) {
  const auto ann = people({"ann"}).front();
  auto reader = read();
  ASSERT_TRUE(must(reader->account(uid("ann"))).has_value());
  auto tx = write();
  must(tx->create_account(uid("bob"), {}, Timestamp{0}));
  must(tx->change_list(ann, puts({entry("e", {2}, tx->stamp())})));
  commit(*tx);
  EXPECT_FALSE(must(reader->account(uid("bob"))).has_value());
  EXPECT_THAT(must(reader->list(ann)).entries, IsEmpty());
  EXPECT_EQ(must(reader->last_batch())->sequence, 1U);
  EXPECT_TRUE(must(read()->account(uid("bob"))).has_value());
}

TEST_P(StoreContract, SecondWriterWaitsAndGivesUpAsBusy) {
  const auto store = make({.fixture = true}, {.busy_timeout_ms = 20, .clock = &clock_});
  {
    const auto first = must(store->write());
    EXPECT_EQ(code_of(store->write()), Errc::kBusy);
    EXPECT_TRUE(store->read().has_value());  // readers are not kept waiting
  }
  EXPECT_TRUE(store->write().has_value());
}

TEST_P(StoreContract, NextWriterMayBeginOnceTheFirstHasCommitted) {
  const auto store = make({.fixture = true}, {.busy_timeout_ms = 20, .clock = &clock_});
  auto first = must(store->write());
  must(first->create_account(uid("ann"), {}, Timestamp{0}));
  must(first->commit("1", BatchKind::kRegistration, kInput, ""));
  auto second = must(store->write());
  EXPECT_TRUE(must(second->account(uid("ann"))).has_value());
}

// --- Batches (J1, J4)

TEST_P(StoreContract, BatchIsRecordedWithInputAndReceipt) {
  auto tx = write();
  const Stamp stamp = tx->stamp();
  EXPECT_EQ(stamp.time(), kStart);
  must(tx->create_account(uid("ann"), {}, Timestamp{0}));
  must(tx->commit("import-1", BatchKind::kBulkImport, kInput, "{\"a\":1}\n"));
  auto reader = read();
  const auto record = must(reader->batch("import-1"));
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->sequence, 1U);
  EXPECT_EQ(record->id, "import-1");
  EXPECT_EQ(record->stamp, stamp);
  EXPECT_EQ(record->kind, BatchKind::kBulkImport);
  EXPECT_EQ(record->input, kInput);
  EXPECT_EQ(must(must(reader->receipt(1)).text()), "{\"a\":1}\n");
  EXPECT_NE(record->chain, Digest{});
  EXPECT_FALSE(must(reader->batch("import-2")).has_value());
  const auto at = must(reader->batch_at(1));
  ASSERT_TRUE(at.has_value());
  EXPECT_EQ(at->id, "import-1");
  EXPECT_EQ(at->chain, record->chain);
  EXPECT_EQ(must(must(reader->receipt(2)).text()), "");
  EXPECT_FALSE(must(reader->batch_at(0)).has_value());
  EXPECT_FALSE(must(reader->batch_at(2)).has_value());
  EXPECT_EQ(must(reader->last_batch())->sequence, 1U);
}

TEST_P(StoreContract, AReceiptOfAnySizeComesBackWhole) {
  const std::string line = "{\"account\":\"ann\",\"added\":1}\n";
  std::vector<std::string> receipts;
  for (const size_t size : {Spool::kChunk - 1, Spool::kChunk, Spool::kChunk + 1, size_t{10} * 1024 * 1024}) {
    std::string& text = receipts.emplace_back();
    while (text.size() < size) text += line.substr(0, size - text.size());
    must(write()->commit("b" + std::to_string(size), BatchKind::kBulkImport, kInput, text));
  }
  auto reader = read();
  for (size_t i = 0; i < receipts.size(); ++i)
    EXPECT_TRUE(must(must(reader->receipt(i + 1)).text()) == receipts[i]) << receipts[i].size();
  EXPECT_TRUE(must(store_->check()).empty());
}

TEST_P(StoreContract, BatchIdServesOnce) {
  people({"ann"});
  auto tx = write();
  must(tx->create_account(uid("bob"), {}, Timestamp{0}));
  EXPECT_FALSE(tx->commit("batch-1", BatchKind::kRegistration, kInput, "").has_value());
  tx.reset();
  EXPECT_FALSE(must(read()->account(uid("bob"))).has_value());
}

TEST_P(StoreContract, StampsRiseThoughTheClockStandsStillOrGoesBack) {
  std::vector<Stamp> stamps;
  for (int i = 0; i < 3; ++i) {
    if (i == 2) clock_.advance_s(-3600);
    auto tx = write();
    stamps.push_back(tx->stamp());
    must(tx->put_config(Config::kMaxEntries, std::to_string(i)));
    commit(*tx);
  }
  EXPECT_LT(stamps[0], stamps[1]);
  EXPECT_LT(stamps[1], stamps[2]);
  EXPECT_EQ(stamps[2].time(), kStart);
}

TEST_P(StoreContract, ChainCoversEveryBatch) {
  people({"ann"});
  const Digest first = must(read()->last_batch())->chain;
  people({"bob"});
  const Digest second = must(read()->last_batch())->chain;
  EXPECT_NE(first, second);
  EXPECT_EQ(must(read()->batch_at(1))->chain, first);
  EXPECT_THAT(must(store_->check()), IsEmpty());
}

TEST_P(StoreContract, ChangesOfTheLogicalStateNeedABatch) {
  const auto ann = people({"ann"}).front();
  const auto expect = [&](bool changed, const std::function<void(Transaction&)>& verb) {
    auto tx = write();
    verb(*tx);
    EXPECT_EQ(tx->changed(), changed);
    EXPECT_EQ(tx->commit_unrecorded().has_value(), !changed);
  };
  expect(true, [&](auto& tx) { must(tx.create_account(uid("bob"), {}, Timestamp{0})); });
  expect(true, [&](auto& tx) { must(tx.set_secret(ann, {SecretKind::kGenerated, "h"})); });
  expect(true, [&](auto& tx) { must(tx.apply_bindings(std::vector{begins(ann, number(1))})); });
  expect(true, [&](auto& tx) { must(tx.put_own(ann, {.revision = 1, .card = "c", .published = "p"})); });
  expect(true, [&](auto& tx) { must(tx.change_list(ann, puts({entry("e", {2}, tx.stamp())}))); });
  expect(true, [&](auto& tx) { must(tx.put_config(Config::kHorizonDays, "1")); });
  expect(false, [&](auto& tx) { must(tx.change_list(ann, puts({}))); });
  expect(false, [&](auto& tx) { must(tx.apply_bindings({})); });
  expect(false, [&](auto& tx) { must(tx.put_associations({})); });
  expect(false, [&](auto& tx) { must(tx.hear(ann, Transaction::Hearing::kChanged)); });
  expect(false, [&](auto& tx) { EXPECT_EQ(must(tx.purge(kStart)), 0U); });
  expect(false, [&](auto& tx) { must(tx.touch(ann, Timestamp{5}, true)); });
  expect(false, [&](auto& tx) { must(tx.settle()); });
  expect(false, [&](auto& tx) { must(tx.set_counter(Counter::kPendingPairs, 1)); });
  expect(false, [&](auto& tx) { must(tx.put_pace(PaceKind::kSends, "s", {1, kStart})); });
}

TEST_P(StoreContract, SettlingMarksNeedsABatchOnlyWhereThereWereAny) {
  const auto ann = people({"ann"}).front();
  auto tx = write();
  must(tx->change_list(ann, puts({entry("e", {2}, tx->stamp())})));
  commit(*tx);
  tx = write();
  must(tx->settle());
  EXPECT_TRUE(tx->changed());
  EXPECT_EQ(code_of(tx->commit_unrecorded()), Errc::kDefect);
  tx.reset();
  tx = write();
  must(tx->settle());
  commit(*tx, BatchKind::kMatch);
  tx = write();
  must(tx->settle());
  EXPECT_FALSE(tx->changed());
}

TEST_P(StoreContract, UnrecordedCommitIsDurableAndLeavesNoBatch) {
  const auto ann = people({"ann"}).front();
  auto tx = write();
  must(tx->touch(ann, Timestamp{77}, true));
  must(tx->put_device(ann, "phone", "token"));
  must(tx->commit_unrecorded());
  auto reader = read();
  EXPECT_EQ(must(reader->account(uid("ann")))->seen.ms, 77);
  EXPECT_EQ(must(reader->device(ann, "phone")), "token");
  EXPECT_EQ(must(reader->last_batch())->sequence, 1U);
}

// --- Accounts

TEST_P(StoreContract, AccountIsFoundByUidAndHandle) {
  auto tx = write();
  const Stamp stamp = tx->stamp();
  const auto ann = must(tx->create_account(uid("ann"), {SecretKind::kPassword, "hash"}, Timestamp{12}));
  const auto bob = must(tx->create_account(uid("Bob.1:x@y-z_"), {}, Timestamp{-3}));
  EXPECT_LT(ann, bob);
  commit(*tx);
  auto reader = read();
  const auto account = must(reader->account(uid("ann")));
  ASSERT_TRUE(account.has_value());
  EXPECT_EQ(account->ref, ann);
  EXPECT_EQ(account->uid, uid("ann"));
  EXPECT_EQ(account->state, AccountState::kOpen);
  EXPECT_EQ(account->created, stamp);
  EXPECT_EQ(account->seen.ms, 12);
  EXPECT_FALSE(account->secret_used);
  EXPECT_EQ(account->secret, (Secret{SecretKind::kPassword, "hash"}));
  EXPECT_THAT(must(reader->uids(std::vector{bob, ann, bob})),
              ElementsAre(uid("Bob.1:x@y-z_"), uid("ann"), uid("Bob.1:x@y-z_")));
  EXPECT_EQ(must(reader->accounts(std::vector{bob})).front().seen.ms, -3);
  EXPECT_FALSE(must(reader->account(uid("ANN"))).has_value());
  EXPECT_EQ(must(reader->totals()).accounts, 2U);
}

TEST_P(StoreContract, HandlesOfNoAccountAreADefect) {
  const auto ann = people({"ann"}).front();
  auto reader = read();
  EXPECT_EQ(code_of(reader->accounts(std::vector{ann, AccountRef{ann.value + 1}})), Errc::kDefect);
  EXPECT_EQ(code_of(reader->uids(std::vector{AccountRef{0}})), Errc::kDefect);
  EXPECT_THAT(must(reader->accounts({})), IsEmpty());
}

TEST_P(StoreContract, ScanGivesAccountsByHandle) {
  const auto refs = people({"zoe", "ann", "mia"});
  std::vector<AccountRef> seen;
  must(read()->scan_accounts([&](const Account& account) -> Result<void> {
    seen.push_back(account.ref);
    return {};
  }));
  EXPECT_EQ(seen, refs);
}

TEST_P(StoreContract, ScanEndsWithTheCallersError) {
  people({"ann", "bob"});
  int calls = 0;
  const auto result = read()->scan_accounts([&](const Account&) -> Result<void> {
    ++calls;
    return fail(Errc::kInterrupted, "stop");
  });
  EXPECT_EQ(code_of(result), Errc::kInterrupted);
  EXPECT_EQ(calls, 1);
}

TEST_P(StoreContract, NewSecretIsNotUsedYet) {
  const auto ann = people({"ann"}).front();
  auto tx = write();
  must(tx->touch(ann, Timestamp{9}, true));
  EXPECT_TRUE(must(tx->account(uid("ann")))->secret_used);
  must(tx->set_secret(ann, {SecretKind::kGenerated, std::string("\0bytes", 6)}));
  commit(*tx);
  const auto account = must(read()->account(uid("ann")));
  EXPECT_FALSE(account->secret_used);
  EXPECT_EQ(account->seen.ms, 9);
  EXPECT_EQ(account->secret, (Secret{SecretKind::kGenerated, std::string("\0bytes", 6)}));
}

// --- Own cards

TEST_P(StoreContract, OwnCardsComeInTheOrderAsked) {
  const auto refs = people({"ann", "bob", "cid"});
  Digest meaning{};
  meaning.fill(0xEE);
  auto tx = write();
  must(tx->put_own(refs[2], {1, meaning, "card", "published"}));
  must(tx->put_own(refs[0], {1, {}, "old", "old"}));
  must(tx->put_own(refs[0], {2, {}, "new", std::string("n\0w", 3)}));
  commit(*tx);
  const auto cards = must(read()->own_cards(std::vector{refs[2], refs[1], refs[0], refs[2]}));
  ASSERT_EQ(cards.size(), 4U);
  EXPECT_EQ(cards[0]->meaning, meaning);
  EXPECT_EQ(cards[0]->card, "card");
  EXPECT_EQ(cards[0]->published, "published");
  EXPECT_FALSE(cards[1].has_value());
  EXPECT_EQ(cards[2]->revision, 2U);
  EXPECT_EQ(cards[2]->card, "new");
  EXPECT_EQ(cards[2]->published, std::string("n\0w", 3));
  EXPECT_EQ(cards[3]->card, "card");
}

// --- Small records

Session full_session() {
  return {.id = "s1",
          .purpose = Purpose::kRebind,
          .proof = Proof::kSmsUp,
          .state = SessionState::kProved,
          .number = number(5),
          .uid = "ann",
          .old_number = number(4),
          .old_since = store::Stamp{77},
          .asked_with = "0f",
          .created = kStart,
          .expires = kStart.plus_s(1800),
          .code_sent = kStart.plus_s(1),
          .code_salt = std::string("\0salt", 5),
          .code_hash = "hash",
          .wrong_codes = 3,
          .last_wrong = kStart.plus_s(2),
          .message_due = true,
          .proved_at = kStart.plus_s(3),
          .effect_at = kStart.plus_s(4),
          .answer_uid = "bob"};
}

TEST_P(StoreContract, SessionIsKeptReplacedAndErased) {
  Session session = full_session();
  auto tx = write();
  must(tx->put_session(session));
  EXPECT_EQ(must(tx->session("s1")), session);
  session.state = SessionState::kDead;
  session.old_number = std::nullopt;
  must(tx->put_session(session));
  must(tx->commit_unrecorded());
  EXPECT_EQ(must(read()->session("s1")), session);
  EXPECT_FALSE(must(read()->session("s2")).has_value());
  tx = write();
  must(tx->erase_session("s1"));
  must(tx->erase_session("s1"));
  must(tx->commit_unrecorded());
  EXPECT_FALSE(must(read()->session("s1")).has_value());
}

TEST_P(StoreContract, SessionsAreScannedById) {
  const auto ids = [&] {
    std::vector<std::string> found;
    must(read()->scan_sessions([&](const Session& session) -> Result<void> {
      EXPECT_EQ(session.code_hash, full_session().code_hash);
      found.push_back(session.id);
      return {};
    }));
    return found;
  };
  EXPECT_TRUE(ids().empty());
  auto tx = write();
  Session session = full_session();
  for (const char* id : {"s2", "s1", "s3"}) {
    session.id = id;
    must(tx->put_session(session));
  }
  must(tx->erase_session("s3"));
  must(tx->commit_unrecorded());
  EXPECT_EQ(ids(), (std::vector<std::string>{"s1", "s2"}));
  EXPECT_FALSE(read()->scan_sessions([](const Session&) -> Result<void> { return fail(Errc::kIo, "enough"); }));
}

TEST_P(StoreContract, PacesAreApartByKindAndSubject) {
  auto tx = write();
  must(tx->put_pace(PaceKind::kSends, "a", {1, kStart}));
  must(tx->put_pace(PaceKind::kSessions, "a", {2, kStart}));
  must(tx->put_pace(PaceKind::kSends, "b", {3, kStart}));
  must(tx->put_pace(PaceKind::kSends, "a", {4, kStart.plus_s(1)}));
  must(tx->erase_pace(PaceKind::kSends, "b"));
  must(tx->erase_pace(PaceKind::kPasswords, "none"));
  must(tx->commit_unrecorded());
  auto reader = read();
  EXPECT_EQ(must(reader->pace(PaceKind::kSends, "a")), (Pace{4, kStart.plus_s(1)}));
  EXPECT_EQ(must(reader->pace(PaceKind::kSessions, "a")), (Pace{2, kStart}));
  EXPECT_FALSE(must(reader->pace(PaceKind::kSends, "b")).has_value());
  EXPECT_FALSE(must(reader->pace(PaceKind::kPasswords, "a")).has_value());
}

TEST_P(StoreContract, ForgetsWhatExpiredBeforeAndNotAt) {
  auto tx = write();
  Session session = full_session();
  for (const auto& [id, expires] : {std::pair("old", kStart.plus_s(-1)), std::pair("now", kStart)}) {
    session.id = id;
    session.expires = expires;
    must(tx->put_session(session));
    must(tx->put_pace(PaceKind::kSends, id, {1, expires}));
  }
  must(tx->forget_before(kStart));
  must(tx->commit_unrecorded());
  auto reader = read();
  EXPECT_FALSE(must(reader->session("old")).has_value());
  EXPECT_TRUE(must(reader->session("now")).has_value());
  EXPECT_FALSE(must(reader->pace(PaceKind::kSends, "old")).has_value());
  EXPECT_TRUE(must(reader->pace(PaceKind::kSends, "now")).has_value());
}

TEST_P(StoreContract, DevicesAreApartByAccount) {
  const auto refs = people({"ann", "bob"});
  auto tx = write();
  must(tx->put_device(refs[0], "phone", "t1"));
  must(tx->put_device(refs[1], "phone", "t2"));
  must(tx->put_device(refs[0], "phone", "t3"));
  must(tx->commit_unrecorded());
  auto reader = read();
  EXPECT_EQ(must(reader->device(refs[0], "phone")), "t3");
  EXPECT_EQ(must(reader->device(refs[1], "phone")), "t2");
  EXPECT_FALSE(must(reader->device(refs[1], "tablet")).has_value());
}

TEST_P(StoreContract, CountersAndConfigAreSetAndReplaced) {
  auto tx = write();
  must(tx->set_counter(Counter::kPendingPairs, 5));
  must(tx->set_counter(Counter::kLastMatch, tx->stamp().value));
  must(tx->set_counter(Counter::kPendingPairs, 0));
  must(tx->put_config(Config::kSmsUpNumber, "1"));
  must(tx->put_config(Config::kSmsUpNumber, ""));
  const Stamp stamp = tx->stamp();
  commit(*tx);
  auto reader = read();
  EXPECT_EQ(must(reader->counter(Counter::kPendingPairs)), 0U);
  EXPECT_EQ(must(reader->counter(Counter::kLastMatch)), stamp.value);
  EXPECT_EQ(must(reader->counter(Counter::kEndedSinceMatch)), 0U);
  EXPECT_EQ(must(reader->config(Config::kSmsUpNumber)), "");
}

// --- Maintenance

TEST_P(StoreContract, BackupIsAStoreOfItsOwnOrHonestlyRefused) {
  people({"ann"});
  const std::string path = folders_.front()->path() + "/copy.db";
  const auto made = store_->backup(path);
  if (GetParam().name == "memory") {
    EXPECT_EQ(code_of(made), Errc::kUsage);
    EXPECT_FALSE(std::filesystem::exists(path));
    return;
  }
  ASSERT_TRUE(made.has_value()) << made.error().message;
  const auto copy = must(open(path, {.clock = &clock_}));
  EXPECT_EQ(copy->id(), store_->id());
  EXPECT_EQ(must(state_digest(*must(copy->read()))), must(state_digest(*read())));
  EXPECT_EQ(code_of(store_->backup(path)), Errc::kStoreExists);
}

// --- The digest of the logical state (J3)

TEST_P(StoreContract, DigestHearsOfTheLogicalStateAndOfNothingElse) {
  const auto refs = people({"ann", "bob"});
  const auto digest = [&] { return must(state_digest(*read())); };
  Digest last = digest();
  EXPECT_EQ(digest(), last);
  const auto change = [&](const std::function<void(Transaction&)>& verb) {
    auto tx = write();
    verb(*tx);
    tx->changed() ? commit(*tx) : must(tx->commit_unrecorded());
    const Digest before = std::exchange(last, digest());
    return before != last;
  };
  EXPECT_TRUE(change([&](auto& tx) { must(tx.set_secret(refs[0], {SecretKind::kGenerated, "h"})); }));
  EXPECT_TRUE(change([&](auto& tx) { must(tx.apply_bindings(std::vector{begins(refs[0], number(1))})); }));
  EXPECT_TRUE(change([&](auto& tx) { must(tx.put_own(refs[0], {.revision = 1, .card = "c", .published = "p"})); }));
  EXPECT_TRUE(change([&](auto& tx) { must(tx.change_list(refs[0], puts({entry("e", {2}, tx.stamp())}))); }));
  EXPECT_TRUE(change([&](auto& tx) { must(tx.change_list(refs[1], puts({entry("f", {1}, tx.stamp())}))); }));
  EXPECT_TRUE(change([&](auto& tx) {
    must(tx.put_associations(std::vector{begin(refs[0], refs[1], {Slot{0}}), begin(refs[1], refs[0], {Slot{0}})}));
  }));
  EXPECT_TRUE(change([&](auto& tx) { must(tx.hear(refs[0], Transaction::Hearing::kChanged)); }));
  EXPECT_TRUE(change([&](auto& tx) {
    must(tx.put_associations(std::vector{end(refs[0], refs[1], {"e"}), end(refs[1], refs[0], {"f"})}));
  }));
  EXPECT_TRUE(change([&](auto& tx) { EXPECT_EQ(must(tx.purge(kStart.plus_s(1))), 2U); }));
  EXPECT_TRUE(change([&](auto& tx) { must(tx.put_config(Config::kRequireAuth, "yes")); }));
  EXPECT_FALSE(change([&](auto& tx) { must(tx.touch(refs[0], Timestamp{9}, true)); }));
  EXPECT_FALSE(change([&](auto& tx) { must(tx.put_session(full_session())); }));
  EXPECT_FALSE(change([&](auto& tx) { must(tx.put_pace(PaceKind::kSends, "a", {1, kStart})); }));
  EXPECT_FALSE(change([&](auto& tx) { must(tx.put_device(refs[0], "d", "t")); }));
  EXPECT_FALSE(change([&](auto& tx) { must(tx.settle()); }));
}

TEST_P(StoreContract, DigestDoesNotDependOnHandlesOrSlots) {
  const auto build = [&](const std::vector<std::string>& names, bool second_slot) {
    const auto store = make({.fixture = true}, {.clock = &clock_});
    auto tx = must(store->write());
    for (const auto& name : names) must(tx->create_account(uid(name), {}, Timestamp{0}));
    const auto ann = must(tx->account(uid("ann")))->ref;
    const auto e = entry("e", {2}, tx->stamp());
    const auto f = entry("f", {3}, tx->stamp());
    must(tx->change_list(ann, puts(second_slot ? std::vector{f, e} : std::vector{e, f})));
    must(tx->commit("1", BatchKind::kRegistration, {}, ""));
    return must(state_digest(*must(store->read())));
  };
  EXPECT_EQ(build({"ann", "bob"}, false), build({"bob", "ann"}, true));
}

}  // namespace
}  // namespace cardsrv::store::conformance
