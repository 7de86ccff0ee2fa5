#include "report/export_report.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/file.h"
#include "service/sources.h"

namespace cardsrv::report {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kMode = 0600;

std::string_view word(store::SecretKind kind) {
  switch (kind) {
    case store::SecretKind::kNone: return "none";
    case store::SecretKind::kGenerated: return "generated";
    case store::SecretKind::kPassword: return "chosen";
  }
  return "";
}

std::string_view word(store::Purpose purpose) {
  switch (purpose) {
    case store::Purpose::kRegister: return "register";
    case store::Purpose::kRebind: return "rebind";
    case store::Purpose::kForgotten: return "forgotten-password";
  }
  return "";
}

std::string_view word(store::SessionState state) {
  switch (state) {
    case store::SessionState::kOpen: return "asked";
    case store::SessionState::kProved: return "proved";
    case store::SessionState::kDone: return "took-effect";
    case store::SessionState::kDead: return "ended";
  }
  return "";
}

Json time_or_null(const std::optional<Timestamp>& at) { return at ? Json(to_rfc3339(*at)) : Json(nullptr); }

Json proofs_json(const service::PersonalData& data) {
  Json proofs = Json::array();
  for (const service::ExportedProof& proof : data.proofs)
    proofs.push_back(Json{{"for", word(proof.purpose)},
                          {"number", proof.number.e164()},
                          {"proof", store::word(proof.proof)},
                          {"state", word(proof.state)},
                          {"asked", to_rfc3339(proof.asked)},
                          {"proved", time_or_null(proof.proved)},
                          {"took_effect", time_or_null(proof.took_effect)}});
  return proofs;
}

Json bindings_json(const service::PersonalData& data) {
  Json bindings = Json::array();
  for (const store::Binding& binding : data.bindings) {
    Json one{{"number", binding.number.e164()}, {"since", to_rfc3339(binding.since.time())}};
    one["until"] = binding.until ? Json(to_rfc3339(binding.until->time())) : Json(nullptr);
    one["proof"] = store::word(binding.proof);
    if (!binding.vouch.empty()) one["vouch"] = binding.vouch;
    bindings.push_back(std::move(one));
  }
  return bindings;
}

Json entries_json(const service::PersonalData& data) {
  Json entries = Json::array();
  for (const service::ExportedEntry& entry : data.entries) {
    Json numbers = Json::array();
    for (const store::Pair& pair : entry.pairs) {
      Json raw = Json::array();
      for (const store::Spelling& spelling : entry.spellings)
        if (spelling.number == pair.number) raw.push_back(spelling.raw);
      numbers.push_back(
          Json{{"number", pair.number.e164()}, {"as_written", raw}, {"since", to_rfc3339(pair.since.time())}});
    }
    entries.push_back(Json{{"key", entry.key}, {"origins", entry.origins}, {"numbers", numbers}});
  }
  return entries;
}

Json account_json(const service::PersonalData& data) {
  Json json{{"uid", data.uid},
            {"created", to_rfc3339(data.created)},
            {"last_seen", to_rfc3339(data.seen)},
            {"password", word(data.secret)},
            {"numbers", bindings_json(data)}};
  json["own_card_revision"] = data.own ? Json(data.own->revision) : Json(nullptr);
  json["origins"] = data.origins;
  json["entries"] = entries_json(data);
  Json peers = Json::array();
  for (const service::ExportedPeer& peer : data.peers)
    peers.push_back(Json{{"uid", peer.uid}, {"entries", peer.entries}, {"ended", peer.gone}});
  json["peers"] = std::move(peers);
  json["blocks"] = data.blocks;
  json["devices"] = data.devices;
  Json sources = Json::array();
  for (const store::Source& source : data.sources)
    sources.push_back(Json{{"path", source.path}, {"kind", service::word(source.kind)}});
  json["sources"] = std::move(sources);
  json["proofs"] = proofs_json(data);
  json["pending_takeover"] = data.pending_takeover ? takeover_object(*data.pending_takeover) : Json(nullptr);
  return json;
}

// Name and content, by name.
std::vector<std::pair<std::string, std::string>> files_of(const service::PersonalData& data) {
  std::vector<std::pair<std::string, std::string>> files;
  files.emplace_back("account.json", account_json(data).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  std::string list;
  for (const service::ExportedEntry& entry : data.entries) list += entry.card;
  files.emplace_back("list.vcf", std::move(list));
  if (data.own) files.emplace_back("own.vcf", data.own->card);
  if (data.own) files.emplace_back("published.vcf", data.own->published);
  return files;
}

// Where the files are written before they are all there.
std::string unfinished(const std::string& folder) { return fmt::format("{}.unfinished-{}", folder, ::getpid()); }

// Answers the names.
Result<std::vector<std::string>> fill(const service::PersonalData& data, const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& [name, content] : files_of(data)) {
    TRY(replace_file(folder + "/" + name, content, kMode));
    names.push_back(name);
  }
  return names;
}

}  // namespace

Result<std::vector<std::string>> write_personal_data(const service::PersonalData& data, const std::string& folder) {
  std::error_code error;
  if (fs::exists(folder, error) && !(fs::is_directory(folder, error) && fs::is_empty(folder, error)))
    return fail(Errc::kUsage, folder + " is there, and not empty", "name a new folder with -o");
  const std::string making = unfinished(folder);
  if (::mkdir(making.c_str(), 0700) != 0) return fail(file_error(errno, "cannot make the folder", making));
  auto filled = fill(data, making);
  if (filled && ::rename(making.c_str(), folder.c_str()) != 0)
    filled = fail(file_error(errno, "cannot make the folder", folder));
  if (!filled) {
    fs::remove_all(making, error);
    return filled;
  }
  TRY(sync_folder_of(folder));
  return filled;
}

Result<void> print_exported(Printer& out, const service::PersonalData& data, const std::string& folder,
                            const std::vector<std::string>& names, bool dry_run) {
  if (out.json()) return out.object({{"uid", data.uid}, {"folder", folder}, {"files", names}, {"dry_run", dry_run}});
  return out.text(fmt::format("{}: {} entries, {} peers, in {}{}\n", data.uid, data.entries.size(), data.peers.size(),
                              folder, dry_run ? " (dry run: not written)" : ""));
}

}  // namespace cardsrv::report
