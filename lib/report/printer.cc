#include "report/printer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/utf8.h"

namespace cardsrv::report {

namespace {
constexpr size_t kFlushAt = 64 * 1024;
}

Result<void> Printer::object(const Json& value) {
  buffer_ += value.dump(-1, ' ', false, Json::error_handler_t::replace);
  buffer_ += '\n';
  return buffer_.size() >= kFlushAt ? flush() : Result<void>{};
}

Result<void> Printer::text(std::string_view text) {
  buffer_ += text;
  return buffer_.size() >= kFlushAt ? flush() : Result<void>{};
}

Result<void> Printer::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t wrote = ::write(fd_, rest.data(), rest.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) {
      const int why = errno;
      buffer_.clear();
      if (why == EPIPE) return fail(Errc::kReaderGone, "nobody reads the output");
      return fail(file_error(why, "cannot write", "the output"));
    }
    rest.remove_prefix(static_cast<size_t>(wrote));
  }
  buffer_.clear();
  return {};
}

Json error_object(const Error& error) {
  Json object{{"code", errc_word(error.code)}, {"message", error.message}, {"hint", error.hint}};
  object["retry_after_s"] = error.retry_after_s ? Json(*error.retry_after_s) : Json(nullptr);
  return object;
}

std::string error_text(const Error& error) {
  std::string text = printable(error.message);
  if (error.retry_after_s) text += fmt::format("; try again in {} s", *error.retry_after_s);
  if (!error.hint.empty()) text += fmt::format(" ({})", printable(error.hint));
  return text;
}

Json takeover_object(const service::TakeoverNotice& notice) {
  return Json{{"number", notice.number},
              {"proved_at", to_rfc3339(notice.proved_at)},
              {"effect_at", to_rfc3339(notice.effect_at)}};
}

void add_outcome(Json& line, const service::Outcome& outcome) {
  line["dry_run"] = outcome.dry_run;
  line["replayed"] = outcome.replayed;
}

std::string_view outcome_note(const service::Outcome& outcome) {
  if (outcome.dry_run) return " (dry run: nothing was changed)";
  if (outcome.replayed) return " (already applied)";
  return "";
}

}  // namespace cardsrv::report
