#include "service/merging.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>

#include "base/file.h"
#include "base/utf8.h"
#include "format/vcard_document.h"
#include "service/account_access.h"
#include "service/card_files.h"
#include "service/entry_key.h"
#include "service/merge_bases.h"
#include "service/publishing.h"

namespace cardsrv::service {
namespace {

constexpr int kMostTries = 5;

// One file of the address book, and what is to be changed in it.
struct BookFile {
  std::string path;
  std::string text;
  std::vector<format::PlacedCard> cards;
  std::vector<std::vector<card::Edit>> edits;  // for each card
};

struct Contact {
  size_t file = 0;
  size_t card = 0;
  auto operator<=>(const Contact&) const = default;
};

// A contact that a peer's card is for, as it was found.
struct Target {
  std::string key;  // of the entry, as it was delivered
  std::optional<Contact> contact;
  std::optional<KeptBase> kept;
  BaseKey kept_as;
};

std::string digest_text(const card::Card& card) { return base32(card::meaning_digest(card)); }

std::vector<phone::PhoneNumber> sorted_numbers(const card::Card& card, phone::Reader& numbers,
                                               std::optional<phone::Region> region) {
  std::vector<phone::PhoneNumber> out;
  for (const std::string& tel : card.tels())
    if (const auto parsed = numbers.parse(tel, region)) out.push_back(*parsed);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

// The address book as it was read: its contacts by entry key.
class Book {
 public:
  Book(const MergeIntoOptions& options, phone::Reader& numbers) : options_(options), numbers_(numbers) {}

  // `with_digests`: contacts without UID are looked for as well, which takes their numbers.
  Result<void> read(bool with_digests) {
    TRY(const auto paths, card_files(options_.path));
    for (const std::string& path : paths) TRY(read_file(path, with_digests));
    return {};
  }

  // The contacts with an entry key, in the order of the book.
  [[nodiscard]] const std::vector<Contact>& with_key(const std::string& key) const {
    static const std::vector<Contact> kNone;
    const auto found = contacts_.find(key);
    return found == contacts_.end() ? kNone : found->second;
  }
  [[nodiscard]] const BookFile& file(const Contact& contact) const { return files_[contact.file]; }
  [[nodiscard]] const format::PlacedCard& card(const Contact& contact) const {
    return files_[contact.file].cards[contact.card];
  }
  [[nodiscard]] std::vector<card::Edit>& edits(const Contact& contact) {
    return files_[contact.file].edits[contact.card];
  }
  [[nodiscard]] const std::vector<BookFile>& files() const { return files_; }
  [[nodiscard]] std::string digest_key(const card::Card& card, std::optional<phone::Region> region) const {
    return card.uid() ? "" : entry_key(card, sorted_numbers(card, numbers_, region));
  }

 private:
  Result<void> read_file(const std::string& path, bool with_digests) {
    BookFile file{path, {}, {}, {}};
    TRY(file.text, read_bytes(path));
    if (file.text.starts_with("\x1f\x8b") || file.text.starts_with("\x28\xb5\x2f\xfd"))
      return fail(Errc::kBadCard, fmt::format("{}: a compressed address book cannot be merged into", path),
                  "unpack it first");
    auto cards = format::place_vcards(file.text);
    if (!cards) return fail(cards.error().code, fmt::format("{}: {}", path, cards.error().message), cards.error().hint);
    file.cards = *std::move(cards);
    if (file.cards.empty() && !is_folder(options_.path) && !trim(file.text).empty())
      return fail(Errc::kBadCard, fmt::format("{}: there is no card in it", path),
                  "an address book of vCards is needed");
    file.edits.resize(file.cards.size());
    for (size_t i = 0; i < file.cards.size(); ++i) {
      for (const std::string& key : keys_of(file.cards[i].card, with_digests))
        contacts_[key].push_back({files_.size(), i});
    }
    files_.push_back(std::move(file));
    return {};
  }

  [[nodiscard]] std::set<std::string> keys_of(const card::Card& card, bool with_digests) const {
    if (const auto uid = card.uid()) return {*uid};
    std::set<std::string> keys;
    if (!with_digests) return keys;
    for (const phone::Region region : options_.regions) keys.insert(digest_key(card, region));
    if (options_.regions.empty()) keys.insert(digest_key(card, std::nullopt));
    return keys;
  }

  const MergeIntoOptions& options_;
  phone::Reader& numbers_;
  std::vector<BookFile> files_;
  std::unordered_map<std::string, std::vector<Contact>> contacts_;
};

// One try: the book is read, merged and written.
class MergeRun {
 public:
  MergeRun(const PulledPage& page, const MergeIntoOptions& options, const std::string& base_path)
      : page_(page), options_(options), base_path_(base_path), book_(options, numbers_) {}

  // False: another program changed a file meanwhile.
  Result<bool> run(const MergeReport& report) {
    TRY(bases_, MergeBases::read(base_path_));
    for (const auto& [key, kept] : bases_.all()) of_peer_[key.second].push_back(key);
    const bool cut_off = bases_.unresolved();
    TRY(book_.read(cut_off || needs_digests()));
    bases_.resolve([&](const BaseKey& key, const KeptBase& kept) { return was_written(key, kept); });
    for (const PulledCard& pulled : page_.cards) TRY(merge_card(pulled));
    TRY(pay_debts());
    for (const PulledGone& gone : page_.gone)
      for (const std::string& key : gone.entries) tell(named(key, gone.peer, MergeState::kGone));
    if (page_.peers) report_unheard_of(*page_.peers);
    report_untold();
    if (options_.writing == Writing::kDryRun || (!changed_ && !cut_off)) {
      TRY(report(report_));
      return true;
    }
    TRY(bases_.announce(base_path_));
    for (const BookFile& file : book_.files()) {
      TRY(const bool written, write(file));
      if (!written) return false;
    }
    TRY(report(report_));
    TRY(MergeBases::settle(base_path_));
    return true;
  }

 private:
  // ---- which contact

  // Whether contacts without UID have to be known: where one is meant, or one may have got a UID since.
  bool needs_digests() const {
    return !bases_.owed().empty() || std::any_of(page_.cards.begin(), page_.cards.end(), [&](const PulledCard& card) {
      return std::any_of(card.entries.begin(), card.entries.end(), [&](const std::string& key) {
        return is_digest_key(key) || (of_peer_.contains(card.peer) && !bases_.key_of(key, card.peer));
      });
    });
  }

  // The contact with a key that nothing was merged into yet: the one that the last merge left so, else the last, as of
  // equal keys in an upload (L1).
  std::optional<Contact> pick(const std::string& key, const KeptBase* kept) const {
    std::optional<Contact> last;
    for (const Contact& contact : book_.with_key(key)) {
      if (claimed_.contains(contact)) continue;
      if (kept != nullptr && digest_text(book_.card(contact).card) == kept->after) return contact;
      last = contact;
    }
    return last;
  }

  // Whether a run that was cut off after it announced a base wrote its contact: it is as it was to be, or has what came
  // with that merge alone, for the person may have changed the rest since.
  bool was_written(const BaseKey& key, const KeptBase& announced) {
    auto contact = pick(key.first, &announced);
    if (!contact) contact = pick(announced.now, &announced);
    if (!contact) return false;
    const card::Card& card = book_.card(*contact).card;
    if (digest_text(card) == announced.after) return true;
    const KeptBase* const former = bases_.find(key.first, key.second);
    const auto region = options_.regions.empty() ? std::nullopt : std::optional(options_.regions.front());
    return card::has_come(card, announced.base, former == nullptr ? nullptr : &former->base, region, numbers_);
  }

  Target locate(const std::string& key, const PulledCard& pulled) {
    Target target{key, {}, {}, {}};
    if (const auto at = bases_.key_of(key, pulled.peer)) {
      const KeptBase& kept = bases_.all().at(*at);
      // A merge gave the contact another key, and the list has that one by now: what has the old one is another
      // contact.
      const bool of_another = at->first == key && kept.now != key && !book_.with_key(key).empty() &&
                              std::binary_search(pulled.entries.begin(), pulled.entries.end(), kept.now);
      if (!of_another) {
        target.kept = kept;
        target.kept_as = *at;
        if (!kept.now.empty() && kept.now != key) target.contact = pick(kept.now, &kept);
      }
    }
    if (!target.contact) target.contact = pick(key, target.kept ? &*target.kept : nullptr);
    if (target.contact) claimed_.insert(*target.contact);
    return target;
  }

  // Where the person gave a contact without UID a new name or number, or a UID, and uploaded it so, its base has a key
  // that nothing in the book has: if it is the only one, the base is of the only contact without.
  void find_lost_base(const std::string& peer, std::vector<Target>& targets) const {
    std::vector<Target*> bare;
    for (Target& target : targets)
      if (target.contact && !target.kept) bare.push_back(&target);
    const auto known = of_peer_.find(peer);
    if (bare.size() != 1 || known == of_peer_.end()) return;
    std::vector<BaseKey> lost;
    for (const BaseKey& key : known->second) {
      const bool used = std::any_of(targets.begin(), targets.end(),
                                    [&](const Target& target) { return target.kept && target.kept_as == key; });
      const auto base = bases_.all().find(key);
      if (used || base == bases_.all().end() || !is_digest_key(key.first)) continue;
      if (book_.with_key(key.first).empty() && book_.with_key(base->second.now).empty()) lost.push_back(key);
    }
    if (lost.size() != 1) return;
    bare.front()->kept = bases_.all().at(lost.front());
    bare.front()->kept_as = lost.front();
  }

  MergedContact named(const std::string& key, const std::string& peer, MergeState state) const {
    std::optional<Contact> contact;
    const auto last_of = [&](const std::string& one) {
      const auto& all = book_.with_key(one);
      if (!contact && !all.empty()) contact = all.back();
    };
    last_of(key);
    if (const KeptBase* const kept = bases_.find(key, peer)) last_of(kept->now);
    return {key, peer, contact ? book_.card(*contact).card.formatted_name() : "", state, {}};
  }

  // ---- merging

  Result<void> merge_card(const PulledCard& pulled) {
    TRY(const card::Card remote, read_stored_card(pulled.card));
    std::vector<Target> targets;
    for (const std::string& key : pulled.entries) targets.push_back(locate(key, pulled));
    find_lost_base(pulled.peer, targets);
    for (const Target& target : targets) merge_contact(target, pulled, remote);
    return {};
  }

  // The region in which a contact was written: the one that gives its key, else in which most of its numbers are those
  // of the peer, now or at the last merge.
  std::optional<phone::Region> region_of(const card::Card& contact, const Target& target, const card::Card& remote) {
    if (options_.regions.empty()) return std::nullopt;
    if (options_.regions.size() == 1) return options_.regions.front();
    std::optional<phone::Region> best;
    std::ptrdiff_t most = -1;
    for (const phone::Region region : options_.regions) {
      const auto mine = sorted_numbers(contact, numbers_, region);
      if (!contact.uid() && entry_key(contact, mine) == target.key) return region;
      std::set<phone::PhoneNumber> theirs;
      for (const card::Card* const card : {&remote, target.kept ? &target.kept->base.card : &remote})
        for (const phone::PhoneNumber number : sorted_numbers(*card, numbers_, region)) theirs.insert(number);
      const auto shared = std::count_if(mine.begin(), mine.end(), [&](auto number) { return theirs.contains(number); });
      if (shared > most) best = region;
      most = std::max(most, shared);
    }
    return best;
  }

  void merge_contact(const Target& target, const PulledCard& pulled, card::Card remote) {
    Spellings spelled =
        spell_for_readers(remote, options_.regions, target.kept ? target.kept->spelled : Spellings{}, numbers_);
    MergedContact line{target.key, pulled.peer, "", target.contact ? MergeState::kMerged : MergeState::kMissing, {}};
    const BaseKey key{target.key, pulled.peer};
    changed_ = changed_ || target.contact || bases_.owed().contains(key);
    bases_.settle_debt(key);
    if (target.contact) {
      const format::PlacedCard& placed = book_.card(*target.contact);
      line.name = placed.card.formatted_name();
      const auto region = region_of(placed.card, target, remote);
      const card::MergeBase* const base = target.kept ? &target.kept->base : nullptr;
      card::Merged merged = card::merge(placed.card, remote, base, {options_.keep, region}, numbers_);
      bool sound = !placed.rejected && reads_as_meant(*target.contact, merged.edits);
      if (!sound && placed.clean) {
        // Lines of this version that the contact has would make others of these: they are left alone, the rest comes.
        merged = card::merge(placed.card, remote, base, {without_colliding(*target.contact, merged.edits), region},
                             numbers_);
        sound = reads_as_meant(*target.contact, merged.edits);
      }
      if (sound) {
        line.findings = std::move(merged.findings);
        const card::Card after = card::apply_edits(placed.card, merged.edits);
        book_.edits(*target.contact) = std::move(merged.edits);
        if (target.kept && target.kept_as != key) bases_.erase(target.kept_as);
        tell_untold(target, line.findings);
        bases_.put(target.key, pulled.peer,
                   {std::move(merged.base), digest_text(after), book_.digest_key(after, region), std::move(spelled),
                    line.findings});
      } else {
        line.state = MergeState::kDamaged;
        bases_.owe(key, pulled.card);
      }
    }
    tell(std::move(line));
  }

  // A run that was cut off after it wrote the contact did this, and told nobody.
  static void tell_untold(const Target& target, card::MergeFindings& findings) {
    if (!target.kept || !target.kept->untold) return;
    card::MergeFindings before = *target.kept->untold;
    for (const auto list : {&card::MergeFindings::added, &card::MergeFindings::updated, &card::MergeFindings::replaced,
                            &card::MergeFindings::removed, &card::MergeFindings::conflicts})
      (before.*list).insert((before.*list).end(), (findings.*list).begin(), (findings.*list).end());
    findings = std::move(before);
  }

  // The same of contacts that this page says nothing of.
  void report_untold() {
    for (const auto& [key, kept] : bases_.all()) {
      if (!kept.untold || heard_.contains(key)) continue;
      MergedContact line = named(key.first, key.second, MergeState::kMerged);
      line.findings = *kept.untold;
      tell(std::move(line));
    }
  }

  void tell(MergedContact line) {
    heard_.emplace(line.contact, line.peer);
    report_.push_back(std::move(line));
  }

  // What damaged contacts could not take before, unless this page has something newer of that peer.
  Result<void> pay_debts() {
    const auto owed = bases_.owed();
    for (const auto& debt : owed) {
      const BaseKey& key = debt.first;
      if (heard_.contains(key)) continue;
      const bool gone = std::any_of(page_.gone.begin(), page_.gone.end(),
                                    [&](const PulledGone& one) { return one.peer == key.second; });
      if (gone) {
        bases_.settle_debt(key);
        changed_ = true;
      } else {
        TRY(merge_card({key.second, {key.first}, 0, false, debt.second}));
      }
    }
    return {};
  }

  // Of a full pull: contacts that were merged with somebody who is no peer any more (P3).
  void report_unheard_of(const std::vector<std::string>& peers) {
    for (const auto& [key, kept] : bases_.all()) {
      if (std::binary_search(peers.begin(), peers.end(), key.second)) continue;
      if (book_.with_key(key.first).empty() && book_.with_key(kept.now).empty()) continue;
      tell(named(key.first, key.second, MergeState::kGone));
    }
  }

  // Whether the changed text reads as the card that is meant: an odd line beside the change could swallow it.
  bool reads_as_meant(const Contact& contact, const std::vector<card::Edit>& edits) const {
    if (edits.empty()) return true;
    const format::PlacedCard& placed = book_.card(contact);
    const std::string& text = book_.file(contact).text;
    const std::string_view own = std::string_view(text).substr(placed.place.begin);
    const size_t end = own.find_first_of("\r\n", placed.place.end_line - placed.place.begin);
    const std::string_view alone = end == std::string_view::npos ? own : own.substr(0, end + 1);
    const auto before = format::place_vcards(alone);
    if (!before || before->size() != 1) return false;
    const auto after = format::place_vcards(format::edit_vcards(alone, {{&before->front(), edits}}));
    return after && after->size() == 1 && !after->front().rejected &&
           card::equal_in_meaning(after->front().card, card::apply_edits(placed.card, edits));
  }

  // The names to be left alone: those that the caller names, and those whose change alone would read otherwise.
  std::set<std::string> without_colliding(const Contact& contact, const std::vector<card::Edit>& edits) const {
    constexpr size_t kMost = 100;  // each is tried in the whole card
    std::set<std::string> keep = options_.keep;
    for (const card::Edit& edit : edits) {
      const std::string name = edit.kind == card::EditKind::kAdd ? edit.properties.front().name
                                                                 : book_.card(contact).card.properties[edit.place].name;
      if (edits.size() > kMost || !reads_as_meant(contact, {edit})) keep.insert(name);
    }
    return keep;
  }

  std::string backup_of(const std::string& path) const {
    const std::filesystem::path file(path);
    if (!is_folder(options_.path)) {
      std::error_code error;
      const auto real = std::filesystem::canonical(file, error);
      return (error ? path : real.string()) + "~";
    }
    return options_.path + "/.cardsrv-backup/" + file.filename().string();
  }

  Result<bool> write(const BookFile& file) {
    std::vector<format::CardEdits> changes;
    for (size_t i = 0; i < file.cards.size(); ++i)
      if (!file.edits[i].empty()) changes.push_back({&file.cards[i], file.edits[i]});
    if (changes.empty()) return true;
    if (is_folder(options_.path)) TRY(make_folder(options_.path + "/.cardsrv-backup"));
    return replace_unchanged_file(file.path, file.text, format::edit_vcards(file.text, changes), backup_of(file.path));
  }

  const PulledPage& page_;
  const MergeIntoOptions& options_;
  const std::string& base_path_;
  phone::Reader numbers_;
  MergeBases bases_;
  Book book_;
  std::map<std::string, std::vector<BaseKey>> of_peer_;  // the bases that there were
  std::set<Contact> claimed_;                            // what a card of this page is for
  bool changed_ = false;                                 // the bases are others than those read
  std::vector<MergedContact> report_;
  std::set<BaseKey> heard_;  // whom the report has a line of
};

// Temporary files that killed runs left in a folder: of the files `of`, or of any, where none is named.
void sweep_unfinished(const std::filesystem::path& folder, const std::vector<std::string>& of) {
  std::error_code error;
  // Younger ones are of other programs that replace files as we do, and are at work.
  const auto young = std::filesystem::file_time_type::clock::now() - std::chrono::minutes(1);
  const auto is_left = [&](const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    const bool ours =
        of.empty() ? is_unfinished(name, "")
                   : std::any_of(of.begin(), of.end(), [&](const auto& one) { return is_unfinished(name, one); });
    return ours && std::filesystem::last_write_time(file, error) < young && !error;
  };
  std::vector<std::filesystem::path> left;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (is_left(at->path())) left.push_back(at->path());
  for (const auto& file : left) std::filesystem::remove(file, error);
}

// The book may be a link to a file elsewhere; its base is beside the link.
void sweep_beside(const std::string& book, const std::string& base) {
  if (is_folder(book)) return sweep_unfinished(book, {});
  std::error_code error;
  const auto real = std::filesystem::canonical(book, error);
  if (!error) sweep_unfinished(real.parent_path(), {real.filename().string()});
  const auto beside = std::filesystem::absolute(base, error);
  const std::string announced = MergeBases::announced_beside(beside.filename().string());
  sweep_unfinished(beside.parent_path(), {beside.filename().string(), announced});
}

}  // namespace

std::string_view word(MergeState state) {
  switch (state) {
    case MergeState::kMerged: return "merged";
    case MergeState::kMissing: return "missing";
    case MergeState::kGone: return "gone";
    case MergeState::kDamaged: return "damaged";
  }
  return "";
}

std::string folder_of_book(const std::string& path) {
  std::error_code error;
  const auto real = std::filesystem::canonical(path, error);
  if (error) return std::filesystem::absolute(path, error).parent_path().string();
  return is_folder(path) ? real.string() : real.parent_path().string();
}

Result<void> merge_into(const PulledPage& page, const MergeIntoOptions& options, const MergeReport& report) {
  TRY(phone::load());
  const std::string base_path = MergeBases::path_beside(options.path);
  if (options.writing == Writing::kWrite) sweep_beside(options.path, base_path);
  for (int tries = 0; tries < kMostTries; ++tries) {
    MergeRun run(page, options, base_path);
    TRY(const bool done, run.run(report));
    if (done) return {};
  }
  return fail(Errc::kBusy, fmt::format("{} changes all the time: another program writes it", options.path),
              "stop that program, or run it again");
}

Result<std::vector<phone::Region>> reading_regions(store::Store& store, const store::Uid& uid,
                                                   std::optional<phone::Region> named) {
  std::vector<phone::Region> regions;
  const auto add = [&](std::optional<phone::Region> region) {
    if (region && std::find(regions.begin(), regions.end(), *region) == regions.end()) regions.push_back(*region);
  };
  add(named);
  if (named) return regions;
  TRY(const auto tx, store.read());
  TRY(const store::Account account, open_account(*tx, uid));
  TRY(const AccountNumbers numbers, numbers_of(*tx, account.ref));
  add(numbers.region());
  for (const phone::PhoneNumber number : numbers.former) add(phone::region_of(number));
  return regions;
}

}  // namespace cardsrv::service
