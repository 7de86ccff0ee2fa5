#include "service/hashed_inputs.h"

#include <array>

namespace cardsrv::service {

Result<void> HashedInputs::drain() {
  if (!current_) return {};
  std::array<char, 16 * 1024> waste{};
  for (;;) {
    TRY(const size_t got, current_->read(waste));
    if (got == 0) break;
  }
  current_.reset();
  // Where one file ends and the next begins is part of the input.
  hasher_.add_field("end of file");
  return {};
}

Result<InputStream*> HashedInputs::next() {
  TRY(drain());
  if (next_ == paths_.size()) return nullptr;
  TRY(file_, open_input(paths_[next_]));
  ++next_;
  current_ = std::make_unique<HashingInput>(*file_, hasher_);
  return current_.get();
}

Result<Digest> HashedInputs::finish() {
  if (digest_) return *digest_;
  for (;;) {
    TRY(const InputStream* const file, next());
    if (file == nullptr) break;
  }
  digest_ = hasher_.finish();
  return *digest_;
}

}  // namespace cardsrv::service
