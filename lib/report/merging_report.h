#pragma once
// What a merge did to each contact of the address book (cli.md, --into; semantics D7).

#include "report/printer.h"
#include "service/merging.h"

namespace cardsrv::report {

enum class Colour { kNone = 1, kTerminal = 2 };

// JSON: {"contact","peer","added","updated","removed","kept","conflicts",…}; for people: the difference, item by item.
[[nodiscard]] Result<void> print_merged(Printer& out, const service::MergedContact& contact, service::Writing writing,
                                        Colour colour);

}  // namespace cardsrv::report
