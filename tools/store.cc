// cardsrv-store: looks after the store itself.

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include "base/file.h"
#include "cli/admission.h"
#include "cli/app.h"
#include "report/export_report.h"
#include "report/store_report.h"
#include "service/exporting.h"
#include "service/maintaining.h"

namespace {

using namespace cardsrv;

struct Arguments {
  bool fixture = false;
  std::string file, key, value, uid;
  std::optional<std::string> folder;
};

// J5: --dry-run does the work in a folder of its own beside `path`, and takes it away again. What is there already is
// met as it would be.
Result<void> make_at(cli::Run& run, const std::string& path,
                     const std::function<Result<void>(const std::string&)>& make) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (!run.common().dry_run || fs::exists(path, ignored)) return make(path);
  const fs::path parent = fs::absolute(path, ignored).parent_path();
  std::string scratch = (parent / ".cardsrv-dry-run-XXXXXX").string();
  if (mkdtemp(scratch.data()) == nullptr) return fail(file_error(errno, "cannot write below", parent.string()));
  auto made = make((fs::path(scratch) / fs::path(path).filename()).string());
  fs::remove_all(scratch, ignored);
  return made;
}

Result<int> init(cli::Run& run, const Arguments& arguments) {
  const char* const seed = std::getenv("CARDSRV_SEED");
  const bool seeded = seed != nullptr && *seed != '\0';
  for (const char* name : {"CARDSRV_SEED", "CARDSRV_NOW"})
    if (const char* value = std::getenv(name); !arguments.fixture && value != nullptr && *value != '\0')
      return fail(Errc::kUsage, std::string("a store for production refuses $") + name,
                  "unset it, or make a store for tests with --fixture");
  TRY(const store::Options options, run.store_options());
  const std::string url = run.store_url();
  std::string where = url;
  if (!run.common().store && std::getenv("CARDSRV_STORE") == nullptr) {
    // The default path: its folder is ours to make.
    std::error_code ignored;
    std::filesystem::path folder = std::filesystem::path(url).parent_path();
    if (!run.common().dry_run) std::filesystem::create_directories(folder, ignored);
    // A dry run makes none, and tries it in what there is.
    while (run.common().dry_run && !std::filesystem::exists(folder, ignored) && folder.has_relative_path())
      folder = folder.parent_path();
    where = (folder / std::filesystem::path(url).filename()).string();
  }
  TRY(make_at(run, where, [&](const std::string& path) -> Result<void> {
    TRY(store::create(path, {arguments.fixture, seeded ? std::optional<std::string>(seed) : std::nullopt}, options));
    return {};
  }));
  TRY(report::print_made(run.out(), "store", url, run.common().dry_run));
  return 0;
}

Result<int> info(cli::Run& run) {
  TRY(store::Store* const store, run.store());
  TRY(const auto answer, service::store_info(*store));
  TRY(report::print(run.out(), answer));
  return 0;
}

// A store that is too damaged to be opened is what the command is for.
Result<std::vector<store::Finding>> findings_of(cli::Run& run) {
  const auto store = run.store();
  if (store) return (*store)->check();
  if (store.error().code != Errc::kIo) return fail(store.error());
  return std::vector<store::Finding>{{"file-damaged", "file", store.error().message}};
}

Result<int> check(cli::Run& run) {
  TRY(const auto findings, findings_of(run));
  TRY(report::print(run.out(), findings));
  return findings.empty() ? 0 : exit_status(Errc::kDamage);
}

Result<int> digest(cli::Run& run) {
  TRY(store::Store* const store, run.store());
  TRY(const auto answer, service::digest_state(*store));
  TRY(report::print(run.out(), answer));
  return 0;
}

Result<int> backup(cli::Run& run, const Arguments& arguments) {
  TRY(store::Store* const store, run.store());
  TRY(make_at(run, arguments.file, [&](const std::string& path) { return store->backup(path); }));
  TRY(report::print_made(run.out(), "backup", arguments.file, run.common().dry_run));
  return 0;
}

Result<int> export_person(cli::Run& run, const Arguments& arguments) {
  TRY(const auto uid, store::Uid::parse(arguments.uid));
  TRY(cli::admit(run, uid, cli::Admission::kPersonal));
  TRY(store::Store* const store, run.store());
  TRY(const auto data, service::export_person(*store, uid));
  const std::string folder = arguments.folder.value_or(uid.text());
  std::vector<std::string> names;
  TRY(make_at(run, folder, [&](const std::string& path) -> Result<void> {
    TRY(names, report::write_personal_data(data, path));
    return {};
  }));
  TRY(report::print_exported(run.out(), data, folder, names, run.common().dry_run));
  return 0;
}

Result<int> config_get(cli::Run& run, const Arguments& arguments) {
  TRY(store::Store* const store, run.store());
  TRY(const auto setting, service::setting(*store, arguments.key));
  TRY(report::print(run.out(), setting));
  return 0;
}

Result<int> config_set(cli::Run& run, const Arguments& arguments) {
  TRY(store::Store* const store, run.store());
  TRY(const auto result, service::set_setting(*store, arguments.key, arguments.value, run.batch()));
  TRY(report::print(run.out(), result));
  return 0;
}

Result<int> config_list(cli::Run& run) {
  TRY(store::Store* const store, run.store());
  TRY(const auto all, service::settings(*store));
  for (const service::Setting& setting : all) TRY(report::print(run.out(), setting));
  return 0;
}

void declare(cli::App& app) {
  static Arguments arguments;
  app.operator_only(app.command("init", "make a new, empty store", "cardsrv-store init --store /srv/cardsrv.db",
                                [](cli::Run& run) { return init(run, arguments); }))
      .add_flag("--fixture", arguments.fixture,
                "a store for tests: $CARDSRV_NOW is its clock, $CARDSRV_SEED its random source");
  app.operator_only(app.command("info", "what is in the store", "cardsrv-store info --json", info));
  app.operator_only(app.command("check", "look for damage", "cardsrv-store check --json", check));
  app.operator_only(app.command("digest", "a hash of the logical state", "cardsrv-store digest", digest));
  app.operator_only(app.command("backup", "a copy of the store in one file, while others use it",
                                "cardsrv-store backup /backup/cardsrv.db",
                                [](cli::Run& run) { return backup(run, arguments); }))
      .add_option("FILE", arguments.file, "the copy; must not be there yet")
      ->required();
  auto& exporting =
      app.command("export", "everything that is held about a person, in files that other programs read",
                  "cardsrv-store export u4n… -o ann", [](cli::Run& run) { return export_person(run, arguments); });
  exporting.add_option("UID", arguments.uid, "the account")->required();
  exporting.add_option("-o,--output", arguments.folder, "the folder to make; its uid, where none is named");
  auto& config = app.group("config", "settings of the store", "cardsrv-store config set require-auth true");
  auto& get = app.command(config, "get", "show one", "cardsrv-store config get max-entries",
                          [](cli::Run& run) { return config_get(run, arguments); });
  app.operator_only(get).add_option("KEY", arguments.key, "config list shows them")->required();
  auto& set = app.command(config, "set", "change one", "cardsrv-store config set max-entries 20000",
                          [](cli::Run& run) { return config_set(run, arguments); });
  app.operator_only(set).add_option("KEY", arguments.key, "config list shows them")->required();
  set.add_option("VALUE", arguments.value, "its value")->required();
  app.operator_only(app.command(config, "list", "show all", "cardsrv-store config list", config_list));
}

}  // namespace

int main(int argc, char** argv) {
  return cli::run_tool(argc, argv, "cardsrv-store", "looks after the store", "cardsrv-store init", declare);
}
