#pragma once
// The merge of a peer's card into a contact of the device's address book, item by item (semantics D1–D4, [0102]).
// What is to be done comes as edits of single properties, so that a writer can leave every other byte as it was (D6).
// Not for: finding the contact, files and bases (service/merging.h), the text of a card (format/vcard_document.h).

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "card/card.h"
#include "phone/phone_number.h"

namespace cardsrv::card {

// What the last merge delivered for this contact and this peer (D3).
struct MergeBase {
  Card card;
  // Properties of `card`, by place and sorted, whose value is in the contact because the peer said it. One that the
  // contact had already is the person's own, and is never removed.
  std::vector<std::size_t> came;
  // Names that every merge so far was to leave alone (D4): of these nothing was delivered yet, as without a base.
  std::set<std::string> left{};
};

enum class EditKind { kAdd = 1, kUpdate = 2, kRemove = 3 };

// One change of the local card. Places are those of its properties.
struct Edit {
  EditKind kind = EditKind::kAdd;
  std::size_t place = 0;             // kUpdate, kRemove: the property
  std::vector<std::size_t> with;     // kUpdate, kRemove: its labels, which go with it
  std::vector<Property> properties;  // kAdd, kUpdate: what is to stand there
};

// What the merge found, for people: content lines of vCard 4.0, unfolded, media left out.
struct MergeFindings {
  std::vector<std::string> added;
  std::vector<std::string> updated;   // the new value
  std::vector<std::string> replaced;  // the former value of each of `updated`
  std::vector<std::string> removed;
  std::vector<std::string> kept;       // the person's own value, where the peer's differs: changed here only, or --keep
  std::vector<std::string> conflicts;  // changed on both sides: the peer's value, which was not taken
};

struct MergeOptions {
  std::set<std::string> keep;           // names in upper case that are left alone (D4)
  std::optional<phone::Region> region;  // of national numbers
};

struct Merged {
  std::vector<Edit> edits;  // in no order of places; no property is edited twice
  MergeFindings findings;
  MergeBase base;  // of the next merge
};

// `base`: null where none is kept; then nothing is removed, and what differs in a property that occurs often is added.
// Merging the same card again into the outcome gives no edits: with the new base, and without any after one without.
[[nodiscard]] Merged merge(const Card& local, const Card& remote, const MergeBase* base, const MergeOptions& options,
                           phone::Reader& numbers);

// Whether the local card has a value that came with the merge of `base`, and was not there because of `former`, the
// base before it (null: none): that merge has been written, whatever the person changed since.
[[nodiscard]] bool has_come(const Card& local, const MergeBase& base, const MergeBase* former,
                            std::optional<phone::Region> region, phone::Reader& numbers);

// The local card after the edits, for what needs no text.
[[nodiscard]] Card apply_edits(const Card& local, const std::vector<Edit>& edits);

}  // namespace cardsrv::card
