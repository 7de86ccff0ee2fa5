#pragma once
// A person proves who they are with their password (semantics R1, R3).

#include <string_view>

#include "base/result.h"
#include "service/account_access.h"
#include "service/batch.h"
#include "store/store.h"

namespace cardsrv::service {

// kRefused: no such account, or a wrong password, which counts; kTooSoon: too many wrong ones for this uid, whether it
// exists or not, and whatever was given now. A right one takes nothing, and marks the account as seen and its password
// as used, unless this is a dry run (J5); a wrong one counts then too, or a dry run would be a way to guess. One small
// transaction of its own, not a batch.
enum class Marking { kMarks = 1, kDryRun = 2 };
[[nodiscard]] Result<store::Account> authenticate(store::Store& store, const store::Uid& uid, std::string_view password,
                                                  Marking marking = Marking::kMarks);
[[nodiscard]] inline Marking marking_of(const BatchOptions& batch) {
  return batch.dry_run ? Marking::kDryRun : Marking::kMarks;
}

}  // namespace cardsrv::service
