#pragma once
// Makes a card of its unfolded lines: undoes transfer encodings and charsets, keeps what is wrong as diagnostics.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "format/property_line.h"
#include "format/reader.h"
#include "format/versions.h"

namespace cardsrv::format {

class CardBuilder {
 public:
  CardBuilder(Limits limits, std::uint64_t line) : limits_(limits) {
    item_.line = line;
    card_.properties.reserve(16);
  }

  // One unfolded line that is neither BEGIN nor END; `line` is where it begins.
  void add(ContentLine content, std::uint64_t line);
  // A card inside this one: kept as text in a property of its own (vCard 2.1 §2.5.2, RFC 2426 §3.5.4).
  void add_nested(ContentLine content, std::string_view text, std::uint64_t line);
  void diagnose(std::uint64_t line, std::string_view code, std::string message);
  // The card cannot be taken; the first reason counts.
  void reject(std::uint64_t line, std::string_view code, std::string message);
  // Of a card over its limit: takes the line if it is a UID and there is none. Its key is worth knowing all the same: a
  // rejected entry leaves the listed one as it was (L2).
  void add_key(std::string_view line, std::uint64_t number);
  // Takes the property that was kept last out again.
  void drop_last();
  // How many properties are kept so far.
  [[nodiscard]] size_t kept() const { return card_.properties.size(); }
  // After finish(): what became of the properties kept.
  [[nodiscard]] const TakenValues& taken() const { return taken_; }
  [[nodiscard]] bool rejected() const { return item_.rejected.has_value(); }

  // The card with everything that was told about it; the builder is used up.
  [[nodiscard]] Item finish();

 private:
  void set_version(std::string_view value);
  void keep(card::Property property, bool rfc6350_escapes, std::uint64_t line);
  std::string decoded(const ContentLine& content, std::string_view bytes, std::uint64_t line);
  std::string data_uri(ContentLine& content, std::uint64_t line);
  void repair_parameters(card::Property& property, std::uint64_t line);

  Limits limits_;
  Item item_;
  card::Card card_;
  std::vector<size_t> rfc6350_;  // places of properties whose value needs no translation from 2.1
  std::string card_charset_;     // the last one that a value declared and that fitted
  TakenValues taken_;
  size_t properties_ = 0;
  bool version_told_ = false;
};

}  // namespace cardsrv::format
