#pragma once
// Where results go: standard output (or a file), as text for people or JSON Lines. Nothing else formats output.

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "service/batch.h"
#include "service/claims.h"

namespace cardsrv::report {

using Json = nlohmann::ordered_json;

enum class Form { kText = 1, kJson = 2 };

// Buffered output. An error of it is remembered: kReaderGone where nobody reads any more, kDiskFull, kIo.
class Printer {
 public:
  Printer(int fd, Form form) : fd_(fd), form_(form) {}
  Printer(const Printer&) = delete;
  Printer& operator=(const Printer&) = delete;

  [[nodiscard]] Form form() const { return form_; }
  [[nodiscard]] bool json() const { return form_ == Form::kJson; }
  // One object, one line. Text that is no UTF-8 is shown with U+FFFD.
  [[nodiscard]] Result<void> object(const Json& value);
  // As it is.
  [[nodiscard]] Result<void> text(std::string_view text);
  // Writes what is buffered.
  [[nodiscard]] Result<void> flush();

 private:
  int fd_;
  Form form_;
  std::string buffer_;
};

// {"code","message","hint","retry_after_s"}: an error wherever one is shown as JSON (cli.md;
// data/schema/error.schema.json).
[[nodiscard]] Json error_object(const Error& error);

// The same for people, in one line: the message, when to try again, and what to do.
[[nodiscard]] std::string error_text(const Error& error);

// {"number","proved_at","effect_at"}: what the holder of a number is told while somebody waits for it (R8).
[[nodiscard]] Json takeover_object(const service::TakeoverNotice& notice);

// Adds what stands in every line of a receipt (cli.md): "dry_run", "replayed".
void add_outcome(Json& line, const service::Outcome& outcome);

// For text receipts: " (dry run: nothing was changed)", " (already applied)" or "".
[[nodiscard]] std::string_view outcome_note(const service::Outcome& outcome);

}  // namespace cardsrv::report
