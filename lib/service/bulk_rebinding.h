#pragma once
// A carrier's renumbering plan (semantics B6): rows of old and new number, all of them simultaneous.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "service/bulk_registration.h"
#include "sms/transport.h"

namespace cardsrv::service {

struct BulkRebinding {
  std::string path{};  // rows old,new
  std::string vouch{};
  std::optional<RowsFormat> format{};
  std::optional<phone::Region> region{};      // of national spellings
  Quarantine quarantine = Quarantine::kKept;  // B3
};

enum class RebindStatus { kRebound = 1, kAlready = 2, kRefused = 3 };

struct ReboundRow {
  std::uint64_t line = 0;
  std::optional<store::PhoneNumber> from{}, to{};  // none: unreadable
  std::string uid{};                               // empty: nobody's
  RebindStatus status = RebindStatus::kRefused;
};

struct BulkRebound {
  std::vector<ReboundRow> rows;  // in the order of the input
  std::uint64_t rebound = 0, already = 0, refused = 0;
  std::string vouch;  // kept in the record
  Outcome outcome;
};
void to_record(const BulkRebound& result, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, BulkRebound& result);

// Chains and cycles work. A row that is refused leaves its number where it is, so the row that wants it is refused too;
// the others are taken. kUsage: no row, or no such header. The movers get no message: the old numbers are not theirs
// any more. `transport`, which may be null, is for those who waited for a number that is left.
[[nodiscard]] Result<BulkRebound> rebind_bulk(store::Store& store, sms::Transport* transport,
                                              const BulkRebinding& request, const BatchOptions& batch,
                                              const RejectSink& reject, const Progress& progress);

}  // namespace cardsrv::service
