#pragma once
// The transport for messages that --sms or $CARDSRV_SMS names.

#include "cli/app.h"
#include "sms/transport.h"

namespace cardsrv::cli {

// kNoTransport where none is named.
[[nodiscard]] Result<std::unique_ptr<sms::Transport>> transport(const Run& run);
// For a message that is wanted but not needed: where none is named, one that takes none.
[[nodiscard]] Result<std::unique_ptr<sms::Transport>> transport_or_none(const Run& run);

}  // namespace cardsrv::cli
