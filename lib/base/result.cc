#include "base/result.h"

namespace cardsrv {

std::string_view errc_word(Errc code) {
  switch (code) {
    case Errc::kRejected: return "rejected";
    case Errc::kUsage: return "usage";
    case Errc::kBadNumber: return "bad-number";
    case Errc::kBadCard: return "bad-card";
    case Errc::kNoStore: return "no-store";
    case Errc::kNotAStore: return "not-a-store";
    case Errc::kNewerSchema: return "newer-schema";
    case Errc::kStoreExists: return "store-exists";
    case Errc::kBusy: return "busy";
    case Errc::kDiskFull: return "disk-full";
    case Errc::kReadOnly: return "read-only";
    case Errc::kIo: return "io";
    case Errc::kNoFile: return "no-file";
    case Errc::kNoTransport: return "no-transport";
    case Errc::kTransportFailed: return "transport-failed";
    case Errc::kNotConfigured: return "not-configured";
    case Errc::kRefused: return "refused";
    case Errc::kTooSoon: return "too-soon";
    case Errc::kWaiting: return "waiting";
    case Errc::kGuard: return "guard";
    case Errc::kStaleToken: return "stale-token";
    case Errc::kPrecondition: return "precondition";
    case Errc::kBatchConflict: return "batch-conflict";
    case Errc::kNumberTaken: return "number-taken";
    case Errc::kDiffers: return "differs";
    case Errc::kDamage: return "damage";
    case Errc::kDefect: return "defect";
    case Errc::kInterrupted: return "interrupted";
    case Errc::kTerminated: return "terminated";
    case Errc::kReaderGone: return "reader-gone";
  }
  return "defect";
}

Errc errc_of(std::string_view word) {
  for (int value = static_cast<int>(Errc::kRejected); value <= static_cast<int>(Errc::kReaderGone); ++value) {
    const auto code = static_cast<Errc>(value);
    if (errc_word(code) == word) return code;
  }
  return Errc::kDefect;
}

int exit_status(Errc code) {
  switch (code) {
    case Errc::kRejected: return 1;
    case Errc::kUsage:
    case Errc::kBadNumber:
    case Errc::kBadCard: return 2;
    case Errc::kNoStore:
    case Errc::kNotAStore:
    case Errc::kNewerSchema:
    case Errc::kStoreExists:
    case Errc::kBusy:
    case Errc::kDiskFull:
    case Errc::kReadOnly:
    case Errc::kIo:
    case Errc::kNoFile:
    case Errc::kNoTransport:
    case Errc::kTransportFailed:
    case Errc::kNotConfigured: return 3;
    case Errc::kRefused: return 4;
    case Errc::kTooSoon:
    case Errc::kWaiting: return 5;
    case Errc::kGuard: return 6;
    case Errc::kStaleToken:
    case Errc::kPrecondition: return 7;
    case Errc::kBatchConflict:
    case Errc::kNumberTaken: return 8;
    case Errc::kDiffers:
    case Errc::kDamage: return 9;
    case Errc::kDefect: return 70;
    case Errc::kInterrupted: return 130;
    case Errc::kTerminated: return 143;
    case Errc::kReaderGone: return 141;
  }
  return 70;
}

}  // namespace cardsrv
