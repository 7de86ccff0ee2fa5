// How fast a store takes lists, scans them and writes associations, and how large it gets.
// store_bench [accounts [entries [path]]]: the defaults are 10 000 and 100; the file is removed at the end.

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "store/store.h"

namespace {

using namespace cardsrv;
using namespace cardsrv::store;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kFirstNumber = 8613000000000;

template <typename T>
T must(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "store_bench: {} ({})\n", result.error().message, result.error().hint);
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  [[nodiscard]] double cpu_seconds() const { return cpu() - cpu_start_; }

 private:
  static double cpu() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }
  Clock::time_point start_ = Clock::now();
  double cpu_start_ = cpu();
};

struct Spent {
  double seconds = 0;
  double cpu_seconds = 0;
};

// Cards as exporters write them: names and numbers of about 170 bytes.
class Cards {
 public:
  explicit Cards(std::uint64_t accounts) : accounts_(accounts) {}

  EntryPut next(const List& list) {
    const std::string name = fmt::format("{} {}", word(), word());
    EntryPut put;
    put.key = fmt::format("urn:uuid:{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", random_() & 0xffffffff, random_() & 0xffff,
                          random_() & 0xfff, random_() & 0xfff, random_() & 0xffffffffffff);
    put.has_uid = true;
    put.origins = 1;
    put.card = fmt::format("BEGIN:VCARD\r\nVERSION:4.0\r\nUID:{}\r\nFN:{}\r\n", put.key, name);
    const size_t numbers = random_() % 10 < 3 ? 2 : 1;
    for (size_t i = 0; i < numbers; ++i) add_number(put, i);
    if (random_() % 3 == 0) put.card += fmt::format("EMAIL;TYPE=home:{}@example.com\r\n", word());
    if (random_() % 4 == 0) put.card += fmt::format("ORG:{} {}\r\n", word(), word());
    put.card += "END:VCARD\r\n";
    put.key_hash = list.hash(put.key);
    put.meaning = list.hash(put.card);
    return put;
  }

 private:
  void add_number(EntryPut& put, size_t i) {
    // One number in ten is an account's; half of the others are listed by many.
    const std::uint64_t digits =
        kFirstNumber + (random_() % 10 == 0 ? random_() % accounts_ : accounts_ + random_() % 900'000'000);
    const std::string raw =
        fmt::format("+{} {} {}", digits / 100'000'000'000, digits / 10'000 % 10'000'000, digits % 10'000);
    put.card += fmt::format("TEL;TYPE={}:{}\r\n", i == 0 ? "cell" : "work", raw);
    const PhoneNumber number(digits);
    const bool again = !put.pairs.empty() && put.pairs.front().number == number;
    put.spellings.push_back({raw, number});
    if (!again) put.pairs.push_back({number, {}});
    std::sort(put.pairs.begin(), put.pairs.end(), [](const Pair& a, const Pair& b) { return a.number < b.number; });
  }

  std::string word() {
    static constexpr const char* kParts[] = {"ka",  "lo",  "mir", "ten", "sha", "vo",
                                             "rin", "del", "bu",  "zan", "pe",  "qui"};
    std::string out;
    for (std::uint64_t i = 0, n = 2 + random_() % 3; i < n; ++i) out += kParts[random_() % std::size(kParts)];
    out[0] = static_cast<char>(out[0] - 'a' + 'A');
    return out;
  }

  std::uint64_t accounts_;
  std::mt19937_64 random_{1};
};

void register_accounts(Store& store, std::uint64_t accounts) {
  auto tx = must(store.write());
  std::vector<BindingChange> changes;
  for (std::uint64_t i = 0; i < accounts; ++i) {
    const auto uid = must(Uid::parse(fmt::format("u{:025}", i)));
    const auto account = must(tx->create_account(uid, {}, Timestamp{0}));
    changes.push_back({account, std::nullopt, PhoneNumber(kFirstNumber + i), Proof::kOperator, "bench"});
  }
  must(tx->apply_bindings(changes));
  must(tx->commit("accounts", BatchKind::kBulkRegistration, {}, ""));
}

Spent load_lists(Store& store, std::uint64_t accounts, std::uint64_t entries) {
  Cards cards(accounts);
  Spent making;
  const Stopwatch all;
  auto tx = must(store.write());
  for (std::uint64_t i = 1; i <= accounts; ++i) {
    const Stopwatch make;
    const List list = must(tx->list({i}));
    ListChange change;
    change.origins = {"default"};
    for (std::uint64_t j = 0; j < entries; ++j) change.puts.push_back(cards.next(list));
    for (auto& put : change.puts) {
      for (auto& pair : put.pairs) pair.since = tx->stamp();
    }
    making.seconds += make.seconds();
    making.cpu_seconds += make.cpu_seconds();
    must(tx->change_list({i}, change));
  }
  must(tx->commit("lists", BatchKind::kBulkImport, {}, ""));
  return {all.seconds() - making.seconds, all.cpu_seconds() - making.cpu_seconds};
}

double scan(Store& store, std::uint32_t threads) {
  const Stopwatch watch;
  auto tx = must(store.read());
  std::vector<std::uint64_t> sums(threads);
  std::vector<std::thread> running;
  for (std::uint32_t i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      must(tx->scan_lists({i, threads}, [&](const ListColumns& columns) -> Result<void> {
        sums[i] += columns.numbers.back();
        return {};
      }));
    });
  }
  for (auto& thread : running) thread.join();
  return watch.seconds();
}

double associate(Store& store, std::uint64_t accounts) {
  constexpr std::uint64_t kPeers = 20;
  std::vector<AssociationChange> changes;
  for (std::uint64_t owner = 1; owner <= accounts; ++owner) {
    std::vector<std::uint64_t> peers;
    for (std::uint64_t k = 1; k <= kPeers / 2; ++k) {
      const std::uint64_t step = k * (accounts / (kPeers + 1));
      peers.push_back((owner - 1 + step) % accounts + 1);
      peers.push_back((owner - 1 + accounts - step) % accounts + 1);
    }
    std::sort(peers.begin(), peers.end());
    for (const auto peer : peers) {
      changes.push_back({{owner}, {peer}, AssociationEdit::kBegin, {{static_cast<std::uint32_t>(peer % 100)}}, {}});
    }
  }
  const Stopwatch watch;
  auto tx = must(store.write());
  must(tx->put_associations(changes));
  must(tx->settle());
  must(tx->commit("match", BatchKind::kMatch, {}, ""));
  fmt::print("associations: {} changes in {:.3f} s\n", changes.size(), watch.seconds());
  return watch.seconds();
}

double hear(Store& store) {
  const Stopwatch watch;
  auto tx = must(store.write());
  must(tx->hear({1}, Transaction::Hearing::kChanged));
  must(tx->commit("hear", BatchKind::kOwnCard, {}, ""));
  return watch.seconds();
}

long peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t accounts = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000;
  const std::uint64_t entries = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100;
  const std::string path = argc > 3 ? argv[3] : "store_bench.db";
  auto store = must(create(path, {}, {}));
  const Stopwatch registering;
  register_accounts(*store, accounts);
  fmt::print("accounts: {} in {:.3f} s\n", accounts, registering.seconds());
  const Spent spent = load_lists(*store, accounts, entries);
  const double count = static_cast<double>(accounts * entries);
  fmt::print("lists: {:.0f} entries in {:.3f} s ({:.3f} s of CPU), {:.0f} entries/s; {} MiB at most\n", count,
             spent.seconds, spent.cpu_seconds, count / spent.seconds, peak_mib());
  for (const std::uint32_t threads : {1U, 2U})
    fmt::print("scan, {} threads: {:.3f} s\n", threads, scan(*store, threads));
  associate(*store, accounts);
  fmt::print("a card changes, 20 peers: {:.3f} ms\n", hear(*store) * 1000);
  store.reset();
  store = must(open(path, {}));
  fmt::print("size: {:.1f} bytes an entry\n", static_cast<double>(must(store->bytes())) / count);
  if (std::getenv("STORE_BENCH_CHECK") != nullptr) {
    const Stopwatch watch;
    for (const auto& finding : must(store->check()))
      fmt::print("found: {} {} {}\n", finding.what, finding.where, finding.message);
    fmt::print("check: {:.3f} s\n", watch.seconds());
  }
  store.reset();
  if (std::getenv("STORE_BENCH_KEEP") == nullptr) {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
  }
  return 0;
}
