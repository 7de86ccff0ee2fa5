#pragma once
// A file that a command writes: complete and synced, or the former one untouched.

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "report/printer.h"

namespace cardsrv::cli {

enum class Placing {
  kReplace = 1,  // a temporary file beside it takes its place
  kAppend = 2,   // behind what it has; it is made where it is not there
};

class OutputFile {
 public:
  // A new file is for its owner alone.
  [[nodiscard]] static Result<std::unique_ptr<OutputFile>> open(const std::string& path, report::Form form,
                                                                Placing placing = Placing::kReplace);
  ~OutputFile();  // takes back what was not committed
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  [[nodiscard]] report::Printer& out() { return *printer_; }
  // Syncs it and puts it in its place.
  [[nodiscard]] Result<void> commit();

 private:
  OutputFile(int fd, std::string temporary, std::string path, report::Form form);
  int fd_;
  std::optional<off_t> former_size_;  // kAppend: until it is committed
  std::string temporary_;
  std::string path_;
  std::unique_ptr<report::Printer> printer_;
};

}  // namespace cardsrv::cli
