#pragma once
// The files of one command, read once and hashed on the way: their digest tells a batch's input (semantics J1).

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/input.h"

namespace cardsrv::service {

class HashedInputs {
 public:
  // `hasher` already knows what else the command was asked (input_hasher()).
  HashedInputs(Hasher hasher, std::vector<std::string> paths) : hasher_(hasher), paths_(std::move(paths)) {}
  HashedInputs(const HashedInputs&) = delete;
  HashedInputs& operator=(const HashedInputs&) = delete;

  // The next file, valid until the next call of either function; null after the last.
  [[nodiscard]] Result<InputStream*> next();
  // Name of the file that next() gave last.
  [[nodiscard]] const std::string& name() const { return paths_[next_ - 1]; }
  // Reads what was not read, and gives the digest of everything. May be called again.
  [[nodiscard]] Result<Digest> finish();

 private:
  [[nodiscard]] Result<void> drain();
  Hasher hasher_;
  std::vector<std::string> paths_;
  size_t next_ = 0;
  std::unique_ptr<InputStream> file_;
  std::unique_ptr<HashingInput> current_;
  std::optional<Digest> digest_;
};

}  // namespace cardsrv::service
