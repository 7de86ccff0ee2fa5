#pragma once
// An operator registers many numbers in one batch, each vouched for (semantics R9).

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "service/batch.h"
#include "service/importing.h"
#include "service/number_rows.h"
#include "service/progress.h"

namespace cardsrv::service {

enum class Passwords { kGenerated = 1, kNone = 2 };
enum class Quarantine { kKept = 1, kIgnored = 2 };

struct BulkRegistration {
  std::string path{};  // rows number[,uid]
  std::string vouch{};
  std::optional<RowsFormat> format{};
  std::optional<phone::Region> region{};  // of national spellings
  Passwords passwords = Passwords::kGenerated;
  Quarantine quarantine = Quarantine::kKept;  // B3
  bool claimable = false;                     // the first SMS proof of each is the same person (R9)
};

enum class RowStatus { kRegistered = 1, kAlready = 2, kRefused = 3 };

struct RegisteredRow {
  std::uint64_t line = 0;
  std::optional<store::PhoneNumber> number;  // none: unreadable
  std::string uid;                           // may be empty when refused
  RowStatus status = RowStatus::kRefused;
  bool password_told = false;
};

struct BulkRegistered {
  std::vector<RegisteredRow> rows;  // in the order of the input
  std::uint64_t registered = 0, already = 0, refused = 0;
  std::string vouch;  // kept in the record
  store::Stamp stamp{};
  Outcome outcome;
};
void to_record(const BulkRegistered& result, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, BulkRegistered& result);

// Bad rows are refused and told to `reject`, the others taken. The same batch again within ten minutes tells the
// passwords that were not used yet again, as R4 does. kUsage: no row, or no such header.
[[nodiscard]] Result<BulkRegistered> register_bulk(store::Store& store, const BulkRegistration& request,
                                                   const BatchOptions& batch, const RejectSink& reject,
                                                   const Progress& progress);

// The password of a row for which `password_told` is set.
[[nodiscard]] std::string password_of(const store::Store& store, const BulkRegistered& result,
                                      const RegisteredRow& row);

}  // namespace cardsrv::service
