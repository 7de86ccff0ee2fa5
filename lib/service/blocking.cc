#include "service/blocking.h"

#include "service/account_access.h"
#include "service/ending.h"

namespace cardsrv::service {
namespace {

// Who is meant; none where nobody is. kUsage: neither a uid nor a number.
Result<std::optional<store::AccountRef>> meant(store::ReadTransaction& tx, const std::string& other,
                                               std::optional<phone::Region> region) {
  const auto uid = store::Uid::parse(other);
  if (uid) {
    TRY(const auto account, tx.account(*uid));
    if (account) return account->ref;
  }
  const auto number = phone::parse(other, region);
  if (!number) {
    if (uid) return std::nullopt;
    return fail(Errc::kUsage, "\"" + phone::masked_text(other) + "\" is neither a uid nor a number",
                "name one of them");
  }
  TRY(const auto holder, holder_of(tx, *number));
  return holder ? std::optional(holder->account) : std::nullopt;
}

Result<void> set(store::Transaction& tx, store::AccountRef account, store::AccountRef against) {
  TRY(tx.put_block(account, against));
  return end_associations(tx, account, {against});
}

}  // namespace

Result<BlockResult> change_block(store::Store& store, const store::Uid& uid, const std::string& other,
                                 std::optional<phone::Region> region, BlockEdit edit, const BatchOptions& batch) {
  const auto input = [&]() -> Result<Digest> {
    Hasher hasher = input_hasher(store, edit == BlockEdit::kSet ? "block" : "unblock");
    return hasher.add_field(uid.text()).add_field(other).add_field(region ? region->code() : "").finish();
  };
  // A batch either way: the order of batches, which sync tokens show, tells nothing of whether anybody was meant.
  BatchOptions recorded = batch;
  recorded.always_recorded = true;
  return run_batch<BlockResult>(
      store, recorded, store::BatchKind::kBlock, input, [&](store::Transaction& tx) -> Result<BlockResult> {
        TRY(const store::Account account, open_account(tx, uid));
        TRY(const auto reading_region, region_for(tx, account.ref, region));
        TRY(const auto against, meant(tx, other, reading_region));
        if (against && *against != account.ref)
          TRY(edit == BlockEdit::kSet ? set(tx, account.ref, *against) : tx.erase_block(account.ref, *against));
        return BlockResult{uid.text(), {}};
      });
}

void to_record(const BlockResult& result, std::string& lines) { lines += Json{{"uid", result.uid}}.dump() + "\n"; }

Result<void> from_record(std::string_view lines, BlockResult& result) {
  TRY(const Json line, parse_record_line(lines));
  result.uid = line.value("uid", "");
  return {};
}

}  // namespace cardsrv::service
