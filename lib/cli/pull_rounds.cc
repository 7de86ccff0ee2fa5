#include "cli/pull_rounds.h"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "base/file.h"
#include "base/input.h"
#include "base/stop.h"
#include "cli/admission.h"
#include "cli/output_file.h"
#include "report/pulling_report.h"
#include "service/auth.h"
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
  if (arguments.requests) {
    if (arguments.uid || arguments.since || arguments.device || arguments.full || arguments.every)
      return clash("--requests names the accounts and their tokens itself",
                   "each line: {\"uid\",\"since\",\"limit\",\"password\"}");
    if (arguments.as != "delta") return clash("--requests writes delta lines only", "leave --as out");
    return {};
  }
  if (!arguments.uid) return clash("no account is named", "cardsrv-pull UID, or --requests FILE");
  if (arguments.device && arguments.device->empty()) return clash("--device is blank", "name the device");
  if (arguments.since && arguments.device)
    return clash("--since and --device exclude each other", "the store keeps a device's token");
  return {};
}

// One round: the page goes to its place, then the device's token advances. Answers the new token.
Result<std::string> round(Run& run, const PullArguments& arguments, const store::Uid& uid,
                          const service::PullRequest& request) {
  TRY(store::Store* const store, run.store());
  TRY(const report::PullKind kind, report::parse_pull_kind(arguments.as));
  std::unique_ptr<OutputFile> file, rest;
  if (arguments.output) {
    TRY(file, OutputFile::open(*arguments.output, report::Form::kJson));
  }
  if (arguments.state) {
    TRY(rest, OutputFile::open(*arguments.state, report::Form::kJson));
  }
  report::Printer& out = file ? file->out() : run.out();
  report::PullPrinter printer(out, rest ? &rest->out() : nullptr, kind);
  TRY(std::string token, service::pull(*store, uid, request, printer));
  if (file)
    TRY(file->commit());
  else
    TRY(out.flush());
  if (rest) TRY(rest->commit());
  if (!arguments.device) return token;
  if (!file) TRY(sync_standard_output());
  if (!run.common().dry_run) TRY(service::advance_device(*store, uid, *arguments.device, token));
  return token;
}

// Sleeps whole seconds, or until a signal comes.
Result<void> rest_for(std::int64_t seconds) {
  timespec left{static_cast<time_t>(seconds), 0};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) TRY(check_stop());
  return check_stop();
}

Result<int> pull_one(Run& run, const PullArguments& arguments) {
  TRY(const auto uid, store::Uid::parse(*arguments.uid));
  std::optional<std::int64_t> period;
  if (arguments.every) {
    TRY(period, parse_period(*arguments.every));
  }
  TRY(admit(run, uid, Admission::kPersonal));
  TRY(const auto limit, count_of("--limit", arguments.limit));
  if (limit == std::uint64_t{0}) return fail(Errc::kUsage, "--limit is a count from 1", "leave it out for everything");
  service::PullRequest request{arguments.since, arguments.device,
                               arguments.full ? service::Extent::kFull : service::Extent::kSince, limit.value_or(0)};
  for (;;) {
    TRY(std::string token, round(run, arguments, uid, request));
    if (!period) return 0;
    if (!arguments.device) request.since = std::move(token);
    request.extent = service::Extent::kSince;
    const auto rested = rest_for(*period);
    // SIGTERM between rounds is how such a loop is meant to end.
    if (!rested && rested.error().code == Errc::kTerminated) return 0;
    TRY(rested);
  }
}

Result<void> answer_request(Run& run, store::Store& store, const service::RequestLine& line, bool password_needed) {
  TRY(const auto uid, store::Uid::parse(line.uid));
  if (!line.password && password_needed) return fail(service::refused());
  if (line.password) TRY(service::authenticate(store, uid, *line.password, service::marking_of(run.batch())));
  report::PullPrinter printer(run.out(), nullptr, report::PullKind::kDelta);
  printer.name_account(line.uid);
  TRY(service::pull(store, uid, line.request, printer));
  return {};
}

// Errors of the account or its line; any other ends the run.
bool told_in_line(Errc code) {
  return code == Errc::kUsage || code == Errc::kRefused || code == Errc::kTooSoon || code == Errc::kStaleToken;
}

Result<int> pull_requests(Run& run, const PullArguments& arguments) {
  TRY(run.claim_input(*arguments.requests));
  TRY(store::Store* const store, run.store());
  TRY(const bool required, auth_required(*store));
  TRY(const auto input, open_input(*arguments.requests));
  bool refused = false;
  TRY(service::read_pull_requests(*input, [&](const service::RequestLine& line) -> Result<void> {
    Result<void> done =
        line.problem ? fail(*line.problem) : answer_request(run, *store, line, required || run.common().auth);
    if (done || !told_in_line(done.error().code)) return done;
    refused = true;
    return report::print_pull_error(run.out(), line.uid, done.error());
  }));
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
  return arguments.requests ? pull_requests(run, arguments) : pull_one(run, arguments);
}

}  // namespace cardsrv::cli
