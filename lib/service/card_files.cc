#include "service/card_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace cardsrv::service {

namespace fs = std::filesystem;

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return path != "-" && fs::is_directory(path, ignored);
}

bool is_card_file_name(std::string_view name) {
  return name.ends_with(".vcf") || name.ends_with(".vcf.gz") || name.ends_with(".vcf.zst");
}

Result<std::vector<std::string>> sorted_names(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (const std::string name = at->path().filename().string(); !name.starts_with('.')) names.push_back(name);
  if (error) return fail(Errc::kNoFile, fmt::format("cannot read folder {}: {}", folder, error.message()));
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<std::string>> card_files(const std::string& path) {
  if (!is_folder(path)) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) return fail(Errc::kNoFile, fmt::format("there is nothing at {}", path));
    return std::vector<std::string>{path};
  }
  TRY(const auto names, sorted_names(path));
  std::vector<std::string> files;
  for (const std::string& name : names)
    if (is_card_file_name(name)) files.push_back(path + "/" + name);
  return files;
}

}  // namespace cardsrv::service
