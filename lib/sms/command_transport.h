#pragma once
// A command of the operator's takes each message: {"id","to","text"} on its standard input, and exit status 0 is sent.

#include "sms/transport.h"

namespace cardsrv::sms {

class CommandTransport final : public Transport {
 public:
  // `command` is a line for the shell.
  explicit CommandTransport(std::string command) : command_(std::move(command)) {}
  // Waits for the command, 60 seconds at most; then it is stopped and the message counts as not sent. Its standard
  // output is dropped, its standard error is ours.
  [[nodiscard]] Result<void> send(const Message& message) override;

 private:
  std::string command_;
};

}  // namespace cardsrv::sms
