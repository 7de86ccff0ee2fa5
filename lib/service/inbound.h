#pragma once
// Received messages prove numbers (semantics R2, up-SMS): JSON Lines {"id","from","to","text"}, as a gateway hands them
// over. Serves the sessions of registrations and rebinds alike.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "phone/phone_number.h"
#include "service/batch.h"
#include "service/importing.h"
#include "sms/transport.h"
#include "store/store.h"

namespace cardsrv::service {

struct ReceivedMessage {
  std::string id;
  bool proved = false;
  std::string why_not;  // for the operator's log alone; strangers are answered nothing
};

struct Received {
  std::vector<ReceivedMessage> messages;  // in the order of the input
  std::uint64_t rejected = 0;             // lines that are no such object
  Outcome outcome;
};
void to_record(const Received& received, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, Received& received);

// Each message counts once, by its id. What proves nothing is ignored, whatever the reason. `region` is that of
// senders' national spellings. Claims that close a circle (B4) send their farewells through `transport`, if there is
// one.
[[nodiscard]] Result<Received> receive_messages(store::Store& store, sms::Transport* transport, const std::string& path,
                                                std::optional<phone::Region> region, const BatchOptions& batch,
                                                const RejectSink& reject);

}  // namespace cardsrv::service
