#pragma once
// What cardsrv-register and cardsrv-rebind have in common: messages that go out, and those that come in.

#include <memory>
#include <string>

#include "cli/app.h"
#include "sms/transport.h"
#include "store/store.h"

namespace cardsrv::cli {

// "sms-down", "sms-up" of --proof.
[[nodiscard]] store::Proof proof_of(const std::string& word);

// The configured transport; null where there is none.
[[nodiscard]] Result<std::unique_ptr<sms::Transport>> optional_transport(Run& run);
// The one that `proof` needs: kNoTransport where there is none, null for sms-up.
[[nodiscard]] Result<std::unique_ptr<sms::Transport>> transport_for(Run& run, store::Proof proof);

// A number that a person names for themself. National spellings are read in the region of --region, else in that of the
// account's number (L4): for that the password is checked first, or strangers would learn the region.
[[nodiscard]] Result<phone::PhoneNumber> number_of_person(Run& run, const std::string& text, const store::Uid& uid,
                                                          const std::string& password);

// Declares the command inbound [FILE].
void declare_inbound(App& app);

}  // namespace cardsrv::cli
