#pragma once
// The difference of an upload with a contact list (semantics L1, L3, L6, M1): a pure function; the store applies it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "service/list_entry.h"
#include "store/records.h"

namespace cardsrv::service {

enum class UploadMode { kSnapshot = 1, kAdd = 2, kRemove = 3 };

struct Upload {
  UploadMode mode = UploadMode::kSnapshot;
  std::string origin = "default";
  std::optional<phone::PhoneNumber> renew;  // --renew: its pairs count as brought by this batch
  std::vector<UploadedEntry> entries;       // keys are unique
  std::vector<std::string> kept_keys;       // of rejected entries: what is listed under them stays (L2)
};

struct ListDifference {
  store::ListChange change;
  std::uint64_t added = 0;
  std::uint64_t updated = 0;
  std::uint64_t removed = 0;  // entries that the upload's origin drops
  std::uint64_t unchanged = 0;
  std::uint64_t origin_entries = 0;     // how many the origin had before
  std::vector<std::size_t> over_limit;  // places in Upload::entries for which the list has no room (L6), rising
};

// kUsage where 64 origins have entries in the list already and `upload.origin` is another.
[[nodiscard]] Result<ListDifference> difference(const store::List& list, const Upload& upload, store::Stamp now,
                                                std::size_t max_entries);

// L3: a snapshot that would remove more than 10 entries and more than 20 % of the origin's entries passes only when the
// exact number is allowed. Other uploads name what they remove.
[[nodiscard]] Result<void> guard_removals(UploadMode mode, const ListDifference& difference,
                                          std::optional<std::uint64_t> allowed);

}  // namespace cardsrv::service
