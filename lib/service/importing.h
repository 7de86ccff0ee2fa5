#pragma once
// A person's own card and contact list come in (semantics O1, O2, L1–L6). One account at a time; bulk_importing.h has
// many.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/diagnostic.h"
#include "format/formats.h"
#include "service/batch.h"
#include "service/list_difference.h"
#include "service/progress.h"
#include "store/store.h"

namespace cardsrv::service {

using RejectSink = std::function<Result<void>(const Reject&)>;

struct OwnCardResult {
  std::string uid;
  std::uint64_t revision = 0;
  bool changed = false;
  std::vector<Diagnostic> damage;  // in spite of which it was taken, in this run; it is in no receipt
  Outcome outcome;
};

// The card that the account publishes, from a file with one card. kBadCard: none, several, no name, no number (O1), or
// over a limit (L6). kRefused: no such account. An equal card changes nothing (O2).
[[nodiscard]] Result<OwnCardResult> import_own(store::Store& store, const store::Uid& uid, const std::string& path,
                                               std::optional<phone::Region> region, const format::Reading& reading,
                                               const BatchOptions& batch);

struct ListCounts {
  std::string account;  // as it was named
  std::uint64_t added = 0;
  std::uint64_t updated = 0;
  std::uint64_t removed = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t rejected = 0;
  std::uint64_t damaged = 0;   // cards that were taken in spite of damage, in this run; it is in no receipt
  std::optional<Error> error;  // bulk: the account was refused, its list stayed as it was
};

struct ListResult {
  ListCounts counts;
  Outcome outcome;
};

enum class Atomicity { kTakeTheGood = 1, kAllOrNothing = 2 };

struct ListOptions {
  std::vector<std::string> paths;  // files; folders of vCard files
  format::Reading reading;
  UploadMode mode = UploadMode::kSnapshot;
  std::string origin = "default";
  std::optional<std::uint64_t> allow_removals;
  std::optional<std::string> renew;  // a number as it was typed; its pairs count as brought by this batch (L1)
  Atomicity atomicity = Atomicity::kTakeTheGood;
  std::optional<phone::Region> region;  // else that of the account's bound number (L4)
};

// kGuard: a snapshot without a good entry, or one that removes too much (L3). kRejected: --atomic and a reject.
// Rejects are told as they are met, also when the upload is refused in the end.
[[nodiscard]] Result<ListResult> import_list(store::Store& store, const store::Uid& uid, const ListOptions& options,
                                             const BatchOptions& batch, const RejectSink& reject,
                                             const Progress& progress);

// --- For bulk_importing.

// Collects the entries of one upload: of equal keys the last counts, the others are rejects (L1).
class UploadCollector {
 public:
  // `list`: as it is before the upload.
  UploadCollector(Upload upload, store::List list, const ListLimits& limits, RejectSink reject);
  [[nodiscard]] Result<void> add(const format::Item& item, const std::string& source, phone::Reader& numbers,
                                 std::optional<phone::Region> region);
  // An entry that add() took, for which there is no room in the end; `place` is that in upload().entries.
  [[nodiscard]] Result<void> reject_over_limit(std::size_t place);
  [[nodiscard]] const Upload& upload() const { return upload_; }
  [[nodiscard]] const store::List& list() const { return list_; }
  [[nodiscard]] std::uint64_t rejected() const { return rejected_; }
  // How many of the entries were taken in spite of damage.
  [[nodiscard]] std::uint64_t damaged() const;

 private:
  struct Origin {
    std::string source;
    std::string raw;
    bool damaged = false;
  };

  [[nodiscard]] Result<void> reject(const Reject& reject);
  [[nodiscard]] Result<void> reject_earlier(std::size_t place, const std::string& source, std::uint64_t line);
  [[nodiscard]] Result<void> reject_full(const UploadedEntry& entry, const Origin& origin);
  [[nodiscard]] bool is_listed(const std::string& key);
  void take_out(std::size_t place);

  Upload upload_;
  store::List list_;
  const ListLimits& limits_;
  RejectSink reject_;
  std::vector<Origin> origins_;                          // beside upload_.entries
  std::unordered_map<std::string, std::size_t> places_;  // key → place in upload_.entries
  std::unordered_set<std::uint64_t> listed_;             // the list's keys, once they are asked for
  std::uint64_t rejected_ = 0;
};

// Applies what was collected to the account's list, with the guard (L3) and what follows for associations (M3).
[[nodiscard]] Result<ListCounts> apply_upload(store::Transaction& tx, store::AccountRef account,
                                              UploadCollector& collected, std::optional<std::uint64_t> allow_removals,
                                              const ListLimits& limits);

// Sets the own card if it differs (O2). kBadCard as in import_own(); `source` names it in the message.
[[nodiscard]] Result<OwnCardResult> put_own_card(store::Transaction& tx, const store::Account& account,
                                                 const format::Item& item, const std::string& source,
                                                 std::optional<phone::Region> region);

void to_record(const OwnCardResult& result, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, OwnCardResult& result);
void to_record(const ListResult& result, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, ListResult& result);
[[nodiscard]] Json counts_json(const ListCounts& counts);
[[nodiscard]] ListCounts counts_of(const Json& line);

}  // namespace cardsrv::service
