#include "service/bulk_registration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "base/stop.h"
#include "service/hashed_inputs.h"
#include "service/passwords.h"
#include "service/quarantine.h"

namespace cardsrv::service {
namespace {

using store::PhoneNumber;
using store::Uid;

constexpr size_t kChunk = 4096;  // rows looked up and bound at once
constexpr std::array kColumns = {Column{"number", true}, Column{"uid", false}};

constexpr const char* kTakenByOther = "the number is bound to another account";

void count(BulkRegistered& result, const RegisteredRow& row) {
  switch (row.status) {
    case RowStatus::kRegistered: ++result.registered; return;
    case RowStatus::kAlready: ++result.already; return;
    case RowStatus::kRefused: ++result.refused; return;
  }
}

// Reads rows into chunks; the numbers of each are looked up with one call. The accounts are made at the end, in the
// order of their uids: what follows from it does not depend on the order of rows (M6).
class Registrar {
 public:
  Registrar(store::Transaction& tx, store::Store& store, const BulkRegistration& request, const RejectSink& reject)
      : tx_(tx), request_(request), reject_(reject), key_(store.key("initial password")), now_(store.clock().now()) {}

  Result<void> add(const NumberRow& row) {
    chunk_.push_back(
        Pending{{row.line, {}, row.fields[1], RowStatus::kRefused, false}, {}, row.fields[0], row.problem, row.raw});
    return chunk_.size() >= kChunk ? flush() : Result<void>{};
  }

  Result<void> flush() {
    read();
    TRY(load());
    for (Pending& pending : chunk_)
      if (pending.problem.empty()) TRY(decide(pending));
    for (Pending& pending : chunk_) TRY(finish(pending));
    chunk_.clear();
    held_.clear();
    return {};
  }

  // After the last row.
  Result<BulkRegistered> make_accounts(const Progress& progress) {
    TRY(flush());
    std::vector<size_t> made;
    for (size_t i = 0; i < result_.rows.size(); ++i)
      if (result_.rows[i].status == RowStatus::kRegistered) made.push_back(i);
    std::sort(made.begin(), made.end(), [&](size_t a, size_t b) { return result_.rows[a].uid < result_.rows[b].uid; });
    std::vector<store::BindingChange> changes;
    for (size_t i = 0; i < made.size(); progress(++i, made.size())) {
      TRY(check_stop());
      TRY(changes.emplace_back(), make_account(result_.rows[made[i]]));
      if (changes.size() < kChunk && i + 1 < made.size()) continue;
      TRY(tx_.apply_bindings(changes));
      changes.clear();
    }
    return std::move(result_);
  }

 private:
  struct Pending {
    RegisteredRow row;
    std::optional<Uid> uid;
    std::string text;     // the number as written
    std::string problem;  // why it is refused
    std::string raw;
  };
  struct Holder {
    store::AccountRef account;
    std::string uid;
  };

  void read() {
    std::vector<std::string_view> texts;
    for (const Pending& pending : chunk_) texts.emplace_back(pending.text);
    const auto numbers = parse_numbers(texts, request_.region);
    for (size_t i = 0; i < chunk_.size(); ++i)
      if (chunk_[i].problem.empty()) read(numbers[i], chunk_[i]);
  }

  void read(const ReadNumber& number, Pending& pending) {
    if (!number) {
      pending.problem = phone::describe(number.error());
      return;
    }
    pending.row.number = *number;
    if (!pending.row.uid.empty()) {
      auto uid = Uid::parse(pending.row.uid);
      if (!uid) {
        pending.problem = uid.error().message;
        return;
      }
      pending.uid = *std::move(uid);
    }
    if (!seen_numbers_.insert(number->digits()).second) pending.problem = "the number comes a second time";
  }

  // Who holds the chunk's numbers now, and which of them are quarantined.
  Result<void> load() {
    std::vector<PhoneNumber> numbers;
    for (const Pending& pending : chunk_)
      if (pending.problem.empty()) numbers.push_back(*pending.row.number);
    TRY(const auto bindings, tx_.live(numbers));
    std::vector<store::AccountRef> refs;
    for (const store::Binding& binding : bindings) refs.push_back(binding.account);
    TRY(const auto uids, tx_.uids(refs));
    for (size_t i = 0; i < bindings.size(); ++i)
      held_.emplace(bindings[i].number.digits(), Holder{bindings[i].account, uids[i].text()});
    quarantined_.clear();
    if (request_.quarantine == Quarantine::kKept) {
      TRY(quarantined_, quarantined(tx_, numbers, now_));
    }
    return {};
  }

  Result<void> decide(Pending& pending) {
    const std::uint64_t digits = pending.row.number->digits();
    if (const auto holder = held_.find(digits); holder != held_.end()) {
      if (pending.uid && pending.uid->text() != holder->second.uid) {
        pending.problem = kTakenByOther;
        return {};
      }
      pending.row.uid = holder->second.uid;
      pending.row.status = RowStatus::kAlready;
      return {};
    }
    if (pending.uid) {
      TRY(const auto existing, tx_.account(*pending.uid));
      if (existing || !new_uids_.insert(pending.uid->text()).second) {
        pending.problem = existing ? "the uid exists already" : "the uid comes a second time";
        return {};
      }
    }
    if (quarantined_.contains(digits)) {
      pending.problem = "the number was somebody's less than 45 days ago (--allow-quarantined)";
      return {};
    }
    pending.row.uid = pending.uid ? pending.uid->text() : store::make_uid(tx_.random()).text();
    pending.row.status = RowStatus::kRegistered;
    return {};
  }

  Result<store::BindingChange> make_account(RegisteredRow& row) {
    TRY(const Uid uid, Uid::parse(row.uid));
    store::Secret secret;
    if (request_.passwords == Passwords::kGenerated) {
      secret = generated_secret(batch_password(key_, tx_.stamp(), row.uid), tx_.random());
      row.password_told = true;
    }
    TRY(const auto account, tx_.create_account(uid, secret, now_));
    return store::BindingChange{.account = account,
                                .to = row.number,
                                .proof = store::Proof::kOperator,
                                .vouch = request_.vouch,
                                .claimable = request_.claimable};
  }

  Result<void> finish(Pending& pending) {
    count(result_, pending.row);
    if (pending.row.status == RowStatus::kRefused)
      TRY(reject_({request_.path, pending.row.line, pending.row.number ? pending.row.number->e164() : "",
                   pending.row.number ? "refused" : "bad-row", pending.problem, pending.raw}));
    result_.rows.push_back(std::move(pending.row));
    return {};
  }

  store::Transaction& tx_;
  const BulkRegistration& request_;
  const RejectSink& reject_;
  const Key key_;
  const Timestamp now_;
  BulkRegistered result_;
  std::unordered_set<std::uint64_t> seen_numbers_;
  std::unordered_set<std::string> new_uids_;  // of those that rows give
  // The chunk under way.
  std::vector<Pending> chunk_;
  std::unordered_map<std::uint64_t, Holder> held_;
  std::unordered_set<std::uint64_t> quarantined_;
};

Result<BulkRegistered> register_rows(store::Transaction& tx, store::Store& store, const BulkRegistration& request,
                                     HashedInputs& inputs, const RejectSink& reject, const Progress& progress) {
  TRY(InputStream* const input, inputs.next());
  TRY(const auto rows, read_number_rows(*input, request.path, kColumns, request.format));
  Registrar registrar(tx, store, request, reject);
  NumberRow row;
  for (std::uint64_t done = 0;; progress(++done, 0)) {
    TRY(check_stop());
    TRY(const bool more, rows->next(row));
    if (!more) break;
    TRY(registrar.add(row));
  }
  TRY(BulkRegistered result, registrar.make_accounts(progress));
  if (result.rows.empty()) return fail(Errc::kUsage, request.path + " is empty: a header, and no row");
  result.vouch = request.vouch;
  result.stamp = tx.stamp();
  return result;
}

// R4, for a batch that comes again.
Result<void> tell_passwords_again(store::Store& store, const std::string& batch, BulkRegistered& result) {
  TRY(const auto tx, store.read());
  TRY(const auto record, tx->batch(batch));
  const Timestamp now = store.clock().now();
  if (!record || now >= record->stamp.time().plus_s(kTellPasswordS)) return {};
  result.stamp = record->stamp;
  for (RegisteredRow& row : result.rows) {
    if (row.status != RowStatus::kRegistered) continue;
    TRY(const Uid uid, Uid::parse(row.uid));
    TRY(const auto account, tx->account(uid));
    row.password_told = account && may_tell(*account, password_of(store, result, row), record->stamp.time(), now);
  }
  return {};
}

constexpr std::string_view letter(RowStatus status) {
  switch (status) {
    case RowStatus::kRegistered: return "r";
    case RowStatus::kAlready: return "a";
    case RowStatus::kRefused: return "x";
  }
  return "";
}

}  // namespace

Result<BulkRegistered> register_bulk(store::Store& store, const BulkRegistration& request, const BatchOptions& batch,
                                     const RejectSink& reject, const Progress& progress) {
  Hasher hasher = input_hasher(store, "register bulk");
  hasher.add_field(request.vouch).add(request.format ? static_cast<std::uint64_t>(*request.format) : 0);
  hasher.add_field(request.region ? request.region->code() : "").add(static_cast<std::uint64_t>(request.passwords));
  hasher.add(static_cast<std::uint64_t>(request.quarantine)).add(std::uint64_t{request.claimable});
  HashedInputs inputs(hasher, {request.path});
  TRY(auto result,
      run_batch<BulkRegistered>(
          store, batch, store::BatchKind::kBulkRegistration, [&] { return inputs.finish(); },
          [&](store::Transaction& tx) { return register_rows(tx, store, request, inputs, reject, progress); }));
  if (result.outcome.replayed && request.passwords == Passwords::kGenerated)
    TRY(tell_passwords_again(store, *batch.id, result));
  return result;
}

std::string password_of(const store::Store& store, const BulkRegistered& result, const RegisteredRow& row) {
  return batch_password(store.key("initial password"), result.stamp, row.uid);
}

// A line for the whole, then one for each row, as short as a million of them ask for: [line, number, uid, status].
void to_record(const BulkRegistered& result, std::string& lines) {
  lines += Json{{"vouch", result.vouch}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  lines.reserve(lines.size() + result.rows.size() * 64);
  for (const RegisteredRow& row : result.rows) {
    const Json uid(row.uid);
    fmt::format_to(std::back_inserter(lines), "[{},{},{},\"{}\"]\n", row.line, row.number ? row.number->digits() : 0,
                   uid.dump(-1, ' ', false, Json::error_handler_t::replace), letter(row.status));
  }
}

Result<void> from_record(std::string_view lines, BulkRegistered& result) {
  TRY(const Json head, parse_record_line(lines));
  result.vouch = head.value("vouch", "");
  while (!lines.empty()) {
    const size_t end = lines.find('\n');
    const Json line = Json::parse(lines.substr(0, end), nullptr, false);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    const bool sound = line.is_array() && line.size() == 4 && line[0].is_number_unsigned() &&
                       line[1].is_number_unsigned() && line[2].is_string() && line[3].is_string();
    if (!sound) return fail(Errc::kDamage, "a stored receipt cannot be read", "cardsrv-store check tells more");
    RegisteredRow row{line[0].get<std::uint64_t>(), {}, line[2].get<std::string>(), RowStatus::kRefused, false};
    if (const auto digits = line[1].get<std::uint64_t>(); digits != 0) row.number = PhoneNumber(digits);
    for (const RowStatus status : {RowStatus::kRegistered, RowStatus::kAlready})
      if (line[3].get_ref<const std::string&>() == letter(status)) row.status = status;
    count(result, row);
    result.rows.push_back(std::move(row));
  }
  return {};
}

}  // namespace cardsrv::service
