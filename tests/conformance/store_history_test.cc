// The same random history on every back end: each answer, the marks, the journal's chain and the digest of the state
// are those of the memory store (semantics J3, J4; M6 for revisions).

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>

#include "store_suite.h"

namespace cardsrv::store::conformance {
namespace {

constexpr std::string_view kSeed = "history";
constexpr std::uint64_t kNumbers = 40;

// One back end on its way through the history. Accounts are known by the order of their creation.
struct Player {
  std::unique_ptr<cardsrv::testing::ScratchFolder> folder;
  std::unique_ptr<Store> store;
  std::vector<AccountRef> refs;
  std::unique_ptr<Transaction> tx;

  [[nodiscard]] size_t index(AccountRef ref) const {
    return static_cast<size_t>(std::find(refs.begin(), refs.end(), ref) - refs.begin());
  }
};

// --- What a transaction sees, as text

std::string text_of(const std::vector<Pair>& pairs) {
  std::string out;
  for (const auto& pair : pairs) out += fmt::format(" {}@{}", pair.number.digits(), pair.since.value);
  return out;
}

std::string slots_of(const std::vector<Slot>& slots) {
  std::string out;
  for (const Slot slot : slots) out += fmt::format(" {}", slot.value);
  return out;
}

std::string keys_of(const std::vector<std::string>& keys) {
  std::string out;
  for (const auto& key : keys) out += " " + key;
  return out;
}

std::string text_of(const Player& player, const Binding& binding) {
  return fmt::format("binding {} {} {} {} {} {}\n", binding.number.digits(), binding.since.value,
                     player.index(binding.account), binding.until ? binding.until->value : 0, word(binding.proof),
                     binding.vouch);
}

std::string list_text(ReadTransaction& tx, AccountRef ref) {
  const List list = must(tx.list(ref));
  std::string out = "origins" + keys_of(list.origins) + "\n";
  std::vector<Slot> slots;
  for (const auto& entry : list.entries) slots.push_back(entry.slot);
  const auto keys = must(tx.entry_keys(ref, slots));
  const auto cards = must(tx.entry_cards(ref, slots));
  const auto spellings = must(tx.entry_spellings(ref, slots));
  for (size_t i = 0; i < slots.size(); ++i) {
    const Entry& entry = list.entries[i];
    out += fmt::format("entry {} {} {} {} {} {} {}{}", entry.slot.value, keys[i], cards[i], entry.key_hash,
                       entry.meaning, entry.has_uid, entry.origins, text_of(entry.pairs));
    for (const auto& spelling : spellings[i]) out += " " + spelling.raw + "=" + spelling.number.e164();
    out += "\n";
  }
  return out;
}

std::string inbox_text(const Player& player, ReadTransaction& tx, AccountRef ref) {
  const InboxHead head = must(tx.inbox_head(ref));
  std::string out = fmt::format("head {} {}\n", head.revision.value, head.floor.value);
  for (const auto& item : must(tx.inbox(ref, {0}, SIZE_MAX))) {
    out += fmt::format("item {} {} {} {}{}{}\n", item.revision.value, player.index(item.peer), item.gone,
                       item.born.value, slots_of(item.slots), keys_of(item.keys));
  }
  for (const auto& one : must(tx.associations(ref))) {
    out += fmt::format("association {} {} {}{}\n", player.index(one.peer), one.revision.value, one.born.value,
                       slots_of(one.slots));
  }
  const auto half = must(tx.inbox(ref, {head.revision.value / 2}, 2));
  for (const auto& item : half) out += fmt::format("page {}\n", item.revision.value);
  return out;
}

std::string account_text(const Player& player, ReadTransaction& tx, AccountRef ref) {
  const Account account = must(tx.accounts(std::vector{ref})).front();
  std::string out =
      fmt::format("account {} {} {} {} {} {} {}\n", player.index(ref), account.uid.text(), account.created.value,
                  account.seen.ms, account.secret_used, static_cast<int>(account.secret.kind), account.secret.hash);
  const auto own = must(tx.own_cards(std::vector{ref})).front();
  if (own) out += fmt::format("own {} {} {}\n", own->revision, own->card, own->published);
  for (const auto& binding : must(tx.history(std::vector{ref}))) out += text_of(player, binding);
  return out + list_text(tx, ref) + inbox_text(player, tx, ref);
}

std::string marks_text(const Player& player, ReadTransaction& tx) {
  std::string out;
  for (const auto& mark : must(tx.marks())) {
    out += fmt::format("mark {} {} {}\n", static_cast<int>(mark.kind), player.index(mark.account), mark.number);
  }
  return out;
}

std::string scans_text(const Player& player, ReadTransaction& tx) {
  std::string out;
  must(tx.scan_bindings([&](const Binding& binding) -> Result<void> {
    out += "scan " + text_of(player, binding);
    return {};
  }));
  for (std::uint32_t part = 0; part < 3; ++part) {
    must(tx.scan_lists({part, 3}, [&](const ListColumns& columns) -> Result<void> {
      out += fmt::format("columns {}", player.index(columns.owner));
      for (size_t i = 0; i < columns.numbers.size(); ++i) {
        out += fmt::format(" {}/{}/{}", columns.numbers[i], columns.slots[i], columns.sinces[i]);
      }
      out += "\n";
      return {};
    }));
  }
  must(tx.scan_associations([&](AccountRef owner, std::span<const Association> own) -> Result<void> {
    out += fmt::format("peers {} {}\n", player.index(owner), own.size());
    return {};
  }));
  return out;
}

// Everything that the verbs tell.
std::string describe(const Player& player, ReadTransaction& tx) {
  std::string out;
  for (const AccountRef ref : player.refs) {
    if (tx.accounts(std::vector{ref})) out += account_text(player, tx, ref);
  }
  std::vector<PhoneNumber> numbers;
  for (std::uint64_t i = 0; i < kNumbers; ++i) numbers.push_back(number(i));
  for (const auto& binding : must(tx.live(numbers))) out += "live " + text_of(player, binding);
  for (const auto& binding : must(tx.history(numbers))) out += text_of(player, binding);
  for (const auto& one : must(tx.listers(numbers))) {
    out += fmt::format("lister {} {}\n", one.number.digits(), player.index(one.account));
  }
  const Totals totals = must(tx.totals());
  out += fmt::format("totals {} {} {}\n", totals.accounts, totals.entries, totals.associations);
  out += fmt::format("counter {}\n", must(tx.counter(Counter::kPendingPairs)));
  out += "config " + must(tx.config(Config::kMaxEntries)).value_or("none") + "\n";
  if (const auto last = must(tx.last_batch())) {
    out += fmt::format("batch {} {} {} {}\n", last->sequence, last->id, last->stamp.value, hex(last->chain));
  }
  return out + marks_text(player, tx) + scans_text(player, tx);
}

// --- The history

class History {
 public:
  explicit History(std::vector<Player>& players, FixedClock& clock) : players_(players), clock_(clock) {}

  // One transaction of a few random verbs, committed or rolled back, on every player.
  void step() {
    for (auto& player : players_) player.tx = must(player.store->write());
    const size_t accounts = players_.front().refs.size();
    bool sound = true;
    for (std::uint64_t verbs = 1 + pick(4); verbs > 0 && sound; --verbs) sound = verb();
    compare("before the end", [](Player& player) { return describe(player, *player.tx); });
    if (sound && pick(8) != 0) {
      commit();
    } else {
      for (auto& player : players_) {
        player.tx.reset();
        player.refs.resize(accounts);
      }
    }
    if (pick(6) == 0) clock_.advance_s(static_cast<std::int64_t>(pick(86'400 * 20)));
    compare("after the end", [](Player& player) { return describe(player, *must(player.store->read())); });
    compare("digest", [](Player& player) { return hex(must(state_digest(*must(player.store->read())))); });
  }

 private:
  using Refs = std::vector<AccountRef>;

  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  [[nodiscard]] Player& oracle() { return players_.front(); }
  [[nodiscard]] size_t people() { return oracle().refs.size(); }

  // The same text from everyone.
  template <typename Tell>
  void compare(std::string_view when, Tell&& tell) {
    const std::string expected = tell(oracle());
    for (auto& player : players_) ASSERT_EQ(tell(player), expected) << player.store->backend() << ", " << when;
  }

  // The verb's code from everyone; false where it failed.
  template <typename Verb>
  bool all(Verb&& verb) {
    std::vector<std::optional<Errc>> codes;
    for (auto& player : players_) codes.push_back(code_of(verb(player)));
    for (const auto& code : codes) EXPECT_EQ(code, codes.front());
    return !codes.front().has_value();
  }

  bool verb() {
    if (people() < 3) return create();
    switch (pick(16)) {
      case 0: return people() < 14 ? create() : associate();
      case 1:
      case 2: return bind();
      case 3: return own();
      case 4:
      case 5:
      case 6:
      case 7: return list();
      case 8:
      case 9:
      case 10: return associate();
      case 11: return hear();
      case 12: return purge();
      case 13: return config();
      case 14: return secret();
      default: return small();
    }
  }

  bool create() {
    const Secret secret = pick(2) == 0 ? Secret{} : Secret{SecretKind::kGenerated, fmt::format("h{}", pick(99))};
    return all([&](Player& player) -> Result<void> {
      const Uid name = make_uid(player.tx->random());
      TRY(const auto ref, player.tx->create_account(name, secret, Timestamp{5}));
      player.refs.push_back(ref);
      return {};
    });
  }

  bool secret() {
    const size_t who = pick(people());
    const Secret secret{SecretKind::kPassword, fmt::format("p{}", pick(99))};
    return all([&](Player& player) { return player.tx->set_secret(player.refs[who], secret); });
  }

  std::optional<PhoneNumber> bound(size_t who) {
    for (const auto& binding : must(oracle().tx->history(std::vector{oracle().refs[who]}))) {
      if (!binding.until) return binding.number;
    }
    return std::nullopt;
  }

  // Moves of one to three people, once in a while one that must be refused. A number or account that a binding of this
  // batch has is left alone, for each begins once a batch.
  bool bind() {
    struct Move {
      size_t who;
      std::optional<PhoneNumber> from;
      std::optional<PhoneNumber> to;
    };
    const Stamp now = oracle().tx->stamp();
    const auto fresh = [&](const std::vector<Binding>& bindings) {
      return std::any_of(bindings.begin(), bindings.end(), [&](const Binding& b) { return b.since == now; });
    };
    std::vector<Move> moves;
    const std::uint64_t size = 1 + pick(3);
    for (std::uint64_t i = 0; i < size; ++i) {
      const size_t who = (pick(people() / size) * size + i) % people();
      const auto to = pick(5) == 0 ? std::nullopt : std::optional(number(pick(kNumbers)));
      const bool again =
          fresh(must(oracle().tx->history(std::vector{oracle().refs[who]}))) ||
          (to && fresh(must(oracle().tx->history(std::vector{*to})))) ||
          std::any_of(moves.begin(), moves.end(), [&](const Move& m) { return m.who == who || (to && m.to == to); });
      if (!again) moves.push_back({who, pick(30) == 0 ? std::optional(number(99)) : bound(who), to});
    }
    if (moves.size() > 1 && pick(2) == 0) std::swap(moves[0].to, moves[1].to);
    const auto proof = static_cast<Proof>(1 + pick(3));
    return all([&](Player& player) {
      std::vector<BindingChange> changes;
      for (const auto& move : moves) {
        changes.push_back({player.refs[move.who], move.from, move.to, proof,
                           proof == Proof::kOperator ? std::string("why") : std::string()});
      }
      return player.tx->apply_bindings(changes);
    });
  }

  bool own() {
    const size_t who = pick(people());
    const auto before = must(oracle().tx->own_cards(std::vector{oracle().refs[who]})).front();
    OwnCard card;
    card.revision = before ? before->revision + 1 : 1;
    card.meaning.fill(static_cast<std::uint8_t>(pick(256)));
    card.card = fmt::format("card {} of {}", pick(99), who);
    card.published = "published " + card.card;
    return all([&](Player& player) { return player.tx->put_own(player.refs[who], card); });
  }

  std::vector<Pair> pairs(Stamp now) {
    std::map<std::uint64_t, Stamp> chosen;
    for (std::uint64_t count = pick(4); count > 0; --count) chosen[pick(kNumbers)] = pick(3) == 0 ? Stamp{7} : now;
    std::vector<Pair> out;
    for (const auto& [n, since] : chosen) out.push_back({number(n), since});
    return out;
  }

  EntryPut put(const std::string& key, std::optional<Slot> slot, Stamp now) {
    EntryPut out{.slot = slot,
                 .key = key,
                 .has_uid = pick(2) == 0,
                 .key_hash = pick(UINT64_MAX),
                 .meaning = pick(UINT64_MAX),
                 .origins = 1 + pick(3),
                 .card = std::string(pick(400), static_cast<char>('a' + pick(26))),
                 .pairs = pairs(now)};
    for (const auto& pair : out.pairs) out.spellings.push_back({fmt::format("0-{}", pick(99)), pair.number});
    return out;
  }

  // Slots on which an association rests: the rules never take such an entry without ending the association first.
  std::vector<Slot> used_slots(size_t who) {
    std::vector<Slot> out;
    for (const auto& one : must(oracle().tx->associations(oracle().refs[who]))) {
      out.insert(out.end(), one.slots.begin(), one.slots.end());
    }
    return out;
  }

  bool list() {
    const size_t who = pick(people());
    const Stamp now = oracle().tx->stamp();
    const List before = must(oracle().tx->list(oracle().refs[who]));
    const auto used = used_slots(who);
    ListChange change;
    change.origins = {"default", "tablet"};
    std::vector<Slot> all_slots;
    for (const auto& entry : before.entries) all_slots.push_back(entry.slot);
    const auto keys = must(oracle().tx->entry_keys(oracle().refs[who], all_slots));
    const bool clear = pick(10) == 0;
    for (size_t i = 0; i < all_slots.size(); ++i) {
      const Slot slot = all_slots[i];
      const bool free = std::find(used.begin(), used.end(), slot) == used.end();
      const auto what = pick(8);
      if (free && (clear || what == 0)) {
        change.removes.push_back(slot);
      } else if (what == 1) {
        change.puts.push_back(put(keys[i], slot, now));
      } else if (what == 2) {
        change.set_origins.emplace_back(slot, 1 + pick(3));
      } else if (what == 3) {
        change.renews.emplace_back(slot, pairs(now));
      }
    }
    for (std::uint64_t fresh = pick(pick(9) == 0 ? 60 : 4); fresh > 0; --fresh) {
      change.puts.push_back(put(fmt::format("key-{}", ++keys_), std::nullopt, now));
    }
    std::shuffle(change.puts.begin(), change.puts.end(), random_);
    std::string expected;
    return all([&](Player& player) -> Result<void> {
      TRY(const auto slots, player.tx->change_list(player.refs[who], change));
      const std::string answer = slots_of(slots);
      if (&player == &oracle()) expected = answer;
      EXPECT_EQ(answer, expected);
      return {};
    });
  }

  std::vector<Slot> some_slots(size_t who) {
    std::vector<Slot> out;
    for (const auto& entry : must(oracle().tx->list(oracle().refs[who])).entries) {
      if (pick(3) == 0) out.push_back(entry.slot);
    }
    return out;
  }

  void edit_pair(size_t a, size_t b, std::vector<AssociationChange>& changes) {
    const auto own = must(oracle().tx->associations(oracle().refs[a]));
    const bool there =
        std::any_of(own.begin(), own.end(), [&](const Association& one) { return one.peer == oracle().refs[b]; });
    const auto edit =
        !there ? AssociationEdit::kBegin : (pick(2) == 0 ? AssociationEdit::kSlots : AssociationEdit::kEnd);
    for (const auto& [owner, peer] : {std::pair(a, b), std::pair(b, a)}) {
      AssociationChange change{.owner = {owner}, .peer = {peer}, .edit = edit};
      if (edit == AssociationEdit::kEnd) {
        change.keys = {"a", fmt::format("z{}", pick(9))};
      } else {
        change.slots = some_slots(owner);
      }
      changes.push_back(std::move(change));
    }
  }

  // Changes of up to four pairs; owner and peer are places in `refs` until they are applied.
  bool associate() {
    std::vector<AssociationChange> changes;
    std::vector<std::pair<size_t, size_t>> seen;
    for (std::uint64_t count = 1 + pick(4); count > 0; --count) {
      const size_t a = pick(people());
      const size_t b = pick(people());
      const auto pair = std::minmax(a, b);
      if (a == b || std::find(seen.begin(), seen.end(), std::pair<size_t, size_t>(pair)) != seen.end()) continue;
      seen.emplace_back(pair);
      edit_pair(pair.first, pair.second, changes);
    }
    std::sort(changes.begin(), changes.end(), [](const AssociationChange& a, const AssociationChange& b) {
      return std::pair(a.owner, a.peer) < std::pair(b.owner, b.peer);
    });
    return all([&](Player& player) {
      auto own = changes;
      for (auto& change : own) {
        change.owner = player.refs[change.owner.value];
        change.peer = player.refs[change.peer.value];
      }
      return player.tx->put_associations(own);
    });
  }

  bool hear() {
    const size_t about = pick(people());
    const auto hearing = pick(2) == 0 ? Transaction::Hearing::kChanged : Transaction::Hearing::kFirst;
    return all([&](Player& player) { return player.tx->hear(player.refs[about], hearing); });
  }

  bool purge() {
    const Timestamp before = clock_.now().plus_s(-86'400 * static_cast<std::int64_t>(pick(30)));
    std::optional<std::uint64_t> expected;
    return all([&](Player& player) -> Result<void> {
      TRY(const auto dropped, player.tx->purge(before));
      if (!expected) expected = dropped;
      EXPECT_EQ(dropped, *expected);
      return {};
    });
  }

  bool config() {
    const std::string value = std::to_string(pick(100));
    return all([&](Player& player) { return player.tx->put_config(Config::kMaxEntries, value); });
  }

  bool small() {
    const size_t who = pick(people());
    const auto day = static_cast<std::int32_t>(pick(1000));
    const bool settle = pick(3) == 0;
    return all([&](Player& player) -> Result<void> {
      if (settle) TRY(player.tx->settle());
      TRY(player.tx->set_counter(Counter::kPendingPairs, static_cast<std::uint64_t>(day)));
      return player.tx->touch(player.refs[who], Timestamp{day}, day % 2 == 0);
    });
  }

  void commit() {
    const std::string id = fmt::format("batch {}", ++batches_);
    const bool changed = oracle().tx->changed();
    for (auto& player : players_) EXPECT_EQ(player.tx->changed(), changed) << player.store->backend();
    all([&](Player& player) {
      return changed ? player.tx->commit(id, BatchKind::kList, {4, 2}, "{}\n") : player.tx->commit_unrecorded();
    });
    for (auto& player : players_) player.tx.reset();
  }

  std::vector<Player>& players_;
  FixedClock& clock_;
  std::mt19937_64 random_{20'260'101};  // NOLINT: the same history every time
  std::uint64_t keys_ = 0;
  std::uint64_t batches_ = 0;
};

TEST(StoreHistory, EveryBackEndAnswersLikeTheMemoryStore) {
  FixedClock clock(kStart);
  std::vector<Player> players;
  for (const auto& backend : backends()) {
    Player player;
    player.folder = std::make_unique<cardsrv::testing::ScratchFolder>();
    player.store =
        must(backend.create(player.folder->path(), {.fixture = true, .seed = std::string(kSeed)}, {.clock = &clock}));
    players.push_back(std::move(player));
  }
  History history(players, clock);
  for (int step = 0; step < 300 && !::testing::Test::HasFailure(); ++step) {
    SCOPED_TRACE(step);
    history.step();
  }
  for (auto& player : players)
    for (const Finding& finding : must(player.store->check()))
      ADD_FAILURE() << player.store->backend() << ": " << finding.what << " " << finding.where << ": "
                    << finding.message;
  const auto reader = must(players.front().store->read());
  const Totals totals = must(reader->totals());
  EXPECT_GT(must(reader->last_batch())->sequence, 150U) << "the history is too tame";
  EXPECT_GT(totals.accounts * totals.entries * totals.associations, 0U) << "the history is too tame";
}

}  // namespace
}  // namespace cardsrv::store::conformance
