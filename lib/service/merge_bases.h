#pragma once
// What earlier merges delivered, kept beside an address book (semantics D3; docs/merge.md has the form of the file).

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "card/merge.h"
#include "service/publishing.h"

namespace cardsrv::service {

// The base of one contact and one peer.
struct KeptBase {
  card::MergeBase base;
  std::string after;  // meaning_digest() of the contact after the merge, in base32
  // The contact's entry key after the merge, where it has no UID: its name or numbers may have changed.
  std::string now;
  Spellings spelled{};  // of the peer's national numbers, as they were written and as they were delivered
  // What this run, or one that was cut off before it told it, has found; of earlier runs it is told.
  std::optional<card::MergeFindings> untold{};
};

using BaseKey = std::pair<std::string, std::string>;  // contact, peer

class MergeBases {
 public:
  // Beside the file `path`, or in the folder `path`: ".NAME.cardsrv-base", or ".cardsrv-base".
  [[nodiscard]] static std::string path_beside(const std::string& path);
  // The next base of the file `base`, before it takes its place.
  [[nodiscard]] static std::string announced_beside(const std::string& base) { return base + ".next"; }

  // No file is no base. kIo: there is one, and it is damaged; merging without it could put back what was taken out.
  [[nodiscard]] static Result<MergeBases> read(const std::string& path);
  // A merge that was killed announced bases and may have written some contacts: takes over those whose contact it
  // wrote, as `was_written` tells. No effect where none are left.
  void resolve(const std::function<bool(const BaseKey& key, const KeptBase& base)>& was_written);
  [[nodiscard]] bool unresolved() const { return announced_.read; }
  // Two steps, around the writing of the address book: announce() writes what will be true, settle() makes it so.
  [[nodiscard]] Result<void> announce(const std::string& path) const;
  [[nodiscard]] static Result<void> settle(const std::string& path);

  // The base of a contact, by its entry key as it is delivered, or as the last merge left it; null: none.
  [[nodiscard]] const KeptBase* find(const std::string& contact, const std::string& peer) const {
    return settled_.find({contact, peer});
  }
  void put(const std::string& contact, const std::string& peer, KeptBase base) {
    settled_.put({contact, peer}, std::move(base));
  }
  // Under which key that base stands.
  [[nodiscard]] std::optional<BaseKey> key_of(const std::string& contact, const std::string& peer) const;
  void erase(const BaseKey& key) { settled_.bases.erase(key); }
  [[nodiscard]] const std::map<BaseKey, KeptBase>& all() const { return settled_.bases; }

  // Cards that could not be merged, because the contact was damaged: they are tried again.
  [[nodiscard]] const std::map<BaseKey, std::string>& owed() const { return settled_.owed; }
  void owe(const BaseKey& key, const std::string& card) { settled_.owed.insert_or_assign(key, card); }
  void settle_debt(const BaseKey& key) { settled_.owed.erase(key); }

 private:
  struct Shelf {
    std::map<BaseKey, KeptBase> bases;
    std::map<BaseKey, std::string> former;  // (now, peer) → contact
    std::map<BaseKey, std::string> owed;
    bool read = false;  // there is a file of it
    [[nodiscard]] const KeptBase* find(const BaseKey& key) const;
    void put(const BaseKey& key, KeptBase base);
  };
  [[nodiscard]] static Result<Shelf> read_shelf(const std::string& path);
  Shelf settled_;
  Shelf announced_;
};

}  // namespace cardsrv::service
