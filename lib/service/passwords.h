#pragma once
// Passwords and what is kept of them (semantics R5).

#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/random.h"
#include "base/result.h"
#include "store/records.h"

namespace cardsrv::service {

// 160 bits of a keyed digest in base32: an initial password that can be derived again (R4).
[[nodiscard]] std::string derive_password(const Digest& digest);
// That of an account which a batch of the operator's gave one.
[[nodiscard]] std::string batch_password(const Key& key, store::Stamp batch, std::string_view uid);

// R4: how long after it took effect a derived password is told again.
inline constexpr std::int64_t kTellPasswordS = 600;
// Whether it is told: in that time, until it is first used, and while it is the account's.
[[nodiscard]] bool may_tell(const store::Account& account, std::string_view password, Timestamp effect, Timestamp now);

// A generated password: a salted fast hash is enough for 128 bits and more.
[[nodiscard]] store::Secret generated_secret(std::string_view password, Random& random);
// A person's own: Argon2id, at least libsodium's interactive limits. kDefect: no memory for it.
[[nodiscard]] Result<store::Secret> own_secret(std::string_view password);

[[nodiscard]] bool matches(const store::Secret& secret, std::string_view password);
// Takes as long as matches() of a person's password: for accounts that are not there.
void pretend_to_match(std::string_view password);
// Stands for a secret where only its change matters; tells nothing of it.
[[nodiscard]] std::string secret_mark(const store::Secret& secret);
// Overwrites a secret that is not needed any more.
void wipe(std::string& secret);

// kUsage: shorter than 8 characters, no UTF-8, or longer than 1024 bytes.
[[nodiscard]] Result<void> check_new_password(std::string_view password);

}  // namespace cardsrv::service
