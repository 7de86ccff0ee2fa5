#include "cli/messages.h"

#include <fmt/format.h>

#include "base/utf8.h"
#include "report/registration_report.h"
#include "service/account_access.h"
#include "service/auth.h"
#include "service/inbound.h"

namespace cardsrv::cli {
namespace {

Result<int> inbound(Run& run, const std::string& file) {
  TRY(run.claim_input(file));
  TRY(store::Store* const store, run.store());
  TRY(const auto region, run.region());
  TRY(const auto transport, optional_transport(run));
  TRY(report::Rejects* const rejects, run.rejects());
  auto received = service::receive_messages(*store, transport.get(), file, region, run.batch(),
                                            [&](const Reject& reject) { return rejects->add(reject); });
  TRY(run.finish_rejects(received));
  if (!received) return fail(std::move(received.error()));
  // R2: why a message is ignored is for the operator's eyes alone.
  for (const service::ReceivedMessage& message : received->messages)
    if (!message.why_not.empty()) run.note(fmt::format("message {}: {}", printable(message.id), message.why_not));
  TRY(report::print(run.out(), *received));
  return received->rejected > 0 ? exit_status(Errc::kRejected) : 0;
}

}  // namespace

store::Proof proof_of(const std::string& word) {
  return word == "sms-up" ? store::Proof::kSmsUp : store::Proof::kSmsDown;
}

namespace {

Result<std::unique_ptr<sms::Transport>> transport_of(const Run& run) {
  constexpr std::string_view kFile = "file:";
  const auto url = sms::configured_url(run.common().sms);
  if (url && url->starts_with(kFile)) TRY(run.check_written("--sms", url->substr(kFile.size())));
  return sms::configured_transport(run.common().sms);
}

}  // namespace

Result<std::unique_ptr<sms::Transport>> optional_transport(Run& run) {
  auto transport = transport_of(run);
  if (!transport && transport.error().code == Errc::kNoTransport) return nullptr;
  return transport;
}

Result<std::unique_ptr<sms::Transport>> transport_for(Run& run, store::Proof proof) {
  return proof == store::Proof::kSmsUp ? optional_transport(run) : transport_of(run);
}

Result<phone::PhoneNumber> number_of_person(Run& run, const std::string& text, const store::Uid& uid,
                                            const std::string& password) {
  TRY(const auto named, run.region());
  if (named || trim(text).starts_with('+')) return run.number(text);
  TRY(store::Store* const store, run.store());
  TRY(const store::Account account, service::authenticate(*store, uid, password, service::marking_of(run.batch())));
  TRY(const auto tx, store->read());
  TRY(const service::AccountNumbers numbers, service::numbers_of(*tx, account.ref));
  return phone::parse_number(text, numbers.region());
}

void declare_inbound(App& app) {
  static std::string file = "-";
  auto& command =
      app.command("inbound", "messages that the gateway received: JSON Lines {\"id\",\"from\",\"to\",\"text\"}",
                  fmt::format("{} inbound received.jsonl", app.tool()), [](Run& run) { return inbound(run, file); });
  app.operator_only(command).add_option("FILE", file, "the messages, or - (standard input), the default");
}

}  // namespace cardsrv::cli
