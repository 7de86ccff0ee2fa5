#include "model/story.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

#include "base/file.h"
#include "format/reader.h"
#include "model/rules.h"
#include "service/accounts.h"
#include "service/auth.h"
#include "service/blocking.h"
#include "service/bulk_rebinding.h"
#include "service/bulk_registration.h"
#include "service/entry_key.h"
#include "service/erasing.h"
#include "service/importing.h"
#include "service/inbound.h"
#include "service/maintaining.h"
#include "service/matching.h"
#include "service/pulling.h"
#include "service/rebinding.h"
#include "service/registration.h"
#include "store/store.h"
#include "store/token.h"
#include "support/paths.h"

namespace cardsrv::model {
namespace {

constexpr Number kNumbers = 6;
constexpr std::size_t kMostPersons = 7;
constexpr std::uint64_t kFirstNumber = 8613800138000;
constexpr Timestamp kBeginning{1'763'978'400'000};

enum class Op {
  kRegister = 0,
  kSamePerson,
  kForgot,
  kRebind,
  kMessage,
  kConfirm,
  kBulkRegister,
  kBulkRebind,
  kUpload,
  kOwn,
  kBlock,
  kUnblock,
  kClose,
  kPass,
  kMatch,
  kLogin,
  kOldPull,
};

struct OpRow {
  Op op;
  const char* name;
  int weight;
};
constexpr std::array kOps = {
    OpRow{Op::kRegister, "register", 4}, OpRow{Op::kSamePerson, "same-person", 2},
    OpRow{Op::kForgot, "forgot", 2},     OpRow{Op::kRebind, "rebind", 5},
    OpRow{Op::kMessage, "message", 3},   OpRow{Op::kConfirm, "confirm", 9},
    OpRow{Op::kBulkRegister, "bulk", 6}, OpRow{Op::kBulkRebind, "renumber", 3},
    OpRow{Op::kUpload, "upload", 24},    OpRow{Op::kOwn, "own", 8},
    OpRow{Op::kBlock, "block", 3},       OpRow{Op::kUnblock, "unblock", 2},
    OpRow{Op::kClose, "close", 1},       OpRow{Op::kPass, "pass", 6},
    OpRow{Op::kMatch, "match", 14},      OpRow{Op::kLogin, "login", 3},
    OpRow{Op::kOldPull, "old-pull", 5},
};

const OpRow& op_of(std::uint8_t n) {
  int sum = 0;
  for (const OpRow& row : kOps) sum += row.weight;
  int at = n % sum;
  for (const OpRow& row : kOps) {
    if (at < row.weight) return row;
    at -= row.weight;
  }
  return kOps.back();
}

struct BrokenRow {
  const char* name;
  Rules::Broken rule;
};
constexpr std::array kBroken = {
    BrokenRow{"M1-heirs", Rules::Broken::kM1Heirs},
    BrokenRow{"M1-closed", Rules::Broken::kM1Closed},
    BrokenRow{"M2", Rules::Broken::kM2},
    BrokenRow{"M3-block", Rules::Broken::kM3Block},
    BrokenRow{"M5", Rules::Broken::kM5},
    BrokenRow{"O3-former", Rules::Broken::kO3Former},
    BrokenRow{"B1", Rules::Broken::kB1},
    BrokenRow{"B4", Rules::Broken::kB4},
    BrokenRow{"R8-wait", Rules::Broken::kR8Wait},
    BrokenRow{"R9", Rules::Broken::kR9},
    BrokenRow{"L1-union", Rules::Broken::kL1Union},
    BrokenRow{"L1-no-uid", Rules::Broken::kL1NoUid},
};

struct Differs : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <typename T>
T must(Result<T> result, const char* what) {
  if (!result) throw Differs(fmt::format("{} failed: {}", what, result.error().message));
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

Answer answer_of(Errc code) {
  if (code == Errc::kRefused) return Answer::kRefused;
  if (code == Errc::kWaiting) return Answer::kWaiting;
  if (code == Errc::kPrecondition) return Answer::kStale;
  throw Differs(fmt::format("an error of no rule: {}", errc_word(code)));
}

template <typename T>
Answer answer_of(const Result<T>& result) {
  return result ? Answer::kDone : answer_of(result.error().code);
}

class Silent final : public sms::Transport {
 public:
  Result<void> send(const sms::Message&) override { return {}; }
};

store::PhoneNumber phone(Number number) { return store::PhoneNumber(kFirstNumber + number); }

// What a device holds after its pulls.
struct Device {
  struct Contact {
    Published card;
    std::set<std::string> keys;
  };
  std::optional<std::string> token;
  std::uint64_t revision = 0;
  std::map<std::string, Contact> contacts;  // by the peer's uid
};

// One page into a device.
class DeviceSink final : public service::PullSink {
 public:
  explicit DeviceSink(Device& device) : device_(device) {}
  Result<void> card(const service::PulledCard& card) override {
    device_.contacts[card.peer] = {published(card.card), {card.entries.begin(), card.entries.end()}};
    if (!std::is_sorted(card.entries.begin(), card.entries.end())) throw Differs("P5: keys are not sorted");
    if (card.card.find("UID:" + card.entries.front()) == std::string::npos)
      throw Differs("P5: UID is not the first key");
    return {};
  }
  Result<void> gone(const service::PulledGone& gone) override {
    device_.contacts.erase(gone.peer);
    return {};
  }
  Result<void> pending_takeover(const service::TakeoverNotice&) override {
    takeover = true;
    return {};
  }
  Result<void> rebound(const service::ReboundNotice&) override { return {}; }
  Result<void> state(const service::PullState& state) override {
    device_.token = state.token;
    has_more = state.has_more;
    if (!state.peers) return {};
    // P3: the client sweeps.
    const std::set<std::string> peers(state.peers->begin(), state.peers->end());
    std::erase_if(device_.contacts, [&](const auto& contact) { return !peers.contains(contact.first); });
    return {};
  }
  bool has_more = false;
  bool takeover = false;

 private:
  static Published published(const std::string& text) {
    Published card;
    std::istringstream lines(text);
    int best = 101;
    for (std::string line; std::getline(lines, line);) {
      if (line.ends_with('\r')) line.pop_back();
      if (line.starts_with("FN:")) card.name = line.substr(3);
      if (!line.starts_with("TEL")) continue;
      const std::string value = line.substr(line.rfind(':') + 1);
      const Number number = std::stoull(value.substr(value.front() == '+' ? 1 : 0)) - kFirstNumber;
      card.numbers.insert(number);
      const auto pref = line.find("PREF=");
      const int value_of_pref = pref == std::string::npos ? 100 : std::atoi(line.c_str() + pref + 5);
      if (value_of_pref < best) {
        best = value_of_pref;
        card.preferred = number;
      }
    }
    return card;
  }
  Device& device_;
};

class World {
 public:
  World(Backend backend, Rules::Broken broken) {
    rules_.broken = broken;
    const std::string url = backend == Backend::kMemory ? "memory:" : fresh_file();
    store_ = must(store::create(url, {.fixture = true, .seed = "model"}, {.busy_timeout_ms = 1000, .clock = &clock_}),
                  "init");
    must(service::set_setting(*store_, "sms-up-number", "+8610690000000", {}), "config");
  }

  ~World() {
    store_.reset();
    if (file_.empty()) return;
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file_ + suffix, ignored);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void take(const Step& step) {
    const std::size_t a = step.n[1], b = step.n[2], c = step.n[3], d = step.n[4];
    const bool any = rules_.persons() > 0;
    switch (op_of(step.n[0]).op) {
      case Op::kRegister: return ask(SessionKind::kRegister, a % kNumbers, 0, b % 3 == 0);
      case Op::kSamePerson:
        if (any) ask_as_holder(a % rules_.persons(), b % 3 == 0);
        return;
      case Op::kForgot:
        if (any) ask(SessionKind::kForgotten, b % kNumbers, a % rules_.persons(), c % 3 == 0);
        return;
      case Op::kRebind:
        if (any) ask_rebind(a % rules_.persons(), b % kNumbers, c % 3 == 0);
        return;
      case Op::kMessage: return message(pick_session(a));
      case Op::kConfirm: return confirm(pick_session(a));
      case Op::kBulkRegister:
        if (rules_.persons() < kMostPersons) bulk_register(a % kNumbers, b % 4 == 0);
        return;
      case Op::kBulkRebind: return bulk_rebind({{a % kNumbers, b % kNumbers}, {c % kNumbers, d % kNumbers}});
      case Op::kUpload:
        if (any) upload(a % rules_.persons(), b, c, d);
        return;
      case Op::kOwn:
        if (any) set_own(a % rules_.persons(), b);
        return;
      case Op::kBlock:
      case Op::kUnblock:
        if (any) block(a % rules_.persons(), b % rules_.persons(), op_of(step.n[0]).op == Op::kBlock, c % 2 == 0);
        return;
      case Op::kClose:
        if (any) close(a % rules_.persons());
        return;
      case Op::kPass: return pass(a);
      case Op::kMatch: return match(a % 3 == 0);
      case Op::kLogin:
        if (!any) return;
        return b % 4 == 3 ? new_password(a % rules_.persons()) : login(a % rules_.persons());
        return;
      case Op::kOldPull:
        if (any) old_pull(a % rules_.persons(), 1 + b % 3, c);
        return;
    }
  }

  void compare() {
    compare_numbers();
    for (Person person = 0; person < rules_.persons(); ++person)
      if (rules_.open(person)) compare_view(person);
  }

  [[nodiscard]] std::uint64_t comparisons() const { return comparisons_; }

 private:
  // In memory where there is such a file system. A folder of its own: others may tell histories at the same time.
  static std::string fresh_name(const char* what) {
    static const testing::ScratchFolder folder(
        std::filesystem::is_directory("/dev/shm") && ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "");
    static int count = 0;
    return folder.file(fmt::format("{}-{}", ++count, what));
  }
  std::string fresh_file() { return file_ = fresh_name("store.db"); }

  store::Uid uid(Person person) const { return must(store::Uid::parse(uids_.at(person)), "a uid"); }

  // --- Registrations and rebinds

  // Paces have tests of their own; here they would only be in the way.
  void forget_paces(Number number) {
    const auto tx = must(store_->write(), "write");
    for (const auto kind : {store::PaceKind::kSends, store::PaceKind::kSessions})
      must(tx->erase_pace(kind, phone(number).e164()), "erase_pace");
    must(tx->commit_unrecorded(), "commit");
  }

  void ask(SessionKind kind, Number number, Person person, bool up) {
    if (kind == SessionKind::kRegister && rules_.persons() >= kMostPersons) return;
    if (kind == SessionKind::kForgotten && !rules_.open(person)) return;
    forget_paces(number);
    service::RegistrationRequest asked{.number = phone(number), .proof = proof(up), .fixed_code = {}};
    if (kind == SessionKind::kForgotten) asked.uid = uid(person);
    remember(must(service::request_registration(*store_, &phone_, asked, {}), "request"));
    rules_.request(kind, number, person, up);
  }

  void ask_as_holder(Person person, bool up) {
    const auto number = rules_.bound(person);
    if (!number || !passwords_[person] || !rules_.open(person)) return;
    forget_paces(*number);
    rules_.use_password(person);
    remember(must(service::request_registration(*store_, &phone_,
                                                {.number = phone(*number),
                                                 .proof = proof(up),
                                                 .fixed_code = {},
                                                 .uid = uid(person),
                                                 .password = passwords_[person]},
                                                {}),
                  "request as the same person"));
    rules_.request(SessionKind::kSamePerson, *number, person, up);
  }

  void ask_rebind(Person person, Number number, bool up) {
    const auto from = rules_.bound(person);
    if (!passwords_[person] || !rules_.open(person) || from == number) return;
    forget_paces(number);
    rules_.use_password(person);
    service::RebindRequest asked{.uid = uid(person), .password = *passwords_[person], .number = phone(number)};
    if (from) asked.from = phone(*from);
    asked.proof = proof(up);
    remember(must(service::request_rebind(*store_, &phone_, asked, {}), "rebind request"));
    rules_.request(SessionKind::kRebind, number, person, up);
  }

  static store::Proof proof(bool up) { return up ? store::Proof::kSmsUp : store::Proof::kSmsDown; }
  void remember(const service::SessionInfo& info) { sessions_.push_back({info.session, info.text}); }
  // The youngest ones are asked for most.
  [[nodiscard]] std::optional<std::size_t> pick_session(std::size_t n) const {
    if (sessions_.empty()) return std::nullopt;
    return sessions_.size() - 1 - std::min(n % 8, sessions_.size() - 1);
  }

  void message(std::optional<std::size_t> i) {
    if (!i || sessions_[*i].text.empty()) return;
    const std::string path =
        write(fmt::format("{{\"id\":\"m{}\",\"from\":\"{}\",\"to\":\"x\",\"text\":\"{}\"}}\n", ++messages_,
                          phone(rules_.session(*i).number).e164(), sessions_[*i].text));
    const auto received = must(
        service::receive_messages(*store_, &phone_, path, {}, {}, [](const Reject&) -> Result<void> { return {}; }),
        "inbound");
    const bool proved = rules_.message(*i) == Answer::kDone;
    if (received.messages.at(0).proved != proved)
      throw Differs("R2: a message proves in one world only; the store: " + received.messages.at(0).why_not);
    learn_persons();
  }

  void confirm(std::optional<std::size_t> i) {
    if (!i) return;
    const Answer wanted = rules_.confirm(*i);
    const std::string code = code_of(sessions_[*i].id);
    if (rules_.session(*i).kind == SessionKind::kRebind) {
      const auto done = service::confirm_rebind(*store_, &phone_, sessions_[*i].id, code, {});
      expect(wanted, answer_of(done), "confirm of a rebind");
      learn_persons();
      return;
    }
    const auto done = service::confirm_registration(*store_, sessions_[*i].id, code, {});
    expect(wanted, answer_of(done), "confirm of a registration");
    learn_persons();
    if (!done) return;
    const Person person = rules_.session(*i).answer;
    if (uids_.at(person) != done->uid) throw Differs("R8: the answer names another account");
    if (done->password) passwords_[person] = done->password;
  }

  std::string code_of(const std::string& session) {
    const auto tx = must(store_->read(), "read");
    const auto found = must(tx->session(session), "session");
    return found ? service::session_code(*store_, *found) : "000000";
  }

  // New persons of the rules are those who hold their numbers in the store.
  void learn_persons() {
    while (uids_.size() < rules_.persons()) {
      const Person person = uids_.size();
      const auto number = rules_.bound(person);
      const auto holder = number ? holder_of(*number) : std::nullopt;
      if (!holder) throw Differs(fmt::format("person {} is registered in the rules only", person));
      uids_.push_back(*holder);
      passwords_.emplace_back();
      devices_.emplace_back();
      old_devices_.emplace_back();
    }
  }

  std::optional<std::string> holder_of(Number number) {
    const auto tx = must(store_->read(), "read");
    const auto wanted = phone(number);
    const auto live = must(tx->live(std::span(&wanted, 1)), "live");
    if (live.empty()) return std::nullopt;
    return must(tx->uids(std::span(&live.front().account, 1)), "uids").front().text();
  }

  void bulk_register(Number number, bool claimable) {
    const std::string path = write("number\n" + phone(number).e164() + "\n");
    const auto result = must(service::register_bulk(*store_, {.path = path, .vouch = "model", .claimable = claimable},
                                                    {}, quiet_reject(), quiet()),
                             "register bulk");
    const auto person = rules_.bulk_register(number, claimable);
    if (person.has_value() != (result.registered == 1)) throw Differs("R9, B3: registered in one world only");
    learn_persons();
    if (person) passwords_[*person] = service::password_of(*store_, result, result.rows.front());
  }

  void bulk_rebind(const std::vector<std::pair<Number, Number>>& rows) {
    std::string text = "old,new\n";
    for (const auto& [from, to] : rows) text += phone(from).e164() + "," + phone(to).e164() + "\n";
    must(service::rebind_bulk(*store_, &phone_, {.path = write(text), .vouch = "model"}, {}, quiet_reject(), quiet()),
         "rebind bulk");
    rules_.bulk_rebind(rows);
    learn_persons();
  }

  // --- Cards and lists

  static std::string vcard(const std::string& uid, const std::string& name, const std::vector<Number>& numbers) {
    std::string card = "BEGIN:VCARD\r\nVERSION:4.0\r\n";
    if (!uid.empty()) card += "UID:" + uid + "\r\n";
    card += "FN:" + name + "\r\n";
    for (const Number number : numbers) card += "TEL:" + phone(number).e164() + "\r\n";
    return card + "END:VCARD\r\n";
  }

  static std::string key_of(const std::string& uid, const std::string& name, const std::set<Number>& numbers) {
    std::vector<store::PhoneNumber> sorted;
    for (const Number number : numbers) sorted.push_back(phone(number));
    const auto items =
        must(format::parse_vcards(vcard(uid, name, {numbers.begin(), numbers.end()}), format::Limits{}), "a card");
    return service::entry_key(*items.front().card, sorted);
  }

  // The bits of b, c and d say what is uploaded.
  void upload(Person person, std::size_t b, std::size_t c, std::size_t d) {
    if (!rules_.open(person)) return;
    Upload upload;
    upload.mode = b % 8 < 4 ? Mode::kAdd : b % 8 < 7 ? Mode::kSnapshot : Mode::kRemove;
    upload.origin = b / 8 % 4 == 0 ? "tablet" : "phone";
    if (b / 32 % 4 == 0) upload.renew = d % kNumbers;
    std::string text;
    const std::size_t count = 1 + c % 3;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t bits = c / 3 + i * 37 + d * (i + 1);
      const std::string uid = bits % 3 == 0 ? "" : fmt::format("k{}", bits / 3 % 3);
      const std::string name = fmt::format("N{}", bits / 9 % 2);
      std::set<Number> numbers{(bits / 2 + d) % kNumbers};
      if (bits % 4 == 0) numbers.insert((d + i) % kNumbers);
      text += vcard(uid, name, {numbers.begin(), numbers.end()});
      upload.entries.push_back({key_of(uid, name, numbers), !uid.empty(), numbers});
    }
    service::ListOptions options;
    options.paths = {write(text)};
    options.mode = static_cast<service::UploadMode>(upload.mode);
    options.origin = upload.origin;
    if (upload.renew) options.renew = phone(*upload.renew).e164();
    options.allow_removals = rules_.removals(person, upload);  // L3
    must(service::import_list(*store_, uid(person), options, {}, quiet_reject(), quiet()), "list");
    rules_.upload(person, upload);
  }

  void set_own(Person person, std::size_t b) {
    if (!rules_.open(person)) return;
    OwnCard card{fmt::format("P{}.{}", person, b % 3), {}};
    card.numbers.push_back(b / 3 % kNumbers);
    if (b / 18 % 2 == 0 && (b / 5) % kNumbers != card.numbers.front()) card.numbers.push_back(b / 5 % kNumbers);
    must(service::import_own(*store_, uid(person), write(vcard("", card.name, card.numbers)), {}, {}, {}), "own");
    rules_.set_own(person, card);
  }

  void block(Person person, Person other, bool set, bool by_number) {
    if (!rules_.open(person) || !rules_.open(other)) return;
    const auto number = rules_.bound(other);
    const std::string name = by_number && number ? phone(*number).e164() : uids_[other];
    must(service::change_block(*store_, uid(person), name, {},
                               set ? service::BlockEdit::kSet : service::BlockEdit::kLift, {}),
         "block");
    if (set)
      rules_.block(person, other);
    else
      rules_.unblock(person, other);
  }

  void close(Person person) {
    must(service::close_account(*store_, &phone_, {uid(person), {}, "model"}, {}), "close");
    rules_.close(person);
    passwords_[person].reset();
    learn_persons();
  }

  void pass(std::size_t a) {
    constexpr std::array<Seconds, 12> kSteps = {1,        60,       660,      6 * 3600,  kDay,      3 * kDay,
                                                6 * kDay, 7 * kDay, 8 * kDay, 30 * kDay, 45 * kDay, 91 * kDay};
    const Seconds seconds = kSteps.at(a % kSteps.size());
    clock_.advance_s(seconds);
    rules_.pass(seconds);
  }

  // M6: a run that changed everything would be found by the comparison of both ways.
  void match(bool full) {
    must(service::verify_match(*store_, quiet()), "match --verify");
    must(service::match(*store_, full ? service::MatchScope::kFull : service::MatchScope::kChanged, {}, quiet()),
         "match");
    rules_.match();
    settled_ = true;
  }

  void login(Person person) {
    if (!passwords_[person] || !rules_.open(person)) return;
    must(service::authenticate(*store_, uid(person), *passwords_[person]), "login");
    rules_.use_password(person);
  }

  void new_password(Person person) {
    if (!rules_.open(person)) return;
    passwords_[person] =
        must(service::reset_password(*store_, uid(person), std::nullopt, "model", {}), "password --reset").generated;
    rules_.new_password(person);
  }

  // --- Comparing

  static service::RejectSink quiet_reject() {
    return [](const Reject&) -> Result<void> { return {}; };
  }
  static service::Progress quiet() {
    return [](std::uint64_t, std::uint64_t) {};
  }

  static void expect(Answer wanted, Answer got, const char* what) {
    if (wanted != got)
      throw Differs(
          fmt::format("{}: the rules say {}, the store {}", what, static_cast<int>(wanted), static_cast<int>(got)));
  }

  void compare_numbers() {
    for (Number number = 0; number < kNumbers; ++number) {
      const auto wanted = rules_.holder(number);
      const auto got = holder_of(number);
      if (got != (wanted ? std::optional(uids_.at(*wanted)) : std::nullopt))
        throw Differs(fmt::format("number {} is held by {} in the store, by {} in the rules", number,
                                  got.value_or("nobody"), wanted ? fmt::format("person {}", *wanted) : "nobody"));
    }
  }

  // A device pulls until there is no more, in pages of `limit`. P3: where its token is stale, everything.
  bool pull(Person person, Device& device, std::uint64_t limit) {
    bool takeover = false;
    for (bool more = true; more;) {
      DeviceSink sink(device);
      const auto done = service::pull(*store_, uid(person), {device.token, {}, service::Extent::kSince, limit}, sink);
      if (!done && done.error().code == Errc::kStaleToken) {
        device.token.reset();
        continue;
      }
      must(done, "pull");
      takeover = sink.takeover;
      more = sink.has_more;
    }
    return takeover;
  }

  void compare_view(Person person) {
    Device& device = devices_[person];
    {
      const auto tx = must(store_->read(), "read");
      const auto account = must(tx->account(uid(person)), "account");
      const auto head = must(tx->inbox_head(account->ref), "inbox_head");
      // Nothing to hear of: a pull would give nothing. Now and then it is made all the same.
      if (device.token && head.revision.value == device.revision && ++skipped_ % 16 != 0) {
        expect_view(person, device);
        return;
      }
      device.revision = head.revision.value;
    }
    const bool takeover = pull(person, device, 1 + (comparisons_ % 4));
    if (takeover != rules_.awaited(person)) throw Differs("R8: the holder hears of a takeover in one world only");
    expect_view(person, device);
  }

  void old_pull(Person person, std::uint64_t limit, std::size_t n) {
    if (!rules_.open(person)) return;
    Device& device = old_devices_[person];
    pull(person, device, limit);
    expect_view(person, device);
    if (n % 5 == 0) device = {};  // a new one next time
  }

  void expect_view(Person person, const Device& device) {
    ++comparisons_;
    std::map<std::string, Published> wanted, got;
    for (const auto& [peer, card] : rules_.view(person)) wanted[uids_.at(peer)] = card;
    for (const auto& [peer, contact] : device.contacts) got[peer] = contact.card;
    // A person without a number prefers what they like.
    for (auto& [peer, card] : got)
      if (wanted.contains(peer) && !wanted[peer].preferred) card.preferred.reset();
    if (wanted != got) throw Differs(fmt::format("what person {} sees differs:{}", person, describe(wanted, got)));
    if (!settled_) return;
    for (const auto& [peer, contact] : device.contacts) {
      const auto at = std::find(uids_.begin(), uids_.end(), peer);
      const auto keys = rules_.keys(person, static_cast<Person>(at - uids_.begin()));
      if (keys != contact.keys) throw Differs(fmt::format("P5: the keys of person {} for {} differ", person, peer));
    }
  }

  std::string describe(const std::map<std::string, Published>& wanted,
                       const std::map<std::string, Published>& got) const {
    std::string text;
    const auto show = [&](const char* who, const std::map<std::string, Published>& view) {
      text += fmt::format(" {}:", who);
      for (const auto& [peer, card] : view) {
        const auto at = std::find(uids_.begin(), uids_.end(), peer);
        text += fmt::format(" {}={}(", at - uids_.begin(), card.name);
        for (const Number number : card.numbers) text += fmt::format("{} ", number);
        text += card.preferred ? fmt::format("first {})", *card.preferred) : ")";
      }
    };
    show("rules", wanted);
    show("store", got);
    return text;
  }

  std::string write(const std::string& text) {
    static const std::string path = fresh_name("input");
    must(replace_quickly(path, text), "a file");
    return path;
  }
  static Result<void> replace_quickly(const std::string& path, const std::string& text) {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    if (file == nullptr) return fail(Errc::kIo, "cannot write " + path);
    const bool whole = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    return std::fclose(file) == 0 && whole ? Result<void>{} : fail(Errc::kIo, "cannot write " + path);
  }

 public:
  bool settled_ = false;  // the last step was a match

 private:
  struct Asked {
    std::string id;
    std::string text;
  };
  FixedClock clock_{kBeginning};
  std::string file_;
  std::unique_ptr<store::Store> store_;
  Silent phone_;
  Rules rules_;
  std::vector<std::string> uids_;
  std::vector<std::optional<std::string>> passwords_;
  std::vector<Device> devices_, old_devices_;
  std::vector<Asked> sessions_;
  std::uint64_t messages_ = 0, comparisons_ = 0, skipped_ = 0;
};

}  // namespace

std::string to_text(const std::vector<Step>& steps) {
  std::string text;
  for (const Step& step : steps)
    text += fmt::format("{} {} {} {} {}  # {}\n", step.n[0], step.n[1], step.n[2], step.n[3], step.n[4],
                        op_of(step.n[0]).name);
  return text;
}

std::optional<std::vector<Step>> from_text(const std::string& text) {
  std::vector<Step> steps;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream numbers(line);
    Step step;
    for (std::uint8_t& n : step.n) {
      int value = 0;
      if (!(numbers >> value) || value < 0 || value > 255) return std::nullopt;
      n = static_cast<std::uint8_t>(value);
    }
    steps.push_back(step);
  }
  return steps;
}

Told tell(const std::vector<Step>& steps, Backend backend, const std::string& broken) {
  Rules::Broken rule = Rules::Broken::kNone;
  for (const BrokenRow& row : kBroken)
    if (row.name == broken) rule = row.rule;
  Told told;
  std::size_t at = 0;
  try {
    World world(backend, rule);
    for (; at < steps.size(); ++at) {
      world.settled_ = false;
      world.take(steps[at]);
      world.compare();
      told.comparisons = world.comparisons();
    }
  } catch (const std::exception& error) {
    const char* const name = at < steps.size() ? op_of(steps[at].n[0]).name : "";
    told.difference = fmt::format("step {} ({}): {}", at + 1, name, error.what());
  }
  return told;
}

std::vector<std::string> breakable_rules() {
  std::vector<std::string> names;
  for (const BrokenRow& row : kBroken) names.emplace_back(row.name);
  return names;
}

}  // namespace cardsrv::model
