#include "sms/spool_transport.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"

namespace cardsrv::sms {
namespace {

constexpr unsigned kMode = 0660;  // the spooler reads and removes it, in the group of the folder

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

}  // namespace

Result<void> SpoolTransport::send(const Message& message) {
  // International numbers stand there without their plus sign.
  std::string file = fmt::format("To: {}\n", message.to.digits());
  if (!is_plain(message.text)) file += "Alphabet: UTF-8\n";
  file += "\n" + message.text;
  auto written = replace_file(fmt::format("{}/cardsrv-{}", folder_, message.id), file, kMode);
  if (written) return {};
  Error error = std::move(written.error());
  error.code = Errc::kTransportFailed;
  error.message = "the message was not sent: " + error.message;
  return fail(std::move(error));
}

}  // namespace cardsrv::sms
