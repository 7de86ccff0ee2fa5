#pragma once
// How cards are understood (cli.md, "cardsrv-import inspect"): the fields of each card, decoded. No store is involved.

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/result.h"
#include "card/card.h"
#include "format/formats.h"
#include "phone/phone_number.h"

namespace cardsrv::service {

struct InspectedTel {
  std::string raw;                           // as written, without white space at the ends, NFC
  std::optional<phone::PhoneNumber> number;  // nullopt: it is none, or none in the region that was named
  std::vector<std::string> types;            // lower case
};

// Texts are decoded, without white space at their ends, in NFC. What a card does not have is empty.
struct InspectedCard {
  std::string source;
  std::uint64_t line = 0;        // where the card begins
  std::uint64_t index = 0;       // counts the cards of the source from 0
  std::string key;               // the entry key
  std::string version;           // as the card says
  std::string fn;                // the first FN
  std::array<std::string, 5> n;  // family, given, additional, prefix, suffix; members of a list joined by ","
  std::vector<InspectedTel> tels;
  std::vector<std::string> emails;
  std::string bday;                             // YYYY-MM-DD or --MM-DD, a time dropped; other text as written
  std::vector<std::string> org;                 // the organisation and its units, empty ones at the end left out
  std::vector<std::array<std::string, 7>> adr;  // the components of RFC 6350 §6.3.1
  std::uint64_t properties = 0;
  std::vector<Diagnostic> diagnostics;  // damage in the card, the reason why it cannot be taken included
  bool taken = true;                    // false: an import would reject it
  std::string raw;                      // of a damaged card: its beginning, as it was read
  card::Card card;
};

struct InspectOptions {
  std::optional<phone::Region> region;  // of national numbers
  format::Reading reading;
  // What can be shown and converted is more than what a list takes (L6).
  format::Limits limits{.card_bytes = 16 << 20, .properties = 100'000};
};

struct InspectSummary {
  std::uint64_t cards = 0;
  std::uint64_t damaged = 0;  // cards with diagnostics
  std::uint64_t outside = 0;  // damage outside of any card
};

// Called once for each card, and for each piece of damage outside of cards; an error of theirs ends the inspection.
using InspectedSink = std::function<Result<void>(InspectedCard&&)>;
using OutsideSink = std::function<Result<void>(const Reject&)>;

// Reads every card of `reader`; `source` names it in the results. Damage never fails it; kIo and kNoFile come from the
// input.
[[nodiscard]] Result<InspectSummary> inspect(format::CardReader& reader, const std::string& source,
                                             const InspectOptions& options, const InspectedSink& on_card,
                                             const OutsideSink& on_outside);

// The same for a file of any format by name, or "-" for standard input; compressed input is read as it is.
[[nodiscard]] Result<InspectSummary> inspect_file(const std::string& path, const InspectOptions& options,
                                                  const InspectedSink& on_card, const OutsideSink& on_outside);

// What the fields of one card say.
[[nodiscard]] InspectedCard inspect_card(card::Card card, phone::Reader& numbers, std::optional<phone::Region> region);

}  // namespace cardsrv::service
