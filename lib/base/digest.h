#pragma once
// Hashes and their spellings. BLAKE2b (RFC 7693) and SipHash-2-4 by libsodium; nothing home-made.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cardsrv {

using Digest = std::array<std::uint8_t, 32>;
using Key = std::array<std::uint8_t, 32>;

// BLAKE2b-256 fed piece by piece; with a key it is a MAC. finish() may be called once.
class Hasher {
 public:
  Hasher();
  explicit Hasher(const Key& key);
  Hasher& add(std::string_view bytes);
  Hasher& add(std::span<const std::uint8_t> bytes);
  Hasher& add(std::uint64_t value);           // eight bytes, little endian
  Hasher& add_field(std::string_view bytes);  // its length, then the bytes: fields cannot run into each other
  [[nodiscard]] Digest finish();

 private:
  alignas(64) std::array<std::uint8_t, 384> state_;  // crypto_generichash_state
};

[[nodiscard]] Digest blake2b(std::string_view bytes);
[[nodiscard]] Digest mac(const Key& key, std::string_view bytes);

// A key for one purpose, from a master key: no key serves two ends.
[[nodiscard]] Key derive_key(const Key& master, std::string_view purpose);

// SipHash-2-4 with the first half of `key`: short hashes that outsiders cannot make collide.
[[nodiscard]] std::uint64_t short_hash(const Key& key, std::string_view bytes);

// Same length and same bytes, in time that depends on the length alone.
[[nodiscard]] bool equal_constant_time(std::string_view a, std::string_view b);

[[nodiscard]] std::string_view as_text(std::span<const std::uint8_t> bytes);
[[nodiscard]] std::span<const std::uint8_t> as_bytes(std::string_view text);

[[nodiscard]] std::string hex(std::span<const std::uint8_t> bytes);
[[nodiscard]] std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text);
// Crockford's alphabet in lower case, no padding: for identifiers that people may have to type.
[[nodiscard]] std::string base32(std::span<const std::uint8_t> bytes);
// RFC 4648 §5 without padding.
[[nodiscard]] std::string base64url(std::span<const std::uint8_t> bytes);
[[nodiscard]] std::optional<std::vector<std::uint8_t>> from_base64url(std::string_view text);

}  // namespace cardsrv
