#include "service/list_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "format/writer.h"
#include "service/entry_key.h"

namespace cardsrv::service {
namespace {

// Damage after which a card is no longer what its owner wrote. Other damage is told by `inspect`; the card is taken.
constexpr std::array<std::string_view, 3> kBroken = {"no-end", "bad-charset", "unknown-charset"};

const Diagnostic* broken(const format::Item& item) {
  if (item.rejected) return &*item.rejected;
  for (const Diagnostic& diagnostic : item.diagnostics)
    if (std::find(kBroken.begin(), kBroken.end(), diagnostic.code) != kBroken.end()) return &diagnostic;
  return nullptr;
}

bool is_limit(const Diagnostic& why) { return why.code == "card-too-large" || why.code == "too-many-properties"; }

struct Numbers {
  std::vector<store::Spelling> spellings;
  std::vector<phone::PhoneNumber> sorted;
  std::string complaint;  // about the first that is none
  size_t tels = 0;
};

Numbers read_numbers(const card::Card& card, phone::Reader& reader, std::optional<phone::Region> region) {
  Numbers numbers;
  for (std::string& raw : card.tels()) {
    ++numbers.tels;
    const auto number = reader.parse(raw, region);
    if (number) {
      numbers.sorted.push_back(*number);
      numbers.spellings.push_back({std::move(raw), *number});
    } else if (numbers.complaint.empty()) {
      numbers.complaint = fmt::format("\"{}\": {}", phone::masked_text(raw), describe(number.error()));
      if (!region) numbers.complaint += " (give --region CC for national numbers)";
    }
  }
  std::sort(numbers.sorted.begin(), numbers.sorted.end());
  numbers.sorted.erase(std::unique(numbers.sorted.begin(), numbers.sorted.end()), numbers.sorted.end());
  return numbers;
}

}  // namespace

std::string raw_text(const format::Item& item) {
  if (!item.raw.empty()) return item.raw;
  return item.card ? format::write_vcard(*item.card, format::VcardVersion::k40).substr(0, kMaxRaw) : "";
}

Reject as_reject(const Diagnostic& diagnostic, const std::string& source, const std::string& raw) {
  return Reject{source, diagnostic.line, "", diagnostic.code, diagnostic.message, raw.substr(0, kMaxRaw)};
}

EntryResult read_entry(const format::Item& item, const std::string& source, phone::Reader& reader,
                       std::optional<phone::Region> region, const ListLimits& limits, Needs needs) {
  const auto reject = [&](std::string code, std::string reason, std::uint64_t line,
                          const std::optional<std::string>& key) {
    const std::string name = item.card ? item.card->formatted_name() : "";
    const std::string entry = !name.empty() ? name : key.value_or("");
    return tl::unexpected(
        RejectedEntry{{source, line, entry, std::move(code), std::move(reason), raw_text(item)}, key});
  };
  if (!item.card) {
    const Diagnostic* why = broken(item);
    return why != nullptr ? reject(why->code, why->message, why->line, {})
                          : reject("no-card", "there is no card here", item.line, {});
  }
  const card::Card& card = *item.card;
  Numbers numbers = read_numbers(card, reader, region);
  const bool has_uid = card.uid().has_value();
  std::optional<std::string> key;
  if (has_uid || !numbers.sorted.empty()) key = entry_key(card, numbers.sorted);
  // A removal is by key alone (L1): how large its card is does not matter.
  const bool by_key = needs == Needs::kKey && key;
  if (const Diagnostic* why = broken(item); why != nullptr && !(by_key && has_uid && is_limit(*why)))
    return reject(why->code, why->message, why->line, key);
  if (numbers.tels > limits.numbers && !by_key)
    return reject("too-many-numbers", fmt::format("{} numbers, at most {} are taken", numbers.tels, limits.numbers),
                  item.line, key);
  if (needs == Needs::kNumber && numbers.sorted.empty())
    return reject("no-number",
                  numbers.tels == 0 ? "it has no number"
                  : numbers.tels == 1
                      ? numbers.complaint
                      : fmt::format("none of its {} numbers can be one; {}", numbers.tels, numbers.complaint),
                  item.line, key);
  if (!key) return reject("no-key", "it has neither a UID nor a number to know it by", item.line, {});
  UploadedEntry entry;
  entry.key = *std::move(key);
  entry.has_uid = has_uid;
  entry.line = item.line;
  if (needs == Needs::kKey) return entry;
  entry.card = format::write_vcard(card, format::VcardVersion::k40);
  entry.normal_form = card::normal_form(card);
  entry.spellings = std::move(numbers.spellings);
  entry.numbers = std::move(numbers.sorted);
  return entry;
}

}  // namespace cardsrv::service
