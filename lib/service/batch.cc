#include "service/batch.h"

#include <fmt/format.h>

#include "phone/phone_number.h"

namespace cardsrv::service {
namespace {

// A batch that nobody named: 80 random bits are enough to tell batches of one store apart.
std::string make_batch_id(Random& random) { return "b" + base32(random.bytes<10>()); }

}  // namespace

Hasher input_hasher(const store::Store& store, std::string_view command) {
  Hasher hasher(store.key("batch input"));
  hasher.add_field(command);
  return hasher;
}

Result<std::optional<Spool>> detail::replayed_receipt(store::ReadTransaction& tx, const BatchOptions& options,
                                                      const std::function<Result<Digest>()>& input) {
  if (!options.id) return std::nullopt;
  TRY(const auto record, tx.batch(*options.id));
  if (!record) return std::nullopt;
  TRY(const Digest digest, input());
  if (digest != record->input)
    return fail(Errc::kBatchConflict, fmt::format("batch \"{}\" was applied with another input", *options.id),
                "give this input an id of its own");
  TRY(Spool receipt, tx.receipt(record->sequence));
  return receipt;
}

Result<void> detail::prepare(store::BatchKind kind) {
  using store::BatchKind;
  switch (kind) {
    case BatchKind::kRegistration:
    case BatchKind::kBulkRegistration:
    case BatchKind::kOwnCard:
    case BatchKind::kList:
    case BatchKind::kBulkImport:
    case BatchKind::kRebind:
    case BatchKind::kBulkRebind:
    case BatchKind::kInbound:
    case BatchKind::kBlock:
    case BatchKind::kRefresh: return phone::load();
    // They read no number, or one that is asked for by name, and start faster without.
    case BatchKind::kPassword:
    case BatchKind::kMatch:
    case BatchKind::kConfig:
    case BatchKind::kRequest:
    case BatchKind::kClose:
    case BatchKind::kSource: break;
  }
  return {};
}

Result<std::optional<std::string>> detail::finish_batch(store::Transaction& tx, const BatchOptions& options,
                                                        store::BatchKind kind,
                                                        const std::function<Result<Digest>()>& input,
                                                        const std::function<const Spool&()>& receipt) {
  const bool recorded = tx.changed() || options.id.has_value() || options.always_recorded;
  std::optional<std::string> id;
  if (recorded) id = options.id ? *options.id : make_batch_id(tx.random());
  if (options.dry_run) return id;
  if (!recorded) {
    TRY(tx.commit_unrecorded());
    return id;
  }
  TRY(const Digest digest, input());
  TRY(tx.commit(*id, kind, digest, receipt()));
  if (options.applied != nullptr) *options.applied = id;
  return id;
}

Json stored_error(const Error& error) {
  return Json{{"code", errc_word(error.code)}, {"message", error.message}, {"hint", error.hint}};
}

Error error_of(const Json& stored) {
  return Error{errc_of(stored.value("code", "")), stored.value("message", ""), stored.value("hint", ""), {}};
}

Result<Json> parse_record_line(std::string_view& lines) {
  const size_t end = lines.find('\n');
  Json line = Json::parse(lines.substr(0, end), nullptr, false);
  lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  if (line.is_discarded() || !line.is_object())
    return fail(Errc::kDamage, "a stored receipt cannot be read", "cardsrv-store check tells more");
  return line;
}

}  // namespace cardsrv::service
