#include "report/rebinding_report.h"

#include <fmt/format.h>

namespace cardsrv::report {
namespace {

using service::RebindStatus;

constexpr std::string_view word(RebindStatus status) {
  switch (status) {
    case RebindStatus::kRebound: return "rebound";
    case RebindStatus::kAlready: return "already";
    case RebindStatus::kRefused: return "refused";
  }
  return "";
}

Json number_or_null(const std::optional<store::PhoneNumber>& number) {
  return number ? Json(number->e164()) : Json(nullptr);
}

std::string number_or_dash(const std::optional<store::PhoneNumber>& number) { return number ? number->e164() : "-"; }

}  // namespace

Result<void> print(Printer& out, const service::Rebound& rebound) {
  const std::string_view own_card = rebound.has_own_card ? "current" : "missing";
  if (!out.json())
    return out.text(fmt::format("{}: moved from {} to {}; own card {}: upload it again if the device's differs{}\n",
                                rebound.uid, rebound.former ? rebound.former->e164() : "no number",
                                rebound.number.e164(), own_card, outcome_note(rebound.outcome)));
  Json line{{"uid", rebound.uid}, {"number", rebound.number.e164()}};
  line["former"] = number_or_null(rebound.former);
  line["own_card"] = own_card;
  add_outcome(line, rebound.outcome);
  return out.object(line);
}

Result<void> print(Printer& out, const service::BulkRebound& result) {
  for (const service::ReboundRow& row : result.rows) {
    if (!out.json()) {
      TRY(out.text(fmt::format("{}: {} {} -> {} {}\n", row.line, row.uid.empty() ? "-" : row.uid,
                               number_or_dash(row.from), number_or_dash(row.to), word(row.status))));
      continue;
    }
    Json line{{"line", row.line}};
    line["uid"] = row.uid.empty() ? Json(nullptr) : Json(row.uid);
    line["old"] = number_or_null(row.from);
    line["new"] = number_or_null(row.to);
    line["status"] = word(row.status);
    add_outcome(line, result.outcome);
    TRY(out.object(line));
  }
  if (out.json()) return {};
  return out.text(fmt::format("{} rebound, {} already, {} refused{}\n", result.rebound, result.already, result.refused,
                              outcome_note(result.outcome)));
}

}  // namespace cardsrv::report
