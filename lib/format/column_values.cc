// Properties made of the cells of a table, and cells filled from properties.
#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "card/value.h"
#include "format/column_labels.h"
#include "format/columns.h"

namespace cardsrv::format {
namespace {

using Part = Target::Part;
constexpr std::string_view kBetweenValues = " ::: ";
constexpr size_t kMostValues = 100;  // of one cell

// Text as the value of a property of that name and these parameters: escaped as its kind wants it.
std::string value_of_text(const card::Property& property, std::string_view text) {
  if (card::value_kind(property) != card::ValueKind::kUri) return card::escape_text(text);
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '\n') out += '\\';
    out += c == '\n' ? 'n' : c;
  }
  return out;
}

std::vector<std::string> values_of(std::string_view cell) {
  std::vector<std::string> out;
  while (out.size() + 1 < kMostValues) {
    const size_t at = cell.find(kBetweenValues);
    if (at == std::string_view::npos) break;
    out.emplace_back(trim(cell.substr(0, at)));
    cell.remove_prefix(at + kBetweenValues.size());
  }
  out.emplace_back(trim(cell));
  return out;
}

// What Outlook's column "E-mail 2 Type" has: how the address is delivered, which is no label that a person chose.
bool is_address_type(std::string_view label) { return label == "SMTP" || label == "EX"; }

void set_parameter(card::Property& property, std::string name, std::string value) {
  property.parameters.push_back({std::move(name), {std::move(value)}});
}

// ---- reading

class SlotReader {
 public:
  SlotReader(const Columns::Slot& slot, const ReadOptions& options, std::vector<Diagnostic>& told)
      : slot_(slot), options_(options), told_(told) {}

  std::vector<Unit> read(const Cells& cells) {
    const bool several = options_.multi_values && (slot_.place(Part::kLabel) != nullptr || slot_.number > 0);
    std::vector<std::vector<std::string>> values;
    size_t count = 1;
    for (const Columns::Place& place : slot_.places) {
      const std::string& cell = cells[place.column];
      values.push_back(several && place.part != Part::kLabel ? values_of(cell) : std::vector{std::string(trim(cell))});
      count = std::max(count, values.back().size());
    }
    std::vector<Unit> out;
    for (size_t i = 0; i < count; ++i) {
      texts_.assign(values.size(), {});
      for (size_t place = 0; place < values.size(); ++place) {
        const bool label = slot_.places[place].part == Part::kLabel;
        if (label || i < values[place].size()) texts_[place] = values[place][label ? 0 : i];
      }
      if (auto unit = read_one()) out.push_back(std::move(*unit));
    }
    if (slot_.property == "EMAIL" && is_address_type(text(Part::kLabel)) && !out.empty()) {
      Unit type;
      type.main.name = kCsvColumn;
      set_parameter(type.main, std::string(kColumnName), fmt::format("E-mail {} Type", slot_.number));
      type.main.value = text(Part::kLabel);
      out.push_back(std::move(type));
    }
    return out;
  }

 private:
  // What the first cell of that part says.
  [[nodiscard]] std::string_view text(Part part) const {
    for (size_t i = 0; i < texts_.size(); ++i)
      if (slot_.places[i].part == part) return texts_[i];
    return {};
  }
  [[nodiscard]] std::vector<std::vector<std::string>> components() const {
    std::vector<std::vector<std::string>> out;
    for (size_t i = 0; i < texts_.size(); ++i) {
      const Columns::Place& place = slot_.places[i];
      if (place.part != Part::kComponent || texts_[i].empty()) continue;
      if (out.size() <= place.component) out.resize(place.component + 1);
      out[place.component].push_back(texts_[i]);
    }
    return out;
  }

  std::optional<Unit> read_one() {
    Unit unit;
    unit.main.name = slot_.property;
    unit.main.parameters = slot_.parameters;
    if (!read_value(unit.main)) return std::nullopt;
    read_label(unit);
    return unit;
  }

  // False: there is nothing.
  bool read_value(card::Property& property) {
    const std::string_view value = text(Part::kValue);
    if (property.name == "BDAY" && slot_.place(Part::kComponent) != nullptr) return read_split_date(property);
    if (property.name == "N" || property.name == "ADR" || property.name == "ORG") return read_structured(property);
    if (value.empty()) return false;
    if (is_date_name(property.name)) return read_whole_date(property, value);
    if (property.name == "CATEGORIES") return read_categories(property, value);
    if (property.name == "IMPP") return read_messenger(property, value);
    if (property.name == "GENDER") {
      const std::string_view sex = sex_of(value);
      property.value = sex.empty() ? ';' + card::escape_text(value) : std::string(sex);
      return true;
    }
    property.value = value_of_text(property, value);
    return true;
  }

  bool read_structured(card::Property& property) {
    std::vector<std::vector<std::string>> parts = components();
    const std::string_view formatted = text(Part::kFormatted);
    if (parts.empty() && formatted.empty()) return false;
    if (parts.empty()) {
      parts.resize(3);
      parts[2].emplace_back(formatted);
    } else if (!formatted.empty()) {
      set_parameter(property, "LABEL", std::string(formatted));
    }
    if (property.name != "ORG") parts.resize(property.name == "N" ? 5 : 7);
    for (size_t i = 0; i < parts.size(); ++i) {
      if (i > 0) property.value += ';';
      for (size_t member = 0; member < parts[i].size(); ++member) {
        if (member > 0) property.value += property.name == "ORG" ? " " : ",";
        property.value += card::escape_text(parts[i][member]);
      }
    }
    return true;
  }

  bool as_text(card::Property& property, std::string_view value) {
    set_parameter(property, "VALUE", "text");
    property.value = card::escape_text(value);
    told_.push_back({0, "unclear-date",
                     fmt::format("{}: \"{}\" cannot be told for sure, kept as text", property.name,
                                 printable(value.substr(0, 40)))});
    return true;
  }

  bool read_whole_date(card::Property& property, std::string_view value) {
    TableDate date = read_date(value, options_.dates);
    if (date.answer == DateAnswer::kNone) return false;
    if (date.answer == DateAnswer::kUnknown) return as_text(property, value);
    property.value = std::move(date.value);
    return true;
  }

  // Year, month and day in cells of their own; any of them may be missing (RFC 6350 §4.3.1).
  bool read_split_date(card::Property& property) {
    auto parts = components();
    parts.resize(3);
    std::string all;
    bool sound = true;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (parts[i].empty()) continue;
      std::string& part = parts[i].front();
      if (!all.empty()) all += '-';
      all += part;
      sound = sound && parts[i].size() == 1 && part.size() <= (i == 0 ? 4U : 2U) &&
              part.find_first_not_of("0123456789") == std::string::npos;
      if (i > 0 && part.size() == 1) part.insert(0, "0");
    }
    if (all.empty()) return false;
    const auto part = [&](size_t i) { return parts[i].empty() ? std::string() : parts[i].front(); };
    const std::string year = part(0), month = part(1), day = part(2);
    sound = sound && (year.empty() || year.size() == 4) && (month.empty() ? year.empty() || day.empty() : true);
    if (!sound) return as_text(property, all);
    if (month.empty()) {
      property.value = year.empty() ? "---" + day : year;
    } else if (day.empty()) {
      property.value = year.empty() ? "--" + month : year + '-' + month;
    } else {
      const TableDate date = read_date((year.empty() ? "--" : year) + month + day, DateOrder::kYearFirst);
      if (date.answer != DateAnswer::kDate) return as_text(property, all);
      property.value = date.value;
    }
    return true;
  }

  // "* myContacts ::: Friends" of Google, "Friends;Work" of Outlook.
  static bool read_categories(card::Property& property, std::string_view value) {
    std::vector<std::string> names;
    if (value.find(kBetweenValues) != std::string_view::npos) {
      names = values_of(value);
    } else {
      for (size_t begin = 0; begin <= value.size();) {
        const size_t end = std::min(value.find(';', begin), value.size());
        names.emplace_back(trim(value.substr(begin, end - begin)));
        begin = end + 1;
      }
    }
    for (std::string_view name : names) {
      if (name.starts_with("* ")) name = trim(name.substr(2));
      if (name.empty()) continue;
      if (!property.value.empty()) property.value += ',';
      property.value += card::escape_text(name);
    }
    return !property.value.empty();
  }

  bool read_messenger(card::Property& property, std::string_view value) const {
    const std::string_view service = text(Part::kService);
    const size_t colon = value.find(':');
    const bool uri =
        colon != std::string_view::npos && colon > 0 &&
        value.substr(0, colon).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+.-") == std::string_view::npos;
    std::string_view scheme = messenger_scheme(service);
    if (scheme.empty()) scheme = "im";
    if (!service.empty()) set_parameter(property, "SERVICE-TYPE", std::string(service));
    property.value =
        value_of_text(property, uri && service.empty() ? std::string(value) : fmt::format("{}:{}", scheme, value));
    return true;
  }

  // "* Work": work, and preferred.
  void read_label(Unit& unit) const {
    std::string_view label = text(Part::kLabel);
    if (label == "*" || label.starts_with("* ")) {
      set_parameter(unit.main, "PREF", "1");
      label = trim(label.substr(1));
    }
    if (label.empty() || (unit.main.name == "EMAIL" && is_address_type(label))) return;
    if (unit.main.name == kCsvColumn) return set_parameter(unit.main, std::string(kColumnName), std::string(label));
    if (unit.main.name == "X-ABDATE" && means_anniversary(label)) {
      unit.main.name = "ANNIVERSARY";
      return;
    }
    std::vector<std::string> types;
    if (unit.main.name != "X-ABDATE") types = label_types(unit.main.name, label);
    if (!types.empty()) {
      unit.main.parameters.push_back({"TYPE", std::move(types)});
      return;
    }
    unit.label = card::Property{{}, "X-ABLABEL", {}, card::escape_text(label)};
  }

  const Columns::Slot& slot_;
  const ReadOptions& options_;
  std::vector<Diagnostic>& told_;
  std::vector<std::string> texts_;  // beside slot_.places
};

// ---- writing

// A cell has line feeds and no NUL bytes.
std::string cell_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] != '\0') out += text[i] == '\r' ? '\n' : text[i];
  }
  return out;
}

class SlotWriter {
 public:
  SlotWriter(const Columns::Slot& slot, const Unit& unit, Cells& cells) : slot_(slot), unit_(unit), cells_(cells) {}

  bool write() {
    const card::Property& property = unit_.main;
    if (property.name == "BDAY" && slot_.place(Part::kComponent) != nullptr)
      write_split_date();
    else if (property.name == "N" || property.name == "ADR" || property.name == "ORG")
      write_structured();
    else
      put(Part::kValue, value());
    if (property.name == "IMPP") put(Part::kService, service());
    if (!wrote_) return false;
    write_label();
    return true;
  }

 private:
  void put(Part part, const std::string& text) {
    const Columns::Place* place = slot_.place(part);
    if (place == nullptr || trim(text).empty()) return;
    cells_[place->column] = cell_text(text);
    wrote_ = true;
  }

  [[nodiscard]] std::string value() const {
    const card::Property& property = unit_.main;
    std::string text = property.text();
    if (is_date_name(property.name)) return written_date(text).value_or(text);
    if (property.name == "CATEGORIES") return categories();
    if (property.name == "IMPP") return messenger_address(text);
    if (property.name == "GENDER") {
      if (text == "M") return "Male";
      if (text == "F") return "Female";
      const auto parts = property.components();
      return parts.size() > 1 && !parts[1].front().empty() ? parts[1].front() : text;
    }
    for (const std::string_view scheme : {"tel:", "mailto:"})
      if (ascii_lower(text.substr(0, scheme.size())) == scheme) text.erase(0, scheme.size());
    return text;
  }

  [[nodiscard]] std::string categories() const {
    std::string out;
    for (const auto& component : unit_.main.components()) {
      for (const std::string& name : component) {
        if (!out.empty()) out += kBetweenValues;
        const std::string folded = fold_label(name);
        // The groups that Google itself keeps have a star.
        if (folded == "mycontacts" || folded == "starred") out += "* ";
        out += name;
      }
    }
    return out;
  }

  [[nodiscard]] std::string service() const {
    const card::Parameter* service = unit_.main.parameter("SERVICE-TYPE");
    if (service != nullptr && !service->values.empty()) return service->values.front();
    const std::string text = unit_.main.text();
    return std::string(messenger_name(std::string_view(text).substr(0, text.find(':'))));
  }

  [[nodiscard]] std::string messenger_address(std::string text) const {
    const size_t colon = text.find(':');
    if (colon == std::string::npos) return text;
    const bool known = slot_.place(Part::kService) != nullptr && !service().empty();
    if (known || text.starts_with("im:")) text.erase(0, colon + 1);
    return text;
  }

  void write_split_date() {
    const auto date = written_date(unit_.main.text());
    if (!date) return;
    const std::string_view text = trim(*date);
    const bool year = !text.starts_with("--");
    const std::string_view rest = text.substr(year ? 5 : 2);
    for (const Columns::Place& place : slot_.places) {
      if (place.component == 0 && !year) continue;
      cells_[place.column] = place.component == 0 ? text.substr(0, 4) : rest.substr(place.component == 1 ? 0 : 3, 2);
      wrote_ = true;
    }
  }

  void write_structured() {
    const auto parts = unit_.main.components();
    for (const Columns::Place& place : slot_.places) {
      if (place.part != Part::kComponent || place.component >= parts.size()) continue;
      const auto& members = parts[place.component];
      const bool last = std::none_of(slot_.places.begin(), slot_.places.end(), [&](const Columns::Place& other) {
        return other.part == Part::kComponent && other.component == place.component && other.line > place.line;
      });
      std::string text;
      for (size_t i = place.line; i < (last ? members.size() : std::min(place.line + 1, members.size())); ++i) {
        if (!text.empty() && !members[i].empty()) text += unit_.main.name == "N" ? " " : ", ";
        text += members[i];
      }
      if (trim(text).empty()) continue;
      cells_[place.column] = cell_text(text);
      wrote_ = true;
    }
    const card::Parameter* label = unit_.main.parameter("LABEL");
    if (label != nullptr && !label->values.empty()) put(Part::kFormatted, label->values.front());
  }

  void write_label() {
    const Columns::Place* place = slot_.place(Part::kLabel);
    if (place == nullptr) return;
    const card::Property& property = unit_.main;
    std::string label;
    if (unit_.label) {
      label = unit_.label->text();
      // As Apple writes the labels of its own.
      if (label.starts_with("_$!<") && label.ends_with(">!$_")) label = label.substr(4, label.size() - 8);
    } else if (property.name == kCsvColumn) {
      const card::Parameter* name = property.parameter(kColumnName);
      if (name != nullptr && !name->values.empty()) label = name->values.front();
    } else if (property.name == "ANNIVERSARY") {
      label = "Anniversary";
    } else {
      label = types_label(property.name, property.types());
    }
    const card::Parameter* pref = property.parameter("PREF");
    if (pref != nullptr && pref->values == std::vector<std::string>{"1"}) label.insert(0, "* ");
    cells_[place->column] = cell_text(label);
  }

  const Columns::Slot& slot_;
  const Unit& unit_;
  Cells& cells_;
  bool wrote_ = false;
};

}  // namespace

bool is_date_name(std::string_view property) {
  return property == "BDAY" || property == "ANNIVERSARY" || property == "DEATHDATE" || property == "X-ABDATE";
}

std::vector<Unit> read_slot(const Columns::Slot& slot, const Cells& cells, const ReadOptions& options,
                            std::vector<Diagnostic>& told) {
  const bool empty = std::all_of(slot.places.begin(), slot.places.end(),
                                 [&](const Columns::Place& place) { return cells[place.column].empty(); });
  if (empty) return {};
  return SlotReader(slot, options, told).read(cells);
}

bool write_slot(const Columns::Slot& slot, const Unit& unit, Cells& cells) {
  return SlotWriter(slot, unit, cells).write();
}

}  // namespace cardsrv::format
