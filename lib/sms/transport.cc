#include "sms/transport.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <string_view>

#include "sms/command_transport.h"
#include "sms/file_transport.h"
#include "sms/spool_transport.h"

namespace cardsrv::sms {
namespace {

struct Kind {
  std::string_view scheme;
  std::unique_ptr<Transport> (*make)(std::string rest);
};

constexpr std::array kKinds = {
    Kind{"file:",
         [](std::string path) -> std::unique_ptr<Transport> {
           return std::make_unique<FileTransport>(std::move(path));
         }},
    Kind{"spool:",
         [](std::string folder) -> std::unique_ptr<Transport> {
           return std::make_unique<SpoolTransport>(std::move(folder));
         }},
    Kind{"command:",
         [](std::string command) -> std::unique_ptr<Transport> {
           return std::make_unique<CommandTransport>(std::move(command));
         }},
};

}  // namespace

Result<std::unique_ptr<Transport>> open_transport(const std::string& url) {
  for (const Kind& kind : kKinds)
    if (url.starts_with(kind.scheme) && url.size() > kind.scheme.size())
      return kind.make(url.substr(kind.scheme.size()));
  return fail(Errc::kUsage, fmt::format("\"{}\" is no transport for messages", url),
              "file:PATH, spool:DIR or command:CMD");
}

std::optional<std::string> configured_url(const std::optional<std::string>& named) {
  if (named) return named;
  const char* const url = std::getenv("CARDSRV_SMS");
  return url != nullptr && *url != '\0' ? std::optional<std::string>(url) : std::nullopt;
}

Result<std::unique_ptr<Transport>> configured_transport(const std::optional<std::string>& named) {
  if (const auto url = configured_url(named)) return open_transport(*url);
  return fail(Errc::kNoTransport, "there is no transport for messages",
              "name one with --sms or $CARDSRV_SMS: file:PATH, spool:DIR or command:CMD");
}

}  // namespace cardsrv::sms
