#pragma once
// What the columns of a table cannot say of a card, kept as content lines of vCard 4.0 in one more column, and put
// together again: so that a card becomes a row, and the row the same card, whatever is in it.
//
// A line with the parameter X-CARDSRV-COLUMN says in full what the named columns say in part; it replaces them as long
// as they say what was written. If somebody changed them, they count, and only the parameters that they cannot say are
// taken from the line; if somebody emptied them, the line is left out. X-CARDSRV-ABSENT names properties that the
// columns make but the card does not have. X-CARDSRV-WHOLE: the lines are the whole card, the columns are for people.

#include <string>
#include <string_view>

#include "format/columns.h"
#include "format/reader.h"

namespace cardsrv::format {

inline constexpr std::string_view kKeptColumn = "X-CARDSRV-VCARD";

struct Table {
  const Columns& columns;
  ReadOptions options;
  std::string_view last_resort;  // Columns::choose
};

// The card of a row: of its cells, and of the lines kept for it. Damage goes to `told`, its line left 0.
[[nodiscard]] card::Card card_of_cells(const Table& table, const Cells& cells, std::string_view kept,
                                       std::vector<Diagnostic>& told);

struct WrittenRow {
  Cells cells;
  std::string kept;
};
// The row of a card; card_of_cells() gives a card of equal meaning. Properties for which `suits` says no are not put
// into columns.
[[nodiscard]] WrittenRow cells_of_card(const Table& table, const card::Card& card,
                                       bool (*suits)(const card::Property&));

}  // namespace cardsrv::format
