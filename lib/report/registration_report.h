#pragma once
// What cardsrv-register answers.

#include "report/printer.h"
#include "service/accounts.h"
#include "service/blocking.h"
#include "service/bulk_registration.h"
#include "service/erasing.h"
#include "service/inbound.h"
#include "service/registration.h"

namespace cardsrv::report {

// Of request and resend, of either tool; `tool` is named in the hint for people.
[[nodiscard]] Result<void> print(Printer& out, const service::SessionInfo& info, std::string_view tool);
[[nodiscard]] Result<void> print(Printer& out, const service::Registered& registered);
[[nodiscard]] Result<void> print(Printer& out, const service::Login& login);
[[nodiscard]] Result<void> print(Printer& out, const service::PasswordChanged& changed);
[[nodiscard]] Result<void> print(Printer& out, const service::BlockResult& result);
[[nodiscard]] Result<void> print(Printer& out, const service::Closed& closed);
// Of inbound, of either tool: a line for each message; why one is ignored is told nowhere here.
[[nodiscard]] Result<void> print(Printer& out, const service::Received& received);
[[nodiscard]] Result<void> print(Printer& out, const service::AccountView& view);
// `store` tells the passwords that are to be told.
[[nodiscard]] Result<void> print(Printer& out, const store::Store& store, const service::BulkRegistered& result);

}  // namespace cardsrv::report
