#include "service/passwords.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace cardsrv::service {
namespace {

constexpr size_t kPasswordBytes = 20;
constexpr size_t kSaltBytes = 16;
constexpr size_t kShortest = 8;  // characters, R5
constexpr size_t kLongest = 1024;

std::string fast_hash(std::string_view salt_hex, std::string_view password) {
  return hex(Hasher().add_field("generated password").add_field(salt_hex).add_field(password).finish());
}

}  // namespace

std::string derive_password(const Digest& digest) { return base32(std::span(digest).first(kPasswordBytes)); }

std::string batch_password(const Key& key, store::Stamp batch, std::string_view uid) {
  Hasher hasher(key);
  return derive_password(hasher.add_field("batch").add(batch.value).add_field(uid).finish());
}

store::Secret generated_secret(std::string_view password, Random& random) {
  const std::string salt = hex(random.bytes<kSaltBytes>());
  return {store::SecretKind::kGenerated, salt + ":" + fast_hash(salt, password)};
}

Result<store::Secret> own_secret(std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> text{};
  if (crypto_pwhash_str(text.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                        crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
    return fail(Errc::kDefect, "not enough memory to hash a password", "64 MiB are needed");
  return store::Secret{store::SecretKind::kPassword, text.data()};
}

bool matches(const store::Secret& secret, std::string_view password) {
  switch (secret.kind) {
    case store::SecretKind::kNone: return false;
    case store::SecretKind::kGenerated: {
      const size_t colon = secret.hash.find(':');
      if (colon == std::string::npos) return false;
      const std::string_view hash = secret.hash;
      return equal_constant_time(hash.substr(colon + 1), fast_hash(hash.substr(0, colon), password));
    }
    case store::SecretKind::kPassword:
      return crypto_pwhash_str_verify(secret.hash.c_str(), password.data(), password.size()) == 0;
  }
  return false;
}

void pretend_to_match(std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> text{};
  const int ignored = crypto_pwhash_str(text.data(), password.data(), password.size(),
                                        crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE);
  static_cast<void>(ignored);
}

bool may_tell(const store::Account& account, std::string_view password, Timestamp effect, Timestamp now) {
  return now < effect.plus_s(kTellPasswordS) && !account.secret_used &&
         account.secret.kind == store::SecretKind::kGenerated && matches(account.secret, password);
}

std::string secret_mark(const store::Secret& secret) {
  return hex(Hasher().add_field("secret mark").add_field(secret.hash).finish());
}

void wipe(std::string& secret) {
  sodium_memzero(secret.data(), secret.size());
  secret.clear();
}

Result<void> check_new_password(std::string_view password) {
  if (!valid_utf8(password)) return fail(Errc::kUsage, "the new password is no UTF-8 text");
  const auto characters = std::count_if(password.begin(), password.end(),
                                        [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; });
  if (static_cast<size_t>(characters) < kShortest)
    return fail(Errc::kUsage, "the new password is too short", fmt::format("at least {} characters", kShortest));
  if (password.size() > kLongest)
    return fail(Errc::kUsage, fmt::format("the new password is longer than {} bytes", kLongest));
  return {};
}

}  // namespace cardsrv::service
