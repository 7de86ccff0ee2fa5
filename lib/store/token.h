#pragma once
// The sync token: where a pull stood, protected by a MAC with the store's key. Opaque to clients; no credential.

#include <string>
#include <string_view>

#include "store/store.h"

namespace cardsrv::store {

struct SyncToken {
  std::string uid;                // whose
  Revision revision;              // position: everything up to it was told
  std::uint64_t batch = 0;        // sequence of the last batch that the snapshot had; 0: none
  std::uint64_t batch_chain = 0;  // first 8 bytes of its chain: tells a restored copy that went another way (P3)
  bool full = false;              // a full pull is still under way
  Revision full_since;            // the inbox revision when its first page was read: older tombstones are not told (P1)
};

[[nodiscard]] std::string encode_token(const SyncToken& token, const Store& store);
// kStaleToken where it is forged, cut, of another store or of another version.
[[nodiscard]] Result<SyncToken> decode_token(std::string_view text, const Store& store);

}  // namespace cardsrv::store
