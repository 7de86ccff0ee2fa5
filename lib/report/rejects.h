#pragma once
// Rejected records: to a file of JSON Lines, or the first ten to standard error and the rest counted (cli.md,
// --rejects).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/diagnostic.h"
#include "base/result.h"
#include "report/printer.h"

namespace cardsrv::report {

class Rejects {
 public:
  // `path`: the file, made anew with the first reject, or by finish(); none: standard error. kUsage: "-".
  [[nodiscard]] static Result<std::unique_ptr<Rejects>> open(const std::optional<std::string>& path, std::string tool);
  ~Rejects();
  Rejects(const Rejects&) = delete;
  Rejects& operator=(const Rejects&) = delete;

  [[nodiscard]] Result<void> add(const Reject& reject);
  // Tells the rest (stderr) or syncs (file); answers how many there were. `stands`: a file that got none stays as it
  // is.
  [[nodiscard]] Result<std::uint64_t> finish(bool stands);

 private:
  Rejects(int fd, bool file, std::string tool);
  [[nodiscard]] Result<void> empty_file() const;
  int fd_;
  bool file_;
  std::string tool_;
  std::unique_ptr<Printer> printer_;
  std::uint64_t count_ = 0;
};

}  // namespace cardsrv::report
