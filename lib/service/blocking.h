#pragma once
// A person blocks another (semantics M3): no association with them, until they lift it themself.

#include <optional>
#include <string>

#include "phone/phone_number.h"
#include "service/batch.h"
#include "store/store.h"

namespace cardsrv::service {

enum class BlockEdit { kSet = 1, kLift = 2 };

struct BlockResult {
  std::string uid;
  Outcome outcome;
};
void to_record(const BlockResult& result, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, BlockResult& result);

// `other` is a uid, else a number: its present owner is meant, and with none nothing is kept. The answer is the same
// whether or not anybody is meant. National spellings are read in `region`, else in that of the account's number.
// kRefused: no such account. kUsage: `other` can be neither.
[[nodiscard]] Result<BlockResult> change_block(store::Store& store, const store::Uid& uid, const std::string& other,
                                               std::optional<phone::Region> region, BlockEdit edit,
                                               const BatchOptions& batch);

}  // namespace cardsrv::service
