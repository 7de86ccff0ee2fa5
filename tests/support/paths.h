#pragma once
// Where tests find what they need, and scratch folders that vanish.

#include <optional>
#include <string>

namespace cardsrv::testing {

// The real cards of other programs that tests read in place: $CARDSRV_CORPUS, which has to be there then, else
// ../shared/corpus beside the source tree, if there is one.
[[nodiscard]] std::optional<std::string> corpus_folder();
// A built tool: program("register") is …/bin/cardsrv-register.
[[nodiscard]] std::string program(const std::string& tool);

// A folder of its own, removed with all that is in it at the end of its life.
class ScratchFolder {
 public:
  // Below `base`; of none, below the folder for temporary files.
  explicit ScratchFolder(const std::string& base = "");
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace cardsrv::testing
