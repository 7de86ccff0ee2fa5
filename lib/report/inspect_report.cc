#include "report/inspect_report.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace cardsrv::report {
namespace {

using nlohmann::ordered_json;

// What is not empty of a list of texts, in one line.
template <typename Texts>
std::string listed(const Texts& texts, std::string_view separator) {
  std::string out;
  for (const std::string& text : texts) {
    if (text.empty()) continue;
    if (!out.empty()) out += separator;
    out += text;
  }
  return out;
}

void append_field(std::string_view label, std::string_view value, std::string& out) {
  if (!value.empty()) out += fmt::format("  {:<8} {}\n", label, printable(value));
}

}  // namespace

ordered_json inspect_json(const service::InspectedCard& card) {
  ordered_json out = {{"source", card.source}, {"line", card.line},       {"index", card.index}, {"key", card.key},
                      {"fn", card.fn},         {"version", card.version}, {"n", card.n}};
  ordered_json tels = ordered_json::array();
  for (const service::InspectedTel& tel : card.tels) {
    ordered_json entry = {{"raw", tel.raw}, {"e164", nullptr}, {"types", tel.types}};
    if (tel.number) entry["e164"] = tel.number->e164();
    tels.push_back(std::move(entry));
  }
  out["tels"] = std::move(tels);
  out["emails"] = card.emails;
  out["bday"] = card.bday;
  out["org"] = card.org;
  out["adr"] = card.adr;
  out["properties"] = card.properties;
  ordered_json diagnostics = ordered_json::array();
  for (const Diagnostic& diagnostic : card.diagnostics)
    diagnostics.push_back({{"line", diagnostic.line}, {"code", diagnostic.code}, {"message", diagnostic.message}});
  out["diagnostics"] = std::move(diagnostics);
  return out;
}

std::string inspect_text(const service::InspectedCard& card) {
  const std::string name = card.fn.empty() ? card.card.formatted_name() : card.fn;
  std::string out =
      fmt::format("{}:{}: {}\n", printable(card.source), card.line, name.empty() ? "(no name)" : printable(name));
  append_field("key", card.key, out);
  append_field("version", card.version, out);
  append_field("name", listed(card.n, "; "), out);
  for (const service::InspectedTel& tel : card.tels) {
    std::string line = tel.raw + (tel.number ? " = " + tel.number->e164() : " (no number that can be one)");
    if (!tel.types.empty()) line += " [" + listed(tel.types, ", ") + "]";
    append_field("tel", line, out);
  }
  for (const std::string& email : card.emails) append_field("email", email, out);
  append_field("bday", card.bday, out);
  append_field("org", listed(card.org, "; "), out);
  for (const auto& adr : card.adr) append_field("adr", listed(adr, "; "), out);
  append_field("holds", fmt::format("{} properties", card.properties), out);
  for (const Diagnostic& diagnostic : card.diagnostics)
    append_field("damage", fmt::format("line {}: {} ({})", diagnostic.line, diagnostic.message, diagnostic.code), out);
  if (!card.taken) append_field("import", "would reject this card", out);
  return out;
}

}  // namespace cardsrv::report
