#pragma once
// Secrets that served once may be wrong when a batch comes again: whether the stored receipt answers (semantics J1).

#include <functional>

#include "service/batch.h"

namespace cardsrv::service {

// True: the batch that `options` names was applied with this very input. Another input is no error here.
[[nodiscard]] Result<bool> was_applied(store::Store& store, const BatchOptions& options,
                                       const std::function<Result<Digest>()>& input);

}  // namespace cardsrv::service
