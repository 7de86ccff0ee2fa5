// What the SQLite layout must keep right beyond the conformance suite: segments, the index of numbers in blocks, scans
// by threads, and a check that finds what was changed behind the store's back.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include "sqlite_support.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/inverted.h"

namespace cardsrv::store::sqlite {
namespace {

class ListsTest : public StoreTest {
 protected:
  [[nodiscard]] std::vector<std::string> check_words() {
    std::vector<std::string> words;
    for (const auto& finding : must(open()->check())) words.push_back(finding.what);
    return words;
  }
  void tamper(const std::string& sql) {
    const auto db = must(Connection::open(path_, Connection::Mode::kReadWrite, 0));
    must(db->script(sql));
  }
  // Three accounts; the first two list each other and 60 more, the third nobody.
  void fill() {
    auto store = create();
    auto tx = must(store->write());
    std::vector<AccountRef> accounts;
    std::vector<BindingChange> bindings;
    for (std::uint64_t i = 0; i < 3; ++i) {
      accounts.push_back(add_account(*tx, fmt::format("a{}", i)));
      bindings.push_back({accounts.back(), std::nullopt, PhoneNumber(49170000 + i), Proof::kSmsDown, ""});
    }
    must(tx->apply_bindings(bindings));
    must(tx->put_own(accounts[0], {1, blake2b("x"), "card", "published"}));
    must(tx->put_config(Config::kMaxEntries, "5"));
    for (const size_t i : {0U, 1U}) {
      std::vector<std::pair<std::string, std::vector<std::uint64_t>>> entries;
      for (std::uint64_t n = 0; n < 60; ++n) entries.push_back({fmt::format("k{}", n), {49170000 + n, 49180000 + n}});
      add_entries(*tx, accounts[i], entries);
    }
    const std::vector<AssociationChange> both = {{accounts[0], accounts[1], AssociationEdit::kBegin, {{1}}, {}},
                                                 {accounts[1], accounts[0], AssociationEdit::kBegin, {{0}}, {}}};
    must(tx->put_associations(both));
    commit(*tx, "b1");
  }
};

TEST_F(ListsTest, AListOfManySegmentsIsReadInTheOrderAsked) {
  fill();
  auto store = open();
  auto tx = must(store->read());
  const AccountRef account = must(tx->account(uid("a0")))->ref;
  std::vector<Slot> slots;
  for (std::uint32_t i = 60; i-- > 0;) slots.push_back({i});
  slots.push_back({30});
  const auto keys = must(tx->entry_keys(account, slots));
  const auto cards = must(tx->entry_cards(account, slots));
  const auto spellings = must(tx->entry_spellings(account, slots));
  for (size_t i = 0; i < slots.size(); ++i) {
    EXPECT_EQ(keys[i], fmt::format("k{}", slots[i].value));
    EXPECT_NE(cards[i].find("UID:" + keys[i] + "\r\n"), std::string::npos);
    EXPECT_EQ(spellings[i][1].raw, fmt::format("+{}", 49180000 + slots[i].value));
  }
  EXPECT_EQ(tx->entry_keys(account, std::vector<Slot>{{60}}).error().code, Errc::kDefect);
}

TEST_F(ListsTest, ASoundStoreHasNoFindings) {
  fill();
  EXPECT_EQ(check_words(), std::vector<std::string>());
}

TEST_F(ListsTest, CheckFindsAChangedCard) {
  fill();
  tamper("UPDATE seg SET cards = (SELECT cards FROM seg WHERE id = (1 << 24) + 1) WHERE id = 1 << 24");
  const auto words = check_words();
  EXPECT_EQ(std::set<std::string>(words.begin(), words.end()),
            (std::set<std::string>{"cards-damaged", "journal-broken"}));
}

TEST_F(ListsTest, CheckFindsALostSegmentAndList) {
  fill();
  tamper("DELETE FROM seg WHERE id = 1 << 24");
  EXPECT_EQ(check_words(), (std::vector<std::string>{"cards-damaged", "journal-broken"}));
  tamper("UPDATE list SET facts = x'01' WHERE aid = 1");
  EXPECT_EQ(check_words(),
            (std::vector<std::string>{"list-damaged", "index-differs", "count-differs", "journal-broken"}));
}

TEST_F(ListsTest, CheckFindsADifferentIndex) {
  fill();
  tamper("UPDATE inv SET pairs = x'' WHERE number = 0");
  EXPECT_EQ(check_words(), std::vector<std::string>{"index-differs"});
}

TEST_F(ListsTest, CheckFindsAOneSidedAssociation) {
  fill();
  tamper("UPDATE inbox SET peers = x'' WHERE aid = 2");
  EXPECT_EQ(check_words(), (std::vector<std::string>{"association-one-sided", "count-differs"}));
}

TEST_F(ListsTest, CheckFindsAWrongCount) {
  fill();
  tamper("UPDATE counter SET v = v + 1");
  EXPECT_EQ(check_words().size(), 3U) << "accounts, entries and batches; half an association more is none";
}

// J4
TEST_F(ListsTest, CheckFindsAChangedLostOrReorderedJournalRecord) {
  for (const char* sql : {"UPDATE leaf SET body = zeroblob(4) WHERE n = 0", "DELETE FROM leaf WHERE n = 3",
                          "UPDATE leaf SET n = CASE n WHEN 0 THEN 1000 ELSE n END",
                          "UPDATE batch SET receipt = 'other'", "UPDATE batch SET input = chain",
                          "UPDATE leaf SET hash = zeroblob(32) WHERE n = 2", "UPDATE batch SET seq = 2"}) {
    std::filesystem::remove(path_);
    fill();
    tamper(sql);
    const auto words = check_words();
    EXPECT_NE(std::find(words.begin(), words.end(), "journal-broken"), words.end()) << sql;
  }
}

TEST_F(ListsTest, CheckFindsALostPartOfALargeReceipt) {
  must(must(create()->write())->commit("large", BatchKind::kBulkImport, {}, std::string(5 * Spool::kChunk, 'x')));
  EXPECT_EQ(check_words(), std::vector<std::string>());
  tamper("DELETE FROM receipt_part WHERE n = 3");
  EXPECT_EQ(check_words(), std::vector<std::string>{"journal-broken"});
}

// X1, J4: what a close blanks is no damage.
TEST_F(ListsTest, ABlankedJournalRecordIsNoDamage) {
  fill();
  tamper("UPDATE leaf SET body = NULL, salt = NULL WHERE aid = 2 AND kind = 5");
  EXPECT_EQ(check_words(), std::vector<std::string>());
}

TEST_F(ListsTest, ScansByThreadsSeeEveryListOnceAndNoOwnChange) {
  constexpr std::uint64_t kAccounts = 101;
  auto store = create();
  {
    auto tx = must(store->write());
    for (std::uint64_t i = 0; i < kAccounts; ++i) {
      const auto account = add_account(*tx, fmt::format("a{}", i));
      if (i % 10 != 3) add_entries(*tx, account, {{"k", {i + 1, 500}}});
    }
    commit(*tx, "b1");
  }
  auto tx = must(store->write());
  add_entries(*tx, {4}, {{"k", {77}}});
  std::vector<std::vector<std::uint64_t>> seen(3);
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      must(tx->scan_lists({i, 3}, [&](const ListColumns& columns) -> Result<void> {
        EXPECT_EQ(columns.numbers.size(), 2U);
        seen[i].push_back(columns.owner.value);
        return {};
      }));
    });
  }
  for (auto& thread : threads) thread.join();
  std::vector<std::uint64_t> all;
  for (const auto& part : seen) {
    EXPECT_TRUE(std::is_sorted(part.begin(), part.end()));
    all.insert(all.end(), part.begin(), part.end());
  }
  EXPECT_EQ(all.size(), 91U);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
}

// A reader's scan must not see what was committed after its snapshot, though it uses other connections.
TEST_F(ListsTest, AReadersScanIsOfItsSnapshot) {
  auto store = create();
  AccountRef account;
  {
    auto tx = must(store->write());
    account = add_account(*tx, "a");
    add_entries(*tx, account, {{"k", {1}}});
    commit(*tx, "b1");
  }
  auto reader = must(store->read());
  {
    auto tx = must(store->write());
    add_entries(*tx, account, {{"l", {2}}});
    commit(*tx, "b2");
  }
  size_t numbers = 0;
  must(reader->scan_lists({}, [&](const ListColumns& columns) -> Result<void> {
    numbers += columns.numbers.size();
    return {};
  }));
  EXPECT_EQ(numbers, 1U);
}

// The index in blocks against a plain set, through splits, removals and several flushes.
TEST_F(ListsTest, TheIndexOfNumbersIsASet) {
  create();
  const auto db = must(Connection::open(path_, Connection::Mode::kReadWrite, 0));
  std::mt19937_64 random(3);
  std::set<InvertedPair> expected;
  for (int round = 0; round < 12; ++round) {
    InvertedChanges changes;
    for (int i = 0; i < 4000; ++i) {
      const InvertedPair pair{1 + random() % 3000, 1 + random() % 20};
      if (expected.contains(pair)) {
        must(changes.remove(*db, pair));
        expected.erase(pair);
      } else if (round < 9) {
        must(changes.add(*db, pair));
        expected.insert(pair);
      }
    }
    must(changes.flush(*db));
    std::vector<InvertedPair> all;
    must(scan_inverted(*db, [&](InvertedPair pair) { all.push_back(pair); }));
    ASSERT_EQ(all, std::vector<InvertedPair>(expected.begin(), expected.end())) << round;
  }
  EXPECT_GT(must(db->number("SELECT count(*) FROM inv")).value(), 10U);
  EXPECT_LE(must(db->number("SELECT max(length(pairs)) FROM inv")).value(), kBlockBytes);
  for (std::uint64_t number = 0; number < 3002; number += 7) {
    std::vector<Lister> listers;
    for (std::uint64_t aid = 1; aid <= 20; ++aid) {
      if (number != 0 && expected.contains({number, aid})) listers.push_back({PhoneNumber(number), {aid}});
    }
    const PhoneNumber asked(number == 0 ? 5000 : number);
    ASSERT_EQ(must(find_listers(*db, std::span(&asked, 1))), listers) << number;
  }
}

// A number in so many lists that its pairs fill several blocks.
TEST_F(ListsTest, AFamousNumberHasAllItsListers) {
  create();
  const auto db = must(Connection::open(path_, Connection::Mode::kReadWrite, 0));
  InvertedChanges changes;
  for (std::uint64_t aid = 1; aid <= 5000; ++aid) {
    must(changes.add(*db, {110, aid * 1000}));
    must(changes.add(*db, {aid % 2 == 0 ? 109 : 111U, aid}));
  }
  must(changes.flush(*db));
  const std::vector<PhoneNumber> numbers = {PhoneNumber(111), PhoneNumber(110), PhoneNumber(110)};
  const auto listers = must(find_listers(*db, numbers));
  EXPECT_EQ(listers.size(), 7500U);
  EXPECT_TRUE(std::is_sorted(listers.begin(), listers.end()));
}

TEST_F(ListsTest, AFixtureStoreIsReproducible) {
  const InitOptions init{.fixture = true, .seed = "seed"};
  const FixedClock clock({1'000'000});
  options_.clock = &clock;
  std::vector<std::string> seen;
  for (const char* name : {"one.db", "two.db"}) {
    auto store = must(store::create(folder_.file(name), init, options_));
    {
      auto tx = must(store->write());
      (void)tx->random().bytes<8>();  // rolled back with it
    }
    auto tx = must(store->write());
    std::string drawn = hex(tx->random().bytes<8>());
    add_account(*tx, "a");
    commit(*tx, "b1");
    tx = must(store->write());
    drawn += hex(tx->random().bytes<8>());
    must(tx->commit_unrecorded());
    tx = must(store->write());
    drawn += hex(tx->random().bytes<8>());
    seen.push_back(store->id() + hex(store->key("x")) + drawn + hex(must(tx->last_batch())->chain));
    EXPECT_EQ(tx->stamp().value, (std::uint64_t{1'000'000} << 16) + 1) << "the clock stands still, stamps rise";
  }
  EXPECT_EQ(seen[0], seen[1]);
}

}  // namespace
}  // namespace cardsrv::store::sqlite
