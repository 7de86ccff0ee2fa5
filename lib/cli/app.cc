#include "cli/app.h"

#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>

#include "base/file.h"
#include "base/input.h"
#include "base/stop.h"
#include "base/utf8.h"
#include "cli/completions.h"
#include "cli/progress.h"

namespace cardsrv::cli {
namespace {

constexpr const char* kVersion = CARDSRV_VERSION;
constexpr size_t kMostSecretBytes = 64 * 1024;

constexpr const char* kExitCodes =
    "Exit codes: 0 done, 1 records rejected, 2 usage, 3 store or file, 4 refused, 5 not yet, 6 guard, 7 stale, "
    "8 conflict, 9 found wrong, 70 a defect, 130/143/141 stopped by SIGINT, SIGTERM, a closed pipe.";

std::string footer(const std::string& example) { return fmt::format("\nExample:\n  {}\n\n{}", example, kExitCodes); }

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::string error_line(const std::string& tool, const Error& error) {
  return fmt::format("{}: {}\n", tool, report::error_text(error));
}

std::string error_json(const Error& error) {
  return report::Json{{"error", report::error_object(error)}}.dump(-1, ' ', false,
                                                                   report::Json::error_handler_t::replace) +
         "\n";
}

int tell(const std::string& tool, const Error& error, bool json) {
  // Nobody is there to read: saying so would only be noise in the script's log.
  if (error.code != Errc::kReaderGone) {
    report::Printer err(STDERR_FILENO, report::Form::kText);
    const bool told = err.text(json ? error_json(error) : error_line(tool, error)) && err.flush();
    static_cast<void>(told);
  }
  return exit_status(error.code);
}

// The answer could not be written, and the batch stands: its id has the answer told again (J1).
Error what_to_do(const Run& run, Error error) {
  const bool output = error.code == Errc::kDiskFull || error.code == Errc::kIo;
  if (output && run.applied())
    error.hint =
        fmt::format("the batch was applied: to have its answer, run it again with --batch-id {}", *run.applied());
  return error;
}

void add_common(CLI::App& app, Common& common) {
  const auto group = [&](CLI::Option* option) { option->group("Common options"); };
  group(app.add_option("--store", common.store,
                       "the store: a path ($CARDSRV_STORE, else ~/.local/share/cardsrv/store.db)"));
  group(app.add_flag("--json", common.json, "one JSON object a line"));
  group(app.add_option("--batch-id", common.batch_id, "name of this batch: repeated, the first answer is given again"));
  group(app.add_flag("--dry-run", common.dry_run, "do the work, answer, and undo it"));
  group(app.add_option("--region", common.region, "region of national numbers, such as CN ($CARDSRV_REGION)"));
  group(app.add_option("--rejects", common.rejects, "file for rejected records, JSON Lines"));
  group(app.add_flag("--auth", common.auth, "act as the person: their password is checked"));
  group(app.add_option("--password-file", common.password_file, "read passwords from this file, not standard input"));
  group(app.add_option("--code-file", common.code_file, "read the code from this file, not standard input"));
  group(app.add_option("--sms", common.sms, "how messages go out: file:PATH, spool:DIR or command:CMD ($CARDSRV_SMS)"));
  group(app.add_option("--progress", common.progress, "on standard error: auto, always, never")
            ->check(CLI::IsMember({"auto", "always", "never"})));
  group(app.add_option("--busy-timeout", common.busy_timeout_ms, "milliseconds to wait for another writer (10000)")
            ->check(CLI::Range(std::int64_t{0}, std::int64_t{86'400'000})));
  group(app.add_flag("--quiet", common.quiet, "errors only"));
  group(app.add_flag("--verbose", common.verbose, "more messages"));
  group(app.add_flag("--no-color", common.no_color, "no colours ($NO_COLOR)"));
  group(app.add_option("--completions", common.completions, "print the script that completes the tool in a shell")
            ->check(CLI::IsMember(shells())));
}

// X3: what was not expected may be a secret that somebody gave in the wrong place: options are named, values are not.
Error unexpected_arguments(const CLI::App& root, const std::string& tool) {
  std::string options;
  std::size_t values = 0;
  for (const std::string& argument : root.remaining(true)) {
    if (argument.size() < 2 || argument.front() != '-') {
      ++values;
      continue;
    }
    options += options.empty() ? "" : ", ";
    options += argument.substr(0, argument.find('='));
  }
  if (!options.empty()) return {Errc::kUsage, "no such option: " + options, tool + " --help", {}};
  const auto commands = root.get_subcommands([](const CLI::App*) { return true; });
  if (!commands.empty() && root.get_subcommands().empty()) {
    std::string names;
    for (const CLI::App* command : commands) names += (names.empty() ? "" : ", ") + command->get_name();
    return {Errc::kUsage, "no such command", tool + " has " + names, {}};
  }
  return {Errc::kUsage,
          fmt::format("{} argument(s) more than expected", values),
          "secrets go to standard input, or a file: --password-file, --code-file; see " + tool + " --help",
          {}};
}

Result<int> act(const App& app, Run& run) {
  if (const auto& shell = run.common().completions; shell) {
    TRY(const std::string script, completion_script(run.tool(), *shell));
    TRY(run.out().text(script));
    TRY(run.out().flush());
    return 0;
  }
  if (run.common().batch_id && trim(*run.common().batch_id).empty())
    return fail(Errc::kUsage, "--batch-id is blank", "name the batch, or leave the option out");
  TRY(const Action action, app.chosen(run.common()));
  TRY(const int status, action(run));
  TRY(run.out().flush());
  return status;
}

}  // namespace

Result<std::optional<std::uint64_t>> count_of(const char* option, const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  std::uint64_t count = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, count);
  if (error != std::errc{} || stop != end)
    return fail(Errc::kUsage, fmt::format("{}: \"{}\" is no count", option, *text), "such as 12");
  return count;
}

Run::Run(std::string tool, const Common& common)
    : tool_(std::move(tool)),
      common_(common),
      out_(STDOUT_FILENO, common.json ? report::Form::kJson : report::Form::kText) {}

Run::~Run() = default;

std::string Run::store_url() const {
  if (common_.store) return *common_.store;
  if (const auto named = environment("CARDSRV_STORE")) return *named;
  if (const auto data = environment("XDG_DATA_HOME")) return *data + "/cardsrv/store.db";
  return environment("HOME").value_or("") + "/.local/share/cardsrv/store.db";
}

Result<store::Options> Run::store_options() {
  if (const auto now = environment("CARDSRV_NOW"); now && !clock_) {
    auto time = parse_rfc3339(*now);
    if (!time) return fail(Errc::kUsage, "$CARDSRV_NOW: " + time.error().message, time.error().hint);
    clock_ = std::make_unique<FixedClock>(*time);
  }
  return store::Options{common_.busy_timeout_ms, clock_.get()};
}

Result<store::Store*> Run::store() {
  if (store_) return store_.get();
  TRY(const store::Options options, store_options());
  TRY(store_, store::open(store_url(), options));
  for (const char* name : {"CARDSRV_NOW", "CARDSRV_SEED"})
    if (!store_->fixture() && environment(name))
      return fail(Errc::kUsage, fmt::format("{} is a store for production: ${} is refused", store_url(), name),
                  "unset it, or make a store for tests with cardsrv-store init --fixture");
  return store_.get();
}

Result<std::string> Run::vouch(const std::string& reason) {
  if (!trim(reason).empty()) return reason;
  return fail(Errc::kUsage, "--vouch is blank", "say why: the reason is kept in the record");
}

Result<std::optional<phone::Region>> Run::region() const {
  const std::optional<std::string> code = common_.region ? common_.region : environment("CARDSRV_REGION");
  if (!code) return std::nullopt;
  TRY(const phone::Region region, phone::Region::parse(*code));
  return region;
}

Result<phone::PhoneNumber> Run::number(const std::string& text) const {
  TRY(const auto region, this->region());
  return phone::parse_number(text, region);
}

Result<void> Run::claim_input(const std::string& path) {
  inputs_.push_back(path);
  if (common_.rejects) TRY(check_written("--rejects", *common_.rejects));
  if (path != "-") return {};
  if (!stdin_user_.empty())
    return fail(Errc::kUsage, fmt::format("standard input cannot be both {} and the input", stdin_user_),
                "give one of them by a file: --password-file F, --code-file F");
  stdin_user_ = "the input";
  return {};
}

Result<void> Run::check_written(std::string_view option, const std::string& path) const {
  const std::string store = store_url();
  for (const std::string& file : {store, store + "-wal", store + "-shm"})
    if (same_file(path, file))
      return fail(Errc::kUsage, fmt::format("{} names the store, {}", option, file), "name another file");
  for (const std::string& input : inputs_)
    if (same_file(path, input))
      return fail(Errc::kUsage, fmt::format("{} names the input, {}", option, input == "-" ? "standard input" : input),
                  "name another file");
  return {};
}

Result<std::vector<std::string>> Run::secret_lines(const std::optional<std::string>& file, size_t lines,
                                                   const char* what) {
  const std::string path = file.value_or("-");
  if (path == "-") {
    if (!stdin_user_.empty())
      return fail(Errc::kUsage, fmt::format("standard input cannot be both {} and {}", stdin_user_, what),
                  "give one of them by a file: --password-file F, --code-file F");
    stdin_user_ = what;
  }
  TRY(const auto input, open_input(path));
  LineReader reader(*input, kMostSecretBytes);
  std::vector<std::string> found;
  LineReader::Line line{};
  while (found.size() < lines) {
    TRY(const bool more, reader.next(line));
    if (!more)
      return fail(Errc::kUsage, fmt::format("{} is missing: {} line(s) expected on {}", what, lines,
                                            path == "-" ? "standard input" : path));
    found.emplace_back(line.text);
  }
  return found;
}

Result<std::vector<std::string>> Run::passwords(size_t lines) {
  return secret_lines(common_.password_file, lines, "the password");
}

Result<std::optional<std::string>> Run::auth_password() {
  if (!common_.auth) return std::nullopt;
  if (!auth_password_) {
    TRY(const auto lines, passwords(1));
    auth_password_ = lines.front();
  }
  return auth_password_;
}

Result<std::string> Run::code() {
  TRY(const auto lines, secret_lines(common_.code_file, 1, "the code"));
  return std::string(trim(lines.front()));
}

Result<report::Rejects*> Run::rejects() {
  if (!rejects_) {
    if (common_.rejects) TRY(check_written("--rejects", *common_.rejects));
    TRY(rejects_, report::Rejects::open(common_.rejects, tool_));
  }
  return rejects_.get();
}

Result<int> Run::finish_rejects(bool stands) {
  if (!rejects_) return 0;
  TRY(const std::uint64_t count, rejects_->finish(stands));
  return count > 0 ? exit_status(Errc::kRejected) : 0;
}

service::Progress Run::progress(std::string unit) {
  const bool draw =
      common_.progress == "always" || (common_.progress == "auto" && !common_.quiet && isatty(STDERR_FILENO) == 1);
  if (!draw) return [](std::uint64_t, std::uint64_t) {};
  return draw_progress(std::move(unit));
}

bool Run::colours() const {
  const char* const none = std::getenv("NO_COLOR");
  return !common_.no_color && (none == nullptr || *none == '\0') && isatty(STDOUT_FILENO) == 1;
}

void Run::note(std::string_view message) const {
  if (common_.quiet) return;
  report::Printer err(STDERR_FILENO, report::Form::kText);
  const bool told = err.text(fmt::format("{}: {}\n", tool_, printable(message))) && err.flush();
  static_cast<void>(told);
}

CLI::App& App::command(CLI::App& group, const std::string& name, const std::string& about, const std::string& example,
                       Action action) {
  CLI::App* const command = group.add_subcommand(name, about);
  command->fallthrough();
  command->footer("\nEvery command also takes the common options: " + tool_ + " --help shows them.\n" +
                  footer(example));
  commands_.emplace_back(command, std::move(action));
  return *command;
}

CLI::App& App::command(const std::string& name, const std::string& about, const std::string& example, Action action) {
  return command(root_, name, about, example, std::move(action));
}

CLI::App& App::group(const std::string& name, const std::string& about, const std::string& example) {
  CLI::App* const group = root_.add_subcommand(name, about);
  group->fallthrough();
  group->require_subcommand(1);
  group->footer(footer(example));
  return *group;
}

CLI::App& App::operator_only(CLI::App& command) {
  operator_only_.insert(&command);
  return command;
}

Result<Action> App::chosen(const Common& common) const {
  const auto admitted = [&](const CLI::App& command, const Action& action) -> Result<Action> {
    if (!common.auth || operator_only_.count(&command) == 0) return action;
    return fail(Errc::kUsage, "--auth is refused: this command is the operator's alone", "leave --auth out");
  };
  for (const auto& [command, action] : commands_)
    if (command->parsed()) return admitted(*command, action);
  if (root_action_) return admitted(root_, root_action_);
  return fail(Errc::kUsage, "no command given", tool_ + " --help lists them");
}

int run_tool(int argc, char** argv, const std::string& tool, const std::string& about, const std::string& example,
             const std::function<void(App&)>& declare) {
  watch_signals();
  bool json = false;
  for (int i = 1; i < argc; ++i) json = json || std::string_view(argv[i]) == "--json";
  if (sodium_init() < 0) return tell(tool, {Errc::kDefect, "libsodium cannot start", "", {}}, json);
  CLI::App root(about, tool);
  Common common;
  App app(root, tool);
  try {
    add_common(root, common);
    root.set_version_flag("--version", fmt::format("{} {}", tool, kVersion));
    root.footer(footer(example));
    root.require_subcommand(0, 1);
    declare(app);
    if (argc > 1 && std::string_view(argv[1]) == "--complete") {
      const std::vector<std::string> words(argv + 2, argv + argc);
      fmt::print("{}", completions(root, words));
      return 0;
    }
    root.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return root.exit(success) == 0 ? 0 : exit_status(Errc::kUsage);
  } catch (const CLI::ExtrasError&) {
    return tell(tool, unexpected_arguments(root, tool), json);
  } catch (const CLI::Error& error) {
    return tell(tool, {Errc::kUsage, error.what(), tool + " --help", {}}, json);
  }
  try {
    Run run(tool, common);
    const Result<int> status = act(app, run);
    return status ? *status : tell(tool, what_to_do(run, status.error()), json);
  } catch (const std::bad_alloc&) {
    return tell(tool, {Errc::kDefect, "out of memory", "", {}}, json);
  } catch (const std::exception& error) {
    return tell(tool, {Errc::kDefect, error.what(), "this is a defect of cardsrv: please report it", {}}, json);
  }
}

}  // namespace cardsrv::cli
