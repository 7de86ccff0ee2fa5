#pragma once
// Who lists a number: the table inv, blocks of (number, account) pairs in rising order.
//
//   pairs = pair*    pair = number_difference account      the account as a difference where the number is the same
//
// The first pair is seen from the block's key. A block's key is at or below its pairs and never changes.
// Changes are gathered and written in order, so that a bulk load touches each block once, not once for each entry.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/records.h"
#include "store/sqlite/connection.h"

namespace cardsrv::store::sqlite {

struct InvertedPair {
  std::uint64_t number = 0;
  std::uint64_t aid = 0;
  auto operator<=>(const InvertedPair&) const = default;
};

// Blocks are split when they grow beyond the one size, into pieces of at least the other.
inline constexpr size_t kBlockBytes = 1200;
inline constexpr size_t kPieceBytes = 700;

// The pairs of a block whose key is `key`, rising. kIo for bytes that are no block.
[[nodiscard]] Result<void> decode_block(InvertedPair key, std::string_view bytes, std::vector<InvertedPair>& out);
[[nodiscard]] std::string encode_block(InvertedPair key, std::span<const InvertedPair> pairs);

// The pending changes of one transaction. Their memory is bounded: sorted runs of a few bytes a pair, written out
// when they come to kRunsBytes.
class InvertedChanges {
 public:
  // `aid` begins or ceases to list `number`. Changes of one pair alternate.
  [[nodiscard]] Result<void> add(Connection& db, InvertedPair pair) { return put(db, pair, false); }
  [[nodiscard]] Result<void> remove(Connection& db, InvertedPair pair) { return put(db, pair, true); }
  // Writes everything: before a read of inv, and before the commit.
  [[nodiscard]] Result<void> flush(Connection& db);

 private:
  struct Change {
    std::uint64_t number;
    std::uint64_t aid_removed;  // aid << 1 | removed
  };
  [[nodiscard]] Result<void> put(Connection& db, InvertedPair pair, bool removed);
  void close_run();

  std::vector<Change> open_;
  std::vector<Change> sorting_;
  std::vector<std::string> runs_;
  size_t runs_bytes_ = 0;
  bool by_account_ = true;  // so far the accounts of open_ rise
};

// By (number, account); `numbers` in any order.
[[nodiscard]] Result<std::vector<Lister>> find_listers(Connection& db, std::span<const PhoneNumber> numbers);
// Every pair, rising.
[[nodiscard]] Result<void> scan_inverted(Connection& db, const std::function<void(InvertedPair)>& each);

}  // namespace cardsrv::store::sqlite
