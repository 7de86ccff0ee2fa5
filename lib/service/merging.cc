#include "service/merging.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
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
    for (const std::string& path : paths) {
      if (!is_folder(options_.path) || path.ends_with(".vcf")) TRY(read_file(path, with_digests));
    }
    return {};
  }

  [[nodiscard]] const Contact* find(const std::string& key) const {
    const auto found = contacts_.find(key);
    return found == contacts_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] const BookFile& file(const Contact& contact) const { return files_[contact.file]; }
  [[nodiscard]] const format::PlacedCard& card(const Contact& contact) const {
    return files_[contact.file].cards[contact.card];
  }
  [[nodiscard]] std::vector<card::Edit>& edits(const Contact& contact) {
    return files_[contact.file].edits[contact.card];
  }
  [[nodiscard]] const std::vector<BookFile>& files() const { return files_; }
  [[nodiscard]] std::string digest_key(const card::Card& card) const {
    return card.uid() ? "" : entry_key(card, sorted_numbers(card, numbers_, options_.merge.region));
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
      const card::Card& card = file.cards[i].card;
      std::string key = card.uid().value_or("");
      if (key.empty() && with_digests) key = digest_key(card);
      // Of two contacts with one key the first is meant.
      if (!key.empty()) contacts_.emplace(std::move(key), Contact{files_.size(), i});
    }
    files_.push_back(std::move(file));
    return {};
  }

  const MergeIntoOptions& options_;
  phone::Reader& numbers_;
  std::vector<BookFile> files_;
  std::unordered_map<std::string, Contact> contacts_;
};

// One try: the book is read, merged and written.
class MergeRun {
 public:
  MergeRun(const PulledPage& page, const MergeIntoOptions& options, const std::string& base_path)
      : page_(page), options_(options), base_path_(base_path), book_(options, numbers_) {}

  // False: another program changed a file meanwhile.
  Result<bool> run() {
    TRY(bases_, MergeBases::read(base_path_));
    TRY(book_.read(needs_digests() || bases_.unresolved()));
    bases_.resolve([&](const std::string& key, const KeptBase& kept) {
      const Contact* contact = book_.find(key);
      if (contact == nullptr) contact = book_.find(kept.now);
      return contact != nullptr && digest_text(book_.card(*contact).card) == kept.after;
    });
    for (const PulledCard& pulled : page_.cards) {
      TRY(card::Card remote, read_stored_card(pulled.card));
      for (const std::string& key : pulled.entries) merge_contact(key, pulled.peer, remote);
    }
    for (const PulledGone& gone : page_.gone)
      for (const std::string& key : gone.entries) report_.push_back(named(key, gone.peer, MergeState::kGone));
    if (options_.writing == Writing::kDryRun) return true;
    TRY(bases_.announce(base_path_));
    for (const BookFile& file : book_.files()) {
      TRY(const bool written, write(file));
      if (!written) return false;
    }
    TRY(MergeBases::settle(base_path_));
    return true;
  }

  std::vector<MergedContact> report() { return std::move(report_); }

 private:
  bool needs_digests() const {
    const auto digest = [](const std::string& key) { return key.starts_with("d-"); };
    return std::any_of(page_.cards.begin(), page_.cards.end(), [&](const PulledCard& card) {
      return std::any_of(card.entries.begin(), card.entries.end(), digest);
    });
  }

  const Contact* find(const std::string& key, const std::string& peer) const {
    if (const Contact* const contact = book_.find(key)) return contact;
    const KeptBase* const kept = bases_.find(key, peer);
    return kept == nullptr ? nullptr : book_.find(kept->now);
  }

  MergedContact named(const std::string& key, const std::string& peer, MergeState state) {
    const Contact* const contact = find(key, peer);
    return {key, peer, contact == nullptr ? "" : book_.card(*contact).card.formatted_name(), state, {}};
  }

  void merge_contact(const std::string& key, const std::string& peer, const card::Card& remote) {
    const Contact* const contact = find(key, peer);
    MergedContact line = named(key, peer, contact == nullptr ? MergeState::kMissing : MergeState::kMerged);
    if (contact != nullptr) {
      const format::PlacedCard& placed = book_.card(*contact);
      const KeptBase* const kept = bases_.find(key, peer);
      card::Merged merged =
          card::merge(placed.card, remote, kept == nullptr ? nullptr : &kept->base, options_.merge, numbers_);
      if (!placed.rejected && reads_as_meant(*contact, merged)) {
        line.findings = std::move(merged.findings);
        const card::Card after = card::apply_edits(placed.card, merged.edits);
        book_.edits(*contact) = std::move(merged.edits);
        bases_.put(key, peer, {std::move(merged.base), digest_text(after), book_.digest_key(after)});
      } else {
        line.state = MergeState::kDamaged;
      }
    }
    report_.push_back(std::move(line));
  }

  // Whether the changed text reads as the card that is meant: an odd line beside the change could swallow it.
  bool reads_as_meant(const Contact& contact, const card::Merged& merged) {
    if (merged.edits.empty()) return true;
    const format::PlacedCard& placed = book_.card(contact);
    const std::string& text = book_.file(contact).text;
    const std::string_view own = std::string_view(text).substr(placed.place.begin);
    const size_t end = own.find_first_of("\r\n", placed.place.end_line - placed.place.begin);
    const std::string_view alone = end == std::string_view::npos ? own : own.substr(0, end + 1);
    const auto before = format::place_vcards(alone);
    if (!before || before->size() != 1) return false;
    const auto after = format::place_vcards(format::edit_vcards(alone, {{&before->front(), merged.edits}}));
    return after && after->size() == 1 && !after->front().rejected &&
           card::equal_in_meaning(after->front().card, card::apply_edits(placed.card, merged.edits));
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
  std::vector<MergedContact> report_;
};

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

Result<std::vector<MergedContact>> merge_into(const PulledPage& page, const MergeIntoOptions& options) {
  TRY(phone::load());
  const std::string base_path = MergeBases::path_beside(options.path);
  for (int tries = 0; tries < kMostTries; ++tries) {
    MergeRun run(page, options, base_path);
    TRY(const bool done, run.run());
    if (done) return run.report();
  }
  return fail(Errc::kBusy, fmt::format("{} changes all the time: another program writes it", options.path),
              "stop that program, or run it again");
}

Result<std::optional<phone::Region>> reading_region(store::Store& store, const store::Uid& uid,
                                                    std::optional<phone::Region> named) {
  TRY(const auto tx, store.read());
  TRY(const store::Account account, open_account(*tx, uid));
  return region_for(*tx, account.ref, named);
}

}  // namespace cardsrv::service
