#pragma once
// A person's data as files that other programs read (semantics X1): own.vcf, published.vcf, list.vcf and account.json.

#include <string>
#include <vector>

#include "report/printer.h"
#include "service/exporting.h"

namespace cardsrv::report {

// Writes them into `folder`, which is made, for its owner alone, or must be empty. The files appear all at once: a
// folder that is there has them all. Answers their names. kNoFile, kIo, kDiskFull; kUsage: there is something in it.
[[nodiscard]] Result<std::vector<std::string>> write_personal_data(const service::PersonalData& data,
                                                                   const std::string& folder);

// {"uid","folder","files":[…]}
[[nodiscard]] Result<void> print_exported(Printer& out, const service::PersonalData& data, const std::string& folder,
                                          const std::vector<std::string>& names, bool dry_run);

}  // namespace cardsrv::report
