#include "report/pulling_report.h"

#include <fmt/format.h>

#include "format/writer.h"
#include "service/publishing.h"

namespace cardsrv::report {
namespace {

Result<std::string> with_names(const service::PulledCard& pulled, format::VcardVersion version) {
  TRY(card::Card card, service::read_stored_card(pulled.card));
  card.properties.push_back({"", "X-CARDSRV-PEER", {}, card::escape_text(pulled.peer)});
  for (const std::string& key : pulled.entries)
    card.properties.push_back({"", "X-CARDSRV-ENTRY", {}, card::escape_text(key)});
  return format::write_vcard(card, version);
}

}  // namespace

Result<PullKind> parse_pull_kind(std::string_view word) {
  if (word == "delta") return PullKind::kDelta;
  if (word == "vcard3") return PullKind::kVcard3;
  if (word == "vcard4") return PullKind::kVcard4;
  return fail(Errc::kUsage, fmt::format("\"{}\" is no kind that a pull can write", word), "delta, vcard4, vcard3");
}

// With --requests every line names its account.
Json PullPrinter::line_of(const char* kind) const {
  Json line{{"kind", kind}};
  if (!uid_.empty()) line["uid"] = uid_;
  return line;
}

Result<void> PullPrinter::other(const Json& line) {
  if (kind_ == PullKind::kDelta) return out_.object(line);
  return rest_ != nullptr ? rest_->object(line) : Result<void>{};
}

Result<void> PullPrinter::card(const service::PulledCard& card) {
  switch (kind_) {
    case PullKind::kDelta: {
      Json line = line_of("card");
      line.update(Json{{"peer", card.peer},
                       {"entries", card.entries},
                       {"rev", card.revision},
                       {"change", card.is_new ? "new" : "updated"},
                       {"card", card.card}});
      return out_.object(line);
    }
    case PullKind::kVcard3:
    case PullKind::kVcard4: {
      TRY(const std::string text,
          with_names(card, kind_ == PullKind::kVcard3 ? format::VcardVersion::k30 : format::VcardVersion::k40));
      return out_.text(text);
    }
  }
  return {};
}

Result<void> PullPrinter::gone(const service::PulledGone& gone) {
  Json line = line_of("gone");
  line.update(Json{{"peer", gone.peer}, {"entries", gone.entries}});
  return other(line);
}

Result<void> PullPrinter::pending_takeover(const service::TakeoverNotice& notice) {
  Json line = line_of("pending_takeover");
  line.update(takeover_object(notice));
  return other(line);
}

Result<void> PullPrinter::rebound(const service::ReboundNotice& notice) {
  Json line = line_of("rebound");
  line.update(Json{{"number", notice.number}, {"former", notice.former}, {"at", to_rfc3339(notice.at)}});
  return other(line);
}

Result<void> PullPrinter::state(const service::PullState& state) {
  Json line = line_of("state");
  line["token"] = state.token;
  line["has_more"] = state.has_more;
  line["full"] = state.full;
  if (state.peers) line["peers"] = *state.peers;
  return other(line);
}

Result<void> print_pull_error(Printer& out, std::string_view uid, const Error& error) {
  return out.object({{"kind", "error"}, {"uid", uid}, {"error", error_object(error)}});
}

}  // namespace cardsrv::report
