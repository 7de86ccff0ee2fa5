#include "model/rules.h"

#include <algorithm>

namespace cardsrv::model {
namespace {

constexpr Seconds kCodeLives = 600;
constexpr Seconds kSessionLives = 1800;

}  // namespace

// --- Numbers

std::optional<std::size_t> Rules::live(Number number) const {
  for (std::size_t i = 0; i < bindings_.size(); ++i)
    if (bindings_[i].number == number && !bindings_[i].until) return i;
  return std::nullopt;
}

std::optional<Person> Rules::holder(Number number) const {
  const auto i = live(number);
  return i ? std::optional(bindings_[*i].person) : std::nullopt;
}

std::optional<Binding> Rules::last_of(Person person) const {
  for (auto binding = bindings_.rbegin(); binding != bindings_.rend(); ++binding)
    if (binding->person == person) return *binding;
  return std::nullopt;
}

std::optional<Number> Rules::bound(Person person) const {
  const auto last = last_of(person);
  return last && !last->until ? std::optional(last->number) : std::nullopt;
}

// B3
bool Rules::quarantined(Number number) const {
  if (live(number)) return false;
  for (const Binding& binding : bindings_)
    if (binding.number == number && now_ < binding.until_time + 45 * kDay) return true;
  return false;
}

Person Rules::add_person() {
  persons_.push_back({.seen = now_});
  return persons_.size() - 1;
}

// --- Sessions and claims

std::size_t Rules::request(SessionKind kind, Number number, Person person, bool up) {
  ++batch_;
  Session session{.kind = kind, .number = number, .person = person, .up = up, .opened = now_};
  if (kind == SessionKind::kRebind) {
    session.from = bound(person);
    if (const auto last = last_of(person)) session.from_since = last->since;
    session.secret = persons_[person].secret;
  }
  sessions_.push_back(session);
  return sessions_.size() - 1;
}

bool Rules::usable(const Session& session) const {
  const std::size_t i = static_cast<std::size_t>(&session - sessions_.data());
  switch (session.state) {
    case Session::State::kDead: return false;
    case Session::State::kDone: return now_ < session.effect_at + (session.heard ? 1 : 30) * kDay;
    case Session::State::kProved: {
      const auto claim = claims_.find(session.number);
      if (claim != claims_.end() && claim->second == i) return true;
      return now_ < session.opened + kSessionLives;
    }
    case Session::State::kOpen: return now_ < session.opened + kSessionLives;
  }
  return false;
}

bool Rules::asked_with(const Session& session) const {
  return broken == Broken::kB1 || session.secret == persons_[session.person].secret;
}

bool Rules::can_move(const Session& session) const {
  if (!persons_[session.person].open || !asked_with(session)) return false;
  const auto last = last_of(session.person);
  return bound(session.person) == session.from && (last ? last->since : 0) == session.from_since;
}

std::optional<std::size_t> Rules::claim_on(Number number) const {
  const auto claim = claims_.find(number);
  if (claim == claims_.end()) return std::nullopt;
  const Session& session = sessions_[claim->second];
  if (session.state != Session::State::kProved) return std::nullopt;
  if (session.kind == SessionKind::kRebind && !can_move(session)) return std::nullopt;
  return claim->second;
}

bool Rules::awaited(Person person) const {
  const auto number = bound(person);
  return number && claim_on(*number).has_value();
}

bool Rules::is_claimable(const Binding& binding) const {
  return binding.claimable && !persons_[binding.person].ever_used && broken != Broken::kR9;
}

void Rules::end_claim(Number number, std::optional<std::size_t> but) {
  const auto claim = claims_.find(number);
  if (claim == claims_.end()) return;
  if (claim->second != but && sessions_[claim->second].state == Session::State::kProved)
    sessions_[claim->second].state = Session::State::kDead;
  claims_.erase(claim);
}

void Rules::put_claim(std::size_t session) {
  end_claim(sessions_[session].number, session);
  claims_[sessions_[session].number] = session;
}

// R8: who holds the number ends a claim by proving it again; a later proof replaces an earlier one.
void Rules::prove(std::size_t i) {
  Session& session = sessions_[i];
  session.state = Session::State::kProved;
  session.proved_at = now_;
  session.proved = batch_;
  const auto place = live(session.number);
  if (!place) return;
  const Binding& binding = bindings_[*place];
  const bool holders = session.person == binding.person && session.kind != SessionKind::kRegister;
  if (session.kind == SessionKind::kSamePerson && holders) return end_claim(session.number, std::nullopt);
  if (session.kind == SessionKind::kSamePerson) return;
  if (session.kind == SessionKind::kRegister && is_claimable(binding)) return end_claim(session.number, std::nullopt);
  if (session.kind == SessionKind::kForgotten && !holders) return;
  if (session.kind == SessionKind::kForgotten && is_claimable(binding)) return end_claim(session.number, std::nullopt);
  if (session.kind == SessionKind::kRebind && (holders || !can_move(session))) return;  // nothing to wait for
  put_claim(i);
}

Answer Rules::message(std::size_t i) {
  ++batch_;
  if (sessions_[i].state != Session::State::kOpen || !sessions_[i].up || !usable(sessions_[i])) return Answer::kRefused;
  prove(i);
  // B4: in the transaction that proves the last of them.
  if (sessions_[i].kind != SessionKind::kRebind || claim_on(sessions_[i].number) != i) return Answer::kDone;
  const auto other = holder(sessions_[i].number);
  if (!other) return Answer::kDone;
  const auto claims = circle(i, *other);
  if (claims.empty()) return Answer::kDone;
  std::vector<std::size_t> all{i};
  all.insert(all.end(), claims.begin(), claims.end());
  pass_on(all, {}, By::kSms);
  return Answer::kDone;
}

Answer Rules::confirm(std::size_t i) {
  ++batch_;
  if (!usable(sessions_[i])) return Answer::kRefused;
  if (sessions_[i].state == Session::State::kOpen) {
    if (sessions_[i].up) return Answer::kWaiting;
    if (now_ >= sessions_[i].opened + kCodeLives) return Answer::kRefused;
    prove(i);
  }
  return effect(i);
}

std::optional<Answer> Rules::wait(std::size_t i, const Binding& binding) {
  Session& session = sessions_[i];
  const auto claim = claims_.find(session.number);
  if (claim == claims_.end() || claim->second != i) {
    if (binding.since > session.proved && binding.by == By::kSms) return Answer::kRefused;
    const auto other = claim_on(session.number);
    if (other && sessions_[*other].proved > session.proved) return Answer::kRefused;
    put_claim(i);
  }
  const Seconds seen = persons_[binding.person].seen;
  if (now_ >= seen + 45 * kDay) return std::nullopt;
  if (now_ >= session.proved_at + 30 * kDay) return std::nullopt;
  const Seconds days = broken == Broken::kR8Wait ? 6 : 7;
  if (now_ >= session.proved_at + days * kDay && now_ >= seen + days * kDay) return std::nullopt;
  return Answer::kWaiting;
}

std::vector<std::size_t> Rules::circle(std::size_t i, Person holder) const {
  if (broken == Broken::kB4) return {};
  std::vector<std::size_t> claims;
  for (auto number = sessions_[i].from; number && claims.size() <= sessions_.size();) {
    const auto claim = claim_on(*number);
    if (!claim || *claim == i || sessions_[*claim].kind != SessionKind::kRebind) return {};
    claims.push_back(*claim);
    if (sessions_[*claim].person == holder) return claims;
    number = sessions_[*claim].from;
  }
  return {};
}

void Rules::prove_anew(Number number) {
  const Binding old = bindings_[*live(number)];
  if (old.by == By::kSms) return;
  bindings_[*live(number)].until_time = now_;
  bindings_[*live(number)].until = batch_;
  bindings_.push_back({number, old.person, batch_, {}, 0, By::kSms, false});
}

Answer Rules::effect(std::size_t i) {
  Session& session = sessions_[i];
  if (session.state == Session::State::kDone) {
    if (!persons_[session.answer].open) return Answer::kRefused;  // R1
    if (!session.heard) session.effect_at = now_;                 // R4: from when its requester hears of it on
    session.heard = true;
    return Answer::kDone;
  }
  const auto place = live(session.number);
  const auto finish = [&](Person person) {
    session.state = Session::State::kDone;
    session.effect_at = now_;
    session.answer = person;
    return Answer::kDone;
  };
  switch (session.kind) {
    case SessionKind::kSamePerson:
      if (!place || bindings_[*place].person != session.person) return Answer::kStale;
      prove_anew(session.number);
      return finish(session.person);
    case SessionKind::kForgotten: {
      if (!place || bindings_[*place].person != session.person) return Answer::kRefused;
      if (is_claimable(bindings_[*place])) {
        prove_anew(session.number);
        set_password(session.person);
        return finish(session.person);
      }
      if (const auto answer = wait(i, bindings_[*place])) return *answer;
      end_claim(session.number, i);
      set_password(session.person);
      return finish(session.person);
    }
    case SessionKind::kRegister: {
      if (place && is_claimable(bindings_[*place])) {
        const Person person = bindings_[*place].person;
        prove_anew(session.number);
        set_password(person);
        return finish(person);
      }
      break;
    }
    case SessionKind::kRebind: {
      if (!persons_[session.person].open || !asked_with(session)) return Answer::kRefused;
      if (!can_move(session)) return Answer::kStale;
      if (!place) break;
      const auto claims = circle(i, bindings_[*place].person);
      if (claims.empty()) break;
      std::vector<std::size_t> all{i};
      all.insert(all.end(), claims.begin(), claims.end());
      pass_on(all, {}, By::kSms, i);
      return Answer::kDone;
    }
  }
  if (place)
    if (const auto answer = wait(i, bindings_[*place])) return *answer;
  std::vector<Change> displaced;
  if (place) displaced.emplace_back(bindings_[*place].person, std::nullopt);
  pass_on({i}, displaced, By::kSms, i);
  return Answer::kDone;
}

void Rules::pass_on(std::vector<std::size_t> sessions, std::vector<Change> others, By by,
                    std::optional<std::size_t> confirming) {
  std::vector<Change> changes = others;
  std::vector<By> proofs(others.size(), by);
  std::set<Number> taken;
  std::set<Person> moving;
  std::vector<Number> left;
  const auto note = [&](const Change& change) {
    if (const auto from = bound(change.first)) left.push_back(*from);
    if (change.second) taken.insert(*change.second);
    moving.insert(change.first);
  };
  for (const Change& change : others) note(change);
  const auto take = [&](std::size_t i) {
    Session& session = sessions_[i];
    const Person person = session.kind == SessionKind::kRebind ? session.person : add_person();
    changes.emplace_back(person, session.number);
    proofs.push_back(By::kSms);
    note(changes.back());
    end_claim(session.number, i);
    session.state = Session::State::kDone;
    session.effect_at = now_;
    session.heard = i == confirming;
    session.answer = person;
  };
  for (const std::size_t i : sessions) take(i);
  for (std::size_t at = 0; at < left.size(); ++at) {
    if (taken.contains(left[at])) continue;
    const auto claim = claim_on(left[at]);
    const bool takes = claim && sessions_[*claim].kind != SessionKind::kForgotten &&
                       !(sessions_[*claim].kind == SessionKind::kRebind && moving.contains(sessions_[*claim].person));
    if (takes)
      take(*claim);
    else
      end_claim(left[at], std::nullopt);
  }
  // R9: an operator's plan moves what was claimable with its account.
  std::vector<bool> claimable(changes.size(), false);
  for (std::size_t i = 0; i < changes.size(); ++i)
    if (const auto from = bound(changes[i].first); from && proofs[i] == By::kOperator)
      claimable[i] = bindings_[*live(*from)].claimable;
  for (const Change& change : changes) {
    if (const auto from = bound(change.first)) {
      Binding& binding = bindings_[*live(*from)];
      binding.until = batch_;
      binding.until_time = now_;
    }
  }
  for (std::size_t i = 0; i < changes.size(); ++i)
    if (changes[i].second)
      bindings_.push_back({*changes[i].second, changes[i].first, batch_, {}, 0, proofs[i], claimable[i]});
}

// --- The operator

std::optional<Person> Rules::bulk_register(Number number, bool claimable) {
  ++batch_;
  if (live(number) || quarantined(number)) return std::nullopt;
  const Person person = add_person();
  bindings_.push_back({number, person, batch_, {}, 0, By::kOperator, claimable});
  return person;
}

void Rules::bulk_rebind(const std::vector<std::pair<Number, Number>>& rows) {
  ++batch_;
  std::vector<std::pair<Number, Number>> moves;
  for (const auto& row : rows) {
    const bool again = std::any_of(moves.begin(), moves.end(), [&](const auto& other) {
      return other.first == row.first || other.second == row.second;
    });
    if (!again) moves.push_back(row);
  }
  std::erase_if(moves, [&](const auto& row) {
    return !live(row.first) || row.first == row.second || (!live(row.second) && quarantined(row.second));
  });
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < moves.size() && !changed; ++i) {
      const Number to = moves[i].second;
      const bool leaves = std::any_of(moves.begin(), moves.end(), [&](const auto& row) { return row.first == to; });
      if (!live(to) || leaves) continue;
      moves.erase(moves.begin() + static_cast<std::ptrdiff_t>(i));
      changed = true;
    }
  }
  std::vector<Change> changes;
  for (const auto& [from, to] : moves) changes.emplace_back(*holder(from), to);
  if (!changes.empty()) pass_on({}, changes, By::kOperator);
}

void Rules::new_password(Person person) {
  ++batch_;
  set_password(person);
}

void Rules::set_password(Person person) {
  ++persons_[person].secret;
  persons_[person].secret_used = false;
}

void Rules::use_password(Person person) {
  Someone& someone = persons_[person];
  const auto number = bound(person);
  const bool waited_for = number && claims_.contains(*number);
  if (someone.seen / kDay != now_ / kDay || !someone.secret_used || waited_for) someone.seen = now_;
  someone.secret_used = true;
  someone.ever_used = true;
}

// --- Lists

void Rules::upload(Person person, const Upload& upload) {
  ++batch_;
  auto& list = persons_[person].list;
  const std::map<std::string, Entry> before = list;
  // Of equal keys the last counts.
  std::map<std::string, UploadedEntry> uploaded;
  for (const UploadedEntry& entry : upload.entries) uploaded[entry.key] = entry;
  const auto drop = [&](const std::string& key) {
    list[key].origins.erase(upload.origin);
    if (list[key].origins.empty() || broken == Broken::kL1Union) list.erase(key);
  };
  for (const auto& [key, entry] : before) {
    const bool listed = uploaded.contains(key);
    const bool drops = upload.mode == Mode::kRemove ? listed : upload.mode == Mode::kSnapshot && !listed;
    if (drops && entry.origins.contains(upload.origin)) drop(key);
  }
  if (upload.mode != Mode::kRemove) {
    std::map<Number, Batch> removed;  // of entries without UID that went: the earliest since of each number
    for (const auto& [key, entry] : before) {
      if (list.contains(key) || entry.has_uid || broken == Broken::kL1NoUid) continue;
      for (const auto& [number, since] : entry.pairs) {
        const auto found = removed.find(number);
        removed[number] = found == removed.end() ? since : std::min(found->second, since);
      }
    }
    for (const auto& [key, put] : uploaded) {
      const auto there = before.find(key);
      Entry entry{put.has_uid, {}, {}};
      if (there != before.end()) entry.origins = there->second.origins;
      entry.origins.insert(upload.origin);
      for (const Number number : put.numbers) {
        Batch since = batch_;
        if (there != before.end() && there->second.pairs.contains(number))
          since = there->second.pairs.at(number);
        else if (!put.has_uid && removed.contains(number))
          since = removed.at(number);
        if (upload.renew == number) since = batch_;
        entry.pairs[number] = since;
      }
      list[key] = entry;
    }
  }
  end_unsupported();
}

std::uint64_t Rules::removals(Person person, const Upload& upload) const {
  std::set<std::string> kept;
  for (const UploadedEntry& entry : upload.entries) kept.insert(entry.key);
  const auto& list = persons_[person].list;
  return static_cast<std::uint64_t>(std::count_if(list.begin(), list.end(), [&](const auto& entry) {
    return entry.second.origins.contains(upload.origin) && !kept.contains(entry.first);
  }));
}

void Rules::set_own(Person person, const OwnCard& card) {
  ++batch_;
  persons_[person].own = card;
}

// --- Matching

std::optional<std::pair<Batch, Person>> Rules::resolve(Number number, Batch since) const {
  std::set<Person> earlier;
  for (const Binding& binding : bindings_) {
    if (binding.number != number) continue;
    const bool nobody = !persons_[binding.person].open && broken != Broken::kM1Closed;
    if (binding.since <= since && (!binding.until || *binding.until > since))
      return nobody ? std::nullopt : std::optional(std::pair(since, binding.person));
    if (binding.since > since) {
      earlier.erase(binding.person);
      if (!earlier.empty() && broken != Broken::kM1Heirs) return std::nullopt;
      return nobody ? std::nullopt : std::optional(std::pair(binding.since, binding.person));
    }
    earlier.insert(binding.person);
  }
  return std::nullopt;
}

std::optional<Person> Rules::meaning(const Entry& entry) const {
  std::optional<std::pair<std::pair<Batch, Number>, Person>> first;
  for (const auto& [number, since] : entry.pairs) {
    const auto resolution = resolve(number, since);
    if (!resolution) continue;
    const auto order = broken == Broken::kM2 ? std::pair(Batch{0}, number) : std::pair(resolution->first, number);
    if (!first || order < first->first) first = {order, resolution->second};
  }
  return first ? std::optional(first->second) : std::nullopt;
}

std::set<std::string> Rules::keys(Person from, Person to) const {
  std::set<std::string> keys;
  if (from == to) return keys;
  for (const auto& [key, entry] : persons_[from].list)
    if (meaning(entry) == to) keys.insert(key);
  return keys;
}

bool Rules::blocked(Person a, Person b) const {
  return broken != Broken::kM3Block && (persons_[a].blocks.contains(b) || persons_[b].blocks.contains(a));
}

void Rules::block(Person person, Person other) {
  ++batch_;
  if (person == other) return;
  persons_[person].blocks.insert(other);
  end_unsupported();
}

void Rules::unblock(Person person, Person other) {
  ++batch_;
  persons_[person].blocks.erase(other);
}

void Rules::close(Person person) {
  ++batch_;
  if (!persons_[person].open) return;
  if (bound(person)) pass_on({}, {{person, std::nullopt}}, By::kOperator);
  Someone& someone = persons_[person];
  someone.open = false;
  someone.own.reset();
  someone.list.clear();
  someone.blocks.clear();
  end_unsupported();
}

void Rules::end_unsupported() {
  if (broken == Broken::kM5) return;
  std::erase_if(associated_, [&](const auto& pair) {
    const auto& [a, b] = pair;
    return !open(a) || !open(b) || blocked(a, b) || keys(a, b).empty() || keys(b, a).empty();
  });
}

void Rules::match() {
  ++batch_;
  for (Person a = 0; a < persons(); ++a)
    for (Person b = a + 1; b < persons(); ++b)
      if (open(a) && open(b) && !blocked(a, b) && !keys(a, b).empty() && !keys(b, a).empty())
        associated_.insert({a, b});
}

// --- What peers see

std::set<Person> Rules::peers(Person person) const {
  std::set<Person> peers;
  for (const auto& [a, b] : associated_) {
    if (a == person) peers.insert(b);
    if (b == person) peers.insert(a);
  }
  return peers;
}

std::map<Person, Published> Rules::view(Person person) const {
  std::map<Person, Published> view;
  for (const Person peer : peers(person)) {
    if (!persons_[peer].own) continue;
    const auto present = bound(peer);
    Published card{persons_[peer].own->name, {}, present};
    std::set<Number> former;
    for (const Binding& binding : bindings_)
      if (binding.person == peer && binding.until && binding.number != present) former.insert(binding.number);
    for (const Number number : persons_[peer].own->numbers)
      if (!former.contains(number) || broken == Broken::kO3Former) card.numbers.insert(number);
    if (present) card.numbers.insert(*present);
    view[peer] = card;
  }
  return view;
}

}  // namespace cardsrv::model
