// cardsrv-pull: what changed for an account since its last pull.

#include "cli/app.h"
#include "cli/pull_rounds.h"
#include "report/pulling_report.h"

namespace {

using namespace cardsrv;

void declare(cli::App& app) {
  static cli::PullArguments arguments;
  CLI::App& root = app.root();
  root.add_option("UID", arguments.uid, "the account that pulls");
  root.add_option("--since", arguments.since, "the token of the last pull; without one everything comes");
  root.add_option("--device", arguments.device, "let the store keep the token under this name");
  root.add_flag("--full", arguments.full, "start over: every peer's card, and the complete set of peers");
  root.add_option("--limit", arguments.limit, "a page of at most so many items");
  root.add_option("--as", arguments.as,
                  "delta (JSON Lines), or the cards alone: vcard4, vcard3, jcard, jscontact, csv, …")
      ->check(CLI::IsMember(report::pull_kind_words()));
  root.add_option("-o,--output", arguments.output, "write to this file, in one step");
  root.add_option("--state", arguments.state,
                  "where all but the cards goes, JSON Lines: the token too, which no kind but delta carries");
  root.add_option("--requests", arguments.requests, R"(pull for many: JSON Lines {"uid","since","limit","password"})");
  root.add_option("--into", arguments.into, "merge into this address book: a file of vCards, or a folder of them");
  root.add_option("--keep", arguments.keep, "with --into: properties that are left alone, such as FN,N,NOTE");
  root.add_flag("--all", arguments.all, "for every account, into a collection of its own");
  root.add_option("--vdir", arguments.vdir, "with --all: the folder of the collections, as Radicale serves them");
  root.add_option("--every", arguments.every,
                  "again and again, such as 15m; SIGTERM ends it. Files of -o and --state grow with each round");
  app.run([](cli::Run& run) { return cli::pull(run, arguments); });
}

}  // namespace

int main(int argc, char** argv) {
  return cli::run_tool(argc, argv, "cardsrv-pull", "pulls what changed for an account",
                       "cardsrv-pull u4n… --since \"$token\" | jq -r 'select(.kind==\"card\").card'", declare);
}
