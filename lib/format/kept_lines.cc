#include "format/kept_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/utf8.h"
#include "format/writer.h"

namespace cardsrv::format {
namespace {

constexpr std::string_view kColumnParameter = "X-CARDSRV-COLUMN";
constexpr std::string_view kAbsent = "X-CARDSRV-ABSENT";
constexpr std::string_view kWhole = "X-CARDSRV-WHOLE";

bool is_label(const card::Property& property) { return property.name == "X-ABLABEL"; }

struct IndexedUnit {
  Unit unit;
  size_t index;  // of its main property
};

// The properties as tables know them: a label in a group with one other property belongs to that.
std::vector<IndexedUnit> units_of(const std::vector<card::Property>& properties) {
  std::map<std::string, std::vector<size_t>> groups;
  for (size_t i = 0; i < properties.size(); ++i)
    if (!properties[i].group.empty()) groups[ascii_lower(properties[i].group)].push_back(i);
  std::vector<IndexedUnit> out;
  for (size_t index = 0; index < properties.size(); ++index) {
    const card::Property& property = properties[index];
    Unit unit{property, std::nullopt, false};
    if (!property.group.empty()) {
      const std::vector<size_t>& members = groups.at(ascii_lower(property.group));
      const auto labels = static_cast<size_t>(
          std::count_if(members.begin(), members.end(), [&](size_t i) { return is_label(properties[i]); }));
      if (members.size() == 2 && labels == 1) {
        if (is_label(property)) continue;
        unit.label = properties[is_label(properties[members[0]]) ? members[0] : members[1]];
      } else {
        unit.tied = members.size() > 1;
      }
    }
    out.push_back({std::move(unit), index});
  }
  return out;
}

std::string lines_of(std::vector<card::Property> properties) {
  // What is long comes last: should the row be cut, the rest can still be read.
  constexpr size_t kLong = 2048;
  std::stable_partition(properties.begin(), properties.end(),
                        [](const card::Property& property) { return property.value.size() < kLong; });
  const std::string text = write_properties(properties, VcardVersion::k40);
  std::string_view folded = text;
  if (folded.ends_with("\r\n")) folded.remove_suffix(2);
  std::string out;
  out.reserve(folded.size());
  while (true) {
    const size_t at = folded.find("\r\n");
    out += folded.substr(0, at);
    if (at == std::string_view::npos) return out;
    folded.remove_prefix(at + 2);
    if (folded.starts_with(' '))
      folded.remove_prefix(1);
    else
      out += '\n';
  }
}

// What is kept for a row.
struct Kept {
  bool whole = false;
  std::set<std::string> absent;
  std::vector<card::Property> properties;  // the parameter that names columns is among them
};

Kept read_kept(std::string_view text, std::vector<Diagnostic>& told) {
  Kept out;
  if (trim(text).empty()) return out;
  const std::string vcard = fmt::format("BEGIN:VCARD\nVERSION:4.0\n{}\nEND:VCARD\n", text);
  constexpr Limits kNone{.card_bytes = SIZE_MAX / 2, .properties = SIZE_MAX};
  auto items = parse_vcards(vcard, kNone);
  if (!items || items->size() != 1 || !items->front().card || items->front().rejected)
    told.push_back({0, "bad-kept-lines", fmt::format("what {} holds is damaged", kKeptColumn)});
  if (!items || items->empty() || !items->front().card) return out;
  for (const Diagnostic& diagnostic : items->front().diagnostics)
    told.push_back({0, diagnostic.code, fmt::format("{}: {}", kKeptColumn, diagnostic.message)});
  std::vector<card::Property>& properties = items->front().card->properties;
  out.whole = !properties.empty() && properties.front().name == kWhole;
  if (out.whole) properties.erase(properties.begin());
  for (card::Property& property : properties) {
    if (property.name != kAbsent || out.whole) {
      out.properties.push_back(std::move(property));
      continue;
    }
    for (const auto& component : property.components()) out.absent.insert(component.begin(), component.end());
  }
  return out;
}

std::optional<std::string> take_column(card::Property& property) {
  const auto found = std::find_if(property.parameters.begin(), property.parameters.end(),
                                  [](const card::Parameter& parameter) { return parameter.name == kColumnParameter; });
  if (found == property.parameters.end() || found->values.empty()) return std::nullopt;
  std::string name = found->values.front();
  property.parameters.erase(found);
  return name;
}

bool same_units(const std::vector<Unit>& a, const std::vector<Unit>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_unit);
}

// "Joe Public"; names of Chinese, Japanese and Korean have no blank and the family name first.
std::string made_name(const std::vector<card::Property>& properties) {
  card::Card card;
  for (const card::Property& property : properties)
    if (property.name != "FN") card.properties.push_back(property);
  const card::Property* n = card.find("N");
  if (n != nullptr) {
    const auto parts = n->components();
    const auto eastern = [](const std::string& text) {
      return text.size() >= 3 && static_cast<unsigned char>(text[0]) >= 0xe3 &&
             static_cast<unsigned char>(text[0]) <= 0xed;
    };
    if (parts.size() > 1 && eastern(parts[0].front()) && eastern(parts[1].front()) && parts[0].size() == 1 &&
        parts[1].size() == 1)
      return parts[0].front() + parts[1].front();
  }
  return card.formatted_name();
}

class RowReader {
 public:
  RowReader(const Table& table, const Cells& cells, std::string_view kept, std::vector<Diagnostic>& told)
      : table_(table), kept_(read_kept(kept, told)), told_(told) {
    if (kept_.whole) return;
    const auto& slots = table_.columns.slots();
    damage_.resize(slots.size());
    replaced_.resize(slots.size());
    for (size_t i = 0; i < slots.size(); ++i) made_.push_back(read_slot(slots[i], cells, table_.options, damage_[i]));
  }

  card::Card read() {
    card::Card card;
    if (!kept_.whole) {
      remember_name();
      bind_kept();
      // What a kept line says better is nobody's damage.
      for (size_t i = 0; i < damage_.size(); ++i)
        if (!replaced_[i]) told_.insert(told_.end(), damage_[i].begin(), damage_[i].end());
      take_columns(card);
    }
    for (card::Property& property : kept_.properties) card.properties.push_back(std::move(property));
    if (!kept_.whole && !name_.empty() && card.find("FN") == nullptr && !kept_.absent.contains("FN"))
      card.properties.insert(card.properties.begin(), card::Property{{}, "FN", {}, card::escape_text(name_)});
    return card;
  }

 private:
  // The formatted name that the columns make, whatever is kept besides.
  void remember_name() {
    std::vector<card::Property> properties;
    for (const auto& units : made_)
      for (const Unit& unit : units) properties.push_back(unit.main);
    name_ = made_name(properties);
  }

  // Which lines say in full what which columns say.
  void bind_kept() {
    std::vector<card::Property> loose;
    std::vector<std::string> names(kept_.properties.size());
    for (size_t i = 0; i < kept_.properties.size(); ++i) names[i] = take_column(kept_.properties[i]).value_or("");
    for (IndexedUnit& indexed : units_of(kept_.properties)) {
      Unit& unit = indexed.unit;
      const std::string& name = names[indexed.index];
      const Columns::Slot* slot = name.empty() ? nullptr : table_.columns.find(name);
      if (unit.label) loose.push_back(*unit.label);
      if (slot == nullptr)
        loose.push_back(std::move(unit.main));
      else
        bind(*slot, unit);
    }
    for (auto& [slot, unit] : changed_) change(slot, unit);
    kept_.properties = std::move(loose);
  }

  void bind(const Columns::Slot& slot, const Unit& unit) {
    Cells cells(table_.columns.size());
    write_slot(slot, unit, cells);
    std::vector<Diagnostic> ignored;
    const std::vector<Unit> written = read_slot(slot, cells, table_.options, ignored);
    const auto& slots = table_.columns.slots();
    const auto own = static_cast<size_t>(&slot - slots.data());
    const auto fits = [&](size_t i) {
      return !replaced_[i] && slots[i].property == slot.property && same_units(made_[i], written);
    };
    std::optional<size_t> found;
    if (fits(own)) found = own;
    for (size_t i = 0; i < slots.size() && !found; ++i)
      if (fits(i)) found = i;
    if (!found) {
      changed_.emplace_back(own, unit);
      return;
    }
    replaced_[*found] = true;
    made_[*found] = {Unit{unit.main, std::nullopt, true}};
  }

  // Somebody changed the cells: they count, and what they cannot say is kept.
  void change(size_t slot, const Unit& unit) {
    if (replaced_[slot] || made_[slot].empty()) return;
    card::Property& property = made_[slot].front().main;
    for (const card::Parameter& parameter : unit.main.parameters)
      if (parameter.name != "TYPE" && parameter.name != "PREF" && parameter.name != "VALUE" &&
          parameter.name != "LABEL" && property.parameter(parameter.name) == nullptr)
        property.parameters.push_back(parameter);
  }

  void take_columns(card::Card& card) {
    std::set<std::string> groups;
    for (const card::Property& property : kept_.properties) groups.insert(ascii_lower(property.group));
    for (const auto& units : made_)
      for (const Unit& unit : units) groups.insert(ascii_lower(unit.main.group));
    size_t number = 0;
    for (auto& units : made_) {
      for (Unit& unit : units) {
        if (kept_.absent.contains(unit.main.name) && !unit.tied) continue;
        if (unit.label) {
          std::string group;
          do group = fmt::format("item{}", ++number);
          while (groups.contains(group));
          unit.main.group = unit.label->group = group;
        }
        card.properties.push_back(std::move(unit.main));
        if (unit.label) card.properties.push_back(std::move(*unit.label));
      }
    }
  }

  const Table& table_;
  Kept kept_;
  std::vector<std::vector<Unit>> made_;  // beside the slots; `tied`: a kept line
  std::vector<std::vector<Diagnostic>> damage_;
  std::vector<bool> replaced_;
  std::vector<Diagnostic>& told_;
  std::vector<std::pair<size_t, Unit>> changed_;
  std::string name_;
};

class RowWriter {
 public:
  RowWriter(const Table& table, const card::Card& card, bool (*suits)(const card::Property&))
      : table_(table), card_(card), suits_(suits), used_(table.columns.slots().size()) {
    row_.cells.resize(table.columns.size());
  }

  WrittenRow write() {
    const bool has_name = std::any_of(card_.properties.begin(), card_.properties.end(), [](const auto& property) {
      return property.name == "N" && property.value.find_first_not_of("; ") != std::string::npos;
    });
    for (const auto& [unit, index] : units_of(card_.properties)) {
      if (unit.main.name == "FN" && !has_column("FN")) continue;
      if ((unit.main.name == "N" && !has_name) || !place(unit)) keep(unit, {});
    }
    const std::string name = card_.formatted_name();
    if (!has_name && !has_column("FN")) stand_in("N", ';' + card::escape_text(name) + ";;;");
    if (card_.find("FN") == nullptr && has_column("FN")) stand_in("FN", card::escape_text(name));
    keep_formatted_names();
    if (!absent_.empty()) kept_.insert(kept_.begin(), card::Property{{}, std::string(kAbsent), {}, absent_});
    if (!kept_.empty()) row_.kept = lines_of(kept_);
    std::vector<Diagnostic> ignored;
    if (!card::equal_in_meaning(card_of_cells(table_, row_.cells, row_.kept, ignored), card_)) keep_all();
    return std::move(row_);
  }

 private:
  [[nodiscard]] bool has_column(std::string_view property) const { return table_.columns.find(property) != nullptr; }

  void keep(const Unit& unit, const std::string& column) {
    card::Property main = unit.main;
    if (!column.empty()) main.parameters.push_back({std::string(kColumnParameter), {column}});
    kept_.push_back(std::move(main));
    if (unit.label) kept_.push_back(*unit.label);
  }

  // Puts it into a slot. False: there is none for it, or none that can say anything of it.
  bool place(const Unit& unit) {
    if (!suits_(unit.main)) return false;
    const auto chosen = table_.columns.choose(unit.main, used_, table_.last_resort);
    if (!chosen) return false;
    const Columns::Slot& slot = table_.columns.slots()[*chosen];
    if (!write_slot(slot, unit, row_.cells)) return false;
    used_[*chosen] = true;
    std::vector<Diagnostic> doubts;
    const std::vector<Unit> back = read_slot(slot, row_.cells, table_.options, doubts);
    if (back.size() != 1 || !doubts.empty() || !same_unit(back.front(), unit)) keep(unit, slot.name);
    return true;
  }

  // Every row wants a name, and the card has none of that kind.
  void stand_in(const std::string& name, std::string value) {
    const Unit unit{card::Property{{}, name, {}, std::move(value)}, std::nullopt, false};
    const auto chosen = table_.columns.choose(unit.main, used_, {});
    if (!chosen || !write_slot(table_.columns.slots()[*chosen], unit, row_.cells)) return;
    used_[*chosen] = true;
    if (!absent_.empty()) absent_ += ',';
    absent_ += name;
  }

  // Where no column has them, the one that the names make need not be kept.
  void keep_formatted_names() {
    if (has_column("FN")) return;
    std::vector<Diagnostic> ignored;
    const card::Card back = card_of_cells(table_, row_.cells, {}, ignored);
    const std::vector<const card::Property*> names = card_.all("FN");
    const card::Property* made = back.find("FN");
    if (names.empty() && made != nullptr) {
      if (!absent_.empty()) absent_ += ',';
      absent_ += "FN";
      return;
    }
    const auto units = units_of(card_.properties);
    const bool same = made != nullptr && names.size() == 1 &&
                      std::any_of(units.begin(), units.end(), [&](const IndexedUnit& indexed) {
                        return indexed.unit.main.name == "FN" && !indexed.unit.label &&
                               same_unit(indexed.unit, {*made, std::nullopt, false});
                      });
    if (same) return;
    for (const auto& [unit, index] : units)
      if (unit.main.name == "FN") keep(unit, {});
  }

  void keep_all() {
    kept_ = card_.properties;
    row_.kept = fmt::format("{}:1", kWhole);
    if (!kept_.empty()) row_.kept += '\n' + lines_of(kept_);
  }

  const Table& table_;
  const card::Card& card_;
  bool (*suits_)(const card::Property&);
  std::vector<bool> used_;
  std::vector<card::Property> kept_;
  std::string absent_;
  WrittenRow row_;
};

}  // namespace

card::Card card_of_cells(const Table& table, const Cells& cells, std::string_view kept, std::vector<Diagnostic>& told) {
  return RowReader(table, cells, kept, told).read();
}

WrittenRow cells_of_card(const Table& table, const card::Card& card, bool (*suits)(const card::Property&)) {
  return RowWriter(table, card, suits).write();
}

}  // namespace cardsrv::format
