#pragma once
// The journal: each verb that changes the logical state leaves records of the batch (leaves), each with a salted hash
// that the batch's chain covers (semantics J3, J4).
//
// A leaf's body is enough to make its canonical form again. That of a list's change refers to the segments that it
// brought, so that a card is stored once.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "store/records.h"

namespace cardsrv::store::sqlite {

struct Work;

[[nodiscard]] Result<void> journal_account(Work& work, AccountRef account, const Uid& uid, const Secret& secret);
[[nodiscard]] Result<void> journal_secret(Work& work, AccountRef account, const Secret& secret);
[[nodiscard]] Result<void> journal_bindings(Work& work, std::span<const BindingChange> changes);
[[nodiscard]] Result<void> journal_own(Work& work, AccountRef account, const OwnCard& card);
// `slots` are those of the puts; their texts are in the account's segments first…last (exclusive).
[[nodiscard]] Result<void> journal_list(Work& work, AccountRef account, const ListChange& change,
                                        std::span<const Slot> slots, std::uint32_t first, std::uint32_t last);
[[nodiscard]] Result<void> journal_closed(Work& work, AccountRef account);
[[nodiscard]] Result<void> journal_block(Work& work, AccountRef account, AccountRef against, bool set);
// No kind: the source was removed.
[[nodiscard]] Result<void> journal_source(Work& work, AccountRef account, std::string_view path,
                                          std::optional<SourceKind> kind);
// Takes salts and bodies from the account's leaves that hold its card, list and secrets; their hashes stay (J4).
[[nodiscard]] Result<void> blank_leaves(Work& work, AccountRef account);
[[nodiscard]] Result<void> journal_purge(Work& work, Timestamp before, std::uint64_t dropped);
[[nodiscard]] Result<void> journal_config(Work& work, Config key, std::string_view value);

// The chain with this transaction's batch at its end. No leaf may follow.
[[nodiscard]] Result<Digest> journal_chain(Work& work, std::string_view id, BatchKind kind, const Digest& input,
                                           const Digest& receipt);
// Makes the hashes of a recorded batch again; kIo where a leaf or the chain is another one.
[[nodiscard]] Result<void> verify_batch(Work& work, std::uint64_t sequence);

}  // namespace cardsrv::store::sqlite
