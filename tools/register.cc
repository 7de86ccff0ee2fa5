// cardsrv-register: people register a number, log in and change their password; the operator registers many.

#include <unistd.h>

#include "cli/app.h"
#include "report/registration_report.h"
#include "service/accounts.h"
#include "service/bulk_registration.h"
#include "service/registration.h"
#include "sms/transport.h"

namespace {

using namespace cardsrv;

struct Arguments {
  std::string number, session, uid, file, account;
  std::string proof = "sms-down";
  std::optional<std::string> fixed_code, own, vouch, from;
  bool reset = false, no_passwords = false, allow_quarantined = false;
};

Result<int> request(cli::Run& run, const Arguments& arguments) {
  TRY(const auto number, run.number(arguments.number));
  TRY(store::Store* const store, run.store());
  const auto proof = arguments.proof == "sms-up" ? store::Proof::kSmsUp : store::Proof::kSmsDown;
  TRY(service::check_proof(*store, proof));
  TRY(const auto transport, sms::configured_transport(run.common().sms));
  const service::RegistrationRequest asked{number, proof, arguments.fixed_code};
  TRY(const auto info, service::request_registration(*store, *transport, asked, run.batch()));
  TRY(report::print(run.out(), info, run.tool()));
  return 0;
}

Result<int> resend(cli::Run& run, const Arguments& arguments) {
  TRY(store::Store* const store, run.store());
  TRY(const auto transport, sms::configured_transport(run.common().sms));
  TRY(const auto info, service::resend(*store, *transport, store::Purpose::kRegister, arguments.session, run.batch()));
  TRY(report::print(run.out(), info, run.tool()));
  return 0;
}

Result<int> confirm(cli::Run& run, const Arguments& arguments) {
  TRY(store::Store* const store, run.store());
  TRY(const std::string code, run.code());
  TRY(const auto registered, service::confirm_registration(*store, arguments.session, code, run.batch()));
  TRY(report::print(run.out(), registered));
  return 0;
}

Result<int> login(cli::Run& run, const Arguments& arguments) {
  TRY(const auto uid, store::Uid::parse(arguments.uid));
  if (arguments.own) TRY(run.claim_input(*arguments.own));
  TRY(store::Store* const store, run.store());
  TRY(const auto lines, run.passwords(1));
  TRY(const auto answer, service::log_in(*store, uid, lines.front(), arguments.own));
  TRY(report::print(run.out(), answer));
  return 0;
}

// The operator's new password, if one is given: nobody is asked at a terminal.
Result<std::optional<std::string>> given_password(cli::Run& run) {
  if (run.common().password_file) {
    TRY(const auto lines, run.passwords(1));
    return lines.front();
  }
  if (isatty(STDIN_FILENO) == 1) return std::nullopt;
  const auto lines = run.passwords(1);
  if (!lines || lines->front().empty()) return std::nullopt;
  return lines->front();
}

Result<int> password(cli::Run& run, const Arguments& arguments) {
  TRY(const auto uid, store::Uid::parse(arguments.uid));
  if (arguments.reset != arguments.vouch.has_value())
    return fail(Errc::kUsage, "--reset and --vouch WHY go together",
                "without them the person's old password is asked for");
  TRY(store::Store* const store, run.store());
  if (arguments.reset) {
    TRY(const auto given, given_password(run));
    TRY(const auto changed, service::reset_password(*store, uid, given, *arguments.vouch, run.batch()));
    TRY(report::print(run.out(), changed));
    return 0;
  }
  TRY(const auto lines, run.passwords(2));
  TRY(const auto changed, service::change_password(*store, uid, lines[0], lines[1], run.batch()));
  TRY(report::print(run.out(), changed));
  return 0;
}

Result<int> show(cli::Run& run, const Arguments& arguments) {
  TRY(const auto region, run.region());
  TRY(store::Store* const store, run.store());
  TRY(const auto view, service::show_account(*store, arguments.account, region));
  TRY(report::print(run.out(), view));
  return 0;
}

Result<int> bulk(cli::Run& run, const Arguments& arguments) {
  service::BulkRegistration asked{.path = arguments.file, .vouch = *arguments.vouch};
  if (arguments.from) {
    TRY(asked.format, service::parse_rows_format(*arguments.from));
  }
  TRY(asked.region, run.region());
  if (arguments.no_passwords) asked.passwords = service::Passwords::kNone;
  if (arguments.allow_quarantined) asked.quarantine = service::Quarantine::kIgnored;
  TRY(run.claim_input(arguments.file));
  TRY(store::Store* const store, run.store());
  TRY(report::Rejects* const rejects, run.rejects());
  auto result = service::register_bulk(
      *store, asked, run.batch(), [&](const Reject& reject) { return rejects->add(reject); }, run.progress("rows"));
  TRY(run.finish_rejects());
  if (!result) return fail(std::move(result.error()));
  TRY(report::print(run.out(), *store, *result));
  return result->refused > 0 ? exit_status(Errc::kRejected) : 0;
}

void declare(cli::App& app) {
  static Arguments arguments;
  const auto with = [](Result<int> (*action)(cli::Run&, const Arguments&)) {
    return [action](cli::Run& run) { return action(run, arguments); };
  };

  auto& request_command =
      app.command("request", "open a session and send a code to the number",
                  "cardsrv-register request +8613800138000 --sms file:/tmp/messages.jsonl", with(request));
  request_command.add_option("NUMBER", arguments.number, "the number to register")->required();
  request_command.add_option("--proof", arguments.proof, "how the number is proved")
      ->check(CLI::IsMember({"sms-down", "sms-up"}));
  request_command.add_option("--fixed-code", arguments.fixed_code, "stores for tests only: the code, six digits");

  app.command("resend", "send a new code; the old one becomes useless", "cardsrv-register resend s7k…", with(resend))
      .add_option("SESSION", arguments.session, "what request answered")
      ->required();
  app.command("confirm", "register: the code on standard input, or from --code-file",
              "echo 123456 | cardsrv-register confirm s7k…", with(confirm))
      .add_option("SESSION", arguments.session, "what request answered")
      ->required();

  auto& login_command = app.command("login", "log in, with the password on standard input, or from --password-file",
                                    "cardsrv-register login u4n… --own me.vcf --password-file p.txt", with(login));
  login_command.add_option("UID", arguments.uid, "the account")->required();
  login_command.add_option("--own", arguments.own, "the device's own card, to compare with the server's");

  auto& password_command = app.command(
      "password",
      "change the password: the old one and the new one, a line each, on standard input or from --password-file.\n"
      "With --reset the operator sets it: the first line is the new one; where standard input is a terminal, at its "
      "end or\n"
      "blank, one is generated and told",
      "cardsrv-register password u4n… --reset --vouch 'seen with passport' </dev/null", with(password));
  password_command.add_option("UID", arguments.uid, "the account")->required();
  password_command.add_flag("--reset", arguments.reset, "the operator's word in place of the old password");
  password_command.add_option("--vouch", arguments.vouch, "why, for the record");

  app.operator_only(
         app.command("show", "what is known of an account", "cardsrv-register show +8613800138000", with(show)))
      .add_option("UID|NUMBER", arguments.account, "a uid, else the number it holds")
      ->required();

  auto& bulk_command =
      app.command("bulk", "register many numbers on the operator's word: rows number[,uid]",
                  "cardsrv-register bulk people.csv --vouch migration --rejects bad.jsonl", with(bulk));
  app.operator_only(bulk_command);
  bulk_command.add_option("FILE", arguments.file, "CSV with a header, or JSON Lines; or -")->required();
  bulk_command.add_option("--vouch", arguments.vouch, "why, for the record")->required();
  bulk_command.add_option("--from", arguments.from, "csv or jsonl, where the content does not tell");
  bulk_command.add_flag("--no-passwords", arguments.no_passwords, "leave passwords to a later password --reset");
  bulk_command.add_flag("--allow-quarantined", arguments.allow_quarantined,
                        "also numbers that somebody left less than 45 days ago");
}

}  // namespace

int main(int argc, char** argv) {
  return cli::run_tool(argc, argv, "cardsrv-register", "registers people with their phone numbers",
                       "cardsrv-register request +8613800138000", declare);
}
