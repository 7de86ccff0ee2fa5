#pragma once
// The lines of cardsrv-pull --requests: {"uid","since","limit","password"}, one a line, only "uid" is needed.

#include <functional>
#include <optional>
#include <string>

#include "base/input.h"
#include "service/pulling.h"

namespace cardsrv::service {

struct RequestLine {
  std::string uid;  // as written; empty where it cannot be read
  PullRequest request;
  std::optional<std::string> password;
  std::optional<Error> problem;  // kUsage: why the line is no request
};

// Calls `each` for every line, in order.
[[nodiscard]] Result<void> read_pull_requests(InputStream& input,
                                              const std::function<Result<void>(const RequestLine&)>& each);

}  // namespace cardsrv::service
