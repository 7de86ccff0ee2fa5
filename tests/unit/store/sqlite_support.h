#pragma once
// A SQLite store in a scratch folder, and short ways to fill it.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/store.h"
#include "support/paths.h"

namespace cardsrv::store::sqlite {

template <typename T>
T must(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().message;
    std::abort();
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

inline Uid uid(std::string_view text) { return must(Uid::parse(text)); }

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() : path_(folder_.file("store.db")) { options_.busy_timeout_ms = 50; }

  std::unique_ptr<Store> create() { return must(store::create(path_, {}, options_)); }
  std::unique_ptr<Store> open() { return must(store::open(path_, options_)); }

  static AccountRef add_account(Transaction& tx, std::string_view name) {
    return must(tx.create_account(uid(name), {SecretKind::kGenerated, "hash"}, Timestamp{7}));
  }

  // An entry as an upload puts it.
  static EntryPut put(Transaction& tx, AccountRef account, const std::string& key, std::vector<std::uint64_t> numbers) {
    const List list = must(tx.list(account));
    EntryPut out;
    out.key = key;
    out.has_uid = true;
    out.origins = 1;
    out.card = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:" + key + "\r\nFN:" + key + "\r\n";
    for (const auto number : numbers) {
      out.card += fmt::format("TEL:+{}\r\n", number);
      out.spellings.push_back({fmt::format("+{}", number), PhoneNumber(number)});
      out.pairs.push_back({PhoneNumber(number), tx.stamp()});
    }
    out.card += "END:VCARD\r\n";
    out.key_hash = list.hash(key);
    out.meaning = list.hash(out.card);
    return out;
  }

  static std::vector<Slot> add_entries(Transaction& tx, AccountRef account,
                                       const std::vector<std::pair<std::string, std::vector<std::uint64_t>>>& entries) {
    ListChange change;
    change.origins = {"default"};
    for (const auto& [key, numbers] : entries) change.puts.push_back(put(tx, account, key, numbers));
    return must(tx.change_list(account, change));
  }

  static void commit(Transaction& tx, std::string_view id) { must(tx.commit(id, BatchKind::kList, blake2b(id), "{}")); }

  testing::ScratchFolder folder_;
  std::string path_;
  Options options_;
};

}  // namespace cardsrv::store::sqlite
