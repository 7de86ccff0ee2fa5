#include "service/inspecting.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/input.h"
#include "base/stop.h"
#include "base/utf8.h"
#include "card/date.h"
#include "service/card_files.h"
#include "service/entry_key.h"

namespace cardsrv::service {
namespace {

std::string clean(std::string_view text) { return nfc(trim(text)); }

// A structured value's component as one text.
std::string component_text(const std::vector<std::vector<std::string>>& components, size_t index) {
  std::string out;
  if (index >= components.size()) return out;
  for (const std::string& member : components[index]) {
    if (&member != &components[index].front()) out += ',';
    out += trim(member);
  }
  return clean(out);
}

template <size_t N>
std::array<std::string, N> component_texts(const card::Property& property) {
  const auto components = property.components();
  std::array<std::string, N> out;
  for (size_t i = 0; i < N; ++i) out[i] = component_text(components, i);
  return out;
}

std::vector<std::string> org_of(const card::Property& property) {
  const auto components = property.components();
  std::vector<std::string> out;
  for (size_t i = 0; i < components.size(); ++i) out.push_back(component_text(components, i));
  while (!out.empty() && out.back().empty()) out.pop_back();
  return out;
}

std::vector<phone::PhoneNumber> sorted_numbers(const std::vector<InspectedTel>& tels) {
  std::vector<phone::PhoneNumber> out;
  for (const InspectedTel& tel : tels)
    if (tel.number) out.push_back(*tel.number);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Reject outside_reject(const format::Item& item, const std::string& source) {
  Reject reject;
  reject.source = source;
  reject.line = item.line;
  reject.raw = item.raw;
  const Diagnostic* why = item.rejected              ? &*item.rejected
                          : item.diagnostics.empty() ? nullptr
                                                     : &item.diagnostics.front();
  if (why != nullptr) {
    reject.code = why->code;
    reject.reason = why->message;
  }
  return reject;
}

}  // namespace

InspectedCard inspect_card(card::Card card, phone::Reader& numbers, std::optional<phone::Region> region) {
  InspectedCard out;
  bool has_fn = false;
  bool has_n = false;
  bool has_bday = false;
  bool has_org = false;
  for (const card::Property& property : card.properties) {
    const std::string& name = property.name;
    if (name == "FN" && !std::exchange(has_fn, true)) out.fn = clean(property.text());
    if (name == "N" && !std::exchange(has_n, true)) out.n = component_texts<5>(property);
    if (name == "BDAY" && !std::exchange(has_bday, true)) out.bday = card::iso_date(clean(property.text()));
    if (name == "ORG" && !std::exchange(has_org, true)) out.org = org_of(property);
    if (name == "ADR") out.adr.push_back(component_texts<7>(property));
    if (name == "EMAIL")
      if (std::string email = clean(property.text()); !email.empty()) out.emails.push_back(std::move(email));
    if (name != "TEL") continue;
    InspectedTel tel{clean(property.text()), std::nullopt, property.types()};
    if (tel.raw.empty()) continue;
    if (const auto parsed = numbers.parse(tel.raw, region)) tel.number = *parsed;
    out.tels.push_back(std::move(tel));
  }
  out.properties = card.properties.size();
  out.key = entry_key(card, sorted_numbers(out.tels));
  out.card = std::move(card);
  return out;
}

Result<InspectSummary> inspect(format::CardReader& reader, const std::string& source, const InspectOptions& options,
                               const InspectedSink& on_card, const OutsideSink& on_outside) {
  TRY(phone::load());
  InspectSummary summary;
  phone::Reader numbers;
  while (true) {
    TRY(check_stop());
    TRY(std::optional<format::Item> item, reader.next());
    if (!item) return summary;
    if (!item->card) {
      ++summary.outside;
      TRY(on_outside(outside_reject(*item, source)));
      continue;
    }
    InspectedCard card = inspect_card(std::move(*item->card), numbers, options.region);
    card.source = source;
    card.line = item->line;
    card.index = item->index;
    card.version = std::move(item->version);
    card.diagnostics = std::move(item->diagnostics);
    card.taken = !item->rejected;
    card.raw = std::move(item->raw);
    if (item->rejected) card.diagnostics.push_back(*std::move(item->rejected));
    ++summary.cards;
    summary.damaged += card.diagnostics.empty() ? 0 : 1;
    TRY(on_card(std::move(card)));
  }
}

Result<InspectSummary> inspect_file(const std::string& path, const InspectOptions& options,
                                    const InspectedSink& on_card, const OutsideSink& on_outside) {
  TRY(const std::unique_ptr<InputStream> input, open_input(path));
  TRY(const auto reader, of_file(format::read_cards(*input, options.reading, options.limits), path));
  return of_file(inspect(*reader, path, options, on_card, on_outside), path);
}

}  // namespace cardsrv::service
