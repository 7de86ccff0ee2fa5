// How long matching takes: all lists of a store, a number that registers, a list that changes a little; beside it the
// same join in SQL by the sqlite3 command over plain tables, written durably. match_bench [accounts [entries]]: the
// defaults are 20 000 and 100; one entry in three has a registered number.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "service/list_support.h"
#include "service/matching.h"
#include "store/store.h"
#include "support/paths.h"

namespace {

using namespace cardsrv;
using namespace cardsrv::store;

constexpr std::uint64_t kFirst = 8613000000000;
constexpr int kRounds = 5;

template <typename T>
T must(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "match_bench: {} ({})\n", result.error().message, result.error().hint);
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

template <typename Work>
double seconds(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Whom everybody lists; friends list each other more often than strangers do.
class Lists {
 public:
  explicit Lists(std::uint64_t accounts) : accounts_(accounts) {}
  std::uint64_t number(std::uint64_t owner) {
    if (random_() % 3 != 0) return kFirst + accounts_ + random_() % 900'000'000;
    const std::uint64_t away = random_() % 60;
    return kFirst + (owner + accounts_ + away - 30) % accounts_;
  }

 private:
  std::uint64_t accounts_;
  std::mt19937_64 random_{1};
};

EntryPut entry(const List& list, Stamp stamp, std::uint64_t n, std::uint64_t digits) {
  EntryPut put;
  put.key = fmt::format("e{}", n);
  put.has_uid = true;
  put.origins = 1;
  put.card =
      fmt::format("BEGIN:VCARD\r\nVERSION:4.0\r\nUID:{0}\r\nFN:{0}\r\nTEL:+{1}\r\nEND:VCARD\r\n", put.key, digits);
  put.key_hash = list.hash(put.key);
  put.meaning = list.hash(put.card);
  put.spellings = {{fmt::format("+{}", digits), PhoneNumber(digits)}};
  put.pairs = {{PhoneNumber(digits), stamp}};
  return put;
}

AccountRef register_one(Transaction& tx, std::uint64_t i) {
  const auto account = must(tx.create_account(must(Uid::parse(fmt::format("u{:025}", i))), {}, Timestamp{0}));
  const BindingChange change{account, std::nullopt, PhoneNumber(kFirst + i), Proof::kOperator, "bench"};
  must(tx.apply_bindings(std::span(&change, 1)));
  return account;
}

void fill(Store& store, std::uint64_t accounts, std::uint64_t entries, std::FILE* numbers, std::FILE* rows) {
  Lists lists(accounts);
  auto tx = must(store.write());
  for (std::uint64_t i = 0; i < accounts; ++i) {
    const AccountRef account = register_one(*tx, i);
    fmt::print(numbers, "{},{}\n", kFirst + i, account.value);
  }
  for (std::uint64_t i = 0; i < accounts; ++i) {
    const List list = must(tx->list({i + 1}));
    ListChange change;
    change.origins = {"default"};
    for (std::uint64_t n = 0; n < entries; ++n) {
      const std::uint64_t digits = lists.number(i);
      change.puts.push_back(entry(list, tx->stamp(), n, digits));
      fmt::print(rows, "{},{}\n", i + 1, digits);
    }
    must(tx->change_list({i + 1}, change));
  }
  must(tx->commit("fill", BatchKind::kBulkImport, {}, ""));
}

const service::Progress kQuiet = [](std::uint64_t, std::uint64_t) {};

service::MatchResult run(Store& store, service::MatchScope scope, bool dry_run) {
  return must(service::match(store, scope, {std::nullopt, dry_run}, kQuiet));
}

// A re-upload with a twentieth of the entries replaced.
void change_a_little(Store& store, AccountRef owner, std::uint64_t first_key) {
  auto tx = must(store.write());
  const List before = must(tx->list(owner));
  ListChange change;
  change.origins = before.origins;
  for (size_t i = 0; i < before.entries.size(); i += 20) {
    change.removes.push_back(before.entries[i].slot);
    change.puts.push_back(
        entry(before, tx->stamp(), first_key + i, before.entries[i].pairs.front().number.digits() + 1));
  }
  const auto support = must(service::support_before(*tx, owner, before, change.removes));
  must(tx->change_list(owner, change));
  must(service::settle_support(*tx, owner, support, must(tx->list(owner))));
  must(tx->commit(fmt::format("upload-{}", first_key), BatchKind::kList, {}, ""));
}

// A newcomer whom `listers` accounts list already and who lists half of them.
void newcomer(Store& store, std::uint64_t accounts, std::uint64_t listers, std::uint64_t round) {
  const std::uint64_t i = accounts + 1'000'000'000 + round;
  auto tx = must(store.write());
  for (std::uint64_t n = 0; n < listers; ++n) {
    const AccountRef owner{n * (accounts / listers) + 1};
    ListChange change;
    const List list = must(tx->list(owner));
    change.origins = list.origins;
    change.puts = {entry(list, tx->stamp(), 10'000'000 + round, kFirst + i)};
    must(tx->change_list(owner, change));
  }
  must(tx->commit(fmt::format("listed-{}", round), BatchKind::kBulkImport, {}, ""));
  run(store, service::MatchScope::kChanged, false);
  tx = must(store.write());
  const AccountRef account = register_one(*tx, i);
  const List list = must(tx->list(account));
  ListChange change;
  change.origins = {"default"};
  for (std::uint64_t n = 0; n < listers; n += 2)
    change.puts.push_back(entry(list, tx->stamp(), n, kFirst + n * (accounts / listers)));
  must(tx->change_list(account, change));
  must(tx->commit(fmt::format("newcomer-{}", round), BatchKind::kRegistration, {}, ""));
}

double sqlite_join(const std::string& folder) {
  const std::string db = folder + "/plain.db";
  const auto shell = [&](const std::string& sql) {
    const std::string command = fmt::format("sqlite3 {} \"{}\"", db, sql);
    if (std::system(command.c_str()) != 0) std::exit(1);
  };
  shell(
      "CREATE TABLE accounts(number INTEGER PRIMARY KEY, aid INTEGER);"
      "CREATE TABLE entries(owner INTEGER, number INTEGER);");
  shell(fmt::format(".import --csv {0}/numbers.csv accounts", folder));
  shell(fmt::format(".import --csv {0}/rows.csv entries", folder));
  return seconds([&] {
    shell(
        "PRAGMA synchronous=FULL; PRAGMA cache_size=-500000;"
        "CREATE TABLE edges(a INTEGER, b INTEGER, PRIMARY KEY(a, b)) WITHOUT ROWID;"
        "INSERT OR IGNORE INTO edges SELECT e.owner, x.aid FROM entries e JOIN accounts x ON x.number = e.number"
        " WHERE x.aid <> e.owner ORDER BY 1, 2;"
        "CREATE TABLE associated AS SELECT e.a, e.b FROM edges e WHERE EXISTS"
        " (SELECT 1 FROM edges f WHERE f.a = e.b AND f.b = e.a);");
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t accounts = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20'000;
  const std::uint64_t entries = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100;
  const cardsrv::testing::ScratchFolder folder;
  std::FILE* const numbers = std::fopen(folder.file("numbers.csv").c_str(), "w");
  std::FILE* const rows = std::fopen(folder.file("rows.csv").c_str(), "w");
  if (numbers == nullptr || rows == nullptr) return 1;
  const auto store = must(store::create(folder.file("store.db"), {}, {}));
  fmt::print("filled in {:.2f} s\n", seconds([&] { fill(*store, accounts, entries, numbers, rows); }));
  std::fclose(numbers);
  std::fclose(rows);

  // All but the last round are rolled back, so that each finds the same work.
  std::vector<double> spent;
  for (int i = 1; i < kRounds; ++i) spent.push_back(seconds([&] { run(*store, service::MatchScope::kFull, true); }));
  service::MatchResult result;
  const double durable = seconds([&] { result = run(*store, service::MatchScope::kFull, false); });
  fmt::print("full match: {:.3f} s rolled back, {:.3f} s written; {} associations, {} pending\n", median(spent),
             durable, result.associated, result.pending);
  fmt::print("full match, nothing new: {:.3f} s\n", seconds([&] { run(*store, service::MatchScope::kFull, false); }));

  std::vector<double> upload, after, joined;
  std::uint64_t begun = 0;
  for (std::uint64_t i = 0; i < kRounds; ++i) {
    upload.push_back(seconds([&] { change_a_little(*store, {accounts / 2 + i * 50}, 1000 * (i + 1)); }));
    after.push_back(seconds([&] { run(*store, service::MatchScope::kChanged, false); }));
  }
  fmt::print("list with 5 % changed: {:.2f} ms; the match after it: {:.2f} ms\n", 1e3 * median(upload),
             1e3 * median(after));
  for (std::uint64_t i = 0; i < kRounds; ++i) {
    newcomer(*store, accounts, 500, i);
    joined.push_back(seconds([&] { begun = run(*store, service::MatchScope::kChanged, false).associated; }));
  }
  fmt::print("number in 500 lists registers: {:.2f} ms, {} associations, {:.1f} us each\n", 1e3 * median(joined), begun,
             1e6 * median(joined) / static_cast<double>(std::max<std::uint64_t>(begun, 1)));
  const double sql = sqlite_join(folder.path());
  fmt::print("the join in sqlite3: {:.3f} s; full match takes {:.2f} of it\n", sql, durable / sql);
}
