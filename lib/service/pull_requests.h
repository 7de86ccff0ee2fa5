#pragma once
// The lines of cardsrv-pull --requests: {"uid","since","limit","password"}, one a line, only "uid" is needed.

#include <functional>
#include <optional>
#include <string>

#include "base/input.h"
#include "service/pulling.h"

namespace cardsrv::service {

struct RequestLine {
  std::string uid;  // as written
  PullRequest request;
  std::optional<std::string> password;
};

// Calls `each` for every line, in order: the request, or why the line is none (kUsage).
[[nodiscard]] Result<void> read_pull_requests(InputStream& input,
                                              const std::function<Result<void>(Result<RequestLine>&&)>& each);

}  // namespace cardsrv::service
