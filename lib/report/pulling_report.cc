#include "report/pulling_report.h"

#include <fmt/format.h>

#include <utility>

#include "service/publishing.h"

namespace cardsrv::report {
namespace {

Result<std::string> with_names(const service::PulledCard& pulled, format::Output output) {
  TRY(card::Card card, service::read_stored_card(pulled.card));
  card.properties.push_back({"", "X-CARDSRV-PEER", {}, card::escape_text(pulled.peer)});
  for (const std::string& key : pulled.entries)
    card.properties.push_back({"", "X-CARDSRV-ENTRY", {}, card::escape_text(key)});
  return format::write_card(card, output);
}

}  // namespace

Result<PullKind> parse_pull_kind(std::string_view word) {
  if (word == "delta") return PullKind();
  TRY(const format::Output output, format::parse_output(word));
  return PullKind(output);
}

std::vector<std::string> pull_kind_words() {
  std::vector<std::string> words = format::output_words();
  words.insert(words.begin(), "delta");
  return words;
}

// With --requests every line names its account.
Json PullPrinter::line_of(const char* kind) const {
  Json line{{"kind", kind}};
  if (!uid_.empty()) line["uid"] = uid_;
  return line;
}

Result<void> PullPrinter::other(const Json& line) {
  if (!kind_) TRY(out_.object(line));
  return rest_ != nullptr ? rest_->object(line) : Result<void>{};
}

void PullPrinter::unless_told(std::string line) {
  if (kind_ && rest_ == nullptr) untold_.push_back(std::move(line));
}

Result<void> PullPrinter::file_text(std::string_view text) {
  if (!std::exchange(head_written_, true)) TRY(out_.text(format::file_head(*kind_)));
  return out_.text(text);
}

Result<void> PullPrinter::card(const service::PulledCard& card) {
  if (kind_) {
    TRY(const std::string text, with_names(card, *kind_));
    return file_text(text);
  }
  Json line = line_of("card");
  line.update(Json{{"peer", card.peer},
                   {"entries", card.entries},
                   {"rev", card.revision},
                   {"change", card.is_new ? "new" : "updated"},
                   {"card", card.card}});
  return out_.object(line);
}

Result<void> PullPrinter::gone(const service::PulledGone& gone) {
  Json line = line_of("gone");
  line.update(Json{{"peer", gone.peer}, {"entries", gone.entries}});
  unless_told(fmt::format("{} is no peer any more", gone.peer));
  return other(line);
}

Result<void> PullPrinter::pending_takeover(const service::TakeoverNotice& notice) {
  Json line = line_of("pending_takeover");
  line.update(takeover_object(notice));
  unless_told(std::string(kTakeoverUntold));
  return other(line);
}

Result<void> PullPrinter::rebound(const service::ReboundNotice& notice) {
  Json line = line_of("rebound");
  line.update(Json{{"number", notice.number}, {"former", notice.former}, {"at", to_rfc3339(notice.at)}});
  return other(line);
}

Result<void> PullPrinter::state(const service::PullState& state) {
  if (kind_) TRY(file_text(""));
  Json line = line_of("state");
  line["token"] = state.token;
  line["has_more"] = state.has_more;
  line["full"] = state.full;
  if (state.peers) line["peers"] = *state.peers;
  if (state.has_more) unless_told("there is more: run it again");
  return other(line);
}

Result<void> print(Printer& out, const service::CollectionResult& result, service::Writing writing) {
  const bool dry_run = writing == service::Writing::kDryRun;
  if (out.json()) {
    Json line{{"uid", result.uid}, {"written", result.written}, {"removed", result.removed}, {"dry_run", dry_run}};
    if (result.error) line["error"] = error_object(*result.error);
    return out.object(line);
  }
  const std::string error = result.error ? "; " + result.error->message : "";
  return out.text(fmt::format("{}: {} written, {} removed{}{}\n", result.uid, result.written, result.removed,
                              dry_run ? " (dry run: nothing was changed)" : "", error));
}

Result<void> print_pull_error(Printer& out, std::string_view uid, const Error& error) {
  return out.object({{"kind", "error"}, {"uid", uid}, {"error", error_object(error)}});
}

}  // namespace cardsrv::report
