#pragma once
// Shared modules of ours that are opened on first use, because what they link is slow to load.

#include <string>
#include <string_view>

#include "base/result.h"

namespace cardsrv {

// Opens `name`.so in $CARDSRV_MODULE_DIR, else in ../lib beside the running program's folder, else in ../lib/cardsrv,
// and finds `symbol` in it. It stays open until the process ends. kIo where it is not to be had.
[[nodiscard]] Result<void*> open_module(std::string_view name, const char* symbol);

}  // namespace cardsrv
