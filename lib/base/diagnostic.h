#pragma once
// Bad input as data: what is wrong with one record, while the others are taken (semantics L2).

#include <cstdint>
#include <string>

namespace cardsrv {

// Damage inside a record or a file. `code` is a stable word, `message` is for people.
struct Diagnostic {
  std::uint64_t line = 0;  // 1-based line of the file
  std::string code;
  std::string message;
};

// A record that was not taken: a line of the rejects file (cli.md, --rejects).
struct Reject {
  std::string source;      // file name as given, "-" for standard input
  std::uint64_t line = 0;  // 1-based; 0 where the source has no lines
  std::string entry;       // the entry's key, name or number as far as it can be told; may be empty
  std::string code;        // stable word
  std::string reason;      // for people
  std::string raw;         // the record as it stood, cut at kMaxRaw bytes
};

inline constexpr std::size_t kMaxRaw = 64 * 1024;

}  // namespace cardsrv
