#include "format/vdir.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/digest.h"
#include "base/file.h"

namespace cardsrv::format {
namespace {

constexpr size_t kLongestKey = 100;  // bytes; names may have 255, and programs add to them
constexpr std::string_view kDigestMark = "k-";

// Lower case only: "A.vcf" and "a.vcf" are one file on some systems.
bool fits(std::string_view key) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '@';
  };
  return !key.empty() && key.size() <= kLongestKey && key.front() != '.' && key.back() != '.' &&
         !key.starts_with(kDigestMark) && std::all_of(key.begin(), key.end(), good);
}

}  // namespace

std::string vdir_file_name(std::string_view key) {
  if (fits(key)) return std::string(key) + ".vcf";
  const Digest digest = blake2b(key);
  return std::string(kDigestMark) + base32(std::span(digest).first(20)) + ".vcf";
}

Result<bool> put_vdir_file(const std::string& folder, const std::string& name, std::string_view text, unsigned mode) {
  const std::string path = folder + "/" + name;
  if (const auto present = read_bytes(path); present && *present == text) return false;
  TRY(replace_file(path, text, mode));
  return true;
}

Result<bool> remove_vdir_file(const std::string& folder, const std::string& name) {
  const std::string path = folder + "/" + name;
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return fail(file_error(errno, "cannot remove", path));
}

}  // namespace cardsrv::format
