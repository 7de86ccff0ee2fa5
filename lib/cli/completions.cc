#include "cli/completions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/utf8.h"
#include "completion_scripts.h"
#include "format/formats.h"
#include "report/pulling_report.h"
#include "service/maintaining.h"

namespace cardsrv::cli {
namespace {

using Words = std::vector<std::string>;
enum class Path { kNone = 0, kFile = 1, kFolder = 2 };

// What an argument takes: of the tool or command whose name begins with `where`, the first row that fits.
struct Row {
  std::string_view where;
  std::string_view argument;  // the option's long name, or the name of what stands without one
  Path path;
  Words (*words)();
};

Words none() { return {}; }
Words proofs() { return {"sms-down", "sms-up"}; }
Words tables() { return {"csv", "jsonl"}; }
Words kinds() {
  Words words = format::kind_words();
  words.emplace_back("vdir");
  return words;
}
Words progress() { return {"auto", "always", "never"}; }
Words records() { return {"jsonl", "vcard", "vdir"}; }
Words uploads() { return {"snapshot", "add", "remove"}; }

constexpr std::array kRows{
    Row{"", "store", Path::kFile, none},
    Row{"", "rejects", Path::kFile, none},
    Row{"", "password-file", Path::kFile, none},
    Row{"", "code-file", Path::kFile, none},
    Row{"", "progress", Path::kNone, progress},
    Row{"", "completions", Path::kNone, shells},
    Row{"", "FILE", Path::kFile, none},
    Row{"", "PATH", Path::kFile, none},
    Row{"", "proof", Path::kNone, proofs},
    Row{"cardsrv-register", "from", Path::kNone, tables},
    Row{"cardsrv-register login", "own", Path::kFile, none},
    Row{"cardsrv-import bulk", "from", Path::kNone, records},
    Row{"cardsrv-import", "from", Path::kNone, kinds},
    Row{"cardsrv-import", "as", Path::kNone, format::output_words},
    Row{"cardsrv-import", "mode", Path::kNone, uploads},
    Row{"cardsrv-pull", "as", Path::kNone, report::pull_kind_words},
    Row{"cardsrv-pull", "output", Path::kFile, none},
    Row{"cardsrv-pull", "state", Path::kFile, none},
    Row{"cardsrv-pull", "requests", Path::kFile, none},
    Row{"cardsrv-pull", "into", Path::kFile, none},
    Row{"cardsrv-pull", "vdir", Path::kFolder, none},
    Row{"cardsrv-rebind bulk", "from", Path::kNone, tables},
    Row{"cardsrv-store", "output", Path::kFolder, none},
    Row{"cardsrv-store config", "KEY", Path::kNone, service::setting_keys},
};

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::string line(std::string_view word, std::string_view about) {
  return fmt::format("{}\t{}\n", word, about.substr(0, about.find('\n')));
}

// Where the words before the cursor lead.
class Place {
 public:
  Place(const CLI::App& root, std::span<const std::string> before)
      : root_(root), command_(&root), where_(root.get_name()) {
    for (const std::string& word : before) pass(word);
  }

  [[nodiscard]] std::string candidates(std::string_view word) const {
    if (awaited_ != nullptr) return values(*awaited_, word, "");
    if (!only_positional_ && word.starts_with("-")) return options(word);
    std::string out = positional_ == 0 && !only_positional_ ? commands(word) : "";
    if (const CLI::Option* const next = positional(); next != nullptr) out += values(*next, word, "");
    return out;
  }

 private:
  void pass(const std::string& word) {
    if (awaited_ != nullptr) {
      awaited_ = nullptr;
    } else if (!only_positional_ && word == "--") {
      only_positional_ = true;
    } else if (!only_positional_ && word.size() > 1 && word.front() == '-') {
      const CLI::Option* const option = option_of(word);
      if (option != nullptr && takes_value(*option) && word.find('=') == std::string::npos) awaited_ = option;
    } else if (const CLI::App* const next = positional_ == 0 ? command_of(word) : nullptr; next != nullptr) {
      command_ = next;
      where_ += " " + word;
    } else {
      ++positional_;
    }
  }

  // The command's own options and those of the tool, which every command takes.
  [[nodiscard]] std::vector<const CLI::Option*> all_options() const {
    std::vector<const CLI::Option*> all = command_->get_options();
    if (command_ != &root_)
      for (const CLI::Option* option : root_.get_options())
        if (std::none_of(all.begin(), all.end(),
                         [&](const CLI::Option* own) { return !own->matching_name(*option).empty(); }))
          all.push_back(option);
    return all;
  }

  [[nodiscard]] const CLI::Option* option_of(std::string_view word) const {
    const std::string name(word.substr(0, word.find('=')));
    for (const CLI::Option* option : all_options())
      if (!option->get_positional() && option->check_name(name)) return option;
    return nullptr;
  }

  [[nodiscard]] const CLI::App* command_of(const std::string& word) const {
    for (const CLI::App* one : command_->get_subcommands([](const CLI::App*) { return true; }))
      if (one->get_name() == word) return one;
    return nullptr;
  }

  // What stands at the cursor without an option's name; the last one may take many.
  [[nodiscard]] const CLI::Option* positional() const {
    const CLI::Option* last = nullptr;
    size_t index = 0;
    for (const CLI::Option* option : command_->get_options()) {
      if (!option->get_positional()) continue;
      last = option;
      if (index++ == positional_) return option;
    }
    return last != nullptr && last->get_items_expected_max() > 1 ? last : nullptr;
  }

  [[nodiscard]] std::string values(const CLI::Option& option, std::string_view begun, std::string_view prefix) const {
    const auto* const row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& one) {
      return where_.starts_with(one.where) && one.argument == option.get_single_name();
    });
    if (row == kRows.end()) return "";
    std::string out;
    for (const std::string& word : row->words())
      if (word.starts_with(begun)) out += fmt::format("{}{}\n", prefix, word);
    if (row->path == Path::kFile) out += ":files\n";
    if (row->path == Path::kFolder) out += ":folders\n";
    return out;
  }

  [[nodiscard]] std::string options(std::string_view word) const {
    if (const size_t equals = word.find('='); equals != std::string_view::npos) {
      const CLI::Option* const option = option_of(word);
      return option == nullptr ? "" : values(*option, word.substr(equals + 1), word.substr(0, equals + 1));
    }
    std::string out;
    for (const CLI::Option* option : all_options())
      for (const std::string& name : option->get_lnames())
        if (("--" + name).starts_with(word)) out += line("--" + name, option->get_description());
    return out;
  }

  [[nodiscard]] std::string commands(std::string_view word) const {
    std::string out;
    for (const CLI::App* one : command_->get_subcommands([](const CLI::App*) { return true; }))
      if (one->get_name().starts_with(word)) out += line(one->get_name(), one->get_description());
    return out;
  }

  const CLI::App& root_;
  const CLI::App* command_;
  std::string where_;  // the tool, and the command so far
  const CLI::Option* awaited_ = nullptr;
  size_t positional_ = 0;
  bool only_positional_ = false;  // after "--"
};

}  // namespace

std::vector<std::string> shells() {
  std::vector<std::string> names;
  names.reserve(embedded::completion_scripts.size());
  for (const embedded::File& file : embedded::completion_scripts) names.emplace_back(file.name);
  return names;
}

Result<std::string> completion_script(std::string_view tool, std::string_view shell) {
  const auto* const file = std::find_if(embedded::completion_scripts.begin(), embedded::completion_scripts.end(),
                                        [&](const embedded::File& one) { return one.name == shell; });
  if (file == embedded::completion_scripts.end())
    return fail(Errc::kUsage, fmt::format("no script for the shell \"{}\"", printable(shell)),
                fmt::format("{}", fmt::join(shells(), ", ")));
  constexpr std::string_view kPlaceholder = "@TOOL@";
  std::string script(file->text);
  for (size_t at = script.find(kPlaceholder); at != std::string::npos; at = script.find(kPlaceholder, at + tool.size()))
    script.replace(at, kPlaceholder.size(), tool);
  return script;
}

std::string completions(const CLI::App& root, std::span<const std::string> words) {
  if (words.empty()) return "";
  return Place(root, words.first(words.size() - 1)).candidates(words.back());
}

}  // namespace cardsrv::cli
