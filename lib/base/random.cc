#include "base/random.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace cardsrv {

void SystemRandom::fill(std::span<std::uint8_t> bytes) { randombytes_buf(bytes.data(), bytes.size()); }

SeededRandom::SeededRandom(std::span<const std::uint8_t> seed, std::uint64_t counter) : key_{}, counter_(counter) {
  crypto_generichash(key_.data(), key_.size(), seed.data(), seed.size(), nullptr, 0);
}

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
  for (size_t at = 0; at < bytes.size();) {
    std::array<std::uint8_t, 8> count{};
    for (size_t i = 0; i < count.size(); ++i) count[i] = static_cast<std::uint8_t>(counter_ >> (8 * i));
    ++counter_;
    std::array<std::uint8_t, 64> block{};
    crypto_generichash(block.data(), block.size(), count.data(), count.size(), key_.data(), key_.size());
    const size_t take = std::min(block.size(), bytes.size() - at);
    std::memcpy(bytes.data() + at, block.data(), take);
    at += take;
  }
}

}  // namespace cardsrv
