#pragma once
// What cardsrv-pull writes: delta lines, or the cards alone in another kind with the rest beside them (cli.md).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/formats.h"
#include "report/printer.h"
#include "service/collections.h"
#include "service/pulling.h"

namespace cardsrv::report {

inline constexpr std::string_view kTakeoverUntold =
    "somebody has proved this account's number: --state has when it is theirs; log in to see more";

// Delta lines (nothing), or the cards alone in that kind.
using PullKind = std::optional<format::Output>;
// "delta", or a word of format::parse_output(); kUsage for any other.
[[nodiscard]] Result<PullKind> parse_pull_kind(std::string_view word);
[[nodiscard]] std::vector<std::string> pull_kind_words();

// Writes to `out` in one kind; what is no card goes to `rest`, and where the kind carries cards alone only there (null:
// it is left out).
class PullPrinter final : public service::PullSink {
 public:
  PullPrinter(Printer& out, Printer* rest, PullKind kind) : out_(out), rest_(rest), kind_(kind) {}
  // Names the account in every line, where several are pulled in one run.
  void name_account(std::string uid) { uid_ = std::move(uid); }

  [[nodiscard]] Result<void> card(const service::PulledCard& card) override;
  [[nodiscard]] Result<void> gone(const service::PulledGone& gone) override;
  [[nodiscard]] Result<void> pending_takeover(const service::TakeoverNotice& notice) override;
  [[nodiscard]] Result<void> rebound(const service::ReboundNotice& notice) override;
  [[nodiscard]] Result<void> state(const service::PullState& state) override;
  // What no line could say, for want of --state: for people.
  [[nodiscard]] const std::vector<std::string>& untold() const { return untold_; }

 private:
  [[nodiscard]] Json line_of(const char* kind) const;
  [[nodiscard]] Result<void> other(const Json& line);
  // For people, where other() has nowhere to write.
  void unless_told(std::string line);
  Printer& out_;
  Printer* rest_;
  // Cards of a kind, with its head before the first.
  [[nodiscard]] Result<void> file_text(std::string_view text);
  PullKind kind_;
  bool head_written_ = false;
  std::vector<std::string> untold_;
  std::string uid_;
};

// {"uid","written","removed","dry_run"}: what became of the collection of one account.
[[nodiscard]] Result<void> print(Printer& out, const service::CollectionResult& result, service::Writing writing);

// {"kind":"error","uid","error":{…}}
[[nodiscard]] Result<void> print_pull_error(Printer& out, std::string_view uid, const Error& error);

}  // namespace cardsrv::report
