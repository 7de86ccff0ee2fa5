#pragma once
// The C interface of the module cardsrv-charset, which links ICU. No exception and no C++ type crosses it.

#include <cstddef>

namespace cardsrv::format {

enum CharsetStatus : int {
  kCharsetDecoded = 0,
  kCharsetSubstituted = 1,  // malformed bytes became U+FFFD
  kCharsetUnknown = 2,      // ICU knows no charset of that name
  kCharsetFailed = 3,       // out of memory
};

// Takes a piece of the decoded text, UTF-8.
using CharsetSink = void (*)(void* sink, const char* text, std::size_t size);

// Decodes `size` bytes of `charset` (a NUL-terminated name, any case) and passes the text to `put` in pieces.
using CharsetDecode = int (*)(const char* charset, const char* bytes, std::size_t size, void* sink, CharsetSink put);
inline constexpr const char* kCharsetDecodeSymbol = "cardsrv_charset_decode";

// Passes the name of the charset that `size` bytes most look like to `put`, and returns how sure that is, 0 to 100;
// 0 where nothing can be said: then nothing is passed.
using CharsetDetect = int (*)(const char* bytes, std::size_t size, void* sink, CharsetSink put);
inline constexpr const char* kCharsetDetectSymbol = "cardsrv_charset_detect";

}  // namespace cardsrv::format
