#pragma once
// Expected failures as values: a closed set of codes, one line for people, a hint what to do.
// Not for: our own defects (assert), bad records among good ones (diagnostic.h).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace cardsrv {

// Every way in which a command can fail. The values are stable within a release only; the words of
// errc_word() are the contract (cli.md, data/schema/error.schema.json).
enum class Errc : int {
  kRejected = 1,          // records were rejected (1)
  kUsage = 10,            // an option, a value or their combination is wrong (2)
  kBadNumber = 11,        // a phone number that cannot be one (2)
  kBadCard = 12,          // a card that cannot be one, or lacks what it must have (2)
  kNoStore = 20,          // there is no store (3)
  kNotAStore = 21,        // the file is something else (3)
  kNewerSchema = 22,      // written by a later release (3)
  kStoreExists = 23,      // init on a store that is there (3)
  kBusy = 24,             // another writer for longer than the busy timeout (3)
  kDiskFull = 25,         // (3)
  kReadOnly = 26,         // the store or file cannot be written (3)
  kIo = 27,               // any other failure of a file or the store (3)
  kNoFile = 28,           // a named file is not there or not readable (3)
  kNoTransport = 29,      // no way to send messages is configured (3)
  kTransportFailed = 30,  // the transport did not take the message (3)
  kNotConfigured = 31,    // a setting that the command needs is missing (3)
  kRefused = 40,          // one answer for all: not registered, wrong secret, dead session (4; R1)
  kTooSoon = 50,          // pace; retry_after_s is set (5)
  kWaiting = 51,          // a wait of R8, or a proof that has not come; retry_after_s may be set (5)
  kGuard = 60,            // the change is larger than allowed (6)
  kStaleToken = 70,       // sync token expired, foreign or forged: pull in full (7)
  kPrecondition = 71,     // the state is not what the caller expected (7)
  kBatchConflict = 80,    // the batch id was used with another input (8)
  kNumberTaken = 81,      // the number is bound by a stronger or equal proof (8)
  kDiffers = 90,          // --verify found a difference (9)
  kDamage = 91,           // check found damage (9)
  kDefect = 100,          // a defect of ours (70)
  kInterrupted = 110,     // SIGINT (130)
  kTerminated = 111,      // SIGTERM (143)
  kReaderGone = 112,      // nobody reads standard output (141)
};

// The stable word of a code, as in {"error":{"code":…}}.
[[nodiscard]] std::string_view errc_word(Errc code);

// The code of a word that errc_word() gave; kDefect for any other.
[[nodiscard]] Errc errc_of(std::string_view word);

// The exit status of a code (cli.md, "Exit codes").
[[nodiscard]] int exit_status(Errc code);

struct Error {
  Errc code = Errc::kDefect;
  std::string message;                             // what failed and why, lower case, no final stop
  std::string hint;                                // what to do about it; may be empty
  std::optional<std::int64_t> retry_after_s = {};  // with kTooSoon and kWaiting
};

template <typename T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(Errc code, std::string message, std::string hint = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(hint), std::nullopt});
}

[[nodiscard]] inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace cardsrv

// TRY(expr)       returns the error of `expr` from the enclosing function, if it has one.
// TRY(decl, expr) also binds the value: TRY(const auto account, tx.account(uid));
#define CARDSRV_CONCAT_(a, b) a##b
#define CARDSRV_CONCAT(a, b) CARDSRV_CONCAT_(a, b)
#define CARDSRV_TRY_1(name, expr)                                                  \
  do {                                                                             \
    auto name = (expr);                                                            \
    if (!name) return ::tl::unexpected<::cardsrv::Error>(std::move(name.error())); \
  } while (false)
#define CARDSRV_TRY_2(name, decl, expr)                                          \
  auto name = (expr);                                                            \
  if (!name) return ::tl::unexpected<::cardsrv::Error>(std::move(name.error())); \
  decl = std::move(*name)
#define CARDSRV_TRY_PICK(_1, _2, name, ...) name
#define TRY(...) CARDSRV_TRY_PICK(__VA_ARGS__, CARDSRV_TRY_DECL, CARDSRV_TRY_VOID)(__VA_ARGS__)
#define CARDSRV_TRY_VOID(expr) CARDSRV_TRY_1(CARDSRV_CONCAT(try_result_, __LINE__), expr)
#define CARDSRV_TRY_DECL(decl, expr) CARDSRV_TRY_2(CARDSRV_CONCAT(try_result_, __LINE__), decl, expr)
