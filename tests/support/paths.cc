#include "support/paths.h"

#include <cstdlib>
#include <filesystem>

namespace cardsrv::testing {

std::string corpus_folder() { return CARDSRV_SOURCE_DIR "/../shared/corpus"; }

std::string program(const std::string& tool) { return CARDSRV_BIN_DIR "/cardsrv-" + tool; }

ScratchFolder::ScratchFolder() : path_((std::filesystem::temp_directory_path() / "cardsrv-test-XXXXXX").string()) {
  if (mkdtemp(path_.data()) == nullptr) std::abort();
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace cardsrv::testing
