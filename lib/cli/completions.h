#pragma once
// Completion of command lines in a shell. The script that a shell loads (--completions SHELL) only asks the tool, with
// --complete and the words up to the cursor, so that options and commands are declared in one place. What an argument
// takes is a row of the table in completions.cc.

#include <CLI/CLI.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cardsrv::cli {

// The words of --completions.
[[nodiscard]] std::vector<std::string> shells();
// The script for one of shells(), which the shell is to evaluate; kUsage for any other word.
[[nodiscard]] Result<std::string> completion_script(std::string_view tool, std::string_view shell);

// What the last of `words`, the one at the cursor, may become, a line each: a value as it is, a command or option with
// a tab and what it is for. A line ":files" or ":folders" says that a path may stand there. `words` are those after the
// tool's name; nothing is completed where there are none.
[[nodiscard]] std::string completions(const CLI::App& root, std::span<const std::string> words);

}  // namespace cardsrv::cli
