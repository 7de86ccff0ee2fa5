#include "format/vdir.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>

#include "base/digest.h"
#include "base/file.h"
#include "base/utf8.h"

namespace cardsrv::format {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLongestPlain = 100;
constexpr std::string_view kDigestPrefix = "k-";  // of names made of a digest
constexpr size_t kDigestName = 2 + 52;            // 32 bytes in base32
constexpr std::string_view kTemporaryEnd = ".tmp";
constexpr std::string_view kRandom = ".XXXXXX";
constexpr std::chrono::hours kAbandoned{1};

bool plain_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("_.@+=-").find(c) != std::string_view::npos;
}

// Names that mean a device on Windows, whatever comes after the first dot.
bool names_a_device(std::string_view key) {
  const std::string_view stem = key.substr(0, key.find('.'));
  constexpr std::array<std::string_view, 4> kDevices = {"con", "prn", "aux", "nul"};
  if (std::find(kDevices.begin(), kDevices.end(), stem) != kDevices.end()) return true;
  return stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) && stem[3] >= '0' && stem[3] <= '9';
}

// Whether the key is a name as it stands. One that looks like a digest's name is not: it could be another key's.
bool plain(std::string_view key) {
  if (key.empty() || key.size() > kLongestPlain || key.front() == '.') return false;
  if (key.size() == kDigestName && key.starts_with(kDigestPrefix)) return false;
  return std::all_of(key.begin(), key.end(), plain_char) && !names_a_device(key);
}

Result<std::string> path_of(const std::string& folder, const std::string& name) {
  if (name.empty() || name.front() == '.' || name.find_first_of(std::string_view("/\0", 2)) != std::string::npos)
    return fail(Errc::kUsage, fmt::format("\"{}\" is no name of a file in a folder of cards", printable(name)));
  return folder + "/" + name;
}

bool temporary_name(std::string_view name) {
  return name.starts_with('.') && name.ends_with(kTemporaryEnd) &&
         name.size() > 1 + kRandom.size() + kTemporaryEnd.size() &&
         name[name.size() - kTemporaryEnd.size() - kRandom.size()] == '.';
}

}  // namespace

std::string vdir_file_name(std::string_view key) {
  if (plain(key)) return fmt::format("{}.vcf", key);
  return fmt::format("{}{}.vcf", kDigestPrefix, base32(blake2b(key)));
}

bool vdir_file_holds(const std::string& folder, const std::string& name, std::string_view text) {
  const auto path = path_of(folder, name);
  struct stat status {};
  if (!path || ::lstat(path->c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  if (static_cast<size_t>(status.st_size) != text.size()) return false;
  const auto present = read_file(*path, text.size());
  return present && *present == text;
}

Result<bool> put_vdir_file(const std::string& folder, const std::string& name, std::string_view text, unsigned mode) {
  TRY(const std::string path, path_of(folder, name));
  if (vdir_file_holds(folder, name, text)) return false;
  TRY(replace_file(path, fmt::format("{}/.{}{}{}", folder, name, kRandom, kTemporaryEnd), kTemporaryEnd.size(), text,
                   mode));
  return true;
}

Result<bool> remove_vdir_file(const std::string& folder, const std::string& name) {
  TRY(const std::string path, path_of(folder, name));
  if (::unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return false;
    return fail(file_error(errno, "cannot remove", path));
  }
  TRY(sync_folder_of(path));
  return true;
}

Result<size_t> sweep_vdir(const std::string& folder) {
  size_t removed = 0;
  std::error_code error;
  const auto now = fs::file_time_type::clock::now();
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (!temporary_name(at->path().filename().string()) || !fs::is_regular_file(at->symlink_status(ignored))) continue;
    const auto written = at->last_write_time(ignored);
    if (ignored || now - written < kAbandoned) continue;
    if (fs::remove(at->path(), ignored)) ++removed;
  }
  if (error) return fail(Errc::kNoFile, fmt::format("cannot read folder {}: {}", folder, error.message()));
  return removed;
}

}  // namespace cardsrv::format
