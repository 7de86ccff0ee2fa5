// cardsrv-match: finds who lists each other.

#include "cli/app.h"
#include "report/matching_report.h"

namespace {

using namespace cardsrv;

struct Arguments {
  bool full = false;
  bool verify = false;
  std::string a, b;
};

Result<int> match(cli::Run& run, const Arguments& arguments) {
  TRY(store::Store* const store, run.store());
  const service::Progress progress = run.progress("lists");
  const auto scope = arguments.full ? service::MatchScope::kFull : service::MatchScope::kChanged;
  TRY(auto result, arguments.verify ? service::verify_match(*store, progress)
                                    : service::match(*store, scope, run.batch(), progress));
  result.outcome.dry_run = run.common().dry_run;
  TRY(report::print(run.out(), result));
  return 0;
}

Result<int> explain(cli::Run& run, const Arguments& arguments) {
  TRY(store::Store* const store, run.store());
  TRY(const auto region, run.region());
  TRY(const auto explanation, service::explain(*store, arguments.a, arguments.b, region));
  TRY(report::print(run.out(), explanation));
  return 0;
}

void declare(cli::App& app) {
  static Arguments arguments;
  app.root().add_flag("--full", arguments.full, "match every list again, not only what changed");
  app.root().add_flag("--verify", arguments.verify, "work both ways out, compare them, and change nothing");
  app.run([](cli::Run& run) { return match(run, arguments); });
  app.operator_only(app.root());
  auto& command =
      app.command("explain", "why two accounts are, or are not, associated",
                  "cardsrv-match explain u4n… +8613800138000", [](cli::Run& run) { return explain(run, arguments); });
  app.operator_only(command);
  command.add_option("UID", arguments.a, "an account, or its number")->required();
  command.add_option("OTHER", arguments.b, "the other, or its number")->required();
}

}  // namespace

int main(int argc, char** argv) {
  return cli::run_tool(argc, argv, "cardsrv-match", "finds who lists each other", "cardsrv-match --json", declare);
}
