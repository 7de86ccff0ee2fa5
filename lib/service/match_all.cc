#include <algorithm>
#include <atomic>
#include <thread>

#include "base/stop.h"
#include "service/match_changes.h"
#include "service/resolution.h"

// Full matching. Only registered numbers matter, which drops most pairs at once; what is left is a graph of accounts in
// compressed rows (owner → whom its entries mean, sorted), in which each edge is looked up from the other side.

namespace cardsrv::service {
namespace {

using store::AccountRef;
using store::Association;
using store::AssociationChange;
using store::AssociationEdit;
using store::Binding;
using store::Slot;
using store::Stamp;

constexpr unsigned kMostThreads = 8;
constexpr size_t kChangesAtOnce = 64 * 1024;

// All bindings by number, found through an open-addressing table.
class BindingTable {
 public:
  Result<void> read(store::ReadTransaction& tx) {
    TRY(tx.scan_bindings([&](const Binding& binding) -> Result<void> {
      if (numbers_.empty() || numbers_.back() != binding.number.digits()) {
        numbers_.push_back(binding.number.digits());
        first_.push_back(static_cast<std::uint32_t>(periods_.size()));
      }
      Binding bare = binding;
      bare.vouch.clear();
      highest_ = std::max(highest_, binding.account.value);
      periods_.push_back(std::move(bare));
      return {};
    }));
    first_.push_back(static_cast<std::uint32_t>(periods_.size()));
    size_t size = 16;
    while (size < numbers_.size() * 2) size *= 2;
    mask_ = size - 1;
    table_.assign(size, {0, 0});
    for (std::uint32_t i = 0; i < numbers_.size(); ++i) {
      size_t at = slot_of(numbers_[i]);
      while (table_[at].number != 0) at = (at + 1) & mask_;
      table_[at] = {numbers_[i], i};
    }
    return {};
  }

  // The history of a number; empty where nobody ever had it.
  [[nodiscard]] std::span<const Binding> history(std::uint64_t number) const {
    for (size_t at = slot_of(number); table_[at].number != 0; at = (at + 1) & mask_) {
      if (table_[at].number != number) continue;
      const std::uint32_t place = table_[at].place;
      return std::span(periods_).subspan(first_[place], first_[place + 1] - first_[place]);
    }
    return {};
  }

  [[nodiscard]] std::uint64_t highest_account() const { return highest_; }

 private:
  struct Cell {
    std::uint64_t number;  // 0: free
    std::uint32_t place;
  };
  [[nodiscard]] size_t slot_of(std::uint64_t number) const {
    return static_cast<size_t>((number * 0x9E3779B97F4A7C15U) >> 20) & mask_;  // Fibonacci hashing
  }
  std::vector<std::uint64_t> numbers_;
  std::vector<std::uint32_t> first_;
  std::vector<Binding> periods_;
  std::vector<Cell> table_;
  size_t mask_ = 0;
  std::uint64_t highest_ = 0;
};

// Whom one entry means.
struct Means {
  std::uint32_t account;
  std::uint32_t slot;
  auto operator<=>(const Means&) const = default;
};

// The edges of the lists of one part of the accounts.
struct PartEdges {
  std::vector<std::uint32_t> owners;  // rising
  std::vector<std::uint64_t> first;   // places in `means`, one more than owners
  std::vector<Means> means;           // by account, slot within an owner
  std::uint64_t resolved = 0;
  Result<void> status;
};

// A pair of the list under work that resolves.
struct ResolvedPair {
  std::uint32_t slot;
  Stamp could_first;
  std::uint64_t number;
  std::uint32_t account;
  auto operator<=>(const ResolvedPair&) const = default;
};

class PartScan {
 public:
  PartScan(const BindingTable& bindings, Stamp last_match, PartEdges& out, std::atomic<std::uint64_t>& done)
      : bindings_(bindings), last_match_(last_match), out_(out), done_(done) {}

  Result<void> take(const store::ListColumns& list) {
    TRY(check_stop());
    resolved_.clear();
    for (size_t i = 0; i < list.numbers.size(); ++i) {
      const auto history = bindings_.history(list.numbers[i]);
      if (history.empty()) continue;
      const auto resolution = resolve(Stamp{list.sinces[i]}, history);
      if (!resolution) continue;
      out_.resolved += resolution->could_first > last_match_ ? 1 : 0;
      resolved_.push_back({list.slots[i], resolution->could_first, list.numbers[i],
                           static_cast<std::uint32_t>(resolution->account.value)});
    }
    done_.fetch_add(1, std::memory_order_relaxed);
    add_edges(static_cast<std::uint32_t>(list.owner.value));
    return {};
  }

 private:
  void add_edges(std::uint32_t owner) {
    std::sort(resolved_.begin(), resolved_.end());
    const size_t begin = out_.means.size();
    for (size_t i = 0; i < resolved_.size(); ++i) {
      const bool decides = i == 0 || resolved_[i].slot != resolved_[i - 1].slot;  // M2
      if (decides && resolved_[i].account != owner) out_.means.push_back({resolved_[i].account, resolved_[i].slot});
    }
    if (out_.means.size() == begin) return;
    std::sort(out_.means.begin() + static_cast<std::ptrdiff_t>(begin), out_.means.end());
    out_.owners.push_back(owner);
    out_.first.push_back(begin);
  }

  const BindingTable& bindings_;
  Stamp last_match_;
  PartEdges& out_;
  std::atomic<std::uint64_t>& done_;
  std::vector<ResolvedPair> resolved_;
};

// All edges, by owner.
class Graph {
 public:
  Graph(std::vector<PartEdges> parts, std::uint64_t highest) : parts_(std::move(parts)), rows_(highest + 1) {
    for (PartEdges& part : parts_) {
      part.first.push_back(part.means.size());
      for (size_t i = 0; i < part.owners.size(); ++i)
        rows_[part.owners[i]] = std::span(part.means).subspan(part.first[i], part.first[i + 1] - part.first[i]);
    }
  }
  [[nodiscard]] size_t size() const { return rows_.size(); }
  [[nodiscard]] std::span<const Means> of(size_t account) const { return rows_[account]; }
  // The entries of `from` that mean `to`.
  [[nodiscard]] std::span<const Means> between(size_t from, std::uint32_t to) const {
    const auto row = rows_[from];
    const auto low = std::lower_bound(row.begin(), row.end(), Means{to, 0});
    auto high = low;
    while (high != row.end() && high->account == to) ++high;
    return {low, high};
  }

 private:
  std::vector<PartEdges> parts_;
  std::vector<std::span<const Means>> rows_;
};

bool same_slots(std::span<const Means> means, const std::vector<Slot>& slots) {
  return std::equal(means.begin(), means.end(), slots.begin(), slots.end(),
                    [](const Means& a, Slot b) { return a.slot == b.value; });
}

struct BareChange {
  std::uint32_t owner;
  std::uint32_t peer;
  AssociationEdit edit;
};

class FullMatch {
 public:
  FullMatch(store::ReadTransaction& tx, const ChangeSink& sink, const Progress& progress, unsigned threads)
      : tx_(tx), sink_(sink), progress_(progress), threads_(threads) {}

  Result<MatchCounts> run() {
    BindingTable bindings;
    TRY(bindings.read(tx_));
    TRY(read_blocks());
    TRY(auto parts, scan(bindings));
    for (const PartEdges& part : parts) counts_.resolved += part.resolved;
    const Graph graph(std::move(parts), highest_);
    TRY(compare(graph));
    TRY(emit(graph));
    counts_.associated /= 2;  // seen from both sides
    counts_.ended /= 2;
    return counts_;
  }

 private:
  Result<std::vector<PartEdges>> scan(const BindingTable& bindings) {
    TRY(const std::uint64_t last_match, tx_.counter(store::Counter::kLastMatch));
    TRY(const store::Totals totals, tx_.totals());
    highest_ = bindings.highest_account();
    const unsigned count = std::clamp(threads_ == 0 ? std::thread::hardware_concurrency() : threads_, 1U, kMostThreads);
    std::vector<PartEdges> parts(count);
    std::atomic<std::uint64_t> done{0};
    const auto work = [&](unsigned i) {
      PartScan scan(bindings, Stamp{last_match}, parts[i], done);
      parts[i].status = tx_.scan_lists({i, count}, [&](const store::ListColumns& list) -> Result<void> {
        if (i == 0) progress_(done.load(std::memory_order_relaxed), totals.accounts);
        return scan.take(list);
      });
    };
    std::vector<std::thread> threads;
    for (unsigned i = 1; i < count; ++i) threads.emplace_back(work, i);
    work(0);
    for (std::thread& thread : threads) thread.join();
    for (PartEdges& part : parts) {
      TRY(part.status);
      if (!part.owners.empty()) highest_ = std::max<std::uint64_t>(highest_, part.owners.back());
    }
    return parts;
  }

  Result<void> read_blocks() {
    TRY(tx_.scan_blocks([&](AccountRef account, AccountRef against) -> Result<void> {
      blocks_.emplace_back(account.value, against.value);
      return {};
    }));
    return {};
  }

  [[nodiscard]] bool blocked(std::uint32_t a, std::uint32_t b) const {
    const auto blocks = [&](std::uint64_t who, std::uint64_t whom) {
      return std::binary_search(blocks_.begin(), blocks_.end(), std::pair(who, whom));
    };
    return blocks(a, b) || blocks(b, a);
  }

  // The wanted associations against those that are there, account by account.
  Result<void> compare(const Graph& graph) {
    size_t next = 0;
    TRY(tx_.scan_associations([&](AccountRef owner, std::span<const Association> there) -> Result<void> {
      for (; next < owner.value && next < graph.size(); ++next) compare_one(graph, next, {});
      compare_one(graph, owner.value, there);
      next = owner.value + 1;
      return {};
    }));
    for (; next < graph.size(); ++next) compare_one(graph, next, {});
    return check_stop();
  }

  void compare_one(const Graph& graph, size_t owner, std::span<const Association> there) {
    const auto row = owner < graph.size() ? graph.of(owner) : std::span<const Means>{};
    size_t at = 0;
    for (size_t i = 0; i < row.size();) {
      size_t end = i;
      while (end < row.size() && row[end].account == row[i].account) ++end;
      const std::uint32_t peer = row[i].account;
      const bool both = !graph.between(peer, static_cast<std::uint32_t>(owner)).empty();
      if (!both) ++counts_.pending;
      const bool mutual = both && !blocked(static_cast<std::uint32_t>(owner), peer);
      for (; at < there.size() && there[at].peer.value < peer; ++at)
        note(owner, there[at].peer.value, AssociationEdit::kEnd);
      const bool known = at < there.size() && there[at].peer.value == peer;
      if (known && !mutual) note(owner, peer, AssociationEdit::kEnd);
      if (known && mutual && !same_slots(row.subspan(i, end - i), there[at].slots))
        note(owner, peer, AssociationEdit::kSlots);
      if (!known && mutual) note(owner, peer, AssociationEdit::kBegin);
      at += known ? 1 : 0;
      i = end;
    }
    for (; at < there.size(); ++at) note(owner, there[at].peer.value, AssociationEdit::kEnd);
  }

  void note(size_t owner, std::uint64_t peer, AssociationEdit edit) {
    counts_.associated += edit == AssociationEdit::kBegin ? 1 : 0;
    counts_.ended += edit == AssociationEdit::kEnd ? 1 : 0;
    bare_.push_back({static_cast<std::uint32_t>(owner), static_cast<std::uint32_t>(peer), edit});
  }

  Result<void> emit(const Graph& graph) {
    std::vector<AssociationChange> changes;
    for (const BareChange& bare : bare_) {
      AssociationChange& change = changes.emplace_back();
      change.owner = AccountRef{bare.owner};
      change.peer = AccountRef{bare.peer};
      change.edit = bare.edit;
      if (bare.edit != AssociationEdit::kEnd)
        for (const Means& means : graph.between(bare.owner, bare.peer)) change.slots.push_back(Slot{means.slot});
      if (changes.size() < kChangesAtOnce) continue;
      TRY(check_stop());
      TRY(sink_(changes));
      changes.clear();
    }
    return changes.empty() ? Result<void>{} : sink_(changes);
  }

  store::ReadTransaction& tx_;
  const ChangeSink& sink_;
  const Progress& progress_;
  unsigned threads_;
  MatchCounts counts_;
  std::uint64_t highest_ = 0;
  std::vector<BareChange> bare_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> blocks_;  // sorted (M3)
};

}  // namespace

Result<MatchCounts> match_all(store::ReadTransaction& tx, const ChangeSink& sink, const Progress& progress,
                              unsigned threads) {
  return FullMatch(tx, sink, progress, threads).run();
}

}  // namespace cardsrv::service
