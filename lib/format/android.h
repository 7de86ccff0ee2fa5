#pragma once
// Android's contacts2.db: the database of the contacts provider (android.provider.ContactsContract), read only.
// One card for each raw contact that is not deleted, in the order of their numbers; docs/formats.md has the table of
// what becomes what. Not for: the accounts, the state of synchronisation and the call log that the file has as well.

#include <memory>
#include <string_view>

#include "base/input.h"
#include "format/reader.h"

namespace cardsrv::format {

// Whether a file that begins with these bytes (16 are enough) is a SQLite database.
[[nodiscard]] bool looks_like_sqlite(std::string_view head);

// `input` must outlive the reader; it is copied to a temporary file by the first next(). Memory does not grow with it.
// Items have no line. Of a damaged or cut file what can be read is given, then the damage is told as items outside of
// cards (damaged-database). next() fails with kNoFile: no contacts2.db (tables are missing), no SQLite database, or an
// encrypted one.
[[nodiscard]] std::unique_ptr<CardReader> read_android(InputStream& input, Limits limits);

}  // namespace cardsrv::format
