#pragma once
// The changing verbs of store.h on a copy of the state. MemoryTransaction (memory_store.cc) lends them the shape of the
// contract; each also leaves its journal records (journal.h).

#include <span>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "store/memory/state.h"
#include "store/store.h"

namespace cardsrv::store::memory {

// What the verbs of one batch share.
struct Work {
  State& state;
  Stamp stamp;
  Random& random;
  bool changed = false;
};

[[nodiscard]] Result<AccountRef> create_account(Work& work, const Uid& uid, const Secret& secret, Timestamp seen);
[[nodiscard]] Result<void> set_secret(Work& work, AccountRef account, const Secret& secret);
[[nodiscard]] Result<void> touch(Work& work, AccountRef account, Timestamp seen, bool secret_used);
[[nodiscard]] Result<void> apply_bindings(Work& work, std::span<const BindingChange> changes);
[[nodiscard]] Result<void> put_own(Work& work, AccountRef account, const OwnCard& card);
[[nodiscard]] Result<std::vector<Slot>> change_list(Work& work, AccountRef account, const ListChange& change);
[[nodiscard]] Result<void> put_associations(Work& work, std::span<const AssociationChange> changes);
[[nodiscard]] Result<void> hear(Work& work, AccountRef about, Transaction::Hearing hearing);
[[nodiscard]] Result<void> close_account(Work& work, AccountRef account);
[[nodiscard]] Result<void> set_block(Work& work, AccountRef account, AccountRef against, bool set);
// No kind: it is removed.
[[nodiscard]] Result<void> set_source(Work& work, AccountRef account, std::string_view path,
                                      std::optional<SourceKind> kind);
[[nodiscard]] Result<std::uint64_t> purge(Work& work, Timestamp before);
void forget_before(Work& work, Timestamp before);
void put_config(Work& work, Config key, std::string_view value);
// Appends the batch's record to the state.
[[nodiscard]] Result<void> record_batch(Work& work, std::string_view id, BatchKind kind, const Digest& input,
                                        const Spool& receipt);
// Store::check().
[[nodiscard]] std::vector<Finding> check(const State& state);

}  // namespace cardsrv::store::memory
