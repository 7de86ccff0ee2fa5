#pragma once
// Who asks (cli.md, "who asks"): the person, whose password is checked, or the operator.

#include "cli/app.h"

namespace cardsrv::cli {

enum class Admission {
  kPersonal = 1,  // pull, own, list and their like: need --auth where the store's require-auth is set
  kEither = 2,    // as the person with --auth, else as the operator
};

// With --auth the password of `uid` is checked. kRefused: it is wrong, there is no such account, or --auth is missing
// where it is required.
[[nodiscard]] Result<void> admit(Run& run, const store::Uid& uid, Admission admission);

// Whether the store's require-auth is set.
[[nodiscard]] Result<bool> auth_required(store::Store& store);

}  // namespace cardsrv::cli
