#pragma once
// How messages go out (cli.md, "Messages go out through a transport").
// Not for: what a message says, or whether it may be sent yet (service/).

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "phone/phone_number.h"

namespace cardsrv::sms {

struct Message {
  std::string id;  // the same for the same message sent again
  phone::PhoneNumber to;
  std::string text;
};

// Not thread-safe.
class Transport {
 public:
  virtual ~Transport() = default;
  // Returns ok once the message is safely handed over. kTransportFailed: it was not; sending again is safe.
  [[nodiscard]] virtual Result<void> send(const Message& message) = 0;
};

// "file:PATH" appends JSON Lines {"id","to","text"}; "spool:DIR" has a file for each message, "command:CMD" a process.
// kUsage: a kind that is not known. Nothing is opened before the first message.
[[nodiscard]] Result<std::unique_ptr<Transport>> open_transport(const std::string& url);

// What is named, else what $CARDSRV_SMS has.
[[nodiscard]] std::optional<std::string> configured_url(const std::optional<std::string>& named);
// The transport of that; kNoTransport where there is none.
[[nodiscard]] Result<std::unique_ptr<Transport>> configured_transport(const std::optional<std::string>& named);

}  // namespace cardsrv::sms
