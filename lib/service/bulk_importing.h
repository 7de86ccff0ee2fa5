#pragma once
// Cards and lists of many accounts in one batch (cli.md, "cardsrv-import bulk"): JSON Lines, a vCard stream whose cards
// name their account, or a folder with one folder for each account. What comes for an account's list is a snapshot
// (L1).

#include <cstdint>
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
  std::vector<ListCounts> accounts;  // in the order of the input; refused ones have `error`
  ListCounts total;
  std::uint64_t entries_per_s = 0;  // of this run; 0 when replayed
  Outcome outcome;
};

// A refused account (unknown, guard) leaves the others as they are. kRejected is not an error here: look at
// total.rejected and at the accounts' errors. Everything is one batch: SIGINT rolls all of it back.
[[nodiscard]] Result<BulkImportResult> import_bulk(store::Store& store, const BulkImportOptions& options,
                                                   const BatchOptions& batch, const RejectSink& reject,
                                                   const Progress& progress);

void to_record(const BulkImportResult& result, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, BulkImportResult& result);

}  // namespace cardsrv::service
