#pragma once
// Random bytes: the system's, or in fixture stores a stream that a seed and a counter determine.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace cardsrv {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;

  template <size_t N>
  [[nodiscard]] std::array<std::uint8_t, N> bytes() {
    std::array<std::uint8_t, N> out;
    fill(out);
    return out;
  }
};

// The operating system's generator. Thread-safe.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override;
};

// BLAKE2b(seed, counter), one step of the counter for each 64 bytes begun. Not thread-safe.
class SeededRandom final : public Random {
 public:
  SeededRandom(std::span<const std::uint8_t> seed, std::uint64_t counter);
  void fill(std::span<std::uint8_t> bytes) override;
  [[nodiscard]] std::uint64_t counter() const { return counter_; }

 private:
  std::array<std::uint8_t, 32> key_;
  std::uint64_t counter_;
};

}  // namespace cardsrv
