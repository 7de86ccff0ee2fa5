#pragma once
// SIGINT and SIGTERM stop a command between records; what was not committed is rolled back (cli.md, exit codes 130,
// 143).

#include "base/result.h"

namespace cardsrv {

// Installs the handlers and ignores SIGPIPE and SIGXFSZ; once, at the start of a tool.
void watch_signals();
// kInterrupted or kTerminated once a signal has come; ok until then. Cheap: call it for every record.
[[nodiscard]] Result<void> check_stop();

}  // namespace cardsrv
