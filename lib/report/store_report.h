#pragma once
// What cardsrv-store answers.

#include "report/printer.h"
#include "service/maintaining.h"

namespace cardsrv::report {

[[nodiscard]] Result<void> print(Printer& out, const service::StoreInfo& info);
[[nodiscard]] Result<void> print(Printer& out, const service::StateDigest& digest);
[[nodiscard]] Result<void> print(Printer& out, const service::Setting& setting);
[[nodiscard]] Result<void> print(Printer& out, const service::SettingResult& result);
[[nodiscard]] Result<void> print(Printer& out, const std::vector<store::Finding>& findings);
// init, backup: what was made.
[[nodiscard]] Result<void> print_made(Printer& out, std::string_view what, const std::string& path, bool dry_run);

}  // namespace cardsrv::report
