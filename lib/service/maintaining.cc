#include "service/maintaining.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "phone/phone_number.h"

namespace cardsrv::service {
namespace {

using store::Config;

enum class ValueKind { kTruth = 1, kNumber = 2, kCount = 3 };

struct KeyRow {
  std::string_view word;
  Config key;
  ValueKind kind;
  std::string_view otherwise;
  std::uint64_t lowest, highest;
};

// cli.md, "Keys of config"; the defaults are those of semantics L6 and P3.
constexpr std::array kKeys = {
    KeyRow{"require-auth", Config::kRequireAuth, ValueKind::kTruth, "false", 0, 0},
    KeyRow{"sms-up-number", Config::kSmsUpNumber, ValueKind::kNumber, "", 0, 0},
    KeyRow{"max-entries", Config::kMaxEntries, ValueKind::kCount, "10000", 1, 1'000'000},
    KeyRow{"max-properties", Config::kMaxProperties, ValueKind::kCount, "100", 1, 100'000},
    KeyRow{"max-card-bytes", Config::kMaxCardBytes, ValueKind::kCount, "1048576", 256, 64 << 20},
    KeyRow{"max-numbers", Config::kMaxNumbers, ValueKind::kCount, "20", 1, 1000},
    KeyRow{"horizon-days", Config::kHorizonDays, ValueKind::kCount, "90", 1, 36'500},
};

Result<const KeyRow*> row_of(const std::string& word) {
  for (const KeyRow& row : kKeys)
    if (row.word == word) return &row;
  return fail(Errc::kUsage, fmt::format("\"{}\" is no key of the configuration", word),
              fmt::format("{}", fmt::join(setting_keys(), ", ")));
}

Result<std::string> checked(const KeyRow& row, const std::string& value) {
  switch (row.kind) {
    case ValueKind::kTruth:
      if (value == "true" || value == "false") return value;
      return fail(Errc::kUsage, fmt::format("{}: \"{}\" is neither true nor false", row.word, value));
    case ValueKind::kNumber: {
      if (value.empty()) return value;
      TRY(const auto number, phone::parse_number(value, std::nullopt));
      return number.e164();
    }
    case ValueKind::kCount: break;
  }
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
  if (error != std::errc{} || end != value.data() + value.size() || count < row.lowest || count > row.highest)
    return fail(Errc::kUsage,
                fmt::format("{}: \"{}\" is no count from {} to {}", row.word, value, row.lowest, row.highest));
  return std::to_string(count);
}

Result<Setting> read_setting(store::ReadTransaction& tx, const KeyRow& row) {
  TRY(const auto value, tx.config(row.key));
  return Setting{std::string(row.word), value.value_or(std::string(row.otherwise)), !value.has_value()};
}

Result<std::optional<std::string>> last_batch_id(store::ReadTransaction& tx) {
  TRY(const auto batch, tx.last_batch());
  return batch ? std::optional<std::string>(batch->id) : std::nullopt;
}

}  // namespace

Result<StoreInfo> store_info(store::Store& store) {
  TRY(const auto tx, store.read());
  StoreInfo info{
      std::string(store.url()), store.id(), std::string(store.backend()), store.schema(), store.fixture(), {}, {}, 0};
  TRY(info.totals, tx->totals());
  TRY(info.batch, last_batch_id(*tx));
  TRY(info.bytes, store.bytes());
  return info;
}

Result<StateDigest> digest_state(store::Store& store) {
  TRY(const auto tx, store.read());
  StateDigest result;
  TRY(result.digest, store::state_digest(*tx));
  TRY(result.batch, last_batch_id(*tx));
  return result;
}

std::vector<std::string> setting_keys() {
  std::vector<std::string> keys;
  keys.reserve(kKeys.size());
  for (const KeyRow& row : kKeys) keys.emplace_back(row.word);
  return keys;
}

Result<std::vector<Setting>> settings(store::Store& store) {
  TRY(const auto tx, store.read());
  std::vector<Setting> all;
  for (const KeyRow& row : kKeys) {
    TRY(Setting one, read_setting(*tx, row));
    all.push_back(std::move(one));
  }
  return all;
}

Result<Setting> setting(store::Store& store, const std::string& key) {
  TRY(const KeyRow* const row, row_of(key));
  TRY(const auto tx, store.read());
  return read_setting(*tx, *row);
}

Result<SettingResult> set_setting(store::Store& store, const std::string& key, const std::string& value,
                                  const BatchOptions& batch) {
  TRY(const KeyRow* const row, row_of(key));
  TRY(const std::string text, checked(*row, value));
  return run_batch<SettingResult>(
      store, batch, store::BatchKind::kConfig,
      [&]() -> Result<Digest> { return input_hasher(store, "config set").add_field(key).add_field(text).finish(); },
      [&](store::Transaction& tx) -> Result<SettingResult> {
        TRY(const Setting before, read_setting(tx, *row));
        if (before.is_default || before.value != text) TRY(tx.put_config(row->key, text));
        return SettingResult{{key, text, false}, {}};
      });
}

void to_record(const SettingResult& result, std::string& lines) {
  lines += Json{{"key", result.setting.key}, {"value", result.setting.value}}.dump() + "\n";
}

Result<void> from_record(std::string_view lines, SettingResult& result) {
  TRY(const Json line, parse_record_line(lines));
  result.setting = {line.value("key", ""), line.value("value", ""), false};
  return {};
}

}  // namespace cardsrv::service
