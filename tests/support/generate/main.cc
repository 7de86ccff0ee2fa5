// cardsrv-generate: a user base of any size from a seed, as files for cardsrv-register bulk, cardsrv-import bulk and
// cardsrv-rebind bulk. A tool of the tests and the benches; it is not installed.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "report/printer.h"
#include "support/generator.h"

int main(int argc, char** argv) {
  using namespace cardsrv;
  std::uint64_t seed = 1;
  std::uint32_t accounts = 0;
  std::string folder;
  CLI::App app("writes accounts.csv, import.jsonl and rebind.csv into FOLDER", "cardsrv-generate");
  app.add_option("ACCOUNTS", accounts, "how many accounts")
      ->required()
      ->check(CLI::Range(std::uint32_t{1}, std::uint32_t{testing::UserBase::kMostAccounts}));
  app.add_option("FOLDER", folder, "made if it is not there")->required();
  app.add_option("--seed", seed, "the same seed makes the same files (1)");
  CLI11_PARSE(app, argc, argv);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const Result<void> written = testing::write_user_base(testing::UserBase(seed, accounts), folder);
  if (written) return 0;
  report::Printer err(STDERR_FILENO, report::Form::kText);
  const bool told = err.text("cardsrv-generate: " + written.error().message + "\n") && err.flush();
  static_cast<void>(told);
  return exit_status(written.error().code);
}
