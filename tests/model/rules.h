#pragma once
// The rules of semantics R, O, L, M, P, B and X once more, as maps and loops, written from the text and not from the
// code: the oracle that the services are held against (model_test.cc). No cleverness, no speed, no failure of any kind
// but the rules' own.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cardsrv::model {

using Person = std::size_t;  // 0, 1, … in the order of registration
using Number = std::size_t;  // a small pool
using Batch = std::uint64_t;
using Seconds = std::int64_t;

constexpr Seconds kDay = 86'400;

enum class Answer { kDone = 1, kRefused = 2, kWaiting = 3, kStale = 4 };

enum class SessionKind { kRegister = 1, kSamePerson = 2, kForgotten = 3, kRebind = 4 };
enum class By { kSms = 1, kOperator = 2 };

struct Binding {
  Number number = 0;
  Person person = 0;
  Batch since = 0;
  std::optional<Batch> until;
  Seconds until_time = 0;
  By by = By::kSms;
  bool claimable = false;
};

struct Entry {
  bool has_uid = true;
  std::set<std::string> origins;
  std::map<Number, Batch> pairs;  // number → since
};

struct UploadedEntry {
  std::string key;
  bool has_uid = true;
  std::set<Number> numbers;
};

enum class Mode { kSnapshot = 1, kAdd = 2, kRemove = 3 };

struct Upload {
  Mode mode = Mode::kSnapshot;
  std::string origin;
  std::vector<UploadedEntry> entries;
  std::optional<Number> renew;
};

struct OwnCard {
  std::string name;
  std::vector<Number> numbers;  // as the person wrote them
};

struct Session {
  SessionKind kind = SessionKind::kRegister;
  Number number = 0;
  Person person = 0;  // who asks; of kRegister nobody
  std::optional<Number> from{};
  Batch from_since = 0;
  int secret = 0;  // the password that it was asked with (B1)
  bool up = false;
  enum class State { kOpen, kProved, kDone, kDead } state = State::kOpen;
  Seconds opened = 0, proved_at = 0, effect_at = 0;
  Batch proved = 0;
  Person answer = 0;
  bool heard = true;  // kDone: its requester was told (R4)
};

// What peers see of a person.
struct Published {
  std::string name;
  std::set<Number> numbers;
  std::optional<Number> preferred;
  bool operator==(const Published&) const = default;
};

class Rules {
 public:
  // --- What happens. Each is one batch.
  void pass(Seconds seconds) { now_ += seconds; }
  std::size_t request(SessionKind kind, Number number, Person person, bool up);
  Answer message(std::size_t session);  // kDone: it proved
  Answer confirm(std::size_t session);
  std::optional<Person> bulk_register(Number number, bool claimable);
  void bulk_rebind(const std::vector<std::pair<Number, Number>>& rows);
  void use_password(Person person);
  void new_password(Person person);
  void upload(Person person, const Upload& upload);
  // How many entries the upload's origin drops (L3).
  [[nodiscard]] std::uint64_t removals(Person person, const Upload& upload) const;
  void set_own(Person person, const OwnCard& card);
  void block(Person person, Person other);
  void unblock(Person person, Person other);
  void close(Person person);
  void match();

  // --- What is true.
  [[nodiscard]] std::size_t persons() const { return persons_.size(); }
  [[nodiscard]] bool open(Person person) const { return persons_[person].open; }
  [[nodiscard]] std::optional<Number> bound(Person person) const;
  [[nodiscard]] std::optional<Person> holder(Number number) const;
  [[nodiscard]] const Session& session(std::size_t i) const { return sessions_[i]; }
  [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }
  [[nodiscard]] bool awaited(Person person) const;  // somebody waits for the person's number (R8)
  [[nodiscard]] const std::map<std::string, Entry>& list(Person person) const { return persons_[person].list; }
  // The associated peers that have a card (P1, O3).
  [[nodiscard]] std::map<Person, Published> view(Person person) const;
  [[nodiscard]] std::set<Person> peers(Person person) const;
  // The keys of the entries that mean the peer (P5); what peers were told of it only after a match.
  [[nodiscard]] std::set<std::string> keys(Person from, Person to) const;

  // One rule at a time can be broken, to see that it is missed: docs/testing.md has the list.
  enum class Broken {
    kNone,
    kM1Heirs,
    kM1Closed,
    kM2,
    kM3Block,
    kM5,
    kO3Former,
    kB1,
    kB4,
    kR8Wait,
    kR9,
    kL1Union,
    kL1NoUid
  };
  Broken broken = Broken::kNone;

 private:
  struct Someone {
    bool open = true;
    Seconds seen = 0;
    int secret = 0;            // rises with every new password
    bool secret_used = false;  // the present one
    bool ever_used = false;
    std::optional<OwnCard> own{};
    std::map<std::string, Entry> list{};
    std::set<Person> blocks{};
  };
  using Change = std::pair<Person, std::optional<Number>>;

  [[nodiscard]] std::optional<std::size_t> live(Number number) const;  // place in bindings_
  [[nodiscard]] std::optional<Binding> last_of(Person person) const;
  [[nodiscard]] bool quarantined(Number number) const;
  [[nodiscard]] std::optional<std::pair<Batch, Person>> resolve(Number number, Batch since) const;
  [[nodiscard]] std::optional<Person> meaning(const Entry& entry) const;
  [[nodiscard]] bool blocked(Person a, Person b) const;
  [[nodiscard]] bool usable(const Session& session) const;
  [[nodiscard]] std::optional<std::size_t> claim_on(Number number) const;  // one that can take effect
  [[nodiscard]] bool asked_with(const Session& session) const;
  [[nodiscard]] bool can_move(const Session& session) const;
  [[nodiscard]] bool is_claimable(const Binding& binding) const;

  Person add_person();
  void set_password(Person person);
  void prove(std::size_t session);
  void put_claim(std::size_t session);
  void end_claim(Number number, std::optional<std::size_t> but);
  Answer effect(std::size_t session);
  std::optional<Answer> wait(std::size_t session, const Binding& binding);
  [[nodiscard]] std::vector<std::size_t> circle(std::size_t session, Person holder) const;
  void prove_anew(Number number);
  // Sessions take their numbers, `others` move without one; then whoever waits for a number that is left.
  void pass_on(std::vector<std::size_t> sessions, std::vector<std::pair<Person, std::optional<Number>>> others, By by,
               std::optional<std::size_t> confirming = std::nullopt);
  void end_unsupported();

  Seconds now_ = 0;
  Batch batch_ = 0;
  std::vector<Someone> persons_;
  std::vector<Binding> bindings_;  // in the order of their beginning
  std::vector<Session> sessions_;
  std::map<Number, std::size_t> claims_;
  std::set<std::pair<Person, Person>> associated_;  // lower first
};

}  // namespace cardsrv::model
