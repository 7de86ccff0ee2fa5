#pragma once
// Looking after the store itself (cli.md, "cardsrv-store").

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "service/batch.h"
#include "store/store.h"

namespace cardsrv::service {

struct StoreInfo {
  std::string store;  // its URL
  std::string id;
  std::string backend;
  std::uint32_t schema = 0;
  bool fixture = false;
  store::Totals totals;
  std::optional<std::string> batch;  // the last one
  std::uint64_t bytes = 0;
};
[[nodiscard]] Result<StoreInfo> store_info(store::Store& store);

struct StateDigest {
  Digest digest{};
  std::optional<std::string> batch;  // the last one
};
[[nodiscard]] Result<StateDigest> digest_state(store::Store& store);

struct Setting {
  std::string key;
  std::string value;
  bool is_default = false;
};
struct SettingResult {
  Setting setting;
  Outcome outcome;
};
// Every key, in the order of cli.md.
[[nodiscard]] Result<std::vector<Setting>> settings(store::Store& store);
[[nodiscard]] std::vector<std::string> setting_keys();
// kUsage: no such key.
[[nodiscard]] Result<Setting> setting(store::Store& store, const std::string& key);
// kUsage: no such key, or a value that cannot be one.
[[nodiscard]] Result<SettingResult> set_setting(store::Store& store, const std::string& key, const std::string& value,
                                                const BatchOptions& batch);

void to_record(const SettingResult& result, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, SettingResult& result);

}  // namespace cardsrv::service
