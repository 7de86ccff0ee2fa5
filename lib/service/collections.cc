#include "service/collections.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <set>

#include "base/digest.h"
#include "base/file.h"
#include "base/folder_lock.h"
#include "base/stop.h"
#include "format/reader.h"
#include "format/vdir.h"
#include "format/writer.h"
#include "service/account_access.h"
#include "service/publishing.h"
#include "service/pulling.h"
#include "service/servable_card.h"

namespace cardsrv::service {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kMode = 0600;
constexpr std::string_view kPropsText = R"({"tag": "VADDRESSBOOK", "D:displayname": "cardsrv"})";

constexpr std::string_view kBackups = ".cardsrv-backup";

// Which file of a collection is which peer's, what was written there, and up to where it was pulled.
struct State {
  std::optional<std::string> token;
  std::map<std::string, std::string> files;    // peer → name
  std::map<std::string, std::string> written;  // name → digest
};

std::string digest_of(std::string_view text) { return hex(blake2b(text)); }

// One that is not there or cannot be read: everything is pulled again.
State read_state(const std::string& path) {
  const auto text = read_bytes(path);
  const Json json = text ? Json::parse(*text, nullptr, false) : Json();
  if (!json.is_object() || !json.contains("token") || !json["token"].is_string() || !json.contains("files") ||
      !json["files"].is_object())
    return {};
  State state{json["token"].get<std::string>(), {}, {}};
  for (const auto& [peer, name] : json["files"].items()) {
    // Names that no run of ours made are not touched.
    if (!name.is_string() || name.get<std::string>().find('/') != std::string::npos) return {};
    state.files[peer] = name.get<std::string>();
  }
  if (const auto written = json.find("written"); written != json.end() && written->is_object())
    for (const auto& [name, digest] : written->items())
      if (digest.is_string()) state.written[name] = digest.get<std::string>();
  return state;
}

Result<void> write_state(const std::string& path, const State& state) {
  Json files = Json::object();
  for (const auto& [peer, name] : state.files) files[peer] = name;
  Json written = Json::object();
  for (const auto& [name, digest] : state.written) written[name] = digest;
  const Json json{{"token", *state.token}, {"files", files}, {"written", written}};
  return replace_file(path, json.dump() + "\n", kMode);
}

Result<bool> remove_one(const std::string& folder, const std::string& name, Writing writing) {
  if (writing == Writing::kWrite) return format::remove_vdir_file(folder, name);
  std::error_code ignored;
  return fs::exists(fs::symlink_status(folder + "/" + name, ignored));
}

// Puts what a pull gives into the folder.
class CollectionSink final : public PullSink {
 public:
  CollectionSink(const std::string& folder, Writing writing, State& state, CollectionResult& result)
      : folder_(folder), writing_(writing), state_(state), result_(result) {}

  Result<void> card(const PulledCard& card) override {
    const std::string name = name_for(card.entries.front());
    TRY(const card::Card content, read_stored_card(card.card));
    // vCard 3.0: what Radicale's own parser reads without loss.
    const std::string text = format::write_vcard(servable(content), format::VcardVersion::k30);
    TRY(keep_foreign(name, text));
    TRY(const bool written, put(name, text));
    state_.written[name] = digest_of(text);
    result_.written += written ? 1 : 0;
    const auto before = state_.files.find(card.peer);
    if (before != state_.files.end() && before->second != name) former_.insert(before->second);
    state_.files[card.peer] = name;
    return {};
  }
  Result<void> gone(const PulledGone& gone) override {
    const auto found = state_.files.find(gone.peer);
    if (found == state_.files.end()) return {};
    former_.insert(found->second);
    state_.files.erase(found);
    return {};
  }
  Result<void> pending_takeover(const TakeoverNotice&) override { return {}; }
  Result<void> rebound(const ReboundNotice&) override { return {}; }
  Result<void> state(const PullState& state) override {
    state_.token = state.token;
    if (state.peers) sweep(std::set<std::string>(state.peers->begin(), state.peers->end()));
    return remove_former();
  }

 private:
  [[nodiscard]] Result<bool> put(const std::string& name, std::string_view text) const {
    if (writing_ == Writing::kDryRun) return !format::vdir_file_holds(folder_, name, text);
    return format::put_vdir_file(folder_, name, text, kMode);
  }

  // What another program has written into a file goes aside before the file is replaced or removed.
  Result<void> keep_foreign(const std::string& name, std::string_view text) {
    const auto present = read_bytes(folder_ + "/" + name);
    if (!present || *present == text) return {};
    const auto ours = state_.written.find(name);
    if (ours != state_.written.end() && ours->second == digest_of(*present)) return {};
    if (writing_ == Writing::kDryRun) {
      result_.kept.push_back(name);
      return {};
    }
    const std::string backups = fmt::format("{}/{}", folder_, kBackups);
    TRY(make_folder(backups));
    for (int count = 1;; ++count) {
      const std::string path = count == 1 ? backups + "/" + name : fmt::format("{}/{}~{}", backups, name, count);
      const auto there = read_bytes(path);
      if (there && *there != *present) continue;
      result_.kept.push_back(name);
      return there ? Result<void>{} : replace_file(path, *present, kMode);
    }
  }

  // The key's own name, or another one where somebody else's card has that.
  [[nodiscard]] std::string name_for(const std::string& key) const {
    std::string name = format::vdir_file_name(key);
    for (const auto& [peer, file] : state_.files)
      if (file == name) return name;
    const auto text = read_bytes(folder_ + "/" + name);
    if (!text) return name;
    // Without its state a collection is made anew: what has the key for its UID is that contact.
    const auto cards = format::parse_vcards(*text, {});
    const bool same = cards && cards->size() == 1 && cards->front().card && cards->front().card->uid() == key;
    return same ? name : format::vdir_file_name("/" + key);
  }

  // P3: a full pull tells all peers; what is of others goes.
  void sweep(const std::set<std::string>& peers) {
    std::erase_if(state_.files, [&](const auto& entry) {
      if (peers.contains(entry.first)) return false;
      former_.insert(entry.second);
      return true;
    });
  }

  // A name that came free may have become another peer's.
  Result<void> remove_former() {
    for (const auto& [peer, name] : state_.files) former_.erase(name);
    for (const std::string& name : former_) {
      TRY(keep_foreign(name, ""));
      state_.written.erase(name);
      TRY(const bool removed, remove_one(folder_, name, writing_));
      result_.removed += removed ? 1 : 0;
    }
    return {};
  }

  const std::string& folder_;
  const Writing writing_;
  State& state_;
  CollectionResult& result_;
  std::set<std::string> former_;
};

Result<void> pull_into(store::Store& store, const store::Uid& uid, const std::string& folder, Writing writing,
                       State& state, CollectionResult& result) {
  PullRequest request{state.token, std::nullopt, Extent::kSince, 0};
  for (;;) {
    CollectionSink sink(folder, writing, state, result);
    const auto pulled = pull(store, uid, request, sink);
    if (pulled) return {};
    if (pulled.error().code != Errc::kStaleToken || !request.since) return fail(pulled.error());
    request.since.reset();
  }
}

// A dry run makes no folder, but meets what stands in the way of it.
Result<void> provide_folder(const std::string& path, Writing writing) {
  std::error_code ignored;
  const fs::file_status parent = fs::status(fs::path(path).parent_path(), ignored);
  const bool in_the_way = fs::exists(parent) && !fs::is_directory(parent);
  if (writing == Writing::kDryRun && !in_the_way && !fs::exists(fs::symlink_status(path, ignored))) return {};
  return make_folder(path);
}

Result<void> update_collection(store::Store& store, const store::Account& account, const CollectionOptions& options,
                               CollectionResult& result) {
  const std::string home = options.root + "/" + account.uid.text();
  const std::string folder = home + "/contacts";
  const std::string state_path = folder + "/.cardsrv-state";
  const bool writes = options.writing == Writing::kWrite;
  std::error_code error;
  if (account.state != store::AccountState::kOpen) {
    // X1: nothing of what the account was shown stays.
    const State state = read_state(state_path);
    for (const auto& [peer, name] : state.files) {
      TRY(const bool removed, remove_one(folder, name, options.writing));
      result.removed += removed ? 1 : 0;
    }
    if (writes) fs::remove(state_path, error);
    return {};
  }
  TRY(provide_folder(home, options.writing));
  TRY(provide_folder(folder, options.writing));
  if (writes) {
    const std::string props = folder + "/.Radicale.props";
    if (!fs::exists(props, error)) TRY(replace_file(props, kPropsText, kMode));
    TRY(format::sweep_vdir(folder));
  }
  State state = read_state(state_path);
  const std::optional<std::string> before = state.token;
  TRY(pull_into(store, account.uid, folder, options.writing, state, result));
  if (writes && state.token != before) TRY(write_state(state_path, state));
  return {};
}

// Something stands in the way of one collection: the others go on.
bool is_of_one_collection(Errc code) { return code == Errc::kNoFile || code == Errc::kIo || code == Errc::kReadOnly; }

}  // namespace

Result<void> write_collections(store::Store& store, const CollectionOptions& options,
                               const std::function<Result<void>(const CollectionResult&)>& each) {
  TRY(provide_folder(options.root, options.writing));
  std::optional<FolderLock> lock;
  if (options.writing == Writing::kWrite) {
    TRY(FolderLock taken, FolderLock::take(options.root, options.wait_ms));
    lock.emplace(std::move(taken));
  }
  std::vector<store::Account> accounts;
  {
    TRY(const auto tx, store.read());
    TRY(tx->scan_accounts([&](const store::Account& account) -> Result<void> {
      accounts.push_back(account);
      return {};
    }));
  }
  for (const store::Account& account : accounts) {
    TRY(check_stop());
    CollectionResult result{account.uid.text(), 0, 0, {}, {}};
    auto updated = update_collection(store, account, options, result);
    // Closed since we looked: its turn to be emptied is the next run's.
    if (!updated && updated.error().code != Errc::kRefused) {
      if (!is_of_one_collection(updated.error().code)) return updated;
      result.error = std::move(updated.error());
    }
    TRY(each(result));
  }
  return {};
}

}  // namespace cardsrv::service
