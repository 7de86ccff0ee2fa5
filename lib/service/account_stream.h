#pragma once
// The records of `import bulk`, one by one, whatever the kind of input: which account, own card or entry, and the card.

#include <functional>
#include <optional>
#include <string>

#include "base/digest.h"
#include "format/reader.h"
#include "service/importing.h"

namespace cardsrv::service {

struct AccountRecord {
  std::string account;  // uid or number, as written
  bool own = false;     // the account's own card; else an entry of its list
  format::Item item;    // item.line is the line in the file
  std::string source;
};

// What a file of them is; a folder is none.
enum class RecordsFormat { kJsonLines = 1, kVcard = 2 };

// "jsonl" or "vcard" (cli.md, --from); kUsage for any other.
[[nodiscard]] Result<RecordsFormat> parse_records_format(std::string_view word);

// Reads `path` (a file, "-", or a folder; without `format` the content tells what a file is) and calls `each` for every
// record in order; what names no account or cannot be read goes to `reject`. Everything read is added to `hasher`.
[[nodiscard]] Result<void> read_account_records(const std::string& path, std::optional<RecordsFormat> format,
                                                const format::Limits& limits, Hasher& hasher,
                                                const std::function<Result<void>(AccountRecord&&)>& each,
                                                const RejectSink& reject);

// The same, for the digest alone.
[[nodiscard]] Result<void> hash_account_records(const std::string& path, std::optional<RecordsFormat> format,
                                                Hasher& hasher);

}  // namespace cardsrv::service
