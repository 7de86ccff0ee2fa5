#pragma once
// cardsrv-pull: one round, rounds again and again (--every), or the requests of a file.

#include <cstdint>
#include <optional>
#include <string>

#include "cli/app.h"

namespace cardsrv::cli {

struct PullArguments {
  std::optional<std::string> uid;
  std::optional<std::string> since;
  std::optional<std::string> device;
  std::optional<std::string> output;    // -o
  std::optional<std::string> state;     // --state: what is no card, for kinds that carry cards alone
  std::optional<std::string> requests;  // --requests
  std::optional<std::string> every;     // --every
  std::optional<std::string> into;      // --into: the address book of the device
  std::optional<std::string> keep;      // --keep: properties that the merge leaves alone
  std::string as = "delta";
  std::optional<std::string> limit;
  std::optional<std::string> vdir;  // --vdir: where the collections of --all stand
  bool all = false;
  bool full = false;
};

[[nodiscard]] Result<int> pull(Run& run, const PullArguments& arguments);

// "90s", "15m", "2h", "1d" in seconds; kUsage for anything else, and for nothing.
[[nodiscard]] Result<std::int64_t> parse_period(std::string_view text);

}  // namespace cardsrv::cli
