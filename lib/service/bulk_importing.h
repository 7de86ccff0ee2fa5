#pragma once
// Cards and lists of many accounts in one batch (cli.md, "cardsrv-import bulk"): JSON Lines, a vCard stream whose cards
// name their account, or a folder with one folder for each account. What comes for an account's list is a snapshot
// (L1).

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "service/account_stream.h"
#include "service/importing.h"

namespace cardsrv::service {

struct BulkImportOptions {
  std::vector<std::string> paths;
  std::optional<RecordsFormat> from;            // of the files; without it their content tells
  std::optional<std::uint64_t> allow_removals;  // counts for each account
  std::optional<phone::Region> region;
};

struct BulkImportResult {
  Spool record;  // a line for each account in the order of the input, then the total: for_each_account() reads it
  std::uint64_t accounts = 0;
  std::uint64_t refused = 0;  // accounts
  ListCounts total;
  std::uint64_t entries_per_s = 0;  // of this run; 0 when replayed
  Outcome outcome;
};

// A refused account (unknown, guard) leaves the others as they are. kRejected is not an error here: look at
// total.rejected and at the accounts' errors. Everything is one batch: SIGINT rolls all of it back.
[[nodiscard]] Result<BulkImportResult> import_bulk(store::Store& store, const BulkImportOptions& options,
                                                   const BatchOptions& batch, const RejectSink& reject,
                                                   const Progress& progress);

// In the order of the input; refused ones have `error`.
[[nodiscard]] Result<void> for_each_account(const BulkImportResult& result,
                                            const std::function<Result<void>(const ListCounts&)>& each);
[[nodiscard]] Result<void> from_record(BulkImportResult& result);

}  // namespace cardsrv::service
