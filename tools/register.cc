// cardsrv-register: people register a number, log in and change their password; the operator registers many.

#include <unistd.h>

#include "cli/admission.h"
#include "cli/app.h"
#include "cli/messages.h"
#include "report/registration_report.h"
#include "service/accounts.h"
#include "service/blocking.h"
#include "service/bulk_registration.h"
#include "service/erasing.h"
#include "service/registration.h"

namespace {

using namespace cardsrv;

struct Arguments {
  std::string number, session, uid, file, account, other;
  std::string proof = "sms-down";
  std::optional<std::string> fixed_code, own, vouch, from, for_account;
  bool reset = false, forgot = false, no_passwords = false, allow_quarantined = false, claimable = false;
};

Result<int> request(cli::Run& run, const Arguments& arguments) {
  if (arguments.forgot && !arguments.for_account)
    return fail(Errc::kUsage, "--forgot needs --account UID", "whose password was forgotten?");
  const store::Proof proof = cli::proof_of(arguments.proof);
  std::optional<store::Uid> uid;
  if (arguments.for_account) {
    TRY(uid, store::Uid::parse(*arguments.for_account));
  }
  std::optional<phone::PhoneNumber> number;
  if (!uid || arguments.forgot) {
    TRY(number, run.number(arguments.number));
  }
  TRY(store::Store* const store, run.store());
  TRY(service::check_proof(*store, proof));
  TRY(const auto transport, cli::transport_for(run, proof));
  std::optional<std::string> password;
  if (!number) {
    TRY(const auto lines, run.passwords(1));
    password = lines.front();
    TRY(number, cli::number_of_person(run, arguments.number, *uid, *password));
  }
  const service::RegistrationRequest asked{*number, proof, arguments.fixed_code, uid, password};
  TRY(const auto info, service::request_registration(*store, transport.get(), asked, run.batch()));
  TRY(report::print(run.out(), info, run.tool()));
  return 0;
}

Result<int> resend(cli::Run& run, const Arguments& arguments) {
  TRY(store::Store* const store, run.store());
  TRY(const auto transport, cli::optional_transport(run));
  TRY(const auto info,
      service::resend(*store, transport.get(), service::SessionOf::kRegistration, arguments.session, run.batch()));
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
  TRY(const auto answer, service::log_in(*store, uid, lines.front(), arguments.own, service::marking_of(run.batch())));
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
  if (arguments.reset && run.common().auth)
    return fail(Errc::kUsage, "--reset is the operator's word: --auth has no place there",
                "without --reset the person's old password is asked for");
  TRY(store::Store* const store, run.store());
  if (arguments.reset) {
    TRY(cli::Run::vouch(*arguments.vouch));
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

Result<int> change_block(cli::Run& run, const Arguments& arguments, service::BlockEdit edit) {
  TRY(const auto uid, store::Uid::parse(arguments.uid));
  TRY(cli::admit(run, uid, cli::Admission::kPersonal));
  TRY(const auto region, run.region());
  TRY(store::Store* const store, run.store());
  TRY(const auto result, service::change_block(*store, uid, arguments.other, region, edit, run.batch()));
  TRY(report::print(run.out(), result));
  return 0;
}

Result<int> block(cli::Run& run, const Arguments& arguments) {
  return change_block(run, arguments, service::BlockEdit::kSet);
}

Result<int> unblock(cli::Run& run, const Arguments& arguments) {
  return change_block(run, arguments, service::BlockEdit::kLift);
}

Result<int> close(cli::Run& run, const Arguments& arguments) {
  TRY(const auto uid, store::Uid::parse(arguments.uid));
  if (run.common().auth == arguments.vouch.has_value())
    return fail(Errc::kUsage, "close is the person's word or the operator's: --auth, or --vouch WHY",
                "name one of them");
  if (arguments.vouch) TRY(cli::Run::vouch(*arguments.vouch));
  TRY(store::Store* const store, run.store());
  TRY(const auto transport, cli::optional_transport(run));
  service::Closing closing{uid, {}, arguments.vouch.value_or("")};
  TRY(closing.password, run.auth_password());
  TRY(const auto closed, service::close_account(*store, transport.get(), closing, run.batch()));
  TRY(report::print(run.out(), closed));
  return 0;
}

Result<int> bulk(cli::Run& run, const Arguments& arguments) {
  service::BulkRegistration asked{.path = arguments.file};
  TRY(asked.vouch, cli::Run::vouch(*arguments.vouch));
  if (arguments.from) {
    TRY(asked.format, service::parse_rows_format(*arguments.from));
  }
  TRY(asked.region, run.region());
  if (arguments.no_passwords) asked.passwords = service::Passwords::kNone;
  if (arguments.allow_quarantined) asked.quarantine = service::Quarantine::kIgnored;
  asked.claimable = arguments.claimable;
  TRY(run.claim_input(arguments.file));
  TRY(store::Store* const store, run.store());
  TRY(report::Rejects* const rejects, run.rejects());
  auto result = service::register_bulk(
      *store, asked, run.batch(), [&](const Reject& reject) { return rejects->add(reject); }, run.progress("rows"));
  TRY(run.finish_rejects(result));
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
      app.command("request", "open a session: a code goes to the number, or a text is to come from it",
                  "cardsrv-register request +8613800138000 --sms file:/tmp/messages.jsonl", with(request));
  request_command.add_option("NUMBER", arguments.number, "the number to register")->required();
  request_command.add_option("--proof", arguments.proof, "how the number is proved")
      ->check(CLI::IsMember({"sms-down", "sms-up"}));
  request_command.add_option("--account", arguments.for_account,
                             "who holds the number already; their password on standard input, or from --password-file");
  request_command.add_flag("--forgot", arguments.forgot,
                           "with --account: the password is forgotten, a new one is wanted");
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

  cli::declare_inbound(app);

  auto& block_command = app.command("block", "no association with another person, until unblock",
                                    "cardsrv-register block u4n… +8613910000002", with(block));
  auto& unblock_command =
      app.command("unblock", "lift a block", "cardsrv-register unblock u4n… +8613910000002", with(unblock));
  for (auto* command : {&block_command, &unblock_command}) {
    command->add_option("UID", arguments.uid, "the account whose block it is")->required();
    command->add_option("OTHER", arguments.other, "a uid, else a number: its present owner")->required();
  }

  auto& close_command = app.command(
      "close", "end an account and erase its card, list and secrets; with --auth, or on the operator's word",
      "cardsrv-register close u4n… --vouch 'asked by letter'", with(close));
  close_command.add_option("UID", arguments.uid, "the account")->required();
  close_command.add_option("--vouch", arguments.vouch, "why, for the record");

  auto& bulk_command =
      app.command("bulk", "register many numbers on the operator's word: rows number[,uid]",
                  "cardsrv-register bulk people.csv --vouch migration --rejects bad.jsonl", with(bulk));
  app.operator_only(bulk_command);
  bulk_command.add_option("FILE", arguments.file, "CSV with a header, or JSON Lines; or -")->required();
  bulk_command.add_option("--vouch", arguments.vouch, "why, for the record")->required();
  bulk_command.add_option("--from", arguments.from, "csv or jsonl, where the content does not tell");
  bulk_command.add_flag("--no-passwords", arguments.no_passwords, "leave passwords to a later password --reset");
  bulk_command.add_flag("--claimable", arguments.claimable,
                        "the first SMS proof of a number, before any login, is the same person");
  bulk_command.add_flag("--allow-quarantined", arguments.allow_quarantined,
                        "also numbers that somebody left less than 45 days ago");
}

}  // namespace

int main(int argc, char** argv) {
  return cli::run_tool(argc, argv, "cardsrv-register", "registers people with their phone numbers",
                       "cardsrv-register request +8613800138000", declare);
}
