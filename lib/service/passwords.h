#pragma once
// Passwords and what is kept of them (semantics R5).

#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/random.h"
#include "base/result.h"
#include "store/records.h"

namespace cardsrv::service {

// 160 bits from a key and what it is for, in base32: an initial password that can be derived again (R4).
[[nodiscard]] std::string derive_password(const Key& key, std::string_view context);

// A generated password: a salted fast hash is enough for 128 bits and more.
[[nodiscard]] store::Secret generated_secret(std::string_view password, Random& random);
// A person's own: Argon2id, at least libsodium's interactive limits. kDefect: no memory for it.
[[nodiscard]] Result<store::Secret> own_secret(std::string_view password);

[[nodiscard]] bool matches(const store::Secret& secret, std::string_view password);
// Takes as long as matches() of a person's password: for accounts that are not there.
void pretend_to_match(std::string_view password);

// kUsage: shorter than 8 characters, no UTF-8, or longer than 1024 bytes.
[[nodiscard]] Result<void> check_new_password(std::string_view password);

}  // namespace cardsrv::service
