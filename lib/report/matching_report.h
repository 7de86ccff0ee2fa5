#pragma once
// What cardsrv-match answers.

#include "report/printer.h"
#include "service/explaining.h"
#include "service/matching.h"

namespace cardsrv::report {

[[nodiscard]] Result<void> print(Printer& out, const service::MatchResult& result);
[[nodiscard]] Result<void> print(Printer& out, const service::Explanation& explanation);

}  // namespace cardsrv::report
