#pragma once
// A pull goes into the address book of the device (semantics D1–D7, [0102]): a file of vCards or a folder of such
// files. Not for: what is merged of a card (card/merge.h), what a pull gives (pulling.h).

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "card/merge.h"
#include "service/pulling.h"

namespace cardsrv::service {

enum class MergeState {
  kMerged = 1,   // changed, or nothing was to be changed
  kMissing = 2,  // the address book has no such contact any more: it is not made again (D5)
  kGone = 3,     // the association ended: the contact stays as it is (D5)
  kDamaged = 4,  // the contact's card cannot be changed in place: it has no end, or reads differently afterwards; the
                 // peer's card is kept with the bases, and every merge tries it again
};
[[nodiscard]] std::string_view word(MergeState state);

// What became of one contact.
struct MergedContact {
  std::string contact;  // entry key
  std::string peer;
  std::string name;  // formatted name in the address book before the merge
  MergeState state = MergeState::kMerged;
  card::MergeFindings findings;
};

// One page of a pull.
struct PulledPage {
  std::vector<PulledCard> cards;
  std::vector<PulledGone> gone;
  std::optional<std::vector<std::string>>
      peers{};  // of a full pull: all of them, sorted; who is not among them is gone
};

struct MergeIntoOptions {
  std::string path;            // a file of vCards, or a folder of files that end in .vcf
  std::set<std::string> keep;  // names in upper case that are left alone (D4)
  // Where the person's national numbers may be of: each contact is read in the one that fits it, of equals in the
  // first.
  std::vector<phone::Region> regions;
  Writing writing = Writing::kWrite;
};

// Tells what a merge has done, once the files are written; an error of it leaves it to the next merge to tell.
using MergeReport = std::function<Result<void>(const std::vector<MergedContact>&)>;

// The folder in which a merge writes, symbolic links followed: one run at a time may work there (base/folder_lock.h).
[[nodiscard]] std::string folder_of_book(const std::string& path);

// Merges a page, contact by contact, in the order of the page. Each file that changes is replaced in one step and
// synced, what it was stays as a backup beside it ("NAME~"; of a folder's files in its ".cardsrv-backup"); then the
// bases are written; between the two `report` tells what was done. A file that another program changes meanwhile is
// merged anew, a few times; kBusy if it never rests. kNoFile: there is no such address book. kBadCard: it is compressed
// or UTF-16. Running it again after a kill ends as one run, and removes what the killed one had not finished. The
// caller keeps other merges away.
[[nodiscard]] Result<void> merge_into(const PulledPage& page, const MergeIntoOptions& options,
                                      const MergeReport& report);

// The regions in which the account's national numbers may be read: of its number (L4), then of those that it left, for
// a contact stays as it was written; `named` alone if there is one.
[[nodiscard]] Result<std::vector<phone::Region>> reading_regions(store::Store& store, const store::Uid& uid,
                                                                 std::optional<phone::Region> named);

}  // namespace cardsrv::service
