#pragma once
// What cardsrv-rebind answers; its sessions are printed by registration_report.h.

#include "report/printer.h"
#include "service/bulk_rebinding.h"
#include "service/rebinding.h"

namespace cardsrv::report {

[[nodiscard]] Result<void> print(Printer& out, const service::Rebound& rebound);
[[nodiscard]] Result<void> print(Printer& out, const service::BulkRebound& result);

}  // namespace cardsrv::report
