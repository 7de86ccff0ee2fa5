#pragma once
// What cardsrv-import answers.

#include "report/printer.h"
#include "service/bulk_importing.h"
#include "service/importing.h"
#include "service/sources.h"

namespace cardsrv::report {

[[nodiscard]] Result<void> print(Printer& out, const service::OwnCardResult& result);
[[nodiscard]] Result<void> print(Printer& out, const service::ListResult& result);
[[nodiscard]] Result<void> print(Printer& out, const service::SourceResult& result);
// A line for each source.
[[nodiscard]] Result<void> print(Printer& out, const service::Refreshed& refreshed);
[[nodiscard]] Result<void> print(Printer& out, const service::BulkImportResult& result);

}  // namespace cardsrv::report
