#include "cli/pull_rounds.h"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "base/folder_lock.h"
#include "base/input.h"
#include "base/stop.h"
#include "base/utf8.h"
#include "cli/admission.h"
#include "cli/output_file.h"
#include "report/merging_report.h"
#include "report/pulling_report.h"
#include "service/auth.h"
#include "service/collections.h"
#include "service/merging.h"
#include "service/pull_requests.h"
#include "service/pulling.h"

namespace cardsrv::cli {
namespace {

constexpr std::int64_t kLongestPeriod = std::int64_t{366} * 86'400;

// Standard output may be a file: a device's token advances only when what was written there will stay (P4).
Result<void> sync_standard_output() {
  if (::fsync(STDOUT_FILENO) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP) return {};
  return fail(file_error(errno, "cannot sync", "standard output"));
}

Result<void> check_arguments(const PullArguments& arguments) {
  const auto clash = [](const char* what, const char* hint) { return fail(Errc::kUsage, what, hint); };
  if (arguments.all != arguments.vdir.has_value())
    return clash("--all and --vdir go together", "cardsrv-pull --all --vdir ROOT");
  if (arguments.all) {
    if (arguments.uid || arguments.since || arguments.device || arguments.requests || arguments.into ||
        arguments.output || arguments.state || arguments.limit || arguments.full || arguments.as != "delta")
      return clash("--all pulls for every account into its collection", "--all --vdir ROOT, and --every");
    return {};
  }
  if (arguments.state == "-") return clash("--state - is no file", "standard output carries the result: name a file");
  if (arguments.requests) {
    if (arguments.uid || arguments.since || arguments.device || arguments.full || arguments.limit)
      return clash("--requests names the accounts, their tokens and limits itself",
                   "each line: {\"uid\",\"since\",\"limit\",\"password\"}");
    if (arguments.as != "delta" || arguments.output || arguments.state || arguments.into || arguments.keep)
      return clash("--requests writes delta lines to standard output",
                   "leave --as, -o, --state, --into and --keep out");
    return {};
  }
  if (!arguments.uid) return clash("no account is named", "cardsrv-pull UID, or --requests FILE");
  if (arguments.device && arguments.device->empty()) return clash("--device is blank", "name the device");
  if (arguments.into && !arguments.device)
    return clash("--into needs --device", "the store keeps the device's token: what was merged is not pulled again");
  if (arguments.into && (arguments.output || arguments.as != "delta"))
    return clash("--into writes into the address book alone", "leave -o and --as out");
  if (arguments.output && arguments.state && same_file(*arguments.output, *arguments.state))
    return clash("-o and --state name the same file", "each needs one of its own");
  if (arguments.into && arguments.state && same_file(*arguments.into, *arguments.state))
    return clash("--into and --state name the same file", "each needs one of its own");
  if (arguments.keep && !arguments.into) return clash("--keep goes with --into", "--keep FN,N,NOTE");
  if (arguments.since && arguments.device)
    return clash("--since and --device exclude each other", "the store keeps a device's token");
  return {};
}

// One round: the page goes to its place, then the device's token advances. Answers the new token.
Result<std::string> round(Run& run, const PullArguments& arguments, const store::Uid& uid,
                          const service::PullRequest& request, Placing placing) {
  TRY(store::Store* const store, run.store());
  TRY(const report::PullKind kind, report::parse_pull_kind(arguments.as));
  std::unique_ptr<OutputFile> file, rest;
  if (arguments.output && *arguments.output != "-") {
    TRY(file, OutputFile::open(*arguments.output, report::Form::kJson, placing));
  }
  if (arguments.state) {
    TRY(rest, OutputFile::open(*arguments.state, report::Form::kJson, placing));
  }
  report::Printer& out = file ? file->out() : run.out();
  report::PullPrinter printer(out, rest ? &rest->out() : nullptr, kind);
  TRY(std::string token, service::pull(*store, uid, request, printer));
  if (file)
    TRY(file->commit());
  else
    TRY(out.flush());
  if (rest) TRY(rest->commit());
  for (const std::string& line : printer.untold()) run.note(line);
  if (!arguments.device) return token;
  if (!file) TRY(sync_standard_output());
  if (!run.common().dry_run) TRY(service::advance_device(*store, uid, *arguments.device, token));
  return token;
}

// Keeps the page for the merge; what is told beside it goes to --state.
class MergeSink final : public service::PullSink {
 public:
  explicit MergeSink(report::PullPrinter& rest) : rest_(rest) {}
  Result<void> card(const service::PulledCard& card) override {
    page.cards.push_back(card);
    return {};
  }
  Result<void> gone(const service::PulledGone& gone) override {
    page.gone.push_back(gone);
    return rest_.gone(gone);
  }
  Result<void> pending_takeover(const service::TakeoverNotice& notice) override {
    takeover = true;
    return rest_.pending_takeover(notice);
  }
  Result<void> rebound(const service::ReboundNotice& notice) override { return rest_.rebound(notice); }
  Result<void> state(const service::PullState& state) override {
    has_more = state.has_more;
    page.peers = state.peers;
    return rest_.state(state);
  }
  service::PulledPage page;
  bool takeover = false;
  bool has_more = false;

 private:
  report::PullPrinter& rest_;
};

// "FN,N,NOTE" in upper case; kUsage for what is no property's name.
Result<std::set<std::string>> kept_properties(const std::optional<std::string>& list) {
  std::set<std::string> names;
  std::string_view rest = list ? *list : std::string_view();
  while (list) {
    const size_t comma = rest.find(',');
    const std::string name = ascii_upper(trim(rest.substr(0, comma)));
    const bool good = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    });
    if (!good)
      return fail(Errc::kUsage, fmt::format("--keep: \"{}\" is no name of a property", printable(name)),
                  "--keep FN,N,NOTE");
    names.insert(name);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return names;
}

service::Writing writing_of(Run& run) {
  return run.common().dry_run ? service::Writing::kDryRun : service::Writing::kWrite;
}

// One round into the address book: the page is merged and synced, then the device's token advances (P4, D6).
Result<bool> merge_round(Run& run, const PullArguments& arguments, const store::Uid& uid,
                         const service::PullRequest& request, Placing placing) {
  TRY(store::Store* const store, run.store());
  service::MergeIntoOptions options;
  options.path = *arguments.into;
  // From the pull until the token: a page that was read before another run's must not be merged after it.
  TRY(const auto lock, FolderLock::take(service::folder_of_book(options.path), run.common().busy_timeout_ms));
  TRY(options.keep, kept_properties(arguments.keep));
  TRY(const auto region, run.region());
  TRY(options.regions, service::reading_regions(*store, uid, region));
  options.writing = writing_of(run);
  std::unique_ptr<OutputFile> rest;
  if (arguments.state) {
    TRY(rest, OutputFile::open(*arguments.state, report::Form::kJson, placing));
  }
  report::PullPrinter beside(run.out(), rest ? &rest->out() : nullptr, format::Output::kVcard4);
  MergeSink sink(beside);
  TRY(const std::string token, service::pull(*store, uid, request, sink));
  const auto colour = run.colours() ? report::Colour::kTerminal : report::Colour::kNone;
  bool damaged = false;
  TRY(service::merge_into(sink.page, options, [&](const std::vector<service::MergedContact>& merged) -> Result<void> {
    for (const service::MergedContact& contact : merged) {
      damaged = damaged || contact.state == service::MergeState::kDamaged;
      TRY(report::print_merged(run.out(), contact, options.writing, colour));
    }
    return run.out().flush();
  }));
  if (rest) TRY(rest->commit());
  if (sink.takeover) run.note(report::kTakeoverUntold);
  if (sink.has_more) run.note("there is more: run it again");
  if (options.writing == service::Writing::kWrite) TRY(service::advance_device(*store, uid, *arguments.device, token));
  return damaged;
}

// Sleeps whole seconds, or until a signal comes.
Result<void> rest_for(std::int64_t seconds) {
  timespec left{static_cast<time_t>(seconds), 0};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) TRY(check_stop());
  return check_stop();
}

// --every, if it was given.
Result<std::optional<std::int64_t>> period_of(const PullArguments& arguments) {
  std::optional<std::int64_t> period;
  if (arguments.every) {
    TRY(period, parse_period(*arguments.every));
  }
  return period;
}

// Waits for the next round. False: SIGTERM between rounds, which is how such a loop is meant to end.
Result<bool> rest_between_rounds(std::int64_t period) {
  const auto rested = rest_for(period);
  if (!rested && rested.error().code == Errc::kTerminated) return false;
  TRY(rested);
  return true;
}

// Whether every collection could be brought up to date.
Result<bool> collections_round(Run& run, const PullArguments& arguments) {
  TRY(store::Store* const store, run.store());
  TRY(const bool required, auth_required(*store));
  if (required || run.common().auth)
    return fail(Errc::kRefused, "--all cannot give the passwords that are asked for",
                "pull for each account with --auth, or --requests FILE");
  const service::CollectionOptions options{*arguments.vdir, writing_of(run), run.common().busy_timeout_ms};
  bool whole = true;
  TRY(service::write_collections(*store, options, [&](const service::CollectionResult& result) {
    whole = whole && !result.error;
    for (const std::string& name : result.kept)
      run.note(fmt::format("{}: {} was written by another program; what it was {} .cardsrv-backup", result.uid, name,
                           run.common().dry_run ? "would go to" : "is in"));
    return report::print(run.out(), result, options.writing);
  }));
  TRY(run.out().flush());
  return whole;
}

Result<int> pull_all(Run& run, const PullArguments& arguments) {
  TRY(const auto period, period_of(arguments));
  for (;;) {
    TRY(const bool whole, collections_round(run, arguments));
    if (!period) return whole ? 0 : exit_status(Errc::kRejected);
    TRY(const bool more, rest_between_rounds(*period));
    if (!more) return 0;
  }
}

Result<int> pull_one(Run& run, const PullArguments& arguments) {
  TRY(const auto uid, store::Uid::parse(*arguments.uid));
  TRY(const auto period, period_of(arguments));
  TRY(admit(run, uid, Admission::kPersonal));
  TRY(const auto limit, count_of("--limit", arguments.limit));
  if (limit == std::uint64_t{0}) return fail(Errc::kUsage, "--limit is a count from 1", "leave it out for everything");
  service::PullRequest request{arguments.since, arguments.device,
                               arguments.full ? service::Extent::kFull : service::Extent::kSince, limit.value_or(0)};
  // What one round told is not overwritten by the next: it may not have been read yet.
  for (Placing placing = Placing::kReplace;; placing = Placing::kAppend) {
    if (arguments.into) {
      TRY(const bool damaged, merge_round(run, arguments, uid, request, placing));
      if (!period) return damaged ? exit_status(Errc::kRejected) : 0;
    } else {
      TRY(std::string token, round(run, arguments, uid, request, placing));
      if (!period) return 0;
      if (!arguments.device) request.since = std::move(token);
    }
    request.extent = service::Extent::kSince;
    TRY(const bool more, rest_between_rounds(*period));
    if (!more) return 0;
    TRY(admit(run, uid, Admission::kPersonal));  // the password may be another by now (R5)
  }
}

Result<std::string> answer_request(Run& run, store::Store& store, const service::RequestLine& line,
                                   bool password_needed) {
  TRY(const auto uid, store::Uid::parse(line.uid));
  if (!line.password && password_needed) return fail(service::refused());
  if (line.password) TRY(service::authenticate(store, uid, *line.password, service::marking_of(run.batch())));
  report::PullPrinter printer(run.out(), nullptr, std::nullopt);
  printer.name_account(line.uid);
  return service::pull(store, uid, line.request, printer);
}

// Errors of the account or its line; any other ends the run.
bool told_in_line(Errc code) {
  return code == Errc::kUsage || code == Errc::kRefused || code == Errc::kTooSoon || code == Errc::kStaleToken;
}

Result<int> pull_requests(Run& run, const PullArguments& arguments) {
  TRY(const auto period, period_of(arguments));
  TRY(store::Store* const store, run.store());
  TRY(const bool required, auth_required(*store));
  TRY(const auto input, open_input(*arguments.requests));
  bool refused = false;
  std::vector<service::RequestLine> lines;  // --every: each goes on from its own last token
  const auto answer = [&](service::RequestLine& line) -> Result<void> {
    auto token = line.problem ? fail(*line.problem) : answer_request(run, *store, line, required || run.common().auth);
    if (!token && !told_in_line(token.error().code)) return fail(std::move(token.error()));
    if (token) {
      line.request.since = *std::move(token);
      return {};
    }
    refused = true;
    return report::print_pull_error(run.out(), line.uid, token.error());
  };
  TRY(service::read_pull_requests(*input, [&](const service::RequestLine& line) -> Result<void> {
    service::RequestLine mine = line;
    TRY(answer(mine));
    if (period) lines.push_back(std::move(mine));
    return {};
  }));
  while (period) {
    TRY(run.out().flush());
    TRY(const bool more, rest_between_rounds(*period));
    if (!more) return 0;
    for (service::RequestLine& line : lines) TRY(answer(line));
  }
  return refused ? exit_status(Errc::kRejected) : 0;
}

}  // namespace

Result<std::int64_t> parse_period(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  const std::int64_t factor = unit == "s" || unit.empty() ? 1
                              : unit == "m"               ? 60
                              : unit == "h"               ? 3600
                              : unit == "d"               ? 86'400
                                                          : 0;
  if (error != std::errc{} || count <= 0 || factor == 0 || count > kLongestPeriod / factor)
    return fail(Errc::kUsage, fmt::format("\"{}\" is no period", text), "such as 90s, 15m, 2h or 1d");
  return count * factor;
}

Result<int> pull(Run& run, const PullArguments& arguments) {
  TRY(check_arguments(arguments));
  if (arguments.requests) TRY(run.claim_input(*arguments.requests));
  if (arguments.output && *arguments.output != "-") TRY(run.check_written("-o", *arguments.output));
  if (arguments.state) TRY(run.check_written("--state", *arguments.state));
  if (arguments.all) return pull_all(run, arguments);
  return arguments.requests ? pull_requests(run, arguments) : pull_one(run, arguments);
}

}  // namespace cardsrv::cli
