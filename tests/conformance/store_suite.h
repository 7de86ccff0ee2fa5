#pragma once
// What the conformance tests of store.h share: the back ends that they run on, and short words for what they do.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/memory/memory_store.h"
#include "store/store.h"
#include "support/paths.h"

namespace cardsrv::store::conformance {

struct Backend {
  std::string name;
  std::function<Result<std::unique_ptr<Store>>(const std::string& folder, const InitOptions&, const Options&)> create;
};

inline std::ostream& operator<<(std::ostream& out, const Backend& backend) { return out << backend.name; }

// One line for each back end.
inline std::vector<Backend> backends() {
  return {
      {"memory", [](const std::string&, const InitOptions& init, const Options& o) { return create_memory(init, o); }},
      {"sqlite", [](const std::string& folder, const InitOptions& init,
                    const Options& options) { return store::create(folder + "/store.db", init, options); }},
  };
}

inline std::string name_of(const ::testing::TestParamInfo<Backend>& info) { return info.param.name; }

// The value of a call that must not fail.
template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// The code of a call that must fail.
template <typename T>
std::optional<Errc> code_of(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}

inline Uid uid(std::string_view text) { return must(Uid::parse(text)); }

// A mobile number for each small integer; they rise with it.
inline PhoneNumber number(std::uint64_t n) { return PhoneNumber(8613800000000 + n); }

inline constexpr Timestamp kStart{1'763'978'400'000};  // 2025-11-24T10:00:00Z

class StoreTest : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override { store_ = make({.fixture = true, .seed = "conformance"}, {.clock = &clock_}); }

  [[nodiscard]] std::unique_ptr<Store> make(const InitOptions& init, const Options& options) {
    folders_.push_back(std::make_unique<cardsrv::testing::ScratchFolder>());
    return must(GetParam().create(folders_.back()->path(), init, options));
  }

  [[nodiscard]] std::unique_ptr<Transaction> write() { return must(store_->write()); }
  [[nodiscard]] std::unique_ptr<ReadTransaction> read() { return must(store_->read()); }

  // Commits as a batch with an id of its own.
  void commit(Transaction& tx, BatchKind kind = BatchKind::kRegistration) {
    must(tx.commit("batch-" + std::to_string(++batches_), kind, Digest{}, "{}"));
  }

  // Registers people, in this order, in a batch of their own.
  std::vector<AccountRef> people(const std::vector<std::string>& names) {
    std::vector<AccountRef> out;
    auto tx = write();
    for (const auto& name : names) out.push_back(must(tx->create_account(uid(name), {}, Timestamp{0})));
    commit(*tx);
    return out;
  }

  FixedClock clock_{kStart};
  std::vector<std::unique_ptr<cardsrv::testing::ScratchFolder>> folders_;
  std::unique_ptr<Store> store_;
  int batches_ = 0;
};

// A change from nothing to `to`.
inline BindingChange begins(AccountRef account, PhoneNumber to) {
  return {.account = account, .to = to, .proof = Proof::kSmsDown};
}

inline BindingChange moves(AccountRef account, PhoneNumber from, std::optional<PhoneNumber> to) {
  return {.account = account, .from = from, .to = to, .proof = Proof::kSmsUp};
}

// A new entry under origin 0 whose card is its key, and whose numbers came with `since`.
inline EntryPut entry(const std::string& key, const std::vector<std::uint64_t>& numbers, Stamp since) {
  EntryPut put{.key = key, .has_uid = true, .key_hash = 7, .meaning = 9, .origins = 1, .card = "card of " + key};
  for (const auto n : numbers) {
    put.spellings.push_back({"0" + std::to_string(n), number(n)});
    put.pairs.push_back({number(n), since});
  }
  return put;
}

inline ListChange puts(std::vector<EntryPut> entries) {
  ListChange change;
  change.origins = {"default"};
  change.puts = std::move(entries);
  return change;
}

inline Mark entry_mark(AccountRef account, std::uint64_t n) {
  return {.kind = Mark::Kind::kEntry, .account = account, .number = number(n).digits()};
}
inline Mark list_mark(AccountRef account) { return {.kind = Mark::Kind::kList, .account = account}; }
inline Mark binding_mark(std::uint64_t n) { return {.kind = Mark::Kind::kBinding, .number = number(n).digits()}; }

inline AssociationChange begin(AccountRef owner, AccountRef peer, std::vector<Slot> slots) {
  return {.owner = owner, .peer = peer, .edit = AssociationEdit::kBegin, .slots = std::move(slots)};
}
inline AssociationChange end(AccountRef owner, AccountRef peer, std::vector<std::string> keys) {
  return {.owner = owner, .peer = peer, .edit = AssociationEdit::kEnd, .keys = std::move(keys)};
}

}  // namespace cardsrv::store::conformance
