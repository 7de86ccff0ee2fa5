#pragma once
// An account's associations as one blob, by rising peer: a card that 500 peers hear of costs 500 short rows, and
// two million associations are written in the time of their accounts.
//
//   peers = row*    row = peer_difference revision age slots    age: revision less born
//   slots = count, then differences

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/records.h"

namespace cardsrv::store::sqlite {

struct PeerRow {
  std::uint64_t peer = 0;
  std::uint64_t revision = 0;
  std::uint64_t born = 0;
  std::string_view slots;  // as encode_slots wrote them
};

void encode_slots(std::span<const Slot> slots, std::string& out);  // clears `out` first
[[nodiscard]] Result<std::vector<Slot>> decode_slots(std::string_view bytes);

// Rows one by one; the blob must outlive the rows.
class PeerReader {
 public:
  explicit PeerReader(std::string_view bytes) : left_(bytes) {}
  // False at the end; kIo for bytes that are no row.
  [[nodiscard]] Result<bool> next(PeerRow& row);

 private:
  std::string_view left_;
  std::uint64_t last_ = 0;
};

// Rows must come by rising peer.
class PeerWriter {
 public:
  explicit PeerWriter(std::string& out) : out_(out) { out_.clear(); }
  void put(const PeerRow& row);

 private:
  std::string& out_;
  std::uint64_t last_ = 0;
};

}  // namespace cardsrv::store::sqlite
