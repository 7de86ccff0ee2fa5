#pragma once
// The columns of a table of contacts (CSV, and the attributes of LDAP, which are columns with another spelling): which
// property each holds, or which part of one; properties made of cells, and cells filled from properties.
// Not for: what columns are called (csv_headers.h, ldif_attributes.h), what no column can say (kept_lines.h).

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/diagnostic.h"
#include "base/result.h"
#include "card/card.h"
#include "format/csv_dates.h"

namespace cardsrv::format {

// A column that nothing is known about: its text in a property of this name, the column's name in the parameter.
inline constexpr std::string_view kCsvColumn = "X-CSV-COLUMN";
inline constexpr std::string_view kColumnName = "X-NAME";

// What a column holds.
struct Target {
  enum class Part {
    kValue = 1,      // the value
    kComponent = 2,  // a component of a structured value
    kLabel = 3,      // what kind of number or address it is, in words: "Work", "* Mobile" (the star: preferred)
    kFormatted = 4,  // an address as it is written on a letter
    kService = 5,    // whose messenger the value is an address of
  };
  std::string name;  // of the property, upper case
  std::vector<card::Parameter> parameters;
  Part part = Part::kValue;
  size_t component = 0;
  size_t line = 0;      // which member of the component: "Business Street 2"
  unsigned number = 0;  // tells columns of one property from those of another of the same name

  bool operator==(const Target&) const = default;
};

// "TEL;TYPE=cell", "N.family", "ADR;TYPE=work#2.city", "EMAIL#1.label": a property, its parameters, `#` and a number
// for columns that belong together, a dot and a part. Parts: N family, given, additional, prefix, suffix; ADR pobox,
// extended, street (also street2, street3), city, region, code, country, formatted; ORG name, unit, unit2; BDAY year,
// month, day; IMPP service; any: label. kUsage: it is none, with a hint.
[[nodiscard]] Result<Target> parse_target(std::string_view text);

// Whether a property of that name is a date, of which tables write the numbers in the order of their country.
[[nodiscard]] bool is_date_name(std::string_view property);

// A property as tables know it: with the label that Apple and Google tie to it by a group (X-ABLABEL).
struct Unit {
  card::Property main;
  std::optional<card::Property> label;
  bool tied = false;  // in a group with other properties: no table can say that
};

// The same property, label and preference, as meaning goes (semantics O2).
[[nodiscard]] bool same_unit(const Unit& a, const Unit& b);

struct ReadOptions {
  DateOrder dates = DateOrder::kYearFirst;
  bool multi_values = false;  // " ::: " between the values of one cell, as Google has them
};

class Columns {
 public:
  struct Place {
    size_t column;
    Target::Part part;
    size_t component;
    size_t line;
  };
  // The columns that make one property.
  struct Slot {
    std::string name;  // the same in every language: "TEL;TYPE=HOME#2"
    std::string property;
    std::vector<card::Parameter> parameters;
    std::vector<std::string> types;  // of the parameters, in lower case
    unsigned number = 0;
    std::vector<Place> places;

    [[nodiscard]] const Place* place(Target::Part part) const;
  };

  // Appends a column. A part that the property has already is another member of its component, or another property.
  void add(Target target);
  // Appends a column that holds nothing.
  void add_nothing() { ++columns_; }

  [[nodiscard]] size_t size() const { return columns_; }
  [[nodiscard]] const std::vector<Slot>& slots() const { return slots_; }
  // The slot of that name, or null.
  [[nodiscard]] const Slot* find(std::string_view name) const;

  // The slot that suits a property best among those not used; nullopt: none. A property whose types no slot has goes to
  // the slot of `last_resort` type.
  [[nodiscard]] std::optional<size_t> choose(const card::Property& property, const std::vector<bool>& used,
                                             std::string_view last_resort) const;

 private:
  std::vector<Slot> slots_;
  std::unordered_map<std::string, size_t> by_name_;
  std::unordered_map<std::string, unsigned> doubles_;
  size_t columns_ = 0;
};

using Cells = std::vector<std::string>;

// The properties that the cells of a slot make; none if they are empty. `told` gets what was wrong, its line left 0.
[[nodiscard]] std::vector<Unit> read_slot(const Columns::Slot& slot, const Cells& cells, const ReadOptions& options,
                                          std::vector<Diagnostic>& told);
// Fills the cells of a slot as far as they can say it. False: they stay empty.
bool write_slot(const Columns::Slot& slot, const Unit& unit, Cells& cells);

}  // namespace cardsrv::format
