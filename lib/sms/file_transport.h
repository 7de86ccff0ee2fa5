#pragma once
// Messages appended to a file, one JSON object a line: for tests, and for whatever follows the file.

#include "sms/transport.h"

namespace cardsrv::sms {

class FileTransport final : public Transport {
 public:
  explicit FileTransport(std::string path) : path_(std::move(path)) {}
  // The line is written in one piece and synced; a new file is for its owner alone.
  [[nodiscard]] Result<void> send(const Message& message) override;

 private:
  std::string path_;
};

}  // namespace cardsrv::sms
