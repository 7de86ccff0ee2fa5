#pragma once
// A database file that appears whole or not at all, for its owner alone (semantics X4).

#include <functional>
#include <string>

#include "base/result.h"

namespace cardsrv::store::sqlite {

// Makes an empty file of mode 0600 beside `path`, lets `fill` make it a database, syncs it, and gives it its name.
// kStoreExists where something has that name. Whatever fails, nothing is left behind.
[[nodiscard]] Result<void> make_file(const std::string& path,
                                     const std::function<Result<void>(const std::string& unfinished)>& fill);

}  // namespace cardsrv::store::sqlite
