#pragma once
// How far long work has come. A service calls it for every record; drawing is the caller's.

#include <cstdint>
#include <functional>

namespace cardsrv::service {

// Records done, and of how many (0: not known).
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

}  // namespace cardsrv::service
