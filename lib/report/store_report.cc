#include "report/store_report.h"

#include <fmt/format.h>

namespace cardsrv::report {
namespace {

Json name_or_null(const std::optional<std::string>& name) { return name ? Json(*name) : Json(nullptr); }

}  // namespace

Result<void> print(Printer& out, const service::StoreInfo& info) {
  if (out.json())
    return out.object({{"store", info.store},
                       {"backend", info.backend},
                       {"schema", info.schema},
                       {"accounts", info.totals.accounts},
                       {"entries", info.totals.entries},
                       {"associations", info.totals.associations},
                       {"batch", name_or_null(info.batch)},
                       {"bytes", info.bytes},
                       {"id", info.id},
                       {"fixture", info.fixture}});
  return out.text(fmt::format(
      "store {} ({}, schema {}{})\nid {}\n{} accounts, {} entries, {} associations\nlast batch {}\n{} bytes\n",
      info.store, info.backend, info.schema, info.fixture ? ", fixture" : "", info.id, info.totals.accounts,
      info.totals.entries, info.totals.associations, info.batch.value_or("none"), info.bytes));
}

Result<void> print(Printer& out, const service::StateDigest& digest) {
  if (out.json()) return out.object({{"digest", hex(digest.digest)}, {"batch", name_or_null(digest.batch)}});
  return out.text(fmt::format("{}\n", hex(digest.digest)));
}

Result<void> print(Printer& out, const service::Setting& setting) {
  if (out.json()) return out.object({{"key", setting.key}, {"value", setting.value}, {"default", setting.is_default}});
  return out.text(fmt::format("{} = {}{}\n", setting.key, setting.value, setting.is_default ? "  (default)" : ""));
}

Result<void> print(Printer& out, const service::SettingResult& result) {
  if (!out.json())
    return out.text(fmt::format("{} = {}{}\n", result.setting.key, result.setting.value, outcome_note(result.outcome)));
  Json line{{"key", result.setting.key}, {"value", result.setting.value}, {"default", false}};
  line["batch"] = name_or_null(result.outcome.batch);
  add_outcome(line, result.outcome);
  return out.object(line);
}

Result<void> print(Printer& out, const std::vector<store::Finding>& findings) {
  if (out.json()) {
    Json found = Json::array();
    for (const store::Finding& finding : findings)
      found.push_back({{"what", finding.what}, {"where", finding.where}, {"message", finding.message}});
    return out.object({{"ok", findings.empty()}, {"found", found}});
  }
  if (findings.empty()) return out.text("no damage found\n");
  for (const store::Finding& finding : findings)
    TRY(out.text(fmt::format("{}: {}: {}\n", finding.what, finding.where, finding.message)));
  return {};
}

Result<void> print_made(Printer& out, std::string_view what, const std::string& path, bool dry_run) {
  if (out.json()) return out.object({{what, path}, {"dry_run", dry_run}});
  return out.text(fmt::format("{} {}{}\n", what, path, dry_run ? " (dry run: not made)" : ""));
}

}  // namespace cardsrv::report
