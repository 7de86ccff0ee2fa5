#include "report/registration_report.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace cardsrv::report {
namespace {

using service::OwnCardState;
using service::RowStatus;

constexpr std::string_view word(OwnCardState state) {
  switch (state) {
    case OwnCardState::kMissing: return "missing";
    case OwnCardState::kCurrent: return "current";
    case OwnCardState::kDiffers: return "differs";
  }
  return "";
}

constexpr std::string_view word(RowStatus status) {
  switch (status) {
    case RowStatus::kRegistered: return "registered";
    case RowStatus::kAlready: return "already";
    case RowStatus::kRefused: return "refused";
  }
  return "";
}

std::string_view state_word(const service::AccountView& view) {
  if (view.state == store::AccountState::kClosed) return "closed";
  return view.binding ? "bound" : "numberless";
}

Json text_or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

}  // namespace

Result<void> print(Printer& out, const service::SessionInfo& info, std::string_view tool) {
  if (!out.json() && !info.text.empty()) {
    const std::string secret = info.secret ? ", with " + *info.secret : "";
    return out.text(fmt::format("session {}: send \"{}\" from {} to {}; until {}: {} confirm {}{}{}\n", info.session,
                                info.text, info.number, info.send_to, to_rfc3339(info.expires), tool, info.session,
                                secret, outcome_note(info.outcome)));
  }
  if (!out.json())
    return out.text(fmt::format("session {}: a code goes to {}; until {}: {} confirm {}{}\n", info.session, info.number,
                                to_rfc3339(info.expires), tool, info.session, outcome_note(info.outcome)));
  Json line{{"session", info.session},
            {"number", info.number},
            {"proof", info.proof},
            {"expires_at", to_rfc3339(info.expires)},
            {"next_check_s", info.next_check_s},
            {"next_send_s", info.next_send_s}};
  if (!info.text.empty()) {
    line["send_to"] = info.send_to;
    line["text"] = info.text;
    line["secret"] = text_or_null(info.secret);
  }
  add_outcome(line, info.outcome);
  return out.object(line);
}

Result<void> print(Printer& out, const service::Registered& registered) {
  if (!out.json()) {
    const std::string password =
        registered.password ? "password " + *registered.password : "its password was told before";
    const std::string own_card = registered.has_own_card ? "" : "; the own card is missing: cardsrv-import own";
    return out.text(fmt::format("{}: registered with {}; {}{}{}\n", registered.uid, registered.number, password,
                                own_card, outcome_note(registered.outcome)));
  }
  Json line{{"uid", registered.uid}, {"number", registered.number}};
  line["password"] = text_or_null(registered.password);
  line["own_card"] = registered.has_own_card ? "current" : "missing";
  add_outcome(line, registered.outcome);
  return out.object(line);
}

Result<void> print(Printer& out, const service::Login& login) {
  if (!out.json()) {
    const std::string rebound = login.notices.rebound
                                    ? fmt::format("; it moved from {} at {}", login.notices.rebound->former,
                                                  to_rfc3339(login.notices.rebound->at))
                                    : "";
    const std::string takeover = login.notices.pending_takeover
                                     ? fmt::format(
                                           "; somebody proved its number, and gets it at {} unless it is proved again: "
                                           "cardsrv-register request {} --account {}",
                                           to_rfc3339(login.notices.pending_takeover->effect_at),
                                           login.notices.pending_takeover->number, login.uid)
                                     : "";
    return out.text(fmt::format("{}: own card {}{}{}\n", login.uid, word(login.own_card), rebound, takeover));
  }
  Json line{
      {"uid", login.uid}, {"own_card", word(login.own_card)}, {"pending_takeover", nullptr}, {"rebound", nullptr}};
  if (login.notices.pending_takeover) line["pending_takeover"] = takeover_object(*login.notices.pending_takeover);
  if (login.notices.rebound)
    line["rebound"] = Json{{"number", login.notices.rebound->number},
                           {"former", login.notices.rebound->former},
                           {"at", to_rfc3339(login.notices.rebound->at)}};
  return out.object(line);
}

Result<void> print(Printer& out, const service::PasswordChanged& changed) {
  if (!out.json()) {
    const std::string password = changed.generated ? ": " + *changed.generated : "";
    return out.text(fmt::format("{}: new password{}{}\n", changed.uid, password, outcome_note(changed.outcome)));
  }
  Json line{{"uid", changed.uid}, {"done", true}};
  if (changed.generated) line["password"] = *changed.generated;
  add_outcome(line, changed.outcome);
  return out.object(line);
}

Result<void> print(Printer& out, const service::BlockResult& result) {
  if (!out.json()) return out.text(fmt::format("{}: done{}\n", result.uid, outcome_note(result.outcome)));
  Json line{{"uid", result.uid}, {"done", true}};
  add_outcome(line, result.outcome);
  return out.object(line);
}

Result<void> print(Printer& out, const service::Closed& closed) {
  constexpr const char* kNote =
      "old friends will not meet a new account of this number until they list it again or say --renew";
  if (!out.json())
    return out.text(
        fmt::format("{}: closed; {}; {}{}\n", closed.uid,
                    closed.erased ? "its data is erased" : "its data is erased when nobody reads it any more", kNote,
                    outcome_note(closed.outcome)));
  Json line{{"uid", closed.uid}, {"closed", true}, {"note", kNote}};
  line["erased"] = closed.erased ? Json(true) : Json("pending");
  add_outcome(line, closed.outcome);
  return out.object(line);
}

Result<void> print(Printer& out, const service::Received& received) {
  for (const service::ReceivedMessage& message : received.messages) {
    const std::string_view status = message.proved ? "proved" : "ignored";
    if (!out.json()) {
      TRY(out.text(fmt::format("{} {}\n", printable(message.id), status)));
      continue;
    }
    Json line{{"id", message.id}, {"status", status}};
    add_outcome(line, received.outcome);
    TRY(out.object(line));
  }
  return {};
}

Result<void> print(Printer& out, const service::AccountView& view) {
  if (!out.json()) {
    const std::string number =
        view.binding ? fmt::format(" to {} by {} since {}", view.binding->number.e164(),
                                   store::word(view.binding->proof), to_rfc3339(view.binding->since.time()))
                     : "";
    return out.text(fmt::format("{}: {}{}; own card revision {}, {} entries, {} peers\n", view.uid, state_word(view),
                                number, view.own_card_revision, view.entries, view.peers));
  }
  Json line{{"uid", view.uid}, {"number", nullptr}, {"proof", nullptr}, {"since", nullptr}};
  if (view.binding) {
    line["number"] = view.binding->number.e164();
    line["proof"] = store::word(view.binding->proof);
    line["since"] = to_rfc3339(view.binding->since.time());
  }
  line["state"] = state_word(view);
  line["own_card_revision"] = view.own_card_revision;
  line["entries"] = view.entries;
  line["peers"] = view.peers;
  return out.object(line);
}

Result<void> print(Printer& out, const store::Store& store, const service::BulkRegistered& result) {
  for (const service::RegisteredRow& row : result.rows) {
    const auto number = row.number ? std::optional(row.number->e164()) : std::nullopt;
    const auto password = row.password_told ? std::optional(password_of(store, result, row)) : std::nullopt;
    if (!out.json()) {
      TRY(out.text(fmt::format("{}: {} {} {}{}{}\n", row.line, number.value_or("-"),
                               row.uid.empty() ? "-" : printable(row.uid), word(row.status), password ? " " : "",
                               password.value_or(""))));
      continue;
    }
    Json line{{"line", row.line}};
    line["number"] = text_or_null(number);
    line["uid"] = row.uid.empty() ? Json(nullptr) : Json(row.uid);
    line["password"] = text_or_null(password);
    line["status"] = word(row.status);
    add_outcome(line, result.outcome);
    TRY(out.object(line));
  }
  if (out.json()) return {};
  return out.text(fmt::format("{} registered, {} already, {} refused{}\n", result.registered, result.already,
                              result.refused, outcome_note(result.outcome)));
}

}  // namespace cardsrv::report
