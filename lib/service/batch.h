#pragma once
// A command that changes the store is a batch: applied once, recorded with the digest of its input and its receipt, and
// answered from the record when it comes again (semantics J1, J5).

#include <concepts>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/digest.h"
#include "base/result.h"
#include "store/store.h"

namespace cardsrv::service {

using Json = nlohmann::ordered_json;

// What the caller asks of a batch (cli.md: --batch-id, --dry-run).
struct BatchOptions {
  std::optional<std::string> id;  // given: recorded even when nothing changed
  bool dry_run = false;           // all the work, then rolled back: no trace, nothing sent (J5)
  bool always_recorded = false;   // even when nothing changed and no id was given: nobody learns which it was
  std::optional<std::string>* applied = nullptr;  // gets the id once it is committed, also one that was made for it
};

// What became of it; part of every receipt.
struct Outcome {
  std::optional<std::string> batch;  // its id; none when nothing changed and none was given
  bool dry_run = false;
  bool replayed = false;
};

// The digest of a batch's input: keyed, since the input may hold secrets (J1). Starts with the command's words.
[[nodiscard]] Hasher input_hasher(const store::Store& store, std::string_view command);

// Receipts are kept as JSON Lines without secrets. A receipt type R has `Outcome outcome`, and beside it
//   void to_record(const R&, std::string& lines);         // appended, each line ended by \n
//   Result<void> from_record(std::string_view lines, R&); // kDamage where the record cannot be read
// found by argument-dependent lookup. One that may be larger than memory has its lines in `Spool record` instead, and
//   Result<void> from_record(R&);                         // the rest of it, from its `record`
template <typename R>
concept SpooledReceipt = requires(R receipt) {
  { receipt.record } -> std::same_as<Spool&>;
};

namespace detail {
// The stored receipt of `options.id`; nullopt: the batch is new. kBatchConflict: the id was used with another input,
// which is read for that (`input`) only when the id is there.
[[nodiscard]] Result<std::optional<Spool>> replayed_receipt(store::ReadTransaction& tx, const BatchOptions& options,
                                                            const std::function<Result<Digest>()>& input);
// Opens what batches of this kind stand on, so that they fail before they reject everything: the reading of numbers.
[[nodiscard]] Result<void> prepare(store::BatchKind kind);
// Commits, or not (dry run); answers the id under which the batch is recorded. `receipt` is called only if it is.
[[nodiscard]] Result<std::optional<std::string>> finish_batch(store::Transaction& tx, const BatchOptions& options,
                                                              store::BatchKind kind,
                                                              const std::function<Result<Digest>()>& input,
                                                              const std::function<const Spool&()>& receipt);

template <typename R>
Result<void> read_record(Spool stored, R& receipt) {
  if constexpr (SpooledReceipt<R>) {
    receipt.record = std::move(stored);
    return from_record(receipt);
  } else {
    TRY(const std::string lines, stored.text());
    return from_record(lines, receipt);
  }
}

template <typename R>
Result<std::optional<std::string>> finish(store::Transaction& tx, const BatchOptions& options, store::BatchKind kind,
                                          const std::function<Result<Digest>()>& input, const R& receipt) {
  Spool made;
  return finish_batch(tx, options, kind, input, [&]() -> const Spool& {
    if constexpr (SpooledReceipt<R>) {
      return receipt.record;
    } else {
      std::string lines;
      to_record(receipt, lines);
      return made = Spool(lines);
    }
  });
}
}  // namespace detail

// Runs `work(Transaction&) -> Result<R>` in one write transaction as a batch. `input` gives the digest of all that the
// batch was asked to do; it is called once, after the work, or before it when the id is there already.
// An error of `work` rolls everything back.
template <typename R, typename Work>
[[nodiscard]] Result<R> run_batch(store::Store& store, const BatchOptions& options, store::BatchKind kind,
                                  const std::function<Result<Digest>()>& input, Work work) {
  TRY(auto tx, store.write());
  TRY(auto stored, detail::replayed_receipt(*tx, options, input));
  if (stored) {
    R receipt{};
    TRY(detail::read_record(*std::move(stored), receipt));
    receipt.outcome = Outcome{options.id, options.dry_run, true};
    return receipt;
  }
  TRY(detail::prepare(kind));
  TRY(R receipt, work(*tx));
  TRY(receipt.outcome.batch, detail::finish(*tx, options, kind, input, receipt));
  receipt.outcome.dry_run = options.dry_run;
  return receipt;
}

// An error within a record, and back.
[[nodiscard]] Json stored_error(const Error& error);
[[nodiscard]] Error error_of(const Json& stored);

// One line of a record, parsed. kDamage where it is none.
[[nodiscard]] Result<Json> parse_record_line(std::string_view& lines);

}  // namespace cardsrv::service
