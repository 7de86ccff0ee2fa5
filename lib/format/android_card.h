#pragma once
// One raw contact of Android: rows of the table `data` become properties. The meaning of each row's columns is that of
// ContactsContract.CommonDataKinds.
// Not for: finding the rows (android.cc).

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "card/card.h"

namespace cardsrv::format {

struct AndroidRow {
  static constexpr size_t kColumns = 15;
  std::string mimetype;  // as the table mimetypes has it
  bool primary = false;
  std::array<std::string, kColumns + 1> data;  // [1] is data1; NULL is empty
  std::array<bool, kColumns + 1> binary{};     // the value is a BLOB
};

class AndroidCard {
 public:
  using Groups = std::map<std::int64_t, std::string>;
  // Titles of groups by number; must outlive this object.
  explicit AndroidCard(const Groups& groups) : groups_(groups) {}

  void add(const AndroidRow& row);
  // How much it holds so far: what a card over its limits is told by.
  [[nodiscard]] size_t bytes() const { return bytes_; }
  [[nodiscard]] size_t properties() const { return card_.properties.size(); }

  // `display_name`: what Android shows; a name of its own where no row told one.
  [[nodiscard]] card::Card finish(std::string_view display_name, bool starred);
  // What was odd in it; without line.
  std::vector<Diagnostic> diagnostics;

 private:
  // The types that column data2 tells, and the label of a type of the person's own (data2 = 0, data3).
  struct Kind {
    std::vector<std::string> types;
    std::string label;
  };

  // As UTF-8 without NUL bytes; what had to be done for it is told.
  [[nodiscard]] std::string sound(std::string_view text);
  [[nodiscard]] std::string text(const AndroidRow& row, size_t column) { return sound(row.data[column]); }
  // `known`: the words for each number, with a blank between two.
  [[nodiscard]] Kind kind(const AndroidRow& row, std::span<const std::string_view> known);
  card::Property& put(std::string_view name, std::string value);
  // With TYPE, PREF, and the label in a group.
  void put_kind(const AndroidRow& row, card::Property property, const Kind& kind);
  void put_label(std::string_view group, std::string_view label);
  void put_custom(const AndroidRow& row);

  void name(const AndroidRow& row);
  void phone(const AndroidRow& row);
  void email(const AndroidRow& row);
  void address(const AndroidRow& row);
  void organization(const AndroidRow& row);
  void message(const AndroidRow& row);
  void sip(const AndroidRow& row);
  void nickname(const AndroidRow& row);
  void note(const AndroidRow& row);
  void website(const AndroidRow& row);
  void event(const AndroidRow& row);
  void relation(const AndroidRow& row);
  void photo(const AndroidRow& row);
  void group(const AndroidRow& row);

  [[nodiscard]] std::string next_group();
  [[nodiscard]] bool has(std::string_view property) const { return card_.find(property) != nullptr; }

  const Groups& groups_;
  card::Card card_;
  size_t bytes_ = 0;
  int group_labels_ = 0;
  std::string categories_;
  // Where the properties of each organization stand: [first, last).
  std::vector<std::pair<size_t, size_t>> organizations_;
  std::vector<std::string> told_;  // texts that are no name of their own: numbers, addresses, companies
};

}  // namespace cardsrv::format
