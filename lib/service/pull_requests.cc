#include "service/pull_requests.h"

#include <fmt/format.h>

#include "base/stop.h"
#include "base/utf8.h"

namespace cardsrv::service {
namespace {

constexpr size_t kLongestLine = 64 * 1024;

RequestLine parse_line(std::string_view text, std::uint64_t number) {
  RequestLine line;
  const auto bad = [&](const char* why) {
    line.problem = Error{Errc::kUsage,
                         fmt::format("line {}: {}", number, why),
                         "{\"uid\":…,\"since\":…,\"limit\":…,\"password\":…}",
                         {}};
    return line;
  };
  const Json object = Json::parse(text, nullptr, false);
  if (!object.is_object()) return bad("no JSON object");
  if (const auto uid = object.find("uid"); uid != object.end() && uid->is_string()) line.uid = uid->get<std::string>();
  for (const auto& [name, value] : object.items()) {
    if (value.is_null()) continue;
    if (name == "limit") {
      if (!value.is_number_unsigned() || value == 0U) return bad("\"limit\" is no count from 1");
      line.request.limit = value.get<std::uint64_t>();
      continue;
    }
    if (name != "uid" && name != "since" && name != "password") return bad("a name that is not known");
    if (!value.is_string()) return bad("a value that is no text");
    if (name == "since") line.request.since = value.get<std::string>();
    if (name == "password") line.password = value.get<std::string>();
  }
  if (line.uid.empty()) return bad("\"uid\" is missing");
  return line;
}

}  // namespace

Result<void> read_pull_requests(InputStream& input, const std::function<Result<void>(const RequestLine&)>& each) {
  LineReader lines(input, kLongestLine);
  LineReader::Line line{};
  for (;;) {
    TRY(check_stop());
    TRY(const bool more, lines.next(line));
    if (!more) return {};
    if (trim(line.text).empty()) continue;
    TRY(each(parse_line(line.text, line.number)));
  }
}

}  // namespace cardsrv::service
