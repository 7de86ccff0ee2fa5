#pragma once
// What inspect tells, as JSON (data/schema/inspect.schema.json) and as text for people.

#include <nlohmann/json.hpp>
#include <string>

#include "service/inspecting.h"

namespace cardsrv::report {

// One line of `inspect --json`.
[[nodiscard]] nlohmann::ordered_json inspect_json(const service::InspectedCard& card);

// The card as a block of lines, each ended; nothing in it can drive a terminal.
[[nodiscard]] std::string inspect_text(const service::InspectedCard& card);

}  // namespace cardsrv::report
