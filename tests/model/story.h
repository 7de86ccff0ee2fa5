#pragma once
// A history told to the rules and to the real services over one store, step by step; after each step whatever differs
// is told. A step is five small numbers that always mean something, so that any part of a history is one too: failing
// histories shrink, and can be kept as a file (tests/model/kept).

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cardsrv::model {

struct Step {
  std::array<std::uint8_t, 5> n{};
  bool operator==(const Step&) const = default;
};

// A line a step: its five numbers, and what they mean for people behind a #.
[[nodiscard]] std::string to_text(const std::vector<Step>& steps);
// nullopt: a line is none.
[[nodiscard]] std::optional<std::vector<Step>> from_text(const std::string& text);

enum class Backend { kMemory = 1, kSqlite = 2 };

struct Told {
  std::optional<std::string> difference;  // the first one, with its step
  std::uint64_t comparisons = 0;          // of views, so that a run that compared nothing is seen
};

// `broken`: the name of a rule that the model gets wrong on purpose, to see that it is found.
[[nodiscard]] Told tell(const std::vector<Step>& steps, Backend backend, const std::string& broken = "");

// The names that `broken` takes.
[[nodiscard]] std::vector<std::string> breakable_rules();

}  // namespace cardsrv::model
