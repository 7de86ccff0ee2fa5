#pragma once
// Which file is a store, and which schema it has: numbered migrations (migrations/*.sql), each in a transaction
// together with its own stamp.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/sqlite/connection.h"

namespace cardsrv::store::sqlite {

// "cdsv": tells our stores from other programs' databases (sqlite.org/fileformat.html, offset 68).
inline constexpr std::uint32_t kApplicationId = 0x63647376;

struct Migration {
  std::string_view name;
  std::string_view sql;
};

// This release's, in order: the n-th leads to schema n.
[[nodiscard]] std::span<const Migration> migrations();

// Looks at the file itself, before SQLite does: kNoStore, kNotAStore, kNewerSchema, kIo.
[[nodiscard]] Result<void> look_at_file(const std::string& path);
// The schema of an open store. kNotAStore, kNewerSchema (later than the last of `known`).
[[nodiscard]] Result<std::uint32_t> read_schema(Connection& db, std::span<const Migration> known);
// Applies what is missing. Two processes may do so at once: the schema is read again under the lock.
[[nodiscard]] Result<void> migrate(Connection& db, std::span<const Migration> known);

}  // namespace cardsrv::store::sqlite
