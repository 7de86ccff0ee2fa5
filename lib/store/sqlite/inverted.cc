#include "store/sqlite/inverted.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "store/sqlite/varint.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kFindBlock =
    "SELECT number, aid, pairs FROM inv WHERE (number, aid) <= (?1, ?2) ORDER BY number DESC, aid DESC LIMIT 1";
constexpr const char* kNextKey =
    "SELECT number, aid FROM inv WHERE (number, aid) > (?1, ?2) ORDER BY number, aid LIMIT 1";
constexpr const char* kBlocksFrom =
    "SELECT number, aid, pairs FROM inv WHERE (number, aid) >= (?1, ?2) ORDER BY number, aid";
constexpr const char* kPutBlock = "INSERT OR REPLACE INTO inv(number, aid, pairs) VALUES (?1, ?2, ?3)";
constexpr const char* kDropBlock = "DELETE FROM inv WHERE number = ?1 AND aid = ?2";
constexpr const char* kAllBlocks = "SELECT number, aid, pairs FROM inv ORDER BY number, aid";

constexpr size_t kRunPairs = size_t{1} << 20;
constexpr size_t kRunsBytes = size_t{48} << 20;

size_t varint_size(std::uint64_t value) { return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7; }

size_t step_size(InvertedPair last, InvertedPair pair) {
  const std::uint64_t step = pair.number - last.number;
  return varint_size(step) + varint_size(step == 0 ? pair.aid - last.aid : pair.aid);
}

void write_step(ByteWriter& writer, InvertedPair last, InvertedPair pair) {
  const std::uint64_t step = pair.number - last.number;
  writer.varint(step);
  writer.varint(step == 0 ? pair.aid - last.aid : pair.aid);
}

// One sorted run, read from its front.
class Run {
 public:
  explicit Run(std::string_view bytes) : reader_(bytes) { advance(); }
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] InvertedPair pair() const { return {number_, aid_removed_ >> 1}; }
  [[nodiscard]] int delta() const { return (aid_removed_ & 1) != 0 ? -1 : 1; }
  void advance() {
    done_ = reader_.left() == 0;
    if (done_) return;
    const std::uint64_t step = reader_.varint();
    const std::uint64_t value = reader_.varint();
    aid_removed_ = step == 0 ? aid_removed_ + value : value;
    number_ += step;
  }

 private:
  ByteReader reader_;
  std::uint64_t number_ = 0;
  std::uint64_t aid_removed_ = 0;
  bool done_ = false;
};

// The runs as one rising row of net changes.
class Merge {
 public:
  explicit Merge(const std::vector<std::string>& runs) {
    for (const auto& run : runs) {
      heap_.emplace_back(run);
      if (heap_.back().done()) heap_.pop_back();
    }
    std::make_heap(heap_.begin(), heap_.end(), later);
    advance();
  }
  [[nodiscard]] bool done() const { return !change_; }
  [[nodiscard]] InvertedPair pair() const { return change_->first; }
  [[nodiscard]] bool removed() const { return change_->second < 0; }
  void advance() {
    change_.reset();
    while (!heap_.empty() && !change_) {
      change_.emplace(heap_.front().pair(), 0);
      while (!heap_.empty() && heap_.front().pair() == change_->first) change_->second += pop();
      if (change_->second == 0) change_.reset();
    }
  }

 private:
  static bool later(const Run& a, const Run& b) { return a.pair() > b.pair(); }
  int pop() {
    const int delta = heap_.front().delta();
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.back().advance();
    if (heap_.back().done()) {
      heap_.pop_back();
    } else {
      std::push_heap(heap_.begin(), heap_.end(), later);
    }
    return delta;
  }

  std::vector<Run> heap_;
  std::optional<std::pair<InvertedPair, int>> change_;
};

// Takes the pairs of one block as they will be, rising, and writes them as one block or several.
class BlockWriter {
 public:
  BlockWriter(Connection& db, InvertedPair key) : db_(db), key_(key), last_(key) {}

  Result<void> add(InvertedPair pair) {
    size_ += step_size(last_, pair);
    pairs_.push_back(pair);
    last_ = pair;
    if (size_ <= piece_ && pairs_.size() > 1) cut_ = pairs_.size();
    return size_ > kBlockBytes ? write_piece() : Result<void>();
  }
  Result<void> finish() {
    if (pairs_.empty() && key_ != InvertedPair{}) return db_.run(kDropBlock, key_.number, key_.aid);
    return write(pairs_);
  }

 private:
  Result<void> write(std::span<const InvertedPair> pairs) {
    return db_.run(kPutBlock, key_.number, key_.aid, Blob{encode_block(key_, pairs)});
  }
  Result<void> write_piece() {
    TRY(write(std::span(pairs_).first(cut_)));
    pairs_.erase(pairs_.begin(), pairs_.begin() + static_cast<std::ptrdiff_t>(cut_));
    key_ = last_ = pairs_.front();
    size_ = 0;
    for (const auto& pair : pairs_) {
      size_ += step_size(last_, pair);
      last_ = pair;
    }
    cut_ = pairs_.size();
    return {};
  }

  static constexpr size_t piece_ = kPieceBytes;
  Connection& db_;
  InvertedPair key_;
  InvertedPair last_;
  std::vector<InvertedPair> pairs_;
  size_t size_ = 0;
  size_t cut_ = 1;
};

struct Block {
  InvertedPair key;
  std::optional<InvertedPair> next;  // key of the block behind it
  std::vector<InvertedPair> pairs;
};

Result<void> find_block(Connection& db, InvertedPair pair, Block& out) {
  TRY(auto found, db.query(kFindBlock, pair.number, pair.aid));
  TRY(const bool row, found.step());
  if (!row) return damaged("the index of numbers has no first block");
  out.key = {found.natural(0), found.natural(1)};
  TRY(decode_block(out.key, found.bytes(2), out.pairs));
  TRY(auto next, db.query(kNextKey, out.key.number, out.key.aid));
  TRY(const bool more, next.step());
  out.next.reset();
  if (more) out.next = InvertedPair{next.natural(0), next.natural(1)};
  return {};
}

// Writes the changes that belong to one block.
Result<void> change_block(Connection& db, const Block& block, Merge& changes) {
  BlockWriter writer(db, block.key);
  auto old = block.pairs.begin();
  while (!changes.done() && (!block.next || changes.pair() < *block.next)) {
    for (; old != block.pairs.end() && *old < changes.pair(); ++old) TRY(writer.add(*old));
    const bool there = old != block.pairs.end() && *old == changes.pair();
    if (there) ++old;
    if (!changes.removed()) TRY(writer.add(changes.pair()));
    changes.advance();
  }
  for (; old != block.pairs.end(); ++old) TRY(writer.add(*old));
  return writer.finish();
}

constexpr unsigned kRadixBits = 11;
constexpr size_t kRadix = size_t{1} << kRadixBits;

}  // namespace

Result<void> decode_block(InvertedPair key, std::string_view bytes, std::vector<InvertedPair>& out) {
  out.clear();
  out.reserve(bytes.size() / 4);
  ByteReader reader(bytes);
  InvertedPair last = key;
  while (reader.left() > 0) {
    const std::uint64_t step = reader.varint();
    const std::uint64_t aid = reader.varint();
    const bool rises = step > 0 || aid > 0 || out.empty();
    if (!rises || step > UINT64_MAX - last.number || (step == 0 && aid > UINT64_MAX - last.aid)) reader.fail();
    last = {last.number + step, step == 0 ? last.aid + aid : aid};
    if (reader.ok()) out.push_back(last);
  }
  if (!reader.ok()) return damaged("a block of the index of numbers cannot be read");
  return {};
}

std::string encode_block(InvertedPair key, std::span<const InvertedPair> pairs) {
  std::string out;
  ByteWriter writer(out);
  for (const auto& pair : pairs) {
    write_step(writer, key, pair);
    key = pair;
  }
  return out;
}

Result<void> InvertedChanges::put(Connection& db, InvertedPair pair, bool removed) {
  const std::uint64_t aid_removed = pair.aid << 1 | (removed ? 1 : 0);
  if (!open_.empty() && open_.back().aid_removed > aid_removed) by_account_ = false;
  open_.push_back({pair.number, aid_removed});
  if (open_.size() < kRunPairs) return {};
  close_run();
  return runs_bytes_ < kRunsBytes ? Result<void>() : flush(db);
}

void InvertedChanges::close_run() {
  if (open_.empty()) return;
  constexpr size_t kWorthRadix = 4096;
  if (by_account_ && open_.size() >= kWorthRadix) {
    // Stable, so that accounts keep their order: a third of the time of a comparing sort in bulk loads.
    std::uint64_t all = 0;
    for (const auto& change : open_) all |= change.number;
    sorting_.resize(open_.size());
    for (unsigned shift = 0; shift < 64 && (all >> shift) != 0; shift += kRadixBits) {
      std::array<size_t, kRadix> starts{};
      for (const auto& change : open_) ++starts[(change.number >> shift) % kRadix];
      size_t sum = 0;
      for (auto& start : starts) sum += std::exchange(start, sum);
      for (const auto& change : open_) sorting_[starts[(change.number >> shift) % kRadix]++] = change;
      open_.swap(sorting_);
    }
  } else {
    std::sort(open_.begin(), open_.end(), [](const Change& a, const Change& b) {
      return a.number != b.number ? a.number < b.number : a.aid_removed < b.aid_removed;
    });
  }
  std::string run;
  ByteWriter writer(run);
  InvertedPair last;
  for (const auto& change : open_) {
    const InvertedPair pair{change.number, change.aid_removed};
    write_step(writer, last, pair);
    last = pair;
  }
  runs_bytes_ += run.size();
  runs_.push_back(std::move(run));
  open_.clear();
  by_account_ = true;
}

Result<void> InvertedChanges::flush(Connection& db) {
  close_run();
  if (runs_.empty()) return {};
  Merge changes(runs_);
  Block block;
  while (!changes.done()) {
    TRY(find_block(db, changes.pair(), block));
    TRY(change_block(db, block, changes));
  }
  runs_.clear();
  runs_bytes_ = 0;
  return {};
}

Result<std::vector<Lister>> find_listers(Connection& db, std::span<const PhoneNumber> numbers) {
  std::vector<PhoneNumber> sorted(numbers.begin(), numbers.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::vector<Lister> out;
  std::vector<InvertedPair> pairs;
  for (const auto number : sorted) {
    const InvertedPair lowest{number.digits(), 0};
    TRY(auto first, db.query(kFindBlock, lowest.number, lowest.aid));
    TRY(const bool found, first.step());
    if (!found) return damaged("the index of numbers has no first block");
    TRY(auto blocks, db.query(kBlocksFrom, first.natural(0), first.natural(1)));
    for (;;) {
      TRY(const bool row, blocks.step());
      if (!row || blocks.natural(0) > number.digits()) break;
      TRY(decode_block({blocks.natural(0), blocks.natural(1)}, blocks.bytes(2), pairs));
      for (auto at = std::lower_bound(pairs.begin(), pairs.end(), lowest);
           at != pairs.end() && at->number == lowest.number; ++at) {
        out.push_back({number, {at->aid}});
      }
      if (!pairs.empty() && pairs.back().number > number.digits()) break;
    }
  }
  return out;
}

Result<void> scan_inverted(Connection& db, const std::function<void(InvertedPair)>& each) {
  TRY(auto blocks, db.query(kAllBlocks));
  std::vector<InvertedPair> pairs;
  for (;;) {
    TRY(const bool row, blocks.step());
    if (!row) return {};
    TRY(decode_block({blocks.natural(0), blocks.natural(1)}, blocks.bytes(2), pairs));
    for (const auto pair : pairs) each(pair);
  }
}

}  // namespace cardsrv::store::sqlite
