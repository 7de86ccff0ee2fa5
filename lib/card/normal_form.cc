// The normal form of a card (semantics O2): one line for each property, sorted, with what carries no meaning left out.
#include <algorithm>
#include <charconv>
#include <map>

#include "base/utf8.h"
#include "card/card.h"
#include "card/date.h"
#include "card/value.h"

namespace cardsrv::card {
namespace {

constexpr int kNoPreference = 101;  // RFC 6350 §5.3: without PREF it is preferred least

bool is_upper(std::string_view name) {
  return std::none_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// PREF as a number; TYPE=PREF of cards that no reader of ours made counts as 1. nullopt: a PREF that is no number.
std::optional<int> preference(const Property& property) {
  if (const Parameter* pref = property.parameter("PREF"); pref != nullptr && !pref->values.empty()) {
    const std::string_view text = trim(pref->values.front());
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
  }
  if (const Parameter* type = property.parameter("TYPE"))
    for (const std::string& value : type->values)
      if (value.size() == 4 && ascii_lower(value) == "pref") return 1;
  return kNoPreference;
}

// For each name whose properties differ in preference: the preferences in order. Their place is what counts.
using Ranks = std::map<std::string, std::vector<int>, std::less<>>;

Ranks preference_ranks(const Card& card) {
  Ranks ranks;
  if (std::all_of(card.properties.begin(), card.properties.end(),
                  [](const Property& property) { return property.parameters.empty(); }))
    return ranks;
  for (const Property& property : card.properties)
    if (const auto number = preference(property)) ranks[ascii_upper(property.name)].push_back(*number);
  for (auto& [name, numbers] : ranks) {
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  }
  std::erase_if(ranks, [](const auto& entry) { return entry.second.size() < 2; });
  return ranks;
}

void append_parameter_value(std::string_view value, std::string& out) {
  for (const char c : value) {
    switch (c) {
      case '\n': out += "\\n"; break;
      case '\\':
      case ',':
      case ';':
      case ':':
      case '=': out += '\\'; [[fallthrough]];
      default: out += c;
    }
  }
}

void append_types(const Property& property, std::string& out) {
  std::vector<std::string> types = property.types();
  if (types.empty()) return;
  std::sort(types.begin(), types.end());
  out += ";TYPE=";
  for (const std::string& type : types) {
    append_parameter_value(type, out);
    out += ',';
  }
}

void append_parameters(const Property& property, std::string_view name, const Ranks& ranks, std::string& out) {
  if (const auto rank = ranks.find(name); rank != ranks.end()) {
    if (const auto number = preference(property)) {
      const auto place = std::lower_bound(rank->second.begin(), rank->second.end(), *number) - rank->second.begin();
      out += ";PREF=";
      out += std::to_string(place + 1);
    }
  }
  if (property.parameters.empty()) return;
  append_types(property, out);
  std::vector<const Parameter*> others;
  for (const Parameter& parameter : property.parameters) {
    if (parameter.name == "TYPE" || parameter.values.empty()) continue;
    if (parameter.name == "PREF" && preference(property)) continue;
    if (parameter.name == "VALUE" && is_default_value_type(name, parameter.values.front())) continue;
    others.push_back(&parameter);
  }
  std::sort(others.begin(), others.end(), [](const Parameter* a, const Parameter* b) { return a->name < b->name; });
  for (const Parameter* parameter : others) {
    out += ';';
    append_parameter_value(is_upper(parameter->name) ? parameter->name : ascii_upper(parameter->name), out);
    out += '=';
    for (const std::string& value : parameter->values) {
      append_parameter_value(parameter->name == "VALUE" ? ascii_lower(value) : value, out);
      out += ',';
    }
  }
}

bool escaped_at(std::string_view value, size_t at) {
  size_t backslashes = 0;
  while (backslashes < at && value[at - 1 - backslashes] == '\\') ++backslashes;
  return backslashes % 2 == 1;
}

void append_value(const Property& property, std::string_view name, std::string& out) {
  ValueKind kind = value_kind(property);
  // Whether an unknown property's commas separate is not known either; escaped or not, they count as the same.
  if (kind == ValueKind::kUnknown) kind = ValueKind::kSemicolons;
  std::string value = canonical_value(kind, property.value);
  // Either spelling of a date is the same date.
  if (holds_date(name) && kind == ValueKind::kText)
    if (const auto date = parse_date(value)) value = date->extended();
  // Components at the end that are empty may as well be missing: "Doe;Jane" is "Doe;Jane;;;".
  if (name == "N" || name == "ADR" || name == "ORG" || name == "GENDER") {
    size_t keep = value.size();
    while (keep > 0 && value[keep - 1] == ';' && !escaped_at(value, keep - 1)) --keep;
    value.resize(keep);
  }
  out += value;
}

std::string normal_line(const Property& property, const Ranks& ranks) {
  std::string out;
  out.reserve(property.name.size() + property.value.size() + 32);
  const std::string name = ascii_upper(property.name);
  out += name;
  append_parameters(property, name, ranks, out);
  out += ':';
  append_value(property, name, out);
  out += '\n';
  return out;
}

std::string joined(std::vector<std::string>& lines) {
  std::sort(lines.begin(), lines.end());
  size_t size = 0;
  for (const std::string& line : lines) size += line.size();
  std::string out;
  out.reserve(size);
  for (const std::string& line : lines) out += line;
  return out;
}

}  // namespace

std::string normal_form(const Card& card) {
  const Ranks ranks = preference_ranks(card);
  std::vector<std::string> items;
  items.reserve(card.properties.size());
  std::map<std::string, std::vector<std::string>> groups;
  for (const Property& property : card.properties) {
    if (property.name == "REV" || property.name == "PRODID" || property.name == "VERSION") continue;
    std::string line = normal_line(property, ranks);
    if (property.group.empty())
      items.push_back(std::move(line));
    else
      groups[ascii_lower(property.group)].push_back(std::move(line));
  }
  // The label of a group says nothing; that two properties are in one does. A group of one ties nothing together.
  for (auto& [label, lines] : groups)
    items.push_back(lines.size() == 1 ? std::move(lines.front()) : "{\n" + joined(lines) + "}\n");
  return joined(items);
}

bool equal_in_meaning(const Card& a, const Card& b) { return a == b || normal_form(a) == normal_form(b); }

Digest meaning_digest(const Card& card) { return blake2b(normal_form(card)); }

}  // namespace cardsrv::card
