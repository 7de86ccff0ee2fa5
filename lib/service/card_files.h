#pragma once
// Where cards lie: a vCard file, or a folder of them (vdir), as vdirsyncer, khard and Radicale keep them.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cardsrv::service {

[[nodiscard]] bool is_folder(const std::string& path);
// .vcf, .vcf.gz, .vcf.zst
[[nodiscard]] bool is_card_file_name(std::string_view name);
// The names in a folder, sorted, hidden ones left out: the same folder is always read in the same order. kNoFile.
[[nodiscard]] Result<std::vector<std::string>> sorted_names(const std::string& folder);
// The path itself, or the paths of the vCard files in it, sorted. kNoFile: nothing is there.
[[nodiscard]] Result<std::vector<std::string>> card_files(const std::string& path);

}  // namespace cardsrv::service
