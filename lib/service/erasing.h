#pragma once
// A person leaves (semantics M5, X1): associations end, card, list and secrets are erased; that the number once had an
// owner stays (M1).

#include <optional>
#include <string>

#include "service/batch.h"
#include "sms/transport.h"
#include "store/store.h"

namespace cardsrv::service {

struct Closing {
  store::Uid uid;
  std::optional<std::string> password{};  // of the person; else
  std::string vouch{};                    // the operator's reason
};

struct Closed {
  std::string uid;
  std::string vouch;    // kept in the record
  bool erased = false;  // the bytes are gone from all files; else the next writer tries again
  Outcome outcome;
};
void to_record(const Closed& closed, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, Closed& closed);

// Whoever waits for the number has it at once (B4). Closing what is closed is nothing to do for the operator. kRefused,
// kTooSoon: no such account, or the wrong password. `transport`: for farewells of those who take numbers by it; may be
// null.
[[nodiscard]] Result<Closed> close_account(store::Store& store, sms::Transport* transport, const Closing& closing,
                                           const BatchOptions& batch);

}  // namespace cardsrv::service
