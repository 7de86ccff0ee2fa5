#pragma once
// Progress on standard error: a bar, the rate, the time left.

#include <string>

#include "service/progress.h"

namespace cardsrv::cli {

// Draws at most ten times a second, and wipes its line when the last copy of it is gone.
[[nodiscard]] service::Progress draw_progress(std::string unit);

}  // namespace cardsrv::cli
