#include "report/merging_report.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace cardsrv::report {
namespace {

using service::MergedContact;
using service::MergeState;

constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kYellow = "\x1b[33m";

// What is said beside the name.
std::string_view note(const MergedContact& contact) {
  switch (contact.state) {
    case MergeState::kMissing: return ": not in the address book any more, and not made again";
    case MergeState::kGone: return ": the association ended; the contact stays as it is";
    case MergeState::kDamaged:
      return ": the card is damaged and stays as it is; mend it, and the next merge tries again";
    case MergeState::kMerged: break;
  }
  const card::MergeFindings& found = contact.findings;
  const bool changed = !found.added.empty() || !found.updated.empty() || !found.removed.empty();
  return changed || !found.conflicts.empty() ? "" : ": nothing to change";
}

class Difference {
 public:
  explicit Difference(Colour colour) : colour_(colour) {}

  std::string of(const MergedContact& contact) {
    out_ = fmt::format("{} ({}){}\n", printable(contact.name.empty() ? "?" : contact.name), printable(contact.contact),
                       note(contact));
    const card::MergeFindings& found = contact.findings;
    for (const std::string& item : found.added) line(kGreen, "+", item);
    for (size_t i = 0; i < found.updated.size(); ++i) {
      line(kRed, "-", found.replaced[i]);
      line(kGreen, "+", found.updated[i]);
    }
    for (const std::string& item : found.removed) line(kRed, "-", item);
    for (const std::string& item : found.conflicts) line(kYellow, "!", item + "  (changed on both sides: yours stays)");
    for (const std::string& item : found.kept) line("", "=", item + "  (kept)");
    return std::move(out_);
  }

 private:
  void line(std::string_view colour, std::string_view sign, const std::string& item) {
    const bool coloured = colour_ == Colour::kTerminal && !colour.empty();
    out_ += fmt::format("  {}{} {}{}\n", coloured ? colour : "", sign, printable(item), coloured ? "\x1b[0m" : "");
  }

  Colour colour_;
  std::string out_;
};

}  // namespace

Result<void> print_merged(Printer& out, const MergedContact& contact, service::Writing writing, Colour colour) {
  if (!out.json()) return out.text(Difference(colour).of(contact));
  const card::MergeFindings& found = contact.findings;
  return out.object({{"contact", contact.contact},
                     {"peer", contact.peer},
                     {"state", service::word(contact.state)},
                     {"added", found.added},
                     {"updated", found.updated},
                     {"replaced", found.replaced},
                     {"removed", found.removed},
                     {"kept", found.kept},
                     {"conflicts", found.conflicts},
                     {"dry_run", writing == service::Writing::kDryRun}});
}

}  // namespace cardsrv::report
