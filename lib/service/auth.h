#pragma once
// A person proves who they are with their password (semantics R1, R3).

#include <string_view>

#include "base/result.h"
#include "service/account_access.h"
#include "store/store.h"

namespace cardsrv::service {

// kRefused: no such account, or a wrong password, which counts; kTooSoon: too many wrong ones for this uid, whether it
// exists or not, and whatever was given now. A right one takes nothing, and marks the account as seen and its password
// as used. One small transaction of its own, not a batch.
[[nodiscard]] Result<store::Account> authenticate(store::Store& store, const store::Uid& uid,
                                                  std::string_view password);

}  // namespace cardsrv::service
