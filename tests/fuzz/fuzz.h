#pragma once
// What fuzz targets share. A target is a file <name>_fuzz.cc with LLVMFuzzerTestOneInput(): any bytes are an input, and
// what must always hold is checked with require(). Inputs that matter are files of corpus/<name>/.
// The same file is run by libFuzzer (preset fuzz, scripts/fuzz) and, over its corpus, by replay_main.cc (CTest).

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/input.h"
#include "card/card.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace cardsrv::fuzz {

inline std::string_view as_view(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Ends the process where `holds` is false: libFuzzer keeps the input, the replay fails.
inline void require(bool holds, std::string_view what, std::string_view about = {}) {
  if (holds) return;
  for (const std::string_view text :
       {std::string_view("fuzz: does not hold: "), what, std::string_view("\n"), about, std::string_view("\n")})
    std::fwrite(text.data(), 1, text.size(), stderr);
  std::abort();
}

// Ends the process where two cards say different things, and shows both.
inline void require_same(const card::Card& is, const card::Card& was, std::string_view what) {
  if (card::equal_in_meaning(is, was)) return;
  require(false, what, "--- was\n" + card::normal_form(was) + "\n--- is\n" + card::normal_form(is));
}

// Takes pieces off the front of an input; at its end everything is zero or empty.
class Pieces {
 public:
  explicit Pieces(std::string_view left) : left_(left) {}
  std::uint8_t byte() {
    const std::string_view one = bytes(1);
    return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one.front());
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (const char c : bytes(8)) value = value << 8 | static_cast<std::uint8_t>(c);
    return value;
  }
  std::string_view bytes(std::size_t size) {
    const std::string_view piece = left_.substr(0, size);
    left_.remove_prefix(piece.size());
    return piece;
  }
  [[nodiscard]] std::string_view rest() const { return left_; }

 private:
  std::string_view left_;
};

// A text that comes in small pieces, as from a pipe. `text` must outlive it.
class Dripping final : public InputStream {
 public:
  Dripping(std::string_view text, std::size_t most) : left_(text), most_(std::max<std::size_t>(1, most)) {}
  Result<std::size_t> read(std::span<char> out) override {
    const std::size_t size = std::min({out.size(), most_, left_.size()});
    std::copy_n(left_.begin(), size, out.begin());
    left_.remove_prefix(size);
    return size;
  }

 private:
  std::string_view left_;
  std::size_t most_;
};

}  // namespace cardsrv::fuzz
