#pragma once
// Card texts, packed: zstd level 1 with a dictionary that this repository ships (dictionary.h).
//
//   packed = dictionary_version size zstd_frame     size: of the texts, unpacked
//
// Thread-safe: each thread has contexts of its own.

#include <string>
#include <string_view>

#include "base/result.h"

namespace cardsrv::store::sqlite {

// Appends to `out`.
void pack(std::string_view texts, std::string& out);
// kIo for bytes that pack cannot have written.
[[nodiscard]] Result<std::string> unpack(std::string_view packed);

}  // namespace cardsrv::store::sqlite
