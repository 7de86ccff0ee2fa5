#pragma once
// Where cards lie: a file of cards, or a folder of vCard files (vdir), as vdirsyncer, khard and Radicale keep them.

#include <string>
#include <string_view>
#include <vector>

#include "base/input.h"
#include "base/result.h"
#include "format/formats.h"

namespace cardsrv::service {

// A reader does not know what its input is called: errors that say what is wrong with a file get its name.
template <typename T>
[[nodiscard]] Result<T> of_file(Result<T> result, const std::string& path) {
  if (!result && result.error().code == Errc::kNoFile && result.error().message.find(path) == std::string::npos)
    result.error().message = path + ": " + result.error().message;
  return result;
}

[[nodiscard]] bool is_folder(const std::string& path);
// .vcf, .vcf.gz, .vcf.zst, in any case
[[nodiscard]] bool is_card_file_name(std::string_view name);
// The names in a folder, sorted, hidden ones left out: the same folder is always read in the same order. kNoFile.
[[nodiscard]] Result<std::vector<std::string>> sorted_names(const std::string& folder);
// The files of a command: each path itself, or the vCard files in it where it is a folder. kNoFile: there is none in
// it.
[[nodiscard]] Result<std::vector<std::string>> all_card_files(const std::vector<std::string>& paths);
// The one card of an input that is named `name` in errors; it may be rejected. kBadCard: there is none, or several.
[[nodiscard]] Result<format::Item> only_card(InputStream& input, const std::string& name,
                                             const format::Reading& reading, const format::Limits& limits);
// The path itself, or the paths of the vCard files in it, sorted. kNoFile: nothing is there.
[[nodiscard]] Result<std::vector<std::string>> card_files(const std::string& path);

}  // namespace cardsrv::service
