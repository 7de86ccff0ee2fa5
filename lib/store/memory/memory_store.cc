#include "store/memory/memory_store.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>

#include "store/memory/reading.h"
#include "store/memory/state.h"
#include "store/memory/writing.h"

namespace cardsrv::store {
namespace memory {
namespace {

using Snapshot = std::shared_ptr<const State>;

// The committed state and the right to write. Thread-safe.
class Core {
 public:
  explicit Core(State state) : committed_(std::make_shared<const State>(std::move(state))) {}

  [[nodiscard]] Snapshot snapshot() {
    const std::lock_guard lock(mutex_);
    return committed_;
  }

  // False where another writer had it for all of the time.
  [[nodiscard]] bool begin_writing(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    if (!free_.wait_for(lock, timeout, [&] { return !writing_; })) return false;
    writing_ = true;
    return true;
  }

  // `state`: what is committed; null rolls back.
  void end_writing(Snapshot state) {
    {
      const std::lock_guard lock(mutex_);
      if (state) committed_ = std::move(state);
      writing_ = false;
    }
    free_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable free_;
  Snapshot committed_;
  bool writing_ = false;
};

// Keeps the state alive that the verbs look at.
struct KeptSnapshot {
  Snapshot snapshot;
};

class MemoryReader final : private KeptSnapshot, public Reading<ReadTransaction> {
 public:
  explicit MemoryReader(Snapshot state) : KeptSnapshot{std::move(state)}, Reading(*snapshot, *snapshot) {}
};

struct KeptCopy {
  Snapshot before;
  std::shared_ptr<State> copy;
};

Stamp next_stamp(const State& state, const Clock& clock) {
  const Stamp last = state.batches.empty() ? Stamp{} : state.batches.back().stamp;
  const auto now = static_cast<std::uint64_t>(std::max<std::int64_t>(clock.now().ms, 0)) << 16;
  return {std::max(now, last.value + 1)};
}

class MemoryTransaction final : private KeptCopy, public Reading<Transaction> {
 public:
  // `core` was asked for the right to write.
  MemoryTransaction(Core& core, const Snapshot& snapshot, const Clock& clock, const std::optional<std::string>& seed)
      : KeptCopy{snapshot, std::make_shared<State>(*snapshot)},
        Reading(*copy, *before),
        core_(core),
        seeded_(seed ? std::optional<SeededRandom>(std::in_place, as_bytes(*seed), copy->random_counter)
                     : std::nullopt),
        work_{*copy, next_stamp(*before, clock), seeded_ ? static_cast<Random&>(*seeded_) : system_} {}

  ~MemoryTransaction() override {
    if (copy) core_.end_writing(nullptr);
  }

  MemoryTransaction(const MemoryTransaction&) = delete;
  MemoryTransaction& operator=(const MemoryTransaction&) = delete;

  Stamp stamp() const override { return work_.stamp; }
  Random& random() override { return work_.random; }

  Result<AccountRef> create_account(const Uid& uid, const Secret& secret, Timestamp seen) override {
    return memory::create_account(work_, uid, secret, seen);
  }
  Result<void> set_secret(AccountRef account, const Secret& secret) override {
    return memory::set_secret(work_, account, secret);
  }
  Result<void> touch(AccountRef account, Timestamp seen, bool secret_used) override {
    return memory::touch(work_, account, seen, secret_used);
  }
  Result<void> close_account(AccountRef account) override { return memory::close_account(work_, account); }
  Result<void> put_block(AccountRef account, AccountRef against) override {
    return memory::set_block(work_, account, against, true);
  }
  Result<void> erase_block(AccountRef account, AccountRef against) override {
    return memory::set_block(work_, account, against, false);
  }
  Result<void> put_source(AccountRef account, const Source& source) override {
    return memory::set_source(work_, account, source.path, source.kind);
  }
  Result<void> erase_source(AccountRef account, std::string_view path) override {
    return memory::set_source(work_, account, path, std::nullopt);
  }
  Result<void> put_claim(PhoneNumber number, std::string_view session) override {
    copy->claims.insert_or_assign(number, std::string(session));
    return {};
  }
  Result<void> erase_claim(PhoneNumber number) override {
    copy->claims.erase(number);
    return {};
  }
  Result<void> put_message_seen(std::string_view id, Timestamp at) override {
    copy->messages_seen.insert_or_assign(std::string(id), at);
    return {};
  }
  Result<void> apply_bindings(std::span<const BindingChange> changes) override {
    return memory::apply_bindings(work_, changes);
  }
  Result<void> put_own(AccountRef account, const OwnCard& card) override {
    return memory::put_own(work_, account, card);
  }
  Result<std::vector<Slot>> change_list(AccountRef account, const ListChange& change) override {
    return memory::change_list(work_, account, change);
  }
  Result<void> put_associations(std::span<const AssociationChange> changes) override {
    return memory::put_associations(work_, changes);
  }
  Result<void> hear(AccountRef about, Hearing hearing) override { return memory::hear(work_, about, hearing); }

  Result<void> settle() override {
    work_.changed = work_.changed || !copy->marks.empty();
    copy->marks.clear();
    return {};
  }
  Result<void> set_counter(Counter counter, std::uint64_t value) override {
    copy->counters[counter] = value;
    return {};
  }
  Result<std::uint64_t> purge(Timestamp before_time) override { return memory::purge(work_, before_time); }

  Result<void> put_session(const Session& session) override {
    copy->sessions.insert_or_assign(session.id, session);
    return {};
  }
  Result<void> erase_session(std::string_view id) override {
    const auto found = copy->sessions.find(id);
    if (found != copy->sessions.end()) copy->sessions.erase(found);
    return {};
  }
  Result<void> put_pace(PaceKind kind, std::string_view subject, const Pace& pace) override {
    copy->paces.insert_or_assign({kind, std::string(subject)}, pace);
    return {};
  }
  Result<void> erase_pace(PaceKind kind, std::string_view subject) override {
    copy->paces.erase({kind, std::string(subject)});
    return {};
  }
  Result<void> forget_before(Timestamp time) override {
    memory::forget_before(work_, time);
    return {};
  }
  Result<void> put_device(AccountRef account, std::string_view name, std::string_view token) override {
    AccountData* data = copy->find(account);
    if (data == nullptr) return no_such_account();
    data->devices.insert_or_assign(std::string(name), std::string(token));
    return {};
  }
  Result<void> put_config(Config key, std::string_view value) override {
    memory::put_config(work_, key, value);
    return {};
  }

  bool changed() const override { return work_.changed; }

  Result<void> commit(std::string_view batch_id, BatchKind kind, const Digest& input, const Spool& receipt) override {
    TRY(memory::record_batch(work_, batch_id, kind, input, receipt));
    publish();
    return {};
  }
  Result<void> commit_unrecorded() override {
    if (changed()) return fail(Errc::kDefect, "a change of the logical state without a batch");
    publish();
    return {};
  }

 private:
  void publish() {
    if (seeded_) copy->random_counter = seeded_->counter();
    core_.end_writing(std::exchange(copy, nullptr));
  }

  Core& core_;
  SystemRandom system_;
  std::optional<SeededRandom> seeded_;
  Work work_;
};

class MemoryStore final : public Store {
 public:
  MemoryStore(const InitOptions& init, const Options& options)
      : fixture_(init.fixture),
        seed_(init.seed),
        busy_timeout_(options.busy_timeout_ms),
        clock_(options.clock != nullptr ? options.clock : &system_clock_),
        core_(first_state()) {}

  std::string_view url() const override { return "memory:"; }
  std::string_view backend() const override { return "memory"; }
  std::uint32_t schema() const override { return 2; }
  std::string id() const override { return id_; }
  bool fixture() const override { return fixture_; }
  Key key(std::string_view purpose) const override { return derive_key(master_, purpose); }
  const Clock& clock() const override { return *clock_; }

  Result<std::unique_ptr<ReadTransaction>> read() override { return std::make_unique<MemoryReader>(core_.snapshot()); }

  Result<std::unique_ptr<Transaction>> write() override {
    if (!core_.begin_writing(std::chrono::milliseconds(busy_timeout_))) {
      return fail(Errc::kBusy, "memory: busy for " + std::to_string(busy_timeout_) + " ms",
                  "another cardsrv writes; --busy-timeout MS waits longer");
    }
    return std::make_unique<MemoryTransaction>(core_, core_.snapshot(), *clock_, seed_);
  }

  Result<std::uint64_t> bytes() override { return 0; }
  Result<std::vector<Finding>> check() override { return memory::check(*core_.snapshot()); }
  Result<bool> erased() override { return true; }
  Result<void> backup(const std::string& path) override {
    return fail(Errc::kUsage, "no backup to " + path + ": a store in memory has no file",
                "use a store in a file: cardsrv-store init PATH");
  }

 private:
  // Draws who the store is.
  State first_state() {
    SystemRandom system;
    std::optional<SeededRandom> seeded;
    if (seed_) seeded.emplace(as_bytes(*seed_), 0);
    Random& random = seeded ? static_cast<Random&>(*seeded) : system;
    id_ = hex(random.bytes<16>());
    master_ = random.bytes<32>();
    State state;
    state.list_key = key("list");
    if (seeded) state.random_counter = seeded->counter();
    return state;
  }

  const bool fixture_;
  const std::optional<std::string> seed_;
  const std::int64_t busy_timeout_;
  const SystemClock system_clock_;
  const Clock* const clock_;
  std::string id_;
  Key master_{};
  Core core_;
};

}  // namespace
}  // namespace memory

Result<std::unique_ptr<Store>> create_memory(const InitOptions& init, const Options& options) {
  if (init.seed && !init.fixture) {
    return fail(Errc::kUsage, "a seed without a fixture store",
                "init --fixture makes a store whose random parts repeat");
  }
  return std::make_unique<memory::MemoryStore>(init, options);
}

}  // namespace cardsrv::store
