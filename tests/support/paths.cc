#include "support/paths.h"

#include <cstdlib>
#include <filesystem>

namespace cardsrv::testing {

std::optional<std::string> corpus_folder() {
  if (const char* named = std::getenv("CARDSRV_CORPUS"); named != nullptr && *named != '\0') return named;
  const std::string beside = CARDSRV_SOURCE_DIR "/../shared/corpus";
  if (std::filesystem::exists(beside)) return beside;
  return std::nullopt;
}

std::string program(const std::string& tool) { return CARDSRV_BIN_DIR "/cardsrv-" + tool; }

ScratchFolder::ScratchFolder(const std::string& base)
    : path_((base.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path(base)) /
            "cardsrv-test-XXXXXX") {
  if (mkdtemp(path_.data()) == nullptr) std::abort();
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace cardsrv::testing
