#pragma once
// One address book for each account, as folders of vCard files (vdir) that Radicale serves
// (docs/integration/radicale.md): ROOT/<uid>/contacts/, a file a peer. Only what changed since the last run is pulled
// and written, so that the files' etags stay. Not for: the device's own address book (merging.h).

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "service/pulling.h"
#include "store/store.h"

namespace cardsrv::service {

// What a run did to the collection of one account.
struct CollectionResult {
  std::string uid;
  std::uint64_t written = 0;
  std::uint64_t removed = 0;
  std::vector<std::string> kept;  // files that another program had written: their content is in .cardsrv-backup now
  std::optional<Error> error{};   // what stood in the way: the rest of it is for the next run
};

struct CollectionOptions {
  std::string root;
  Writing writing = Writing::kWrite;  // kDryRun: tells what would be done, and makes nothing
  std::int64_t wait_ms = 0;           // for another run that works below `root`
};

// Brings the collection of every account up to date, by rising age of the accounts, and calls `each` after it is
// synced; that of a closed account loses its files. Files that are not ours stay; where one has the name or the UID of
// a contact, or another program changed ours, it is kept in .cardsrv-backup/ before it is replaced. Beside the files
// stand .Radicale.props, made once, and .cardsrv-state: the sync token, which file is which peer's and what it was
// written with. Without it, or when
// its token is stale (P3), everything is pulled again, and what has the same bytes is not written. Of a collection that
// cannot be written (kIo, kReadOnly, kNoFile) its result tells, and the others go on. kDiskFull. kBusy: another run is
// below `root`; an older card must not be written over its newer one.
[[nodiscard]] Result<void> write_collections(store::Store& store, const CollectionOptions& options,
                                             const std::function<Result<void>(const CollectionResult&)>& each);

}  // namespace cardsrv::service
