#include "service/inbound.h"

#include <fmt/format.h>

#include "base/stop.h"
#include "base/utf8.h"
#include "service/claims.h"
#include "service/effects.h"
#include "service/hashed_inputs.h"
#include "service/proofs.h"

namespace cardsrv::service {
namespace {

using store::SessionState;

constexpr size_t kLongestLine = 64 * 1024;
constexpr size_t kLongestId = 256;

struct Message {
  std::string id, from, text;
};

// Nullopt: the line is no such object.
std::optional<Message> parse_message(std::string_view line) {
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  const auto text_at = [&](const char* name) -> std::optional<std::string> {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
  };
  auto id = text_at("id");
  // Gateways count them.
  if (const auto found = object.find("id"); found != object.end() && found->is_number_integer()) id = found->dump();
  auto from = text_at("from"), text = text_at("text");
  if (!id || !from || !text || !text_at("to") || id->empty() || id->size() > kLongestId) return std::nullopt;
  return Message{*std::move(id), *std::move(from), *std::move(text)};
}

class Receiver {
 public:
  Receiver(store::Transaction& tx, const store::Store& store, std::optional<phone::Region> region)
      : tx_(tx), store_(store), region_(region), now_(store.clock().now()) {}

  Result<ReceivedMessage> take(const Message& message) {
    TRY(const bool seen, tx_.message_seen(message.id));
    if (seen) return ignored(message, "it came before");
    const auto from = phone::parse(message.from, region_);
    // It is not taken yet, so that it may come again with a region.
    if (!from) return ignored(message, "its sender cannot be read as a number; --region reads national ones");
    TRY(tx_.put_message_seen(message.id, now_));
    const auto id = session_of_text(store_, message.text);
    if (!id) return ignored(message, "its text is none of ours");
    TRY(auto session, tx_.session(*id));
    if (!session || session->proof != store::Proof::kSmsUp) return ignored(message, "no session has its text");
    if (session->state != SessionState::kOpen || now_ >= session->expires)
      return ignored(message, "its session is proved already, or dead");
    if (*from != session->number)
      return ignored(message, "it does not come from the number of its session, " + session->number.masked());
    TRY(mark_proved(tx_, *session, now_));
    TRY(const auto due, close_circle(tx_, store_, *session, now_));
    farewells_.insert(farewells_.end(), due.begin(), due.end());
    return ReceivedMessage{message.id, true, ""};
  }

  [[nodiscard]] const std::vector<std::string>& farewells() const { return farewells_; }

 private:
  static ReceivedMessage ignored(const Message& message, std::string why) {
    return {message.id, false, std::move(why)};
  }

  store::Transaction& tx_;
  const store::Store& store_;
  std::optional<phone::Region> region_;
  const Timestamp now_;
  std::vector<std::string> farewells_;
};

Result<Received> receive_all(Receiver& receiver, InputStream& input, const std::string& name,
                             const RejectSink& reject) {
  Received received;
  LineReader lines(input, kLongestLine);
  LineReader::Line line{};
  for (;;) {
    TRY(check_stop());
    TRY(const bool more, lines.next(line));
    if (!more) return received;
    if (trim(line.text).empty()) continue;
    const auto message = line.truncated ? std::nullopt : parse_message(line.text);
    if (!message) {
      ++received.rejected;
      TRY(reject({name, line.number, "", "bad-message",
                  "the line is no object {\"id\",\"from\",\"to\",\"text\"}, each a text",
                  std::string(line.text.substr(0, kMaxRaw))}));
      continue;
    }
    TRY(auto one, receiver.take(*message));
    received.messages.push_back(std::move(one));
  }
}

}  // namespace

Result<Received> receive_messages(store::Store& store, sms::Transport* transport, const std::string& path,
                                  std::optional<phone::Region> region, const BatchOptions& batch,
                                  const RejectSink& reject) {
  Hasher hasher = input_hasher(store, "inbound");
  hasher.add_field(region ? region->code() : "");
  HashedInputs inputs(hasher, {path});
  std::vector<std::string> farewells;
  TRY(auto received, run_batch<Received>(
                         store, batch, store::BatchKind::kInbound, [&] { return inputs.finish(); },
                         [&](store::Transaction& tx) -> Result<Received> {
                           TRY(InputStream* const input, inputs.next());
                           Receiver receiver(tx, store, region);
                           TRY(auto all, receive_all(receiver, *input, path, reject));
                           farewells = receiver.farewells();
                           return all;
                         }));
  if (!batch.dry_run) static_cast<void>(send_farewells(store, transport, farewells));
  return received;
}

void to_record(const Received& received, std::string& lines) {
  lines += Json{{"rejected", received.rejected}}.dump() + "\n";
  for (const ReceivedMessage& message : received.messages)
    lines += Json{{"id", message.id}, {"proved", message.proved}}.dump(-1, ' ', false, Json::error_handler_t::replace) +
             "\n";
}

Result<void> from_record(std::string_view lines, Received& received) {
  TRY(const Json head, parse_record_line(lines));
  received.rejected = head.value("rejected", std::uint64_t{0});
  while (!lines.empty()) {
    TRY(const Json line, parse_record_line(lines));
    received.messages.push_back({line.value("id", ""), line.value("proved", false), ""});
  }
  return {};
}

}  // namespace cardsrv::service
