#pragma once
// What every tool has in common (cli.md, "Common to all"): options, the store, secrets, exit codes. A tool declares its
// commands and what each of them calls; nothing else is in its main.

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "phone/phone_number.h"
#include "report/printer.h"
#include "report/rejects.h"
#include "service/batch.h"
#include "service/progress.h"
#include "store/store.h"

namespace cardsrv::cli {

// The options that every command takes.
struct Common {
  std::optional<std::string> store;
  std::optional<std::string> batch_id;
  std::optional<std::string> region;
  std::optional<std::string> rejects;
  std::optional<std::string> password_file;
  std::optional<std::string> code_file;
  std::optional<std::string> sms;
  std::optional<std::string> completions;
  std::string progress = "auto";
  std::int64_t busy_timeout_ms = 10'000;
  bool auth = false;
  bool json = false;
  bool dry_run = false;
  bool quiet = false;
  bool verbose = false;
  bool no_color = false;
};

// The count that an option was given, if it was: decimal digits; kUsage for anything else.
[[nodiscard]] Result<std::optional<std::uint64_t>> count_of(const char* option, const std::optional<std::string>& text);

// One run of one command. Each part is made when it is first asked for.
class Run {
 public:
  Run(std::string tool, const Common& common);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  [[nodiscard]] const std::string& tool() const { return tool_; }
  [[nodiscard]] const Common& common() const { return common_; }
  [[nodiscard]] report::Printer& out() { return out_; }

  // The store that is named by --store, $CARDSRV_STORE or the default path.
  [[nodiscard]] std::string store_url() const;
  // Opens it. kUsage where a store for production meets $CARDSRV_NOW or $CARDSRV_SEED.
  [[nodiscard]] Result<store::Store*> store();
  // For the command that makes a store: nothing is opened.
  [[nodiscard]] Result<store::Options> store_options();

  // The batch that the command is; what it was applied as can be asked for afterwards.
  [[nodiscard]] service::BatchOptions batch() { return {common_.batch_id, common_.dry_run, false, &applied_}; }
  [[nodiscard]] const std::optional<std::string>& applied() const { return applied_; }
  // The reason of --vouch; kUsage where it is blank.
  [[nodiscard]] static Result<std::string> vouch(const std::string& reason);
  // --region, else $CARDSRV_REGION, else nothing.
  [[nodiscard]] Result<std::optional<phone::Region>> region() const;
  // A number on the command line, read in region().
  [[nodiscard]] Result<phone::PhoneNumber> number(const std::string& text) const;

  // The first `lines` lines of --password-file, else of standard input; kUsage where there are fewer.
  [[nodiscard]] Result<std::vector<std::string>> passwords(size_t lines);
  // The password of --auth; nullopt: the caller is the operator.
  [[nodiscard]] Result<std::optional<std::string>> auth_password();
  // The first line of --code-file, else of standard input.
  [[nodiscard]] Result<std::string> code();
  // An input that is "-" takes standard input for itself; kUsage where a secret comes from there too, or where what the
  // command writes would go into it.
  [[nodiscard]] Result<void> claim_input(const std::string& path);

  // kUsage: the file that `option` names is the store, or an input that was claimed.
  [[nodiscard]] Result<void> check_written(std::string_view option, const std::string& path) const;

  [[nodiscard]] Result<report::Rejects*> rejects();
  // kRejected's exit status when there were rejects, else 0; tells the rest of them. `stands`: nothing was looked at
  // anew, and the file of --rejects stays as it is.
  [[nodiscard]] Result<int> finish_rejects(bool stands = false);
  // The same after a batch: one that failed, or that came again, tells no rejects anew.
  template <typename R>
  [[nodiscard]] Result<int> finish_rejects(const Result<R>& result) {
    return finish_rejects(!result || result->outcome.replayed);
  }

  // Draws on standard error as --progress asks; may be called for every record.
  [[nodiscard]] service::Progress progress(std::string unit);
  // Whether standard output is a terminal that may have colours (--no-color, $NO_COLOR).
  [[nodiscard]] bool colours() const;
  // A message on standard error, unless --quiet.
  void note(std::string_view message) const;

 private:
  [[nodiscard]] Result<std::vector<std::string>> secret_lines(const std::optional<std::string>& file, size_t lines,
                                                              const char* what);
  std::string tool_;
  const Common& common_;
  report::Printer out_;
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<report::Rejects> rejects_;
  std::string stdin_user_;  // what reads standard input
  std::vector<std::string> inputs_;
  std::optional<std::string> applied_;
  std::optional<std::string> auth_password_;
};

// The exit status of a command that did not fail: 0, or 1 when records were rejected.
using Action = std::function<Result<int>(Run&)>;

class App {
 public:
  App(CLI::App& root, std::string tool) : root_(root), tool_(std::move(tool)) {}
  // The tool itself, for one without sub-commands or with something to do without one.
  [[nodiscard]] CLI::App& root() { return root_; }
  void run(Action action) { root_action_ = std::move(action); }
  // Adds a command; its options are declared on what is returned. `example` is shown by its --help.
  CLI::App& command(const std::string& name, const std::string& about, const std::string& example, Action action);
  // A word that only groups commands (cardsrv-store config get), and a command in it.
  CLI::App& group(const std::string& name, const std::string& about, const std::string& example);
  CLI::App& command(CLI::App& group, const std::string& name, const std::string& about, const std::string& example,
                    Action action);
  // Marks what is the operator's alone: --auth is refused there. The root's mark is for the tool without a
  // command.
  CLI::App& operator_only(CLI::App& command);
  [[nodiscard]] const std::string& tool() const { return tool_; }
  // The action of the command that was parsed. kUsage: none was, or --auth with what is the operator's alone.
  [[nodiscard]] Result<Action> chosen(const Common& common) const;

 private:
  CLI::App& root_;
  std::string tool_;
  Action root_action_;
  std::vector<std::pair<CLI::App*, Action>> commands_;
  std::set<const CLI::App*> operator_only_;
};

// Parses, runs, prints the error, gives the exit status. `example` is shown by --help.
int run_tool(int argc, char** argv, const std::string& tool, const std::string& about, const std::string& example,
             const std::function<void(App&)>& declare);

}  // namespace cardsrv::cli
