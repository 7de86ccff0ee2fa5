#pragma once
// A file for each message in a folder, as SMS Server Tools 3 reads them from its outgoing folder: header lines, an
// empty line, the text (smstools3.kekekasvi.com, "Creating an SMS file").

#include "sms/transport.h"

namespace cardsrv::sms {

class SpoolTransport final : public Transport {
 public:
  explicit SpoolTransport(std::string folder) : folder_(std::move(folder)) {}
  // The file appears under its name when it is whole and synced; the same message again has the same name.
  [[nodiscard]] Result<void> send(const Message& message) override;

 private:
  std::string folder_;
};

}  // namespace cardsrv::sms
