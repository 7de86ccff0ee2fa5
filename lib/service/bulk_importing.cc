#include "service/bulk_importing.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace cardsrv::service {
namespace {

std::string account_line(const ListCounts& counts) {
  Json line = counts_json(counts);
  if (counts.error) line["error"] = stored_error(*counts.error);
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// Gathers the records of one account, which stand together, and applies them when the next account begins.
class BulkImport {
 public:
  BulkImport(store::Transaction& tx, const BulkImportOptions& options, const ListLimits& limits,
             const RejectSink& reject)
      : tx_(tx), options_(options), limits_(limits), reject_(reject) {}

  Result<void> add(AccountRecord&& record) {
    if (!begun_ || record.account != name_) {
      auto account = open_account(tx_, record.account, options_.region);
      // By whatever name: its uid, or its number in any spelling.
      const bool goes_on = begun_ && account && account_ && account->ref == account_->ref;
      if (!goes_on) {
        TRY(finish_account());
        TRY(begin_account(record.account, std::move(account)));
      }
    }
    if (!account_) return refuse_record(record);
    if (record.own) return add_own(record);
    if (!collector_) {
      TRY(store::List list, tx_.list(account_->ref));
      collector_.emplace(Upload{}, std::move(list), limits_, reject_);
    }
    return collector_->add(record.item, record.source, numbers_, region_);
  }

  Result<void> reject(const Reject& reject) {
    ++result_.total.rejected;
    return reject_(reject);
  }

  Result<BulkImportResult> finish() {
    TRY(finish_account());
    TRY(result_.record.append(Json{{"total", counts_json(result_.total)}}.dump() + "\n"));
    return std::move(result_);
  }

 private:
  Result<void> begin_account(const std::string& name, Result<store::Account> account) {
    begun_ = true;
    name_ = name;
    counts_ = ListCounts{};
    counts_.account = name;
    account_.reset();
    collector_.reset();
    own_.reset();
    if (!account) {
      if (account.error().code != Errc::kRefused) return fail(std::move(account.error()));
      counts_.error = std::move(account.error());
      return {};
    }
    if (!first_time(account->ref)) {
      counts_.error = Error{Errc::kRejected,
                            fmt::format("\"{}\" comes a second time", name),
                            "the records of an account must stand together",
                            {}};
      return {};
    }
    TRY(region_, region_for(tx_, account->ref, options_.region));
    account_ = *std::move(account);
    return {};
  }

  bool first_time(store::AccountRef account) {
    if (account.value >= seen_.size()) seen_.resize(account.value + 1);
    const bool first = !seen_[account.value];
    seen_[account.value] = true;
    return first;
  }

  Result<void> refuse_record(const AccountRecord& record) {
    ++counts_.rejected;
    return reject_({record.source, record.item.line, record.account, std::string(errc_word(counts_.error->code)),
                    counts_.error->message, raw_text(record.item)});
  }

  Result<void> add_own(const AccountRecord& record) {
    if (!record.item.card && !record.item.rejected) {
      for (const Diagnostic& diagnostic : record.item.diagnostics)
        TRY(reject_own(record, diagnostic.line, diagnostic.code, diagnostic.message));
      return {};
    }
    const auto result = put_own_card(tx_, *account_, record.item, record.source, region_);
    if (result) {
      counts_.damaged += result->damage.empty() ? 0 : 1;
      return take_last(record);
    }
    if (result.error().code != Errc::kBadCard) return fail(result.error());
    return reject_own(record, record.item.line, std::string(errc_word(Errc::kBadCard)), result.error().message);
  }

  // Of two own cards the last counts, as of entries with one key (L1).
  Result<void> take_last(const AccountRecord& record) {
    const std::optional<Reject> earlier = std::exchange(
        own_, Reject{record.source, record.item.line, record.account, "same-key", "", raw_text(record.item)});
    if (!earlier) return {};
    Reject reject = *earlier;
    reject.reason = fmt::format("another own card comes later, in {}",
                                reject.source == record.source ? fmt::format("line {}", record.item.line)
                                                               : fmt::format("{}:{}", record.source, record.item.line));
    ++counts_.rejected;
    return reject_(reject);
  }

  Result<void> reject_own(const AccountRecord& record, std::uint64_t line, std::string code, std::string reason) {
    ++counts_.rejected;
    return reject_({record.source, line, record.account, std::move(code), std::move(reason), record.item.raw});
  }

  Result<void> finish_account() {
    if (!begun_) return {};
    if (collector_) {
      auto counts = apply_upload(tx_, account_->ref, *collector_, options_.allow_removals, limits_);
      if (counts) {
        counts->account = name_;
        counts->rejected += counts_.rejected;
        counts->damaged += counts_.damaged;
        counts_ = *std::move(counts);
      } else if (counts.error().code == Errc::kGuard) {
        counts_.rejected += collector_->rejected();
        counts_.error = std::move(counts.error());
      } else {
        return fail(std::move(counts.error()));
      }
    }
    result_.total.added += counts_.added;
    result_.total.updated += counts_.updated;
    result_.total.removed += counts_.removed;
    result_.total.unchanged += counts_.unchanged;
    result_.total.rejected += counts_.rejected;
    result_.total.damaged += counts_.damaged;
    ++result_.accounts;
    if (counts_.error) ++result_.refused;
    begun_ = false;
    return result_.record.append(account_line(counts_));
  }

  store::Transaction& tx_;
  const BulkImportOptions& options_;
  const ListLimits& limits_;
  const RejectSink& reject_;
  phone::Reader numbers_;
  BulkImportResult result_;
  std::vector<bool> seen_;  // accounts, by handle
  // The account under way.
  bool begun_ = false;
  std::string name_;
  ListCounts counts_;
  std::optional<store::Account> account_;
  std::optional<phone::Region> region_;
  std::optional<UploadCollector> collector_;
  std::optional<Reject> own_;  // the last own card, as it is told if another follows
};

// The input's digest: of what was read, or of what a replay reads for it.
class BulkInput {
 public:
  BulkInput(const Hasher& hasher, const BulkImportOptions& options) : hasher_(hasher), options_(options) {}

  Result<void> read(const format::Limits& limits, const std::function<Result<void>(AccountRecord&&)>& each,
                    const RejectSink& reject) {
    read_ = true;
    for (const std::string& path : options_.paths)
      TRY(read_account_records(path, options_.from, limits, hasher_, each, reject));
    return {};
  }

  Result<Digest> digest() {
    if (!read_)
      for (const std::string& path : options_.paths) TRY(hash_account_records(path, options_.from, hasher_));
    read_ = true;
    if (!digest_) digest_ = hasher_.finish();
    return *digest_;
  }

 private:
  Hasher hasher_;
  const BulkImportOptions& options_;
  bool read_ = false;
  std::optional<Digest> digest_;
};

}  // namespace

Result<BulkImportResult> import_bulk(store::Store& store, const BulkImportOptions& options, const BatchOptions& batch,
                                     const RejectSink& reject, const Progress& progress) {
  const auto start = std::chrono::steady_clock::now();
  Hasher hasher = input_hasher(store, "import bulk");
  hasher.add(options.allow_removals.value_or(0)).add_field(options.region ? options.region->code() : "");
  if (options.from) hasher.add(static_cast<std::uint64_t>(*options.from));
  BulkInput input(hasher, options);
  return run_batch<BulkImportResult>(
      store, batch, store::BatchKind::kBulkImport, [&] { return input.digest(); },
      [&](store::Transaction& tx) -> Result<BulkImportResult> {
        TRY(const ListLimits limits, list_limits(tx));
        BulkImport import(tx, options, limits, reject);
        std::uint64_t records = 0;
        TRY(input.read(
            limits.card,
            [&](AccountRecord&& record) {
              progress(++records, 0);
              return import.add(std::move(record));
            },
            [&](const Reject& bad) { return import.reject(bad); }));
        TRY(BulkImportResult result, import.finish());
        if (records == 0 && result.total.rejected == 0)
          return fail(
              Errc::kUsage, fmt::format("{}: there is nothing in it", options.paths.front()),
              "JSON Lines, a vCard stream with X-CARDSRV-ACCOUNT, or a folder with one folder for each account");
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        result.entries_per_s =
            static_cast<std::uint64_t>(static_cast<double>(records) / std::max(seconds.count(), 1e-6));
        return result;
      });
}

Result<void> for_each_account(const BulkImportResult& result,
                              const std::function<Result<void>(const ListCounts&)>& each) {
  return result.record.read_lines([&](std::string_view text) -> Result<void> {
    TRY(const Json line, parse_record_line(text));
    if (line.contains("total")) return {};
    ListCounts counts = counts_of(line);
    if (line.contains("error")) counts.error = error_of(line["error"]);
    return each(counts);
  });
}

Result<void> from_record(BulkImportResult& result) {
  return result.record.read_lines([&](std::string_view text) -> Result<void> {
    TRY(const Json line, parse_record_line(text));
    if (line.contains("total")) {
      result.total = counts_of(line["total"]);
    } else {
      ++result.accounts;
      if (line.contains("error")) ++result.refused;
    }
    return {};
  });
}

}  // namespace cardsrv::service
