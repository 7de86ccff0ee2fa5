#include "base/module.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <map>
#include <mutex>
#include <vector>

namespace cardsrv {
namespace {

std::vector<std::string> module_folders() {
  std::vector<std::string> folders;
  if (const char* named = std::getenv("CARDSRV_MODULE_DIR"); named != nullptr && *named != '\0')
    folders.emplace_back(named);
  std::array<char, PATH_MAX> path{};
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  if (size > 0) {
    std::string program(path.data(), static_cast<size_t>(size));
    program.resize(program.rfind('/') + 1);
    folders.push_back(program + "../lib");
    folders.push_back(program + "../lib/cardsrv");
  }
  return folders;
}

Result<void*> open_once(const std::string& file) {
  static std::mutex mutex;
  static std::map<std::string, void*> open;
  const std::lock_guard lock(mutex);
  if (const auto found = open.find(file); found != open.end()) return found->second;
  std::string why = "no such file";
  for (const std::string& folder : module_folders()) {
    std::string path = folder;
    path.append("/").append(file);
    if (access(path.c_str(), R_OK) != 0) continue;
    if (void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL); handle != nullptr) return open[file] = handle;
    why = dlerror();  // NOLINT(concurrency-mt-unsafe): under the lock
  }
  return fail(Errc::kIo, fmt::format("cannot open module {}: {}", file, why),
              "it belongs in ../lib beside the program's folder; $CARDSRV_MODULE_DIR names another");
}

}  // namespace

Result<void*> open_module(std::string_view name, const char* symbol) {
  const std::string file = std::string(name) + ".so";
  TRY(void* const handle, open_once(file));
  void* const found = dlsym(handle, symbol);
  if (found == nullptr)
    return fail(Errc::kIo, fmt::format("module {} has no {}", file, symbol), "it is of another release");
  return found;
}

}  // namespace cardsrv
