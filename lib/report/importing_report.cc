#include "report/importing_report.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace cardsrv::report {
namespace {

using service::ListCounts;

Json batch_json(const service::Outcome& outcome) { return outcome.batch ? Json(*outcome.batch) : Json(nullptr); }

std::string counts_text(const ListCounts& counts) {
  return fmt::format("{} added, {} updated, {} removed, {} unchanged, {} rejected", counts.added, counts.updated,
                     counts.removed, counts.unchanged, counts.rejected);
}

Json account_json(const ListCounts& counts, const service::Outcome& outcome) {
  Json line = service::counts_json(counts);
  line["batch"] = batch_json(outcome);
  if (counts.error) line["error"] = error_object(*counts.error);
  add_outcome(line, outcome);
  return line;
}

}  // namespace

Result<void> print(Printer& out, const service::OwnCardResult& result) {
  if (!out.json())
    return out.text(fmt::format("{}: own card {}, revision {}{}\n", result.uid,
                                result.changed ? "changed" : "unchanged", result.revision,
                                outcome_note(result.outcome)));
  Json line{{"uid", result.uid}, {"revision", result.revision}, {"changed", result.changed}};
  add_outcome(line, result.outcome);
  return out.object(line);
}

Result<void> print(Printer& out, const service::ListResult& result) {
  if (out.json()) return out.object(account_json(result.counts, result.outcome));
  return out.text(
      fmt::format("{}: {}{}\n", result.counts.account, counts_text(result.counts), outcome_note(result.outcome)));
}

Result<void> print(Printer& out, const service::SourceResult& result) {
  const std::string_view kind = result.kind ? service::word(*result.kind) : "none";
  if (!out.json())
    return out.text(fmt::format(
        "{}: {} {}{}\n", result.uid, printable(result.path),
        result.kind ? fmt::format("is a source of its {}", kind == "own" ? "own card" : "list") : "is no source of it",
        outcome_note(result.outcome)));
  Json line{{"uid", result.uid}, {"path", result.path}, {"kind", kind}};
  add_outcome(line, result.outcome);
  return out.object(line);
}

Result<void> print(Printer& out, const service::Refreshed& refreshed) {
  for (const service::RefreshedSource& source : refreshed.sources) {
    const bool own = source.source.kind == store::SourceKind::kOwn;
    if (!out.json()) {
      const std::string done =
          source.error ? error_text(*source.error)
          : own ? fmt::format("own card {}, revision {}", source.changed ? "changed" : "unchanged", source.revision)
                : counts_text(source.counts);
      const std::string path = source.source.path.empty() ? "" : printable(source.source.path) + ": ";
      TRY(out.text(fmt::format("{}: {}{}{}\n", source.uid, path, done, outcome_note(refreshed.outcome))));
      continue;
    }
    Json line{{"account", source.uid}};
    if (!source.source.path.empty()) {
      line["path"] = source.source.path;
      line["kind"] = service::word(source.source.kind);
    }
    if (source.error) {
      // What it brought before stays as it was.
    } else if (own) {
      line["revision"] = source.revision;
      line["changed"] = source.changed;
    } else {
      Json counts = service::counts_json(source.counts);
      counts.erase("account");
      line.update(counts);
    }
    line["batch"] = batch_json(refreshed.outcome);
    if (source.error) line["error"] = error_object(*source.error);
    add_outcome(line, refreshed.outcome);
    TRY(out.object(line));
  }
  return {};
}

Result<void> print(Printer& out, const service::BulkImportResult& result) {
  TRY(service::for_each_account(result, [&](const ListCounts& counts) {
    if (out.json()) return out.object(account_json(counts, result.outcome));
    const std::string error = counts.error ? fmt::format("; {}", error_text(*counts.error)) : "";
    return out.text(fmt::format("{}: {}{}\n", printable(counts.account), counts_text(counts), error));
  }));
  if (!out.json())
    return out.text(fmt::format("total: {} accounts, {}; {} entries/s{}\n", result.accounts, counts_text(result.total),
                                result.entries_per_s, outcome_note(result.outcome)));
  Json total = service::counts_json(result.total);
  total.erase("account");
  total["batch"] = batch_json(result.outcome);
  total["entries_per_s"] = result.entries_per_s;
  Json line{{"total", total}};
  add_outcome(line, result.outcome);
  return out.object(line);
}

}  // namespace cardsrv::report
