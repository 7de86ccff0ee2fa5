// cardsrv-rebind: a person takes a new number and keeps everything else; the operator carries out a renumbering plan.

#include "cli/app.h"
#include "cli/messages.h"
#include "report/rebinding_report.h"
#include "report/registration_report.h"
#include "service/bulk_rebinding.h"
#include "service/rebinding.h"

namespace {

using namespace cardsrv;

struct Arguments {
  std::string uid, number, from, session, file, vouch;
  std::string proof = "sms-down";
  std::optional<std::string> fixed_code, format;
  bool allow_quarantined = false;
};

Result<int> request(cli::Run& run, const Arguments& arguments) {
  TRY(const auto uid, store::Uid::parse(arguments.uid));
  const store::Proof proof = cli::proof_of(arguments.proof);
  TRY(store::Store* const store, run.store());
  TRY(service::check_proof(*store, proof));
  TRY(const auto transport, cli::transport_for(run, proof));
  TRY(const auto lines, run.passwords(1));
  TRY(const auto number, cli::number_of_person(run, arguments.number, uid, lines.front()));
  service::RebindRequest asked{.uid = uid, .password = lines.front(), .number = number, .proof = proof};
  if (arguments.from != "none") {
    TRY(asked.from, cli::number_of_person(run, arguments.from, uid, lines.front()));
  }
  asked.fixed_code = arguments.fixed_code;
  TRY(const auto info, service::request_rebind(*store, transport.get(), asked, run.batch()));
  TRY(report::print(run.out(), info, run.tool()));
  return 0;
}

Result<int> resend(cli::Run& run, const Arguments& arguments) {
  TRY(store::Store* const store, run.store());
  TRY(const auto transport, cli::optional_transport(run));
  TRY(const auto info,
      service::resend(*store, transport.get(), service::SessionOf::kRebinding, arguments.session, run.batch()));
  TRY(report::print(run.out(), info, run.tool()));
  return 0;
}

Result<int> confirm(cli::Run& run, const Arguments& arguments) {
  TRY(store::Store* const store, run.store());
  // The message to the former number is best effort: without a transport there is none.
  TRY(const auto transport, cli::optional_transport(run));
  TRY(const std::string code, run.code());
  TRY(const auto rebound, service::confirm_rebind(*store, transport.get(), arguments.session, code, run.batch()));
  if (rebound.untold > 0)
    run.note(
        "the former number was not told of the move: no transport for messages, or it failed; confirm again to retry");
  TRY(report::print(run.out(), rebound));
  return 0;
}

Result<int> bulk(cli::Run& run, const Arguments& arguments) {
  service::BulkRebinding asked{.path = arguments.file};
  TRY(asked.vouch, cli::Run::vouch(arguments.vouch));
  if (arguments.format) {
    TRY(asked.format, service::parse_rows_format(*arguments.format));
  }
  TRY(asked.region, run.region());
  if (arguments.allow_quarantined) asked.quarantine = service::Quarantine::kIgnored;
  TRY(run.claim_input(arguments.file));
  TRY(store::Store* const store, run.store());
  TRY(const auto transport, cli::optional_transport(run));
  TRY(report::Rejects* const rejects, run.rejects());
  auto result = service::rebind_bulk(
      *store, transport.get(), asked, run.batch(), [&](const Reject& reject) { return rejects->add(reject); },
      run.progress("rows"));
  TRY(run.finish_rejects(result));
  if (!result) return fail(std::move(result.error()));
  TRY(report::print(run.out(), *result));
  return result->refused > 0 ? exit_status(Errc::kRejected) : 0;
}

void declare(cli::App& app) {
  static Arguments arguments;
  const auto with = [](Result<int> (*action)(cli::Run&, const Arguments&)) {
    return [action](cli::Run& run) { return action(run, arguments); };
  };

  auto& request_command = app.command(
      "request",
      "prove the new number: a code goes to it, or a text is to come from it; the password on standard input, or from "
      "--password-file",
      "cardsrv-rebind request u4n… +8613900139000 --from +8613800138000 --password-file p.txt", with(request));
  request_command.add_option("UID", arguments.uid, "the account")->required();
  request_command.add_option("NEW_NUMBER", arguments.number, "the number that it takes")->required();
  request_command.add_option("--from", arguments.from, "the number that it has now, or none")->required();
  request_command.add_option("--proof", arguments.proof, "how the new number is proved")
      ->check(CLI::IsMember({"sms-down", "sms-up"}));
  request_command.add_option("--fixed-code", arguments.fixed_code, "stores for tests only: the code, six digits");

  app.command("resend", "send a new code; the old one becomes useless", "cardsrv-rebind resend s7k…", with(resend))
      .add_option("SESSION", arguments.session, "what request answered")
      ->required();
  app.command("confirm", "take the number: the code on standard input, or from --code-file",
              "echo 123456 | cardsrv-rebind confirm s7k…", with(confirm))
      .add_option("SESSION", arguments.session, "what request answered")
      ->required();

  cli::declare_inbound(app);

  auto& bulk_command =
      app.command("bulk", "a renumbering plan on the operator's word: rows old,new, all at once",
                  "cardsrv-rebind bulk plan.csv --vouch 'new area code' --rejects bad.jsonl", with(bulk));
  app.operator_only(bulk_command);
  bulk_command.add_option("FILE", arguments.file, "CSV with a header, or JSON Lines; or -")->required();
  bulk_command.add_option("--vouch", arguments.vouch, "why, for the record")->required();
  bulk_command.add_option("--from", arguments.format, "csv or jsonl, where the content does not tell");
  bulk_command.add_flag("--allow-quarantined", arguments.allow_quarantined,
                        "also numbers that somebody left less than 45 days ago");
}

}  // namespace

int main(int argc, char** argv) {
  return cli::run_tool(argc, argv, "cardsrv-rebind", "gives people new numbers, and keeps everything else",
                       "cardsrv-rebind request u4n… +8613900139000 --from +8613800138000", declare);
}
