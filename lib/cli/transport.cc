#include "cli/transport.h"

#include <cstdlib>

namespace cardsrv::cli {
namespace {

std::optional<std::string> named(const Run& run) {
  if (run.common().sms) return run.common().sms;
  const char* value = std::getenv("CARDSRV_SMS");
  return value != nullptr && *value != '\0' ? std::optional<std::string>(value) : std::nullopt;
}

Error no_transport() {
  return Error{Errc::kNoTransport, "no transport for messages is named", "--sms file:PATH, or $CARDSRV_SMS", {}};
}

class NoTransport final : public sms::Transport {
 public:
  Result<void> send(const sms::Message&) override { return fail(no_transport()); }
};

}  // namespace

Result<std::unique_ptr<sms::Transport>> transport(const Run& run) {
  const auto url = named(run);
  if (!url) return fail(no_transport());
  return sms::open_transport(*url);
}

Result<std::unique_ptr<sms::Transport>> transport_or_none(const Run& run) {
  const auto url = named(run);
  if (!url) return std::make_unique<NoTransport>();
  return sms::open_transport(*url);
}

}  // namespace cardsrv::cli
