#pragma once
// A file that a command writes: complete and synced, or the former one untouched.

#include <memory>
#include <string>

#include "base/result.h"
#include "report/printer.h"

namespace cardsrv::cli {

class OutputFile {
 public:
  // A temporary file beside `path`, for its owner alone.
  [[nodiscard]] static Result<std::unique_ptr<OutputFile>> open(const std::string& path, report::Form form);
  ~OutputFile();  // removes what was not committed
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  [[nodiscard]] report::Printer& out() { return *printer_; }
  // Syncs it and puts it in its place.
  [[nodiscard]] Result<void> commit();

 private:
  OutputFile(int fd, std::string temporary, std::string path, report::Form form);
  int fd_;
  std::string temporary_;
  std::string path_;
  std::unique_ptr<report::Printer> printer_;
};

}  // namespace cardsrv::cli
