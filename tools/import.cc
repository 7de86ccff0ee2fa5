// cardsrv-import: own cards and contact lists come in; files are inspected and converted.

#include <fmt/format.h>

#include <filesystem>

#include "base/utf8.h"
#include "cli/admission.h"
#include "cli/app.h"
#include "format/column_labels.h"
#include "report/importing_report.h"
#include "report/inspect_report.h"
#include "service/bulk_importing.h"
#include "service/card_files.h"
#include "service/importing.h"
#include "service/inspecting.h"
#include "service/sources.h"

namespace {

using namespace cardsrv;

service::RejectSink reject_sink(report::Rejects& rejects) {
  return [&rejects](const Reject& reject) { return rejects.add(reject); };
}

// How the files are to be read.
struct ReadingArguments {
  std::optional<std::string> from;
  std::vector<std::string> map;
};

Result<format::Reading> reading_of(const ReadingArguments& arguments) {
  format::Reading reading;
  if (arguments.from && *arguments.from != "vdir") {
    auto kind = format::parse_kind(*arguments.from);
    if (!kind) return fail(Errc::kUsage, kind.error().message, kind.error().hint + ", vdir");
    reading.kind = *kind;
  }
  for (const std::string& text : arguments.map) {
    TRY(auto mapping, format::parse_column_mapping(text));
    const auto same = [&](const format::ColumnMapping& other) {
      return format::fold_label(other.column) == format::fold_label(mapping.column);
    };
    if (std::any_of(reading.columns.begin(), reading.columns.end(), same))
      return fail(Errc::kUsage, fmt::format("--map names the column \"{}\" twice", printable(mapping.column)),
                  "a column holds one property");
    reading.columns.push_back(std::move(mapping));
  }
  if (!reading.columns.empty() && reading.kind && *reading.kind != format::Kind::kCsv)
    return fail(Errc::kUsage, "--map is for CSV", "--from csv, or no --from");
  return reading;
}

// Android's last changes may stand in a log beside its database: that is no file to read, but not to be missed either.
void note_log(cli::Run& run, const std::string& path) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path + "-wal", error);
  if (!error && bytes > 0)
    run.note(
        fmt::format("{}-wal is not read, and may have later changes (sqlite3 {} 'PRAGMA wal_checkpoint' on a copy "
                    "of both puts them into the database)",
                    path, path));
}

struct OwnOptions {
  std::string uid, file;
  ReadingArguments reading;
};

Result<int> own(cli::Run& run, const OwnOptions& options) {
  TRY(const auto uid, store::Uid::parse(options.uid));
  TRY(run.claim_input(options.file));
  note_log(run, options.file);
  TRY(cli::admit(run, uid, cli::Admission::kPersonal));
  TRY(store::Store* const store, run.store());
  TRY(const auto region, run.region());
  TRY(const auto reading, reading_of(options.reading));
  TRY(const auto result, service::import_own(*store, uid, options.file, region, reading, run.batch()));
  for (const Diagnostic& one : result.damage)
    run.note(fmt::format("{}:{}: {}; the card was taken all the same", options.file, one.line, one.message));
  TRY(report::print(run.out(), result));
  return 0;
}

void note_damage(cli::Run& run, std::uint64_t cards) {
  if (cards > 0)
    run.note(fmt::format("{} cards were taken in spite of damage; cardsrv-import inspect FILE tells it", cards));
}

struct ListArguments {
  std::string uid, mode = "snapshot", origin = "default";
  std::vector<std::string> files;
  std::optional<std::string> allow_removals;
  std::optional<std::string> renew;
  bool atomic = false;
  ReadingArguments reading;
};

service::UploadMode mode_of(const std::string& word) {
  if (word == "add") return service::UploadMode::kAdd;
  return word == "remove" ? service::UploadMode::kRemove : service::UploadMode::kSnapshot;
}

Result<int> list(cli::Run& run, const ListArguments& arguments) {
  TRY(const auto uid, store::Uid::parse(arguments.uid));
  for (const std::string& file : arguments.files) {
    TRY(run.claim_input(file));
    note_log(run, file);
  }
  TRY(cli::admit(run, uid, cli::Admission::kPersonal));
  TRY(store::Store* const store, run.store());
  service::ListOptions options;
  options.paths = arguments.files;
  TRY(options.reading, reading_of(arguments.reading));
  options.mode = mode_of(arguments.mode);
  if (trim(arguments.origin).empty()) return fail(Errc::kUsage, "--origin is blank", "name the device or the source");
  options.origin = arguments.origin;
  TRY(options.allow_removals, cli::count_of("--allow-removals", arguments.allow_removals));
  options.atomicity = arguments.atomic ? service::Atomicity::kAllOrNothing : service::Atomicity::kTakeTheGood;
  TRY(options.region, run.region());
  options.renew = arguments.renew;
  TRY(report::Rejects* const rejects, run.rejects());
  auto result = service::import_list(*store, uid, options, run.batch(), reject_sink(*rejects), run.progress("entries"));
  TRY(const int status, run.finish_rejects(result));
  if (!result) return fail(std::move(result.error()));
  note_damage(run, result->counts.damaged);
  TRY(report::print(run.out(), *result));
  return result->counts.rejected > 0 ? exit_status(Errc::kRejected) : status;
}

struct BulkArguments {
  std::vector<std::string> paths;
  std::optional<std::string> from, allow_removals;
};

Result<int> bulk(cli::Run& run, const BulkArguments& arguments) {
  for (const std::string& path : arguments.paths) TRY(run.claim_input(path));
  service::BulkImportOptions options;
  options.paths = arguments.paths;
  if (arguments.from && *arguments.from != "vdir") {
    TRY(options.from, service::parse_records_format(*arguments.from));
  }
  TRY(options.allow_removals, cli::count_of("--allow-removals", arguments.allow_removals));
  TRY(store::Store* const store, run.store());
  TRY(options.region, run.region());
  TRY(report::Rejects* const rejects, run.rejects());
  auto result = service::import_bulk(*store, options, run.batch(), reject_sink(*rejects), run.progress("records"));
  TRY(run.finish_rejects(result));
  if (!result) return fail(std::move(result.error()));
  TRY(report::print(run.out(), *result));
  note_damage(run, result->total.damaged);
  return result->refused > 0 || result->total.rejected > 0 ? exit_status(Errc::kRejected) : 0;
}

struct SourceArguments {
  std::string uid, path;
  bool own = false, list = false;
  std::vector<std::string> uids;
  std::optional<std::string> allow_removals;
};

Result<int> change_source(cli::Run& run, const SourceArguments& arguments, std::optional<store::SourceKind> kind) {
  TRY(const auto uid, store::Uid::parse(arguments.uid));
  TRY(cli::admit(run, uid, cli::Admission::kEither));
  TRY(store::Store* const store, run.store());
  TRY(const auto result, service::change_source(*store, {uid, arguments.path, kind}, run.batch()));
  if (!kind)
    run.note("what it brought stays, under --origin " + service::origin_of({store::SourceKind::kList, result.path}));
  TRY(report::print(run.out(), result));
  return 0;
}

Result<int> add_source(cli::Run& run, const SourceArguments& arguments) {
  if (arguments.own == arguments.list)
    return fail(Errc::kUsage, "a source is one of the own card or of the list", "--own, or --list");
  return change_source(run, arguments, arguments.own ? store::SourceKind::kOwn : store::SourceKind::kList);
}

Result<int> refresh(cli::Run& run, const SourceArguments& arguments) {
  service::RefreshOptions options;
  for (const std::string& text : arguments.uids) {
    TRY(auto uid, store::Uid::parse(text));
    options.uids.push_back(std::move(uid));
  }
  TRY(options.allow_removals, cli::count_of("--allow-removals", arguments.allow_removals));
  if (run.common().auth && options.uids.size() != 1)
    return fail(Errc::kUsage, "--auth is for one account", "name one UID, or leave --auth out");
  if (run.common().auth) TRY(cli::admit(run, options.uids.front(), cli::Admission::kEither));
  TRY(store::Store* const store, run.store());
  TRY(options.region, run.region());
  TRY(report::Rejects* const rejects, run.rejects());
  auto result = service::refresh_sources(*store, options, run.batch(), reject_sink(*rejects), run.progress("cards"));
  TRY(run.finish_rejects(result));
  if (!result) return fail(std::move(result.error()));
  TRY(report::print(run.out(), *result));
  const bool refused = std::any_of(result->sources.begin(), result->sources.end(), [](const auto& source) {
    return source.error.has_value() || source.counts.rejected > 0;
  });
  return refused ? exit_status(Errc::kRejected) : 0;
}

// Damage is told as an import tells it; what an import would reject is not written, as it would be taken for whole.
Result<void> convert(cli::Run& run, const service::InspectedCard& card, format::Output output,
                     report::Rejects& rejects) {
  for (const Diagnostic& one : card.diagnostics)
    TRY(rejects.add({card.source, one.line, card.fn, one.code, one.message, card.raw}));
  return card.taken ? run.out().text(format::write_card(card.card, output)) : Result<void>{};
}

struct InspectArguments {
  std::vector<std::string> files;
  std::optional<std::string> as;
  ReadingArguments reading;
};

Result<int> inspect(cli::Run& run, const InspectArguments& arguments) {
  service::InspectOptions options;
  TRY(options.region, run.region());
  TRY(options.reading, reading_of(arguments.reading));
  std::optional<format::Output> output;
  if (arguments.as) {
    TRY(output, format::parse_output(*arguments.as));
    TRY(run.out().text(format::file_head(*output)));
  }
  TRY(report::Rejects* const rejects, run.rejects());
  TRY(const auto files, service::all_card_files(arguments.files));
  bool damage = false;
  for (const std::string& file : files) {
    TRY(run.claim_input(file));
    note_log(run, file);
    const auto summary = service::inspect_file(
        file, options,
        [&](service::InspectedCard&& card) -> Result<void> {
          if (output) return convert(run, card, *output, *rejects);
          if (run.out().json()) return run.out().object(report::inspect_json(card));
          return run.out().text(report::inspect_text(card));
        },
        reject_sink(*rejects));
    if (!summary) {
      TRY(run.out().flush());  // what could be read before the damage
      return fail(summary.error());
    }
    damage = damage || summary->damaged > 0 || summary->outside > 0;
    if (summary->cards == 0 && summary->outside > 0)
      run.note(file + ": no card was found in it; a table of another program is read with --from csv and --map");
  }
  TRY(run.finish_rejects());
  return damage ? exit_status(Errc::kRejected) : 0;
}

void declare_reading(CLI::App& command, ReadingArguments& arguments) {
  command.add_option("--from", arguments.from,
                     "vcard, jcard, jscontact, csv, ldif, android or vdir; else the content tells");
  command
      .add_option("--map", arguments.map, "CSV: what a column holds, such as 'Handy=TEL;TYPE=cell'; may be repeated")
      ->allow_extra_args(false);
}

void declare(cli::App& app) {
  static OwnOptions own_options;
  static ListArguments arguments;
  static BulkArguments bulk_arguments;
  static InspectArguments inspect_arguments;

  auto& own_command = app.command("own", "the card that the account publishes", "cardsrv-import own u4n… me.vcf",
                                  [](cli::Run& run) { return own(run, own_options); });
  own_command.add_option("UID", own_options.uid, "the account")->required();
  own_command.add_option("FILE", own_options.file, "a file with one card, or -")->required();
  declare_reading(own_command, own_options.reading);

  auto& list_command = app.command(
      "list", "the contact list of the account; by default it replaces what the same origin uploaded",
      "cardsrv-import list u4n… contacts.vcf --rejects bad.jsonl", [](cli::Run& run) { return list(run, arguments); });
  list_command.add_option("UID", arguments.uid, "the account")->required();
  list_command.add_option("FILE", arguments.files, "files of cards, folders of vCard files, or -")->required();
  declare_reading(list_command, arguments.reading);
  list_command.add_option("--mode", arguments.mode, "snapshot replaces, add puts by key, remove takes out by key")
      ->check(CLI::IsMember({"snapshot", "add", "remove"}));
  list_command.add_option("--origin", arguments.origin, "the device or source that the upload comes from");
  list_command.add_option("--allow-removals", arguments.allow_removals, "the exact number of removals that is meant");
  list_command.add_option("--renew", arguments.renew, "the present owner of this number is meant");
  list_command.add_flag("--atomic", arguments.atomic, "take all or nothing");

  auto& bulk_command = app.command(
      "bulk",
      "cards and lists of many accounts: JSON Lines, a vCard stream with X-CARDSRV-ACCOUNT, or a folder of folders",
      "cardsrv-import bulk export.jsonl.zst --rejects bad.jsonl --batch-id migration-1",
      [](cli::Run& run) { return bulk(run, bulk_arguments); });
  app.operator_only(bulk_command);
  bulk_command.add_option("PATH", bulk_arguments.paths, "files, folders, or -")->required();
  bulk_command.add_option("--from", bulk_arguments.from, "jsonl, vcard or vdir, where the content does not tell");
  bulk_command.add_option("--allow-removals", bulk_arguments.allow_removals,
                          "for each account: the exact number of removals that is meant");

  static SourceArguments sources;
  auto& source = app.group("source", "where the server fetches an account's cards itself",
                           "cardsrv-import source add u4n… /srv/ann/contacts --list");
  auto& add = app.command(source, "add", "a vCard file, or a folder of them, that refresh reads again",
                          "cardsrv-import source add u4n… /srv/ann/contacts --list",
                          [](cli::Run& run) { return add_source(run, sources); });
  add.add_flag("--own", sources.own, "it has the own card");
  add.add_flag("--list", sources.list, "it has the contact list, or a part of it");
  auto& remove = app.command(source, "remove", "read it no more; what it brought stays, under --origin source:PATH",
                             "cardsrv-import source remove u4n… /srv/ann/contacts",
                             [](cli::Run& run) { return change_source(run, sources, std::nullopt); });
  for (auto* command : {&add, &remove}) {
    command->add_option("UID", sources.uid, "the account")->required();
    command->add_option("PATH", sources.path, "the file or folder")->required();
  }
  auto& refresh_command = app.command("refresh", "read the sources again, of these accounts or of all",
                                      "cardsrv-import refresh", [](cli::Run& run) { return refresh(run, sources); });
  refresh_command.add_option("--allow-removals", sources.allow_removals,
                             "for each source: the exact number of removals that is meant");
  refresh_command.add_option("UID", sources.uids, "the accounts; all that have sources, where none is named");

  auto& inspect_command = app.command("inspect", "how files are understood, or converted; needs no store",
                                      "cardsrv-import inspect --json contacts.vcf",
                                      [](cli::Run& run) { return inspect(run, inspect_arguments); });
  inspect_command.add_option("FILE", inspect_arguments.files, "files of cards, folders of vCard files, or -")
      ->required();
  inspect_command.add_option(
      "--as", inspect_arguments.as,
      "write the cards as vcard4, vcard3, vcard21, jcard, jscontact, csv, csv-outlook or ldif instead");
  declare_reading(inspect_command, inspect_arguments.reading);
}

}  // namespace

int main(int argc, char** argv) {
  return cli::run_tool(argc, argv, "cardsrv-import", "takes in own cards and contact lists",
                       "cardsrv-import list u4n… contacts.vcf", declare);
}
