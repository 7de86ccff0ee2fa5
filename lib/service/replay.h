#pragma once
// Secrets that served once may be wrong when a batch comes again: whether the stored receipt answers (semantics J1).

#include <functional>
#include <optional>

#include "service/batch.h"

namespace cardsrv::service {

// True: the batch that `options` names was applied with this very input. Another input is no error here.
[[nodiscard]] Result<bool> was_applied(store::Store& store, const BatchOptions& options,
                                       const std::function<Result<Digest>()>& input);

// What was found out about a secret; a refusal (kRefused) counts for nothing where the batch was applied with this
// input.
[[nodiscard]] Result<void> or_applied(Result<void> checked, store::Store& store, const BatchOptions& options,
                                      const std::function<Result<Digest>()>& input);

// J1: the password of a command that names an account. A batch that was applied with this input answers, also when the
// password is another one now: it answers without an account.
[[nodiscard]] Result<std::optional<store::Account>> authenticate_or_applied(
    store::Store& store, const store::Uid& uid, std::string_view password, const BatchOptions& options,
    const std::function<Result<Digest>()>& input);

}  // namespace cardsrv::service
