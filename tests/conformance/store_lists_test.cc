// Every back end keeps the contract of store.h: contact lists, who lists a number, and marks.

#include <gmock/gmock.h>

#include <mutex>
#include <numeric>
#include <thread>

#include "store_suite.h"

namespace cardsrv::store::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StoreLists : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    ann_ = people({"ann"}).front();
  }

  // In a batch of its own, with no marks from before it.
  std::vector<Slot> apply(AccountRef account, const ListChange& change) {
    auto tx = write();
    must(tx->settle());
    auto slots = must(tx->change_list(account, change));
    tx->changed() ? commit(*tx, BatchKind::kList) : must(tx->commit_unrecorded());
    return slots;
  }

  std::vector<std::uint32_t> slots_of(AccountRef account) {
    std::vector<std::uint32_t> out;
    for (const auto& one : must(read()->list(account)).entries) out.push_back(one.slot.value);
    return out;
  }

  AccountRef ann_;
};
INSTANTIATE_TEST_SUITE_P(Backends, StoreLists, ::testing::ValuesIn(backends()), name_of);

constexpr Stamp kSome{kStart.ms << 16 | 3};
constexpr Stamp kOther{(kStart.ms - 5) << 16};

TEST_P(StoreLists, ListOfNobodysUploadIsEmpty) {
  const List list = must(read()->list(ann_));
  EXPECT_THAT(list.entries, IsEmpty());
  EXPECT_THAT(list.origins, IsEmpty());
  EXPECT_EQ(list.hash_key, store_->key("list"));
}

TEST_P(StoreLists, EntryIsKeptWithAllThatWasGiven) {
  EntryPut put{.key = "urn:uuid:a23ac5d0-31c8-4a0e-9a0c-1f3a1f0a0001",
               .has_uid = true,
               .key_hash = UINT64_MAX,
               .meaning = 1ULL << 63,
               .origins = 1ULL << 63 | 2,
               .card = std::string("BEGIN:VCARD\r\nFN:\xE6\xBC\xA2 \0\r\nEND:VCARD\r\n", 34),
               .spellings = {{"138 0000 0002", number(2)}, {"", number(1)}, {"+86 138-0000-0002", number(2)}},
               .pairs = {{number(1), kOther}, {number(2), kSome}}};
  ListChange change = puts({put});
  change.origins = {"default", "phone two"};
  const auto slots = apply(ann_, change);
  ASSERT_THAT(slots, SizeIs(1));
  auto reader = read();
  const List list = must(reader->list(ann_));
  EXPECT_EQ(list.origins, change.origins);
  ASSERT_THAT(list.entries, SizeIs(1));
  const Entry& kept = list.entries.front();
  EXPECT_EQ(kept.slot, slots.front());
  EXPECT_EQ(kept.key_hash, put.key_hash);
  EXPECT_EQ(kept.meaning, put.meaning);
  EXPECT_TRUE(kept.has_uid);
  EXPECT_EQ(kept.origins, put.origins);
  EXPECT_EQ(kept.pairs, put.pairs);
  EXPECT_THAT(must(reader->entry_keys(ann_, slots)), ElementsAre(put.key));
  EXPECT_THAT(must(reader->entry_cards(ann_, slots)), ElementsAre(put.card));
  EXPECT_THAT(must(reader->entry_spellings(ann_, slots)), ElementsAre(put.spellings));
}

TEST_P(StoreLists, TextsComeInTheOrderAskedAndOnlyOfEntriesThatAreThere) {
  const auto slots = apply(ann_, puts({entry("a", {1}, kSome), entry("b", {2}, kSome), entry("c", {}, kSome)}));
  auto reader = read();
  EXPECT_THAT(must(reader->entry_keys(ann_, std::vector{slots[2], slots[0], slots[2]})), ElementsAre("c", "a", "c"));
  EXPECT_THAT(must(reader->entry_cards(ann_, std::vector{slots[1]})), ElementsAre("card of b"));
  EXPECT_THAT(must(reader->entry_keys(ann_, {})), IsEmpty());
  const std::vector none = {Slot{slots[2].value + 1}};
  EXPECT_EQ(code_of(reader->entry_keys(ann_, none)), Errc::kDefect);
  EXPECT_EQ(code_of(reader->entry_cards(ann_, none)), Errc::kDefect);
  EXPECT_EQ(code_of(reader->entry_spellings(ann_, none)), Errc::kDefect);
}

TEST_P(StoreLists, KeysOfEveryShapeComeBackAsTheyWere) {
  const std::vector<std::string> keys = {"A23AC5D0-31C8-4A0E-9A0C-1F3A1F0A0001",
                                         "a23ac5d0-31c8-4a0e-9a0c-1f3a1f0a0001",
                                         "urn:uuid:a23ac5d0-31c8-4a0e-9a0c-1f3a1f0a0001",
                                         "URN:UUID:A23ac5d0-31c8-4a0e-9a0c-1f3a1f0a0001",
                                         "a23ac5d031c84a0e9a0c1f3a1f0a0001",
                                         "0",
                                         std::string(300, 'k'),
                                         "\xE6\xBC\xA2\xE5\xAD\x97",
                                         std::string("a\0b", 3)};
  ListChange change = puts({});
  for (const auto& key : keys) change.puts.push_back(entry(key, {1}, kSome));
  const auto slots = apply(ann_, change);
  EXPECT_EQ(must(read()->entry_keys(ann_, slots)), keys);
}

TEST_P(StoreLists, SlotsRiseAndAreNeverUsedAgain) {
  apply(ann_, puts({entry("a", {1}, kSome), entry("b", {2}, kSome)}));
  EXPECT_EQ(slots_of(ann_), (std::vector<std::uint32_t>{0, 1}));
  ListChange change = puts({entry("c", {3}, kSome)});
  change.removes = {Slot{1}};
  EXPECT_THAT(apply(ann_, change), ElementsAre(Slot{2}));
  EXPECT_EQ(slots_of(ann_), (std::vector<std::uint32_t>{0, 2}));
  ListChange empty = puts({});
  empty.removes = {Slot{0}, Slot{2}};
  apply(ann_, empty);
  EXPECT_THAT(slots_of(ann_), IsEmpty());
  EXPECT_THAT(apply(ann_, puts({entry("d", {1}, kSome)})), ElementsAre(Slot{3}));
}

TEST_P(StoreLists, PutWithASlotReplacesTheContentAndKeepsTheSlot) {
  apply(ann_, puts({entry("a", {1}, kOther), entry("b", {2}, kOther)}));
  EntryPut changed = entry("a", {1, 3}, kSome);
  changed.slot = Slot{0};
  changed.card = "another card";
  changed.origins = 3;
  EXPECT_THAT(apply(ann_, puts({entry("c", {4}, kSome), changed})), ElementsAre(Slot{2}, Slot{0}));
  auto reader = read();
  const List list = must(reader->list(ann_));
  ASSERT_THAT(list.entries, SizeIs(3));
  EXPECT_EQ(list.entries[0].pairs, changed.pairs);
  EXPECT_EQ(list.entries[0].origins, 3U);
  EXPECT_THAT(must(reader->entry_cards(ann_, std::vector{Slot{0}, Slot{1}})), ElementsAre("another card", "card of b"));
  EXPECT_EQ(must(reader->totals()).entries, 3U);
}

TEST_P(StoreLists, OriginsAndRenewsLeaveTheTextsAlone) {
  apply(ann_, puts({entry("a", {1, 2}, kOther), entry("b", {1}, kOther)}));
  ListChange change;
  change.origins = {"default", "tablet"};
  change.set_origins = {{Slot{1}, 2}};
  change.renews = {{Slot{0}, {{number(1), kSome}, {number(2), kOther}}}};
  EXPECT_THAT(apply(ann_, change), IsEmpty());
  auto reader = read();
  const List list = must(reader->list(ann_));
  EXPECT_THAT(list.origins, ElementsAre("default", "tablet"));
  EXPECT_THAT(list.entries[0].pairs, ElementsAre(Pair{number(1), kSome}, Pair{number(2), kOther}));
  EXPECT_EQ(list.entries[0].origins, 1U);
  EXPECT_EQ(list.entries[1].origins, 2U);
  EXPECT_THAT(list.entries[1].pairs, ElementsAre(Pair{number(1), kOther}));
  EXPECT_THAT(must(reader->entry_cards(ann_, std::vector{Slot{0}, Slot{1}})), ElementsAre("card of a", "card of b"));
}

TEST_P(StoreLists, EmptyChangeChangesNothingOriginsNeither) {
  ListChange change;
  change.origins = {"x"};
  EXPECT_THAT(apply(ann_, change), IsEmpty());
  EXPECT_THAT(must(read()->list(ann_)).origins, IsEmpty());
  EXPECT_EQ(must(read()->last_batch())->sequence, 1U);
}

TEST_P(StoreLists, ChangeOfAnEntryThatIsNotThereIsADefect) {
  apply(ann_, puts({entry("a", {1}, kSome)}));
  const auto refused = [&](const ListChange& change) { return code_of(write()->change_list(ann_, change)); };
  ListChange change = puts({});
  change.removes = {Slot{1}};
  EXPECT_EQ(refused(change), Errc::kDefect);
  change = puts({entry("a", {1}, kSome)});
  change.puts.front().slot = Slot{7};
  EXPECT_EQ(refused(change), Errc::kDefect);
  change = puts({});
  change.set_origins = {{Slot{1}, 1}};
  EXPECT_EQ(refused(change), Errc::kDefect);
  change = puts({});
  change.renews = {{Slot{1}, {}}};
  EXPECT_EQ(refused(change), Errc::kDefect);
}

TEST_P(StoreLists, ManyEntriesAndLargeCardsComeBackWhole) {
  ListChange change = puts({});
  for (std::uint64_t i = 0; i < 700; ++i) {
    change.puts.push_back(entry("key-" + std::to_string(i), {i, i + 1}, kSome));
    if (i % 100 == 0) change.puts.back().card = std::string(100'000, static_cast<char>('a' + i / 100));
  }
  const auto slots = apply(ann_, change);
  auto reader = read();
  const auto cards = must(reader->entry_cards(ann_, slots));
  for (size_t i = 0; i < 700; ++i) ASSERT_EQ(cards[i], change.puts[i].card) << i;
  EXPECT_EQ(must(reader->list(ann_)).entries[650].pairs, change.puts[650].pairs);
  EXPECT_EQ(must(reader->totals()).entries, 700U);
  EXPECT_THAT(must(store_->check()), IsEmpty());
}

// --- Who lists a number

TEST_P(StoreLists, ListersAreSortedAndEachOnce) {
  const auto bob = people({"bob"}).front();
  apply(ann_, puts({entry("a", {1, 2}, kSome), entry("b", {1}, kSome)}));
  apply(bob, puts({entry("c", {2}, kSome)}));
  auto reader = read();
  EXPECT_THAT(must(reader->listers(std::vector{number(2), number(1), number(3), number(2)})),
              ElementsAre(Lister{number(1), ann_}, Lister{number(2), ann_}, Lister{number(2), bob}));
}

TEST_P(StoreLists, ListerStaysUntilTheLastEntryWithTheNumberGoes) {
  apply(ann_, puts({entry("a", {1}, kSome), entry("b", {1, 2}, kSome)}));
  ListChange change = puts({});
  change.removes = {Slot{0}};
  apply(ann_, change);
  EXPECT_THAT(must(read()->listers(std::vector{number(1)})), SizeIs(1));
  change = puts({entry("b", {2}, kSome)});
  change.puts.front().slot = Slot{1};
  auto tx = write();
  must(tx->change_list(ann_, change));
  EXPECT_THAT(must(tx->listers(std::vector{number(1)})), IsEmpty());
  EXPECT_THAT(must(tx->listers(std::vector{number(2)})), SizeIs(1));
  EXPECT_THAT(must(read()->listers(std::vector{number(1)})), SizeIs(1));
  commit(*tx);
  EXPECT_THAT(must(read()->listers(std::vector{number(1)})), IsEmpty());
}

TEST_P(StoreLists, OneBatchMayAddAndTakeAwayTheSameNumber) {
  auto tx = write();
  must(tx->change_list(ann_, puts({entry("a", {1}, tx->stamp())})));
  ListChange change = puts({});
  change.removes = {Slot{0}};
  must(tx->change_list(ann_, change));
  EXPECT_THAT(must(tx->listers(std::vector{number(1)})), IsEmpty());
  must(tx->change_list(ann_, puts({entry("a", {1}, tx->stamp())})));
  commit(*tx);
  EXPECT_THAT(must(read()->listers(std::vector{number(1)})), SizeIs(1));
  EXPECT_EQ(slots_of(ann_), (std::vector<std::uint32_t>{1}));
  EXPECT_THAT(must(store_->check()), IsEmpty());
}

// --- Scans

struct Row {
  AccountRef owner;
  std::vector<std::uint64_t> numbers;
  std::vector<std::uint32_t> slots;
  std::vector<std::uint64_t> sinces;
  bool operator==(const Row&) const = default;
};

std::vector<Row> scan(ReadTransaction& tx, Part part) {
  std::vector<Row> out;
  must(tx.scan_lists(part, [&](const ListColumns& columns) -> Result<void> {
    out.push_back({columns.owner,
                   {columns.numbers.begin(), columns.numbers.end()},
                   {columns.slots.begin(), columns.slots.end()},
                   {columns.sinces.begin(), columns.sinces.end()}});
    return {};
  }));
  return out;
}

TEST_P(StoreLists, ScanGivesColumnsByNumberThenSlot) {
  const auto refs = people({"bob", "cid"});
  apply(refs[1], puts({entry("a", {2, 5}, kSome), entry("b", {1, 2}, kOther)}));
  apply(ann_, puts({entry("c", {9}, kSome)}));
  const auto digits = [](std::uint64_t n) { return number(n).digits(); };
  EXPECT_THAT(scan(*read(), {}), ElementsAre(Row{ann_, {digits(9)}, {0}, {kSome.value}},
                                             Row{refs[1],
                                                 {digits(1), digits(2), digits(2), digits(5)},
                                                 {1, 0, 1, 0},
                                                 {kOther.value, kSome.value, kOther.value, kSome.value}}));
}

TEST_P(StoreLists, ScanSeesTheStateBeforeTheWritersOwnChanges) {
  apply(ann_, puts({entry("a", {1}, kSome)}));
  auto tx = write();
  const auto before = scan(*tx, {});
  must(tx->change_list(ann_, puts({entry("b", {2}, kSome)})));
  EXPECT_EQ(scan(*tx, {}), before);
  EXPECT_THAT(must(tx->list(ann_)).entries, SizeIs(2));
}

TEST_P(StoreLists, PartsTogetherAreTheWholeAlsoFromSeveralThreads) {
  std::vector<std::string> names;
  for (int i = 0; i < 23; ++i) names.push_back("p" + std::to_string(i));
  const auto refs = people(names);
  auto tx = write();
  for (size_t i = 0; i < refs.size(); i += 2) must(tx->change_list(refs[i], puts({entry("e", {i}, kSome)})));
  commit(*tx);
  auto reader = read();
  const auto whole = scan(*reader, {});
  ASSERT_THAT(whole, SizeIs(12));
  for (const std::uint32_t of : {1U, 2U, 3U, 7U, 40U}) {
    std::vector<std::vector<Row>> parts(of);
    std::vector<std::thread> threads;
    for (std::uint32_t i = 0; i < of; ++i) {
      threads.emplace_back([&, i] { parts[i] = scan(*reader, {i, of}); });
    }
    for (auto& thread : threads) thread.join();
    std::vector<Row> joined;
    for (const auto& part : parts) joined.insert(joined.end(), part.begin(), part.end());
    EXPECT_EQ(joined, whole) << of;
  }
}

// --- Marks

TEST_P(StoreLists, FirstUploadMarksTheWholeList) {
  apply(ann_, puts({entry("a", {1}, kSome)}));
  EXPECT_THAT(must(read()->marks()), ElementsAre(list_mark(ann_)));
}

TEST_P(StoreLists, LaterChangesMarkOldAndNewNumbersOfTheEntriesThatChanged) {
  apply(ann_,
        puts({entry("a", {1, 2}, kSome), entry("b", {3}, kSome), entry("c", {4}, kSome), entry("d", {5}, kSome)}));
  ListChange change = puts({entry("a", {2, 6}, kSome)});
  change.puts.front().slot = Slot{0};
  change.removes = {Slot{1}};
  change.renews = {{Slot{2}, {{number(4), kOther}}}};
  change.set_origins = {{Slot{3}, 1}};
  apply(ann_, change);
  EXPECT_THAT(must(read()->marks()), ElementsAre(entry_mark(ann_, 1), entry_mark(ann_, 2), entry_mark(ann_, 3),
                                                 entry_mark(ann_, 4), entry_mark(ann_, 6)));
}

TEST_P(StoreLists, MoreMarksThanTheBoundBecomeOneForTheList) {
  apply(ann_, puts({entry("a", {1}, kSome)}));
  std::vector<std::uint64_t> numbers(Transaction::kMaxEntryMarks);
  std::iota(numbers.begin(), numbers.end(), 100);
  apply(ann_, puts({entry("b", numbers, kSome)}));
  EXPECT_THAT(must(read()->marks()), SizeIs(Transaction::kMaxEntryMarks));
  numbers.push_back(99);
  std::sort(numbers.begin(), numbers.end());
  apply(ann_, puts({entry("c", numbers, kSome)}));
  EXPECT_THAT(must(read()->marks()), ElementsAre(list_mark(ann_)));
}

TEST_P(StoreLists, EntriesWithoutNumbersAndOriginsAloneMarkNothing) {
  apply(ann_, puts({entry("a", {}, kSome), entry("b", {}, kSome)}));
  EXPECT_THAT(must(read()->marks()), IsEmpty());
  apply(ann_, puts({entry("c", {1}, kSome)}));
  ListChange change = puts({});
  change.set_origins = {{Slot{2}, 3}};
  apply(ann_, change);
  EXPECT_THAT(must(read()->marks()), IsEmpty());
}

TEST_P(StoreLists, MarksStayUntilSettledAndEachIsThereOnce) {
  apply(ann_, puts({entry("a", {1}, kSome)}));
  ListChange change = puts({entry("a", {1}, kOther)});
  change.puts.front().slot = Slot{0};
  for (int i = 0; i < 2; ++i) {
    auto tx = write();
    must(tx->change_list(ann_, change));
    commit(*tx);
  }
  EXPECT_THAT(must(read()->marks()), ElementsAre(list_mark(ann_), entry_mark(ann_, 1)));
  auto tx = write();
  must(tx->settle());
  tx.reset();
  EXPECT_THAT(must(read()->marks()), SizeIs(2));
}

}  // namespace
}  // namespace cardsrv::store::conformance
