#include "service/sources.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "base/input.h"
#include "base/stop.h"
#include "service/card_files.h"

namespace cardsrv::service {
namespace {

using store::Account;
using store::Source;
using store::SourceKind;

std::optional<SourceKind> kind_of(std::string_view text) {
  for (const SourceKind kind : {SourceKind::kOwn, SourceKind::kList})
    if (word(kind) == text) return kind;
  return std::nullopt;
}

std::string absolute(const std::string& path) {
  std::error_code error;
  const auto whole = std::filesystem::absolute(path, error).lexically_normal();
  std::string text = error ? path : whole.string();
  if (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

// Errors of one source; any other ends the refresh.
bool is_of_source(Errc code) {
  return code == Errc::kNoFile || code == Errc::kBadCard || code == Errc::kGuard || code == Errc::kUsage ||
         code == Errc::kIo;
}

void begin_source(Hasher& hasher, const Account& account, const Source& source) {
  hasher.add_field(account.uid.text()).add_field(source.path);
}

// The bytes of a source, as a refresh reads them. What cannot be read is left out, as it is there.
Result<void> hash_source(Hasher& hasher, const Source& source) {
  const auto files = card_files(source.path);
  if (!files) return {};
  for (const std::string& path : *files) {
    hasher.add_field(path);
    const auto file = open_input(path);
    if (!file) return {};
    HashingInput input(**file, hasher);
    std::array<char, 16 * 1024> buffer{};
    for (;;) {
      const auto got = input.read(buffer);
      if (!got) return {};
      if (*got == 0) break;
    }
  }
  return {};
}

constexpr std::uint64_t kItself = UINT64_MAX;

// A file of a source by its place in it, or the source itself.
std::string nth_file(const Source& source, std::uint64_t place) {
  if (place == kItself) return source.path;
  const auto files = card_files(source.path);
  return files && place < files->size() ? (*files)[place] : source.path;
}

class Refresh {
 public:
  Refresh(store::Transaction& tx, Hasher& hasher, const RefreshOptions& options, const ListLimits& limits,
          const RejectSink& reject, const Progress& progress)
      : tx_(tx), hasher_(hasher), options_(options), limits_(limits), reject_(reject), progress_(progress) {}

  void refuse(const store::Uid& uid) { result_.sources.push_back({uid.text(), {}, 0, false, {}, refused(), "", 0}); }

  Result<void> add(const Account& account) {
    TRY(const auto sources, tx_.sources(account.ref));
    for (const Source& source : sources) {
      TRY(check_stop());
      RefreshedSource refreshed{account.uid.text(), source, 0, false, {}, {}, "", 0};
      begin_source(hasher_, account, source);
      name(source, kItself);
      auto done = source.kind == SourceKind::kOwn ? read_own(account, source, refreshed)
                                                  : read_list(account, source, refreshed);
      if (!done && !is_of_source(done.error().code)) return done;
      if (!done) refreshed.error = done.error();
      if (!done && done.error().message.find(file_) != std::string::npos) {
        refreshed.file = file_;
        refreshed.place = place_;
      }
      result_.sources.push_back(std::move(refreshed));
    }
    return {};
  }

  [[nodiscard]] Refreshed& result() { return result_; }

 private:
  // What an error would be about.
  void name(const Source& source, std::uint64_t place) {
    place_ = place;
    file_ = nth_file(source, place);
  }

  // Every item of the source, with the file that it is in. What is read is hashed as hash_source() does.
  Result<void> read(const Source& source, const std::function<Result<void>(format::Item&&, const std::string&)>& each) {
    TRY(const auto files, card_files(source.path));
    for (place_ = 0; place_ < files.size(); ++place_) {
      const std::string& path = file_ = files[place_];
      hasher_.add_field(path);
      TRY(const auto file, open_input(path));
      HashingInput input(*file, hasher_);
      TRY(const auto reader, of_file(format::read_cards(input, {}, limits_.card), path));
      for (;;) {
        TRY(check_stop());
        TRY(auto item, of_file(reader->next(), path));
        if (!item) break;
        progress_(++done_, 0);
        TRY(each(std::move(*item), path));
      }
    }
    return {};
  }

  Result<void> read_own(const Account& account, const Source& source, RefreshedSource& refreshed) {
    std::optional<format::Item> only;
    std::uint64_t cards = 0, place = 0;
    TRY(read(source, [&](format::Item&& item, const std::string&) -> Result<void> {
      if (!item.card && !item.rejected) return {};
      ++cards;
      place = place_;
      only = std::move(item);
      return {};
    }));
    name(source, cards == 1 ? place : kItself);
    if (cards != 1)
      return fail(Errc::kBadCard, fmt::format("{}: {} cards, an own card is one", source.path, cards),
                  "name a file with one card");
    TRY(const OwnCardResult own, put_own_card(tx_, account, *only, file_, options_.region));
    refreshed.revision = own.revision;
    refreshed.changed = own.changed;
    return {};
  }

  Result<void> read_list(const Account& account, const Source& source, RefreshedSource& refreshed) {
    TRY(const auto region, region_for(tx_, account.ref, options_.region));
    TRY(store::List list, tx_.list(account.ref));
    UploadCollector collector({UploadMode::kSnapshot, origin_of(source), {}, {}, {}}, std::move(list), limits_,
                              reject_);
    TRY(read(source, [&](format::Item&& item, const std::string& path) {
      return collector.add(item, path, numbers_, region);
    }));
    name(source, kItself);
    TRY(refreshed.counts, apply_upload(tx_, account.ref, collector, options_.allow_removals, limits_));
    return {};
  }

  store::Transaction& tx_;
  Hasher& hasher_;
  const RefreshOptions& options_;
  const ListLimits& limits_;
  const RejectSink& reject_;
  const Progress& progress_;
  phone::Reader numbers_;
  std::uint64_t done_ = 0;
  std::string file_;  // that is read, and its place in the source
  std::uint64_t place_ = 0;
  Refreshed result_;
};

// Stands in a record for a file's name.
constexpr std::string_view kFileName = "\x1a";

void replace_first(std::string& text, std::string_view what, std::string_view by) {
  const size_t at = text.find(what);
  if (at != std::string::npos) text.replace(at, what.size(), by);
}

// Calls `each` for the accounts that are meant, and `none` for a uid that is nobody's.
Result<void> each_account(store::ReadTransaction& tx, const std::vector<store::Uid>& uids,
                          const std::function<Result<void>(const Account&)>& each,
                          const std::function<void(const store::Uid&)>& none) {
  for (const store::Uid& uid : uids) {
    TRY(const auto account, tx.account(uid));
    if (is_open(account))
      TRY(each(*account));
    else
      none(uid);
  }
  if (!uids.empty()) return {};
  TRY(const auto refs, tx.accounts_with_sources());
  TRY(const auto accounts, tx.accounts(refs));
  for (const Account& account : accounts) TRY(each(account));
  return {};
}

Result<void> hash_again(store::Store& store, const std::vector<store::Uid>& uids, Hasher& hasher) {
  TRY(const auto tx, store.read());
  return each_account(
      *tx, uids,
      [&](const Account& account) -> Result<void> {
        TRY(const auto sources, tx->sources(account.ref));
        for (const Source& source : sources) {
          begin_source(hasher, account, source);
          TRY(hash_source(hasher, source));
        }
        return {};
      },
      [](const store::Uid&) {});
}

// Puts the paths into a stored receipt. The sources are those of then: the digest of the input says so.
Result<void> name_again(store::Store& store, const std::vector<store::Uid>& uids, Refreshed& refreshed) {
  TRY(const auto tx, store.read());
  auto next = refreshed.sources.begin();
  return each_account(
      *tx, uids,
      [&](const Account& account) -> Result<void> {
        TRY(const auto sources, tx->sources(account.ref));
        for (const Source& source : sources) {
          if (next == refreshed.sources.end()) return {};
          next->source.path = source.path;
          if (next->error) replace_first(next->error->message, kFileName, nth_file(source, next->place));
          ++next;
        }
        return {};
      },
      [&](const store::Uid&) {
        if (next != refreshed.sources.end()) ++next;
      });
}

Result<Refreshed> read_again(store::Transaction& tx, const RefreshOptions& options, Hasher& hasher,
                             const RejectSink& reject, const Progress& progress) {
  TRY(const ListLimits limits, list_limits(tx));
  Refresh refresh(tx, hasher, options, limits, reject, progress);
  TRY(each_account(
      tx, options.uids, [&](const Account& account) { return refresh.add(account); },
      [&](const store::Uid& uid) { refresh.refuse(uid); }));
  return std::move(refresh.result());
}

}  // namespace

std::string_view word(SourceKind kind) {
  switch (kind) {
    case SourceKind::kOwn: return "own";
    case SourceKind::kList: return "list";
  }
  return "";
}

std::string origin_of(const Source& source) { return "source:" + source.path; }

Result<SourceResult> change_source(store::Store& store, const SourceEdit& edit, const BatchOptions& batch) {
  const std::string path = absolute(edit.path);
  if (edit.kind) TRY(card_files(path));
  const auto input = [&]() -> Result<Digest> {
    Hasher hasher = input_hasher(store, "source");
    return hasher.add_field(edit.uid.text()).add_field(path).add_field(edit.kind ? word(*edit.kind) : "").finish();
  };
  TRY(auto result,
      run_batch<SourceResult>(
          store, batch, store::BatchKind::kSource, input, [&](store::Transaction& tx) -> Result<SourceResult> {
            TRY(const Account account, open_account(tx, edit.uid));
            TRY(edit.kind ? tx.put_source(account.ref, {*edit.kind, path}) : tx.erase_source(account.ref, path));
            return SourceResult{edit.uid.text(), path, edit.kind, {}};
          }));
  result.path = path;
  return result;
}

Result<Refreshed> refresh_sources(store::Store& store, const RefreshOptions& options, const BatchOptions& batch,
                                  const RejectSink& reject, const Progress& progress) {
  Hasher hasher = input_hasher(store, "refresh");
  hasher.add_field(options.region ? options.region->code() : "").add(options.allow_removals.value_or(0));
  hasher.add(static_cast<std::uint64_t>(options.uids.size()));
  for (const store::Uid& uid : options.uids) hasher.add_field(uid.text());
  bool read = false;
  // The input is what the sources held; a batch that comes again reads them for the comparison alone.
  const auto input = [&]() -> Result<Digest> {
    if (!read) TRY(hash_again(store, options.uids, hasher));
    return hasher.finish();
  };
  TRY(auto refreshed, run_batch<Refreshed>(store, batch, store::BatchKind::kRefresh, input,
                                           [&](store::Transaction& tx) -> Result<Refreshed> {
                                             read = true;
                                             return read_again(tx, options, hasher, reject, progress);
                                           }));
  if (refreshed.outcome.replayed) TRY(name_again(store, options.uids, refreshed));
  return refreshed;
}

void to_record(const SourceResult& result, std::string& lines) {
  lines += Json{{"uid", result.uid}, {"kind", result.kind ? word(*result.kind) : ""}}.dump() + "\n";
}

Result<void> from_record(std::string_view lines, SourceResult& result) {
  TRY(const Json line, parse_record_line(lines));
  result = {line.value("uid", ""), "", kind_of(line.value("kind", "")), {}};
  return {};
}

void to_record(const Refreshed& refreshed, std::string& lines) {
  for (const RefreshedSource& source : refreshed.sources) {
    Json line{{"uid", source.uid}, {"kind", word(source.source.kind)}};
    line["revision"] = source.revision;
    line["changed"] = source.changed;
    line["counts"] = counts_json(source.counts);
    if (source.error) {
      Error error = *source.error;
      if (!source.file.empty()) {
        replace_first(error.message, source.file, kFileName);
        line["file"] = source.place;
      }
      line["error"] = stored_error(error);
    }
    lines += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
}

Result<void> from_record(std::string_view lines, Refreshed& refreshed) {
  while (!lines.empty()) {
    TRY(const Json line, parse_record_line(lines));
    RefreshedSource source{line.value("uid", ""),
                           {kind_of(line.value("kind", "")).value_or(SourceKind::kList), ""},
                           line.value("revision", std::uint64_t{0}),
                           line.value("changed", false),
                           {},
                           {},
                           "",
                           line.value("file", std::uint64_t{0})};
    if (line.contains("counts")) source.counts = counts_of(line["counts"]);
    if (line.contains("error")) source.error = error_of(line["error"]);
    refreshed.sources.push_back(std::move(source));
  }
  return {};
}

}  // namespace cardsrv::service
