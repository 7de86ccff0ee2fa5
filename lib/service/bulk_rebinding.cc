#include "service/bulk_rebinding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>

#include "base/stop.h"
#include "service/effects.h"
#include "service/hashed_inputs.h"
#include "service/quarantine.h"

namespace cardsrv::service {
namespace {

using store::AccountRef;
using store::PhoneNumber;

constexpr std::array kColumns = {Column{"old", true}, Column{"new", true}};

struct PlannedRow {
  ReboundRow row;
  std::string old_text{}, new_text{};   // as written
  std::optional<AccountRef> account{};  // that moves, or has moved
  std::string problem{};                // why it is refused
  bool claimable = false;               // goes with it (R9)
  std::string raw{};
  [[nodiscard]] bool moves() const { return problem.empty() && row.status == RebindStatus::kRebound; }
};

void count(BulkRebound& result, RebindStatus status) {
  switch (status) {
    case RebindStatus::kRebound: ++result.rebound; return;
    case RebindStatus::kAlready: ++result.already; return;
    case RebindStatus::kRefused: ++result.refused; return;
  }
}

// All rows of the batch together: who moves, and which rows cannot.
class Plan {
 public:
  Plan(store::Transaction& tx, const BulkRebinding& request, Timestamp now) : tx_(tx), request_(request), now_(now) {}

  void add(const NumberRow& row) {
    rows_.push_back({.row = {.line = row.line},
                     .old_text = row.fields[0],
                     .new_text = row.fields[1],
                     .problem = row.problem,
                     .raw = row.raw});
  }

  Result<void> decide() {
    read();
    TRY(load());
    for (PlannedRow& planned : rows_)
      if (planned.problem.empty()) decide(planned);
    refuse_blocked();
    refuse_unexplained();
    return {};
  }

  [[nodiscard]] std::vector<PlannedRow>& rows() { return rows_; }

 private:
  void read() {
    std::vector<std::string_view> texts;
    for (const PlannedRow& planned : rows_) {
      texts.emplace_back(planned.old_text);
      texts.emplace_back(planned.new_text);
    }
    const auto numbers = parse_numbers(texts, request_.region);
    for (size_t i = 0; i < rows_.size(); ++i) {
      PlannedRow& planned = rows_[i];
      if (planned.problem.empty()) planned.row.from = usable(numbers[2 * i], "old", planned.problem);
      if (planned.problem.empty()) {
        // L4: where the row names no region, that of the number which the account has.
        const auto region = request_.region ? request_.region : phone::region_of(*planned.row.from);
        const ReadNumber& to = numbers[2 * i + 1];
        planned.row.to = usable(to ? to : phone::parse(planned.new_text, region), "new", planned.problem);
      }
      if (planned.problem.empty()) claim(planned, i);
    }
  }

  static std::optional<PhoneNumber> usable(const ReadNumber& number, const char* which, std::string& problem) {
    if (number) return *number;
    problem = fmt::format("{}: {}", which, phone::describe(number.error()));
    return std::nullopt;
  }

  // Each number may be left once, and taken once.
  void claim(PlannedRow& planned, size_t place) {
    if (leaving_.contains(planned.row.from->digits())) {
      planned.problem = "the old number comes a second time";
    } else if (taking_.contains(planned.row.to->digits())) {
      planned.problem = "the new number comes a second time";
    } else {
      leaving_.emplace(planned.row.from->digits(), place);
      taking_.emplace(planned.row.to->digits(), place);
    }
  }

  Result<void> load() {
    std::vector<PhoneNumber> numbers, taken;
    for (const PlannedRow& planned : rows_) {
      if (!planned.problem.empty()) continue;
      numbers.push_back(*planned.row.from);
      taken.push_back(*planned.row.to);
    }
    numbers.insert(numbers.end(), taken.begin(), taken.end());
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    TRY(const auto history, tx_.history(numbers));
    for (const store::Binding& binding : history) {
      if (!binding.until) {
        holders_.emplace(binding.number.digits(), binding.account);
        if (binding.claimable) claimable_.insert(binding.account);
      } else {
        former_[binding.number.digits()] = binding.account;
      }
    }
    if (request_.quarantine == Quarantine::kKept) {
      TRY(quarantined_, quarantined(tx_, taken, now_));
    }
    return {};
  }

  [[nodiscard]] std::optional<AccountRef> holder(PhoneNumber number) const {
    const auto found = holders_.find(number.digits());
    return found == holders_.end() ? std::nullopt : std::optional(found->second);
  }

  // A row that moves nobody was carried out before, if who has the new number was the last to leave the old one; else
  // it is refused.
  void settle_unmoved(PlannedRow& planned, const char* refusal) const {
    const auto there = holder(*planned.row.to);
    const auto last = former_.find(planned.row.from->digits());
    if (!there || last == former_.end() || last->second != *there) {
      planned.problem = refusal;
      return;
    }
    planned.account = there;
    planned.row.status = RebindStatus::kAlready;
  }

  void decide(PlannedRow& planned) const {
    const auto mover = holder(*planned.row.from);
    if (!mover) return settle_unmoved(planned, "the old number is nobody's");
    const auto there = holder(*planned.row.to);
    planned.account = mover;
    if (there == mover) {  // the same number twice
      planned.row.status = RebindStatus::kAlready;
      return;
    }
    if (!there && quarantined_.contains(planned.row.to->digits())) {
      planned.problem = "the new number was somebody's less than 45 days ago (--allow-quarantined)";
      return;
    }
    planned.row.status = RebindStatus::kRebound;
    planned.claimable = claimable_.contains(*mover);
  }

  // A row whose new number is held by somebody who does not leave it was carried out before (a chain that comes a
  // second time), or is refused; its own number stays taken either way.
  void refuse_blocked() {
    std::vector<size_t> blocked;
    for (size_t i = 0; i < rows_.size(); ++i)
      if (rows_[i].moves() && !leaves(*rows_[i].row.to)) blocked.push_back(i);
    while (!blocked.empty()) {
      PlannedRow& planned = rows_[blocked.back()];
      blocked.pop_back();
      if (!planned.moves()) continue;
      settle_unmoved(planned, "the new number is bound to another account");
      const auto waiting = taking_.find(planned.row.from->digits());
      if (waiting != taking_.end() && rows_[waiting->second].moves()) blocked.push_back(waiting->second);
    }
  }

  // Of a row that was carried out before, the old number is nobody's, or it is whose who took it by another row that
  // was carried out before: else somebody is meant who is not moved.
  void refuse_unexplained() {
    std::vector<size_t> doubtful;
    for (size_t i = 0; i < rows_.size(); ++i) doubtful.push_back(i);
    const auto carried_out = [](const PlannedRow& planned) {
      return planned.problem.empty() && planned.row.status == RebindStatus::kAlready;
    };
    while (!doubtful.empty()) {
      PlannedRow& planned = rows_[doubtful.back()];
      doubtful.pop_back();
      if (!carried_out(planned)) continue;
      const auto there = holder(*planned.row.from);
      if (!there || there == planned.account) continue;
      const auto taken = taking_.find(planned.row.from->digits());
      if (taken != taking_.end() && carried_out(rows_[taken->second]) && rows_[taken->second].account == there)
        continue;
      planned.problem = "the new number is bound to another account";
      planned.account.reset();
      planned.row.status = RebindStatus::kRefused;
      // Who took this row's new number does not explain any more who left it.
      if (const auto left = leaving_.find(planned.row.to->digits()); left != leaving_.end())
        doubtful.push_back(left->second);
    }
  }

  // Whether nobody has the number once all rows that move have moved.
  [[nodiscard]] bool leaves(PhoneNumber number) const {
    if (!holder(number)) return true;
    const auto row = leaving_.find(number.digits());
    return row != leaving_.end() && rows_[row->second].moves();
  }

  store::Transaction& tx_;
  const BulkRebinding& request_;
  const Timestamp now_;
  std::vector<PlannedRow> rows_;
  std::unordered_map<std::uint64_t, size_t> leaving_, taking_;  // number → its row
  std::unordered_map<std::uint64_t, AccountRef> holders_, former_;
  std::unordered_set<std::uint64_t> quarantined_;
  std::set<AccountRef> claimable_;
};

// B2, and whoever waits for a number that is left takes it (B4).
Result<std::vector<std::string>> move_all(store::Transaction& tx, const store::Store& store,
                                          const std::vector<PlannedRow>& rows, const std::string& vouch) {
  Passing passing(tx, store, store.clock().now());
  for (const PlannedRow& planned : rows)
    if (planned.moves())
      passing.add({.account = *planned.account,
                   .from = planned.row.from,
                   .to = planned.row.to,
                   .proof = store::Proof::kOperator,
                   .vouch = vouch,
                   .claimable = planned.claimable});
  return passing.apply();
}

Result<void> name_accounts(store::ReadTransaction& tx, std::vector<PlannedRow>& rows) {
  std::vector<AccountRef> refs;
  for (const PlannedRow& planned : rows)
    if (planned.account) refs.push_back(*planned.account);
  TRY(const auto uids, tx.uids(refs));
  size_t at = 0;
  for (PlannedRow& planned : rows)
    if (planned.account) planned.row.uid = uids[at++].text();
  return {};
}

Result<BulkRebound> receipt(std::vector<PlannedRow>& rows, const BulkRebinding& request, const RejectSink& reject) {
  BulkRebound result;
  result.vouch = request.vouch;
  for (PlannedRow& planned : rows) {
    if (!planned.problem.empty()) {
      planned.row.status = RebindStatus::kRefused;
      const bool readable = planned.row.from && planned.row.to;
      TRY(reject({request.path, planned.row.line, planned.row.from ? planned.row.from->e164() : "",
                  readable ? "refused" : "bad-row", planned.problem, planned.raw}));
    }
    count(result, planned.row.status);
    result.rows.push_back(std::move(planned.row));
  }
  return result;
}

Result<BulkRebound> rebind_rows(store::Transaction& tx, const store::Store& store, const BulkRebinding& request,
                                HashedInputs& inputs, const RejectSink& reject, const Progress& progress,
                                std::vector<std::string>& farewells) {
  TRY(InputStream* const input, inputs.next());
  TRY(const auto rows, read_number_rows(*input, request.path, kColumns, request.format));
  Plan plan(tx, request, store.clock().now());
  NumberRow row;
  for (;;) {
    TRY(check_stop());
    TRY(const bool more, rows->next(row));
    if (!more) break;
    plan.add(row);
    progress(plan.rows().size(), 0);
  }
  if (plan.rows().empty()) return fail(Errc::kUsage, request.path + " is empty: a header, and no row");
  TRY(plan.decide());
  TRY(farewells, move_all(tx, store, plan.rows(), request.vouch));
  TRY(name_accounts(tx, plan.rows()));
  return receipt(plan.rows(), request, reject);
}

constexpr std::string_view letter(RebindStatus status) {
  switch (status) {
    case RebindStatus::kRebound: return "r";
    case RebindStatus::kAlready: return "a";
    case RebindStatus::kRefused: return "x";
  }
  return "";
}

std::uint64_t digits_of(const std::optional<PhoneNumber>& number) { return number ? number->digits() : 0; }

std::optional<PhoneNumber> number_of(std::uint64_t digits) {
  return digits == 0 ? std::nullopt : std::optional(PhoneNumber(digits));
}

}  // namespace

Result<BulkRebound> rebind_bulk(store::Store& store, sms::Transport* transport, const BulkRebinding& request,
                                const BatchOptions& batch, const RejectSink& reject, const Progress& progress) {
  Hasher hasher = input_hasher(store, "rebind bulk");
  hasher.add_field(request.vouch).add(request.format ? static_cast<std::uint64_t>(*request.format) : 0);
  hasher.add_field(request.region ? request.region->code() : "");
  hasher.add(static_cast<std::uint64_t>(request.quarantine));
  HashedInputs inputs(hasher, {request.path});
  std::vector<std::string> farewells;
  TRY(auto result, run_batch<BulkRebound>(
                       store, batch, store::BatchKind::kBulkRebind, [&] { return inputs.finish(); },
                       [&](store::Transaction& tx) {
                         return rebind_rows(tx, store, request, inputs, reject, progress, farewells);
                       }));
  if (!batch.dry_run) static_cast<void>(send_farewells(store, transport, farewells));
  return result;
}

// A line for the whole, then one for each row: [line, uid, old, new, status].
void to_record(const BulkRebound& result, std::string& lines) {
  lines += Json{{"vouch", result.vouch}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  for (const ReboundRow& row : result.rows)
    fmt::format_to(std::back_inserter(lines), "[{},\"{}\",{},{},\"{}\"]\n", row.line, row.uid, digits_of(row.from),
                   digits_of(row.to), letter(row.status));
}

Result<void> from_record(std::string_view lines, BulkRebound& result) {
  TRY(const Json head, parse_record_line(lines));
  result.vouch = head.value("vouch", "");
  while (!lines.empty()) {
    const size_t end = lines.find('\n');
    const Json line = Json::parse(lines.substr(0, end), nullptr, false);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    const bool sound = line.is_array() && line.size() == 5 && line[0].is_number_unsigned() && line[1].is_string() &&
                       line[2].is_number_unsigned() && line[3].is_number_unsigned() && line[4].is_string();
    if (!sound) return fail(Errc::kDamage, "a stored receipt cannot be read", "cardsrv-store check tells more");
    ReboundRow row{line[0].get<std::uint64_t>(), number_of(line[2].get<std::uint64_t>()),
                   number_of(line[3].get<std::uint64_t>()), line[1].get<std::string>(), RebindStatus::kRefused};
    for (const RebindStatus status : {RebindStatus::kRebound, RebindStatus::kAlready})
      if (line[4].get_ref<const std::string&>() == letter(status)) row.status = status;
    count(result, row.status);
    result.rows.push_back(std::move(row));
  }
  return {};
}

}  // namespace cardsrv::service
