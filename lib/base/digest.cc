#include "base/digest.h"

#include <sodium.h>

#include <algorithm>

namespace cardsrv {
namespace {

static_assert(sizeof(crypto_generichash_state) <= 384);

crypto_generichash_state* state_of(std::array<std::uint8_t, 384>& bytes) {
  return reinterpret_cast<crypto_generichash_state*>(bytes.data());
}

}  // namespace

Hasher::Hasher() : state_{} { crypto_generichash_init(state_of(state_), nullptr, 0, sizeof(Digest)); }

Hasher::Hasher(const Key& key) : state_{} {
  crypto_generichash_init(state_of(state_), key.data(), key.size(), sizeof(Digest));
}

Hasher& Hasher::add(std::string_view bytes) { return add(as_bytes(bytes)); }

Hasher& Hasher::add(std::span<const std::uint8_t> bytes) {
  crypto_generichash_update(state_of(state_), bytes.data(), bytes.size());
  return *this;
}

Hasher& Hasher::add(std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return add(std::span<const std::uint8_t>(bytes));
}

Hasher& Hasher::add_field(std::string_view bytes) { return add(static_cast<std::uint64_t>(bytes.size())).add(bytes); }

Digest Hasher::finish() {
  Digest out{};
  crypto_generichash_final(state_of(state_), out.data(), out.size());
  return out;
}

Digest blake2b(std::string_view bytes) { return Hasher().add(bytes).finish(); }

Digest mac(const Key& key, std::string_view bytes) { return Hasher(key).add(bytes).finish(); }

Key derive_key(const Key& master, std::string_view purpose) { return mac(master, purpose); }

std::uint64_t short_hash(const Key& key, std::string_view bytes) {
  static_assert(crypto_shorthash_KEYBYTES <= sizeof(Key) && crypto_shorthash_BYTES == 8);
  std::array<std::uint8_t, 8> out{};
  crypto_shorthash(out.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), key.data());
  std::uint64_t value = 0;
  for (size_t i = 0; i < out.size(); ++i) value |= static_cast<std::uint64_t>(out[i]) << (8 * i);
  return value;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string out(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), bytes.data(), bytes.size());
  out.pop_back();
  return out;
}

std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text) {
  std::vector<std::uint8_t> out(text.size() / 2);
  size_t size = 0;
  if (text.size() % 2 != 0 ||
      sodium_hex2bin(out.data(), out.size(), text.data(), text.size(), nullptr, &size, nullptr) != 0 ||
      size != out.size())
    return std::nullopt;
  return out;
}

std::string base32(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string out;
  out.reserve((bytes.size() * 8 + 4) / 5);
  unsigned buffer = 0;
  int bits = 0;
  for (const std::uint8_t byte : bytes) {
    buffer = (buffer << 8 | byte) & 0xffffU;
    for (bits += 8; bits >= 5; bits -= 5) out += kAlphabet[buffer >> (bits - 5) & 31U];
  }
  if (bits > 0) out += kAlphabet[buffer << (5 - bits) & 31U];
  return out;
}

std::string base64url(std::span<const std::uint8_t> bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string out(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes.data(), bytes.size(), kVariant);
  out.pop_back();
  return out;
}

std::optional<std::vector<std::uint8_t>> from_base64url(std::string_view text) {
  // libsodium 1.0.18 takes some bytes beyond ASCII for letters of the alphabet where char is signed.
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
    return std::nullopt;
  std::vector<std::uint8_t> out(text.size() / 4 * 3 + 3);
  size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &size, &end,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      end != text.data() + text.size())
    return std::nullopt;
  out.resize(size);
  return out;
}

}  // namespace cardsrv
