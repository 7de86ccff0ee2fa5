#pragma once
// From a card of an upload to an entry of a contact list, or to the reason why it is none (semantics L2, L4, L6).

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "format/reader.h"
#include "phone/phone_number.h"
#include "service/account_access.h"
#include "store/records.h"

namespace cardsrv::service {

// An entry as it was uploaded.
struct UploadedEntry {
  std::string key;
  bool has_uid = false;
  std::string card;  // vCard 4.0
  std::string normal_form;
  std::vector<store::Spelling> spellings;   // in the card's order; what is no number stays in the card alone
  std::vector<phone::PhoneNumber> numbers;  // sorted, each once
  std::uint64_t line = 0;
};

// Why it was not taken; with the key, if that can be read: the listed entry then stays as it was (L2).
struct RejectedEntry {
  Reject reject;
  std::optional<std::string> key;
};

// What an upload needs of its entries.
enum class Needs {
  kNumber = 1,  // snapshot, add
  kKey = 2,     // remove: the key alone
};

using EntryResult = tl::expected<UploadedEntry, RejectedEntry>;

// As it was read, or as it is understood; at most kMaxRaw bytes.
[[nodiscard]] std::string raw_text(const format::Item& item);

// Reads one item of a stream that has a card. `source` is the file's name for rejects.
[[nodiscard]] EntryResult read_entry(const format::Item& item, const std::string& source, phone::Reader& numbers,
                                     std::optional<phone::Region> region, const ListLimits& limits, Needs needs);

// Damage outside of any card, or a record that could not be read at all, as a reject.
[[nodiscard]] Reject as_reject(const Diagnostic& diagnostic, const std::string& source, const std::string& raw);

}  // namespace cardsrv::service
