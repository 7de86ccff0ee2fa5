#include "service/card_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/utf8.h"

namespace cardsrv::service {

namespace fs = std::filesystem;

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return path != "-" && fs::is_directory(path, ignored);
}

bool is_card_file_name(std::string_view name) {
  const std::string lower = ascii_lower(name);
  return lower.ends_with(".vcf") || lower.ends_with(".vcf.gz") || lower.ends_with(".vcf.zst");
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
  for (const std::string& name : names) {
    if (!is_card_file_name(name)) continue;
    files.push_back(path + "/" + name);
    // One that is waited for, or never ends, is no file of cards.
    std::error_code error;
    const fs::file_status status = fs::status(files.back(), error);
    if (fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status))
      return fail(Errc::kNoFile, fmt::format("{} is no file of cards but a pipe, a socket or a device", files.back()),
                  "move it out of the folder");
  }
  return files;
}

Result<std::vector<std::string>> all_card_files(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!is_folder(path)) {
      files.push_back(path);
      continue;
    }
    TRY(const auto inner, card_files(path));
    if (inner.empty())
      return fail(Errc::kNoFile, fmt::format("{}: it is a folder, and no vCard file is in it", path),
                  "name a file, or a folder of .vcf files");
    files.insert(files.end(), inner.begin(), inner.end());
  }
  return files;
}

Result<format::Item> only_card(InputStream& input, const std::string& name, const format::Reading& reading,
                               const format::Limits& limits) {
  TRY(const auto reader, of_file(format::read_cards(input, reading, limits), name));
  std::optional<format::Item> found;
  std::uint64_t cards = 0;
  for (;;) {
    TRY(auto item, of_file(reader->next(), name));
    if (!item) break;
    if (!item->card && !item->rejected) continue;
    ++cards;
    if (!found) found = std::move(*item);
  }
  if (cards == 0)
    return fail(Errc::kBadCard, fmt::format("{}: there is no card in it", name), "a vCard begins with BEGIN:VCARD");
  if (cards > 1)
    return fail(Errc::kBadCard, fmt::format("{}: {} cards, an own card is one", name, cards),
                "a contact list is uploaded with: cardsrv-import list UID FILE");
  return *std::move(found);
}

}  // namespace cardsrv::service
