#include "report/matching_report.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace cardsrv::report {
namespace {

Json supports_json(const std::vector<service::Support>& supports) {
  Json list = Json::array();
  for (const service::Support& support : supports)
    list.push_back({{"entry", support.entry},
                    {"number", support.number},
                    {"since", to_rfc3339(support.since)},
                    {"rule", support.rule}});
  return list;
}

std::string supports_text(const std::string& from, const std::string& to,
                          const std::vector<service::Support>& supports) {
  std::string text;
  for (const service::Support& support : supports)
    text += fmt::format("  {} means {} by entry \"{}\", {} since {} ({})\n", from, to, printable(support.entry),
                        support.number, to_rfc3339(support.since), support.rule);
  return text;
}

}  // namespace

Result<void> print(Printer& out, const service::MatchResult& result) {
  if (!out.json())
    return out.text(fmt::format("{} associated, {} ended, {} resolved, {} pending{}\n", result.associated, result.ended,
                                result.resolved, result.pending, outcome_note(result.outcome)));
  Json line{{"associated", result.associated},
            {"ended", result.ended},
            {"resolved", result.resolved},
            {"pending", result.pending}};
  line["batch"] = result.outcome.batch ? Json(*result.outcome.batch) : Json(nullptr);
  add_outcome(line, result.outcome);
  return out.object(line);
}

Result<void> print(Printer& out, const service::Explanation& e) {
  if (out.json()) {
    Json line{{"a", e.a},
              {"b", e.b},
              {"associated", e.associated},
              {"a_means_b", supports_json(e.a_means_b)},
              {"b_means_a", supports_json(e.b_means_a)}};
    line["missing"] = e.missing
                          ? Json{{"code", e.missing->code}, {"message", e.missing->message}, {"rule", e.missing->rule}}
                          : Json(nullptr);
    return out.object(line);
  }
  std::string text = fmt::format("{} and {}: {}\n", e.a, e.b, e.associated ? "associated" : "not associated");
  text += supports_text(e.a, e.b, e.a_means_b) + supports_text(e.b, e.a, e.b_means_a);
  if (e.missing) text += fmt::format("  missing: {} ({})\n", printable(e.missing->message), e.missing->rule);
  return out.text(text);
}

}  // namespace cardsrv::report
