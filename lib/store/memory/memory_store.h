#pragma once
// A store without a file: the plainest thing that keeps the contract of store.h. Tests of the services run on it, and
// the conformance suite holds the other back ends against it. It is not meant to be fast.

#include <memory>

#include "base/result.h"
#include "store/store.h"

namespace cardsrv::store {

// It lives as long as the object; transactions must not outlive it. kUsage: a seed without `fixture`.
[[nodiscard]] Result<std::unique_ptr<Store>> create_memory(const InitOptions& init, const Options& options);

}  // namespace cardsrv::store
