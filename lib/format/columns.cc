#include "format/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/utf8.h"
#include "format/property_line.h"

namespace cardsrv::format {
namespace {

struct PartName {
  std::string_view property;  // empty: any
  std::string_view word;
  Target::Part part;
  size_t component = 0;
  size_t line = 0;
};

using Part = Target::Part;
constexpr std::array kParts = {
    PartName{"N", "family", Part::kComponent, 0},
    PartName{"N", "given", Part::kComponent, 1},
    PartName{"N", "additional", Part::kComponent, 2},
    PartName{"N", "prefix", Part::kComponent, 3},
    PartName{"N", "suffix", Part::kComponent, 4},
    PartName{"ADR", "pobox", Part::kComponent, 0},
    PartName{"ADR", "extended", Part::kComponent, 1},
    PartName{"ADR", "street", Part::kComponent, 2},
    PartName{"ADR", "street2", Part::kComponent, 2, 1},
    PartName{"ADR", "street3", Part::kComponent, 2, 2},
    PartName{"ADR", "city", Part::kComponent, 3},
    PartName{"ADR", "region", Part::kComponent, 4},
    PartName{"ADR", "code", Part::kComponent, 5},
    PartName{"ADR", "country", Part::kComponent, 6},
    PartName{"ADR", "formatted", Part::kFormatted},
    PartName{"ORG", "name", Part::kComponent, 0},
    PartName{"ORG", "unit", Part::kComponent, 1},
    PartName{"ORG", "unit2", Part::kComponent, 2},
    PartName{"BDAY", "year", Part::kComponent, 0},
    PartName{"BDAY", "month", Part::kComponent, 1},
    PartName{"BDAY", "day", Part::kComponent, 2},
    PartName{"IMPP", "service", Part::kService},
    PartName{"", "label", Part::kLabel},
};

const PartName* find_part(std::string_view property, std::string_view word) {
  const auto* const found = std::find_if(kParts.begin(), kParts.end(), [&](const PartName& part) {
    return (part.property.empty() || part.property == property) && part.word == word;
  });
  return found == kParts.end() ? nullptr : &*found;
}

bool good_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// Properties whose value is of parts: without one it must be said which.
bool needs_part(std::string_view property) { return property == "N" || property == "ADR" || property == "ORG"; }

tl::unexpected<Error> no_target(std::string_view text, std::string_view why) {
  return fail(Errc::kUsage, fmt::format("\"{}\" is no property for a column: {}", printable(text), why),
              "such as TEL;TYPE=cell, EMAIL, N.family, ADR;TYPE=home.city, ORG.name or NOTE");
}

std::vector<std::string> lower_types(const std::vector<card::Parameter>& parameters) {
  card::Property property;
  property.parameters = parameters;
  return property.types();
}

std::string slot_name(const Target& target) {
  std::string out = target.name;
  for (const card::Parameter& parameter : target.parameters) {
    out += fmt::format(";{}=", parameter.name);
    for (size_t i = 0; i < parameter.values.size(); ++i) {
      if (i > 0) out += ',';
      out += parameter.name == "TYPE" ? ascii_upper(parameter.values[i]) : parameter.values[i];
    }
  }
  if (target.number > 0) out += fmt::format("#{}", target.number);
  return out;
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  Target target;
  std::string_view rest = trim(text);
  const std::string_view head = rest.substr(0, rest.find_first_of(";#."));
  target.name = ascii_upper(head);
  if (!good_name(target.name)) return no_target(text, "it has no name");
  if (target.name == "BEGIN" || target.name == "END" || target.name == "VERSION")
    return no_target(text, "that is no property of a contact");
  // The part comes last; a dot in a parameter's value is none.
  if (const size_t dot = rest.rfind('.'); dot != std::string_view::npos) {
    const PartName* part = find_part(target.name, ascii_lower(rest.substr(dot + 1)));
    if (part == nullptr && rest.find('=') == std::string_view::npos)
      return no_target(text, fmt::format("{} has no part \"{}\"", target.name, printable(rest.substr(dot + 1))));
    if (part != nullptr) {
      target.part = part->part;
      target.component = part->component;
      target.line = part->line;
      rest = rest.substr(0, dot);
    }
  }
  if (const size_t hash = rest.rfind('#'); hash != std::string_view::npos && hash > rest.rfind('=') + 1) {
    const std::string_view digits = rest.substr(hash + 1);
    if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string_view::npos)
      return no_target(text, "after # comes a number");
    target.number = static_cast<unsigned>(std::stoul(std::string(digits)));
    rest = rest.substr(0, hash);
  }
  if (rest.size() > head.size()) {
    ContentLine line = parse_content_line(std::string(rest) + ":");
    if (line.state != ContentLine::State::kGood || line.encoding != TransferEncoding::kNone || !line.charset.empty() ||
        line.open_quote)
      return no_target(text, "its parameters cannot be read");
    const card::Parameter* const types = line.property.parameter("TYPE");
    const auto no_type = [](const std::string& type) { return same_name(type, "TYPE") || same_name(type, "VALUE"); };
    if (types != nullptr && std::any_of(types->values.begin(), types->values.end(), no_type))
      return no_target(text, "a parameter is NAME=VALUE");
    target.parameters = std::move(line.property.parameters);
  }
  if (target.part == Part::kValue && needs_part(target.name))
    return no_target(text, fmt::format("which part of {}?", target.name));
  return target;
}

bool same_unit(const Unit& a, const Unit& b) {
  const auto card = [](const Unit& unit) {
    card::Card out;
    out.properties.push_back(unit.main);
    out.properties.front().group.clear();
    if (!unit.label) return out;
    out.properties.push_back(*unit.label);
    for (card::Property& property : out.properties) property.group = "item";
    return out;
  };
  const auto pref = [](const Unit& unit) {
    const card::Parameter* parameter = unit.main.parameter("PREF");
    return parameter == nullptr ? std::vector<std::string>{} : parameter->values;
  };
  return !a.tied && !b.tied && pref(a) == pref(b) && card::equal_in_meaning(card(a), card(b));
}

const Columns::Place* Columns::Slot::place(Target::Part part) const {
  const auto found = std::find_if(places.begin(), places.end(), [&](const Place& place) { return place.part == part; });
  return found == places.end() ? nullptr : &*found;
}

void Columns::add(Target target) {
  const size_t column = columns_++;
  std::string name = slot_name(target);
  const auto taken = [&](const Slot& slot) {
    return std::any_of(slot.places.begin(), slot.places.end(), [&](const Place& place) {
      return place.part == target.part && place.component == target.component && place.line == target.line;
    });
  };
  auto found = by_name_.find(name);
  if (found != by_name_.end() && taken(slots_[found->second])) {
    if (target.part == Part::kComponent) {
      size_t next = 0;
      for (const Place& place : slots_[found->second].places)
        if (place.component == target.component) next = std::max(next, place.line + 1);
      target.line = next;
    } else {
      // Another column of the very same name is another property.
      constexpr unsigned kDoubles = 1000;
      target.number += kDoubles + doubles_[name]++;
      name = slot_name(target);
      found = by_name_.find(name);
    }
  }
  if (found == by_name_.end()) {
    found = by_name_.emplace(name, slots_.size()).first;
    slots_.push_back({name, target.name, target.parameters, lower_types(target.parameters), target.number, {}});
  }
  slots_[found->second].places.push_back({column, target.part, target.component, target.line});
}

const Columns::Slot* Columns::find(std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? nullptr : &slots_[found->second];
}

std::optional<size_t> Columns::choose(const card::Property& property, const std::vector<bool>& used,
                                      std::string_view last_resort) const {
  const std::vector<std::string> types = property.types();
  std::optional<size_t> best;
  int best_score = -1;
  for (size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    const bool event = slot.property == "X-ABDATE" && property.name == "ANNIVERSARY";
    if (used[i] || (slot.property != property.name && !event)) continue;
    if (slot.property == kCsvColumn && !slot.parameters.empty() && slot.parameters != property.parameters) continue;
    int score = 1;
    for (const std::string& type : slot.types) {
      if (std::find(types.begin(), types.end(), type) == types.end())
        score = slot.types.size() == 1 && type == last_resort ? 0 : -1;
      else if (score > 0)
        score += type == "work" || type == "home" ? 2 : 3;
    }
    if (score <= best_score) continue;
    best = i;
    best_score = score;
  }
  return best;
}

}  // namespace cardsrv::format
