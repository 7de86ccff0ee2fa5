#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <variant>

#include "store/sqlite/journalling.h"
#include "store/sqlite/peers.h"
#include "store/sqlite/segment.h"
#include "store/sqlite/segments.h"
#include "store/sqlite/texts.h"
#include "store/sqlite/varint.h"
#include "store/sqlite/work.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kIntegrity = "PRAGMA integrity_check(20)";
constexpr const char* kForeignKeys = "PRAGMA foreign_key_check";
constexpr const char* kLists = "SELECT aid, facts FROM list ORDER BY aid";
constexpr const char* kSegment = "SELECT heads, cards FROM seg WHERE id = ?1";
constexpr const char* kInboxes = "SELECT aid, rev, peers FROM inbox ORDER BY aid";
constexpr const char* kPeers = "SELECT peers FROM inbox WHERE aid = ?1";
constexpr const char* kAccounts = "SELECT count(*) FROM account";
constexpr const char* kBatches = "SELECT seq, id FROM batch ORDER BY seq";

constexpr const char* kOrphans = "SELECT count(*) FROM leaf WHERE seq > (SELECT coalesce(max(seq), 0) FROM batch)";

// Kinds of records as in journal.h: 3 a binding, 4 an own card, 5 a list.
constexpr const char* kUnbound =
    "SELECT aid, body FROM leaf WHERE kind = 3 AND aid NOT IN (SELECT aid FROM binding) ORDER BY seq, n";
constexpr const char* kLastOwnCard =
    "SELECT body FROM leaf WHERE aid = ?1 AND kind = 4 ORDER BY seq DESC, n DESC LIMIT 1";
struct Lost {
  const char* what;
  const char* sql;
  const char* message;
};
constexpr Lost kLost[] = {
    {"own-card-missing",
     "SELECT DISTINCT aid FROM leaf WHERE kind = 4 AND body IS NOT NULL AND aid NOT IN (SELECT aid FROM own) ORDER BY "
     "aid",
     "the journal has an own card of it, the store has none"},
    {"list-missing",
     "SELECT DISTINCT aid FROM leaf WHERE kind = 5 AND body IS NOT NULL AND aid NOT IN (SELECT aid FROM list) ORDER BY "
     "aid",
     "the journal has a list of it, the store has none"},
};

constexpr size_t kMaxFindings = 100;

// Gathers what is wrong; a store that is damaged all over is not told of for ever.
class Findings {
 public:
  void add(std::string what, std::string where, std::string message) {
    if (all_.size() < kMaxFindings) all_.push_back({std::move(what), std::move(where), std::move(message)});
  }
  // A failure to read is a finding, and so is what no store should hold; any other (busy, a full disk) ends the check.
  Result<bool> sound(const Result<void>& result, std::string what, std::string where) {
    if (result) return true;
    const Errc code = result.error().code;
    if (code != Errc::kIo && code != Errc::kNotAStore && code != Errc::kDefect && code != Errc::kDamage)
      return fail(result.error());
    add(std::move(what), std::move(where), result.error().message);
    return false;
  }
  [[nodiscard]] std::vector<Finding> take() { return std::move(all_); }
  [[nodiscard]] bool empty() const { return all_.empty(); }

 private:
  std::vector<Finding> all_;
};

std::string account_name(std::uint64_t aid) { return fmt::format("account {}", aid); }

Result<void> check_file(Work& work, Findings& findings) {
  TRY(auto row, work.db.query(kIntegrity));
  for (;;) {
    TRY(const bool found, row.step());
    if (!found) break;
    if (row.bytes(0) != "ok") findings.add("file-damaged", "file", std::string(row.bytes(0)));
  }
  TRY(auto key, work.db.query(kForeignKeys));
  for (;;) {
    TRY(const bool found, key.step());
    if (!found) return {};
    findings.add("reference-missing", std::string(key.bytes(0)), fmt::format("a row refers to no {}", key.bytes(2)));
  }
}

// A set as a number, whatever the order in which its members come; two sets that differ have different ones but for
// a chance of 2^-64.
class SetSum {
 public:
  explicit SetSum(const Key& key) : key_(key) {}
  void add(std::uint64_t a, std::uint64_t b) {
    const std::uint64_t both[2] = {a, b};
    sum_ += short_hash(key_, {reinterpret_cast<const char*>(both), sizeof both});
    ++count_;
  }
  bool operator==(const SetSum& other) const { return sum_ == other.sum_ && count_ == other.count_; }

 private:
  Key key_;
  std::uint64_t sum_ = 0;
  std::uint64_t count_ = 0;
};

Result<void> check_segments(Work& work, AccountRef account, const Facts& facts) {
  std::map<std::uint32_t, std::vector<std::uint32_t>> wanted;
  for (const auto& entry : facts.entries) wanted[entry.segment].push_back(entry.slot);
  for (const auto& [segment, slots] : wanted) {
    TRY(auto row, work.db.query(kSegment, segment_id(account, segment)));
    TRY(const bool found, row.step());
    if (!found) return damaged("a segment is missing");
    TRY(const auto decoded, decode_segment(row.bytes(0), row.bytes(1)));
    for (const auto slot : slots) {
      const auto at = std::find_if(decoded.entries.begin(), decoded.entries.end(),
                                   [&](const SegmentEntry& entry) { return entry.slot == slot; });
      if (at == decoded.entries.end()) return damaged("an entry is missing from its segment");
    }
  }
  return {};
}

Result<void> check_lists(Work& work, Findings& findings) {
  std::uint64_t entries = 0;
  SetSum listed(work.list_key);
  TRY(auto row, work.db.query(kLists));
  for (;;) {
    TRY(const bool found, row.step());
    if (!found) break;
    const AccountRef account{row.natural(0)};
    const auto facts = decode_facts(row.bytes(1));
    TRY(const bool readable,
        findings.sound(facts ? Result<void>() : fail(facts.error()), "list-damaged", account_name(account.value)));
    if (!readable) continue;
    entries += facts->entries.size();
    std::uint64_t last = 0;
    for (const auto& pair : facts->pairs) {
      if (pair.number != last) listed.add(pair.number, account.value);
      last = pair.number;
    }
    TRY(findings.sound(check_segments(work, account, *facts), "cards-damaged", account_name(account.value)));
  }
  SetSum indexed(work.list_key);
  bool rises = true;
  InvertedPair last;
  const auto scanned = scan_inverted(work.db, [&](InvertedPair pair) {
    rises = rises && last < pair;
    last = pair;
    indexed.add(pair.number, pair.aid);
  });
  TRY(const bool readable, findings.sound(scanned, "index-damaged", "index of numbers"));
  if (readable && (!rises || !(listed == indexed))) {
    findings.add("index-differs", "index of numbers", "who lists which number is not what the lists say");
  }
  TRY(const auto kept, totals(work));
  if (kept.entries != entries) {
    findings.add("count-differs", "entries", fmt::format("{} are counted, there are {}", kept.entries, entries));
  }
  return {};
}

// Whether the inbox of `aid` has `peer`.
Result<bool> has_peer(Work& work, std::uint64_t aid, std::uint64_t peer) {
  TRY(auto row, work.db.query(kPeers, aid));
  TRY(const bool found, row.step());
  if (!found) return false;
  PeerReader reader(row.bytes(0));
  PeerRow at;
  for (;;) {
    TRY(const bool more, reader.next(at));
    if (!more) return false;
    if (at.peer == peer) return true;
  }
}

// Calls `each` for both ends of each half of an association.
Result<void> each_half(Work& work, Findings* findings, const std::function<void(std::uint64_t, std::uint64_t)>& each) {
  TRY(auto row, work.db.query(kInboxes));
  for (;;) {
    TRY(const bool found, row.step());
    if (!found) return {};
    PeerReader reader(row.bytes(2));
    PeerRow peer;
    for (;;) {
      const auto more = reader.next(peer);
      if (!more && findings != nullptr)
        findings->add("inbox-damaged", account_name(row.natural(0)), more.error().message);
      if (!more || !*more) break;
      if (findings != nullptr && (peer.revision > row.natural(1) || !decode_slots(peer.slots))) {
        findings->add("inbox-damaged", account_name(row.natural(0)),
                      "an association is ahead of its inbox, or its entries cannot be read");
      }
      each(row.natural(0), peer.peer);
    }
  }
}

Result<void> check_inboxes(Work& work, Findings& findings) {
  SetSum there(work.list_key);
  SetSum back(work.list_key);
  std::uint64_t halves = 0;
  TRY(each_half(work, &findings, [&](std::uint64_t aid, std::uint64_t peer) {
    there.add(aid, peer);
    back.add(peer, aid);
    ++halves;
  }));
  if (!(there == back)) {
    Result<void> result;
    TRY(each_half(work, nullptr, [&](std::uint64_t aid, std::uint64_t peer) {
      const auto other = has_peer(work, peer, aid);
      if (other && *other) return;
      findings.add("association-one-sided", account_name(aid), fmt::format("account {} does not know of it", peer));
    }));
  }
  TRY(const auto kept, totals(work));
  if (kept.associations * 2 != halves) {
    findings.add("count-differs", "associations",
                 fmt::format("{} are counted, there are {}", kept.associations, halves / 2));
  }
  TRY(const auto accounts, work.db.number(kAccounts));
  if (kept.accounts != accounts.value_or(0)) {
    findings.add("count-differs", "accounts",
                 fmt::format("{} are counted, there are {}", kept.accounts, accounts.value_or(0)));
  }
  return {};
}

// Whether the journal has this very card as the account's last one, or has forgotten it.
Result<bool> is_journalled(Work& work, AccountRef account, const OwnCard& card) {
  TRY(auto row, work.db.query(kLastOwnCard, account.value));
  TRY(const bool found, row.step());
  if (!found || row.null(0)) return true;
  const auto record = unpack(row.bytes(0));
  if (!record) return false;
  const auto decoded = journal::decode(*record);
  const auto* const fact = decoded ? std::get_if<journal::OwnCardFact>(&*decoded) : nullptr;
  return fact != nullptr && fact->revision == card.revision && fact->card == card.card &&
         fact->published == card.published;
}

Result<void> check_accounts(Work& work, Findings& findings) {
  std::vector<AccountRef> refs;
  std::vector<AccountState> states;
  TRY(scan_accounts(work, [&](const Account& account) -> Result<void> {
    refs.push_back(account.ref);
    states.push_back(account.state);
    return {};
  }));
  for (size_t i = 0; i < refs.size(); ++i) {
    const std::string name = account_name(refs[i].value);
    const auto card = own_cards(work, std::span(&refs[i], 1));
    TRY(const bool readable, findings.sound(card ? Result<void>() : fail(card.error()), "own-card-damaged", name));
    if (readable && card->front() && states[i] == AccountState::kClosed)
      findings.add("state-differs", name, "it is closed, and has a card");
    if (readable && card->front() && states[i] == AccountState::kOpen) {
      TRY(const bool journalled, is_journalled(work, refs[i], *card->front()));
      if (!journalled) findings.add("own-card-differs", name, "it is not the card that the journal has");
    }
    TRY(const auto history, history_of(work, std::span<const AccountRef>(&refs[i], 1)));
    const bool marked = std::all_of(history.begin(), history.end(), [&](const Binding& binding) {
      return binding.closed == (states[i] == AccountState::kClosed);
    });
    if (!marked) findings.add("state-differs", name, "its bindings and its state disagree on whether it is closed");
  }
  return {};
}

// Accounts that took a number by the journal, and never had one by the table.
Result<void> check_bindings(Work& work, Findings& findings) {
  TRY(auto row, work.db.query(kUnbound));
  for (;;) {
    TRY(const bool found, row.step());
    if (!found) return {};
    const auto fact = journal::decode(row.bytes(1));
    const auto* const binding = fact ? std::get_if<journal::BindingFact>(&*fact) : nullptr;
    if (binding != nullptr && binding->to)
      findings.add("binding-missing", account_name(row.natural(0)),
                   "the journal has a binding of it, the store has none");
  }
}

// Own cards and lists that the journal has, and the tables have not.
Result<void> check_facts(Work& work, Findings& findings) {
  for (const auto& [what, sql, message] : kLost) {
    TRY(auto row, work.db.query(sql));
    for (;;) {
      TRY(const bool found, row.step());
      if (!found) break;
      findings.add(what, account_name(row.natural(0)), message);
    }
  }
  return {};
}

Result<void> check_journal(Work& work, Findings& findings) {
  TRY(auto row, work.db.query(kBatches));
  std::uint64_t expected = 1;
  for (;; ++expected) {
    TRY(const bool found, row.step());
    if (!found) break;
    const std::string where = fmt::format("batch {}", row.natural(0));
    if (row.natural(0) != expected) {
      findings.add("journal-broken", where, "a batch before it is missing");
      expected = row.natural(0);
    }
    TRY(findings.sound(verify_batch(work, row.natural(0)), "journal-broken", where));
  }
  // A store of before the count has none until its next batch.
  TRY(const std::uint64_t kept, work.counts.get(work.db, static_cast<int>(Kept::kBatches)));
  if (kept >= expected)
    findings.add("journal-broken", fmt::format("batch {}", kept), "it was recorded, and is missing");
  TRY(const auto orphans, work.db.number(kOrphans));
  if (orphans && *orphans > 0)
    findings.add("journal-broken", "leaf", fmt::format("{} journal records of no batch", *orphans));
  return {};
}

}  // namespace

Result<std::vector<Finding>> check(Work& work) {
  Findings findings;
  TRY(const bool readable, findings.sound(check_file(work, findings), "file-damaged", "file"));
  if (!readable) return findings.take();
  constexpr std::pair<const char*, Result<void> (*)(Work&, Findings&)> kParts[] = {
      {"accounts", check_accounts}, {"bindings", check_bindings}, {"facts", check_facts},
      {"lists", check_lists},       {"inboxes", check_inboxes},   {"journal", check_journal}};
  for (const auto& [name, part] : kParts) TRY(findings.sound(part(work, findings), "file-damaged", name));
  return findings.take();
}

}  // namespace cardsrv::store::sqlite
