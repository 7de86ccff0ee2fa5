#include "format/vcard_document.h"

#include <algorithm>

#include "base/utf8.h"
#include "format/versions.h"
#include "format/writer.h"

namespace cardsrv::format {
namespace {

VcardVersion written_version(const std::string& version) {
  if (version == "2.1") return VcardVersion::k21;
  return version.starts_with('4') ? VcardVersion::k40 : VcardVersion::k30;
}

std::string_view line_end(std::string_view text, size_t begin) {
  const size_t at = text.find_first_of("\r\n", begin);
  if (at == std::string_view::npos || text[at] == '\n') return "\n";
  for (const std::string_view end : {"\r\n", "\r\r\n"})
    if (text.substr(at).starts_with(end)) return end;
  return "\r";
}

// The properties alone as lines of that version.
std::string lines_of(const std::vector<card::Property>& properties, VcardVersion version, std::string_view end) {
  const std::string written = write_properties(properties, version);
  std::string_view lines = written;
  std::string out;
  while (!lines.empty()) {
    const size_t at = lines.find("\r\n");
    out.append(lines.substr(0, at));
    out += end;
    lines.remove_prefix(at + 2);
  }
  return out;
}

// In 2.1 a blank line ends what is in base64, and goes with it.
Extent with_blank_line(std::string_view text, Extent extent, std::string_view end) {
  const std::string_view property = text.substr(extent.begin, extent.end - extent.begin);
  const std::string head = ascii_upper(property.substr(0, property.find(':')));
  if (head.find("BASE64") != std::string::npos && text.substr(extent.end).starts_with(end)) extent.end += end.size();
  return extent;
}

struct Splice {
  Extent out;      // what goes
  std::string in;  // what comes instead
};

std::vector<Splice> splices_of(std::string_view text, const CardEdits& change) {
  const CardPlace& place = change.card->place;
  const VcardVersion version = written_version(change.card->version);
  const std::string_view end = line_end(text, place.begin);
  std::vector<Splice> splices;
  std::string added;
  // The property in place of which `in` comes, with the lines that say a part of it.
  const auto replace = [&](size_t at, std::string in) {
    const Extent& whole = place.properties[at];
    splices.push_back({version == VcardVersion::k21 ? with_blank_line(text, whole, end) : whole, std::move(in)});
    for (const auto& [into, extent] : place.absorbed)
      if (into == at) splices.push_back({extent, ""});
  };
  for (const card::Edit& edit : change.edits) {
    for (const size_t with : edit.with) replace(with, "");
    switch (edit.kind) {
      case card::EditKind::kAdd: added += lines_of(edit.properties, version, end); break;
      case card::EditKind::kUpdate: replace(edit.place, lines_of(edit.properties, version, end)); break;
      case card::EditKind::kRemove: replace(edit.place, ""); break;
    }
  }
  if (!place.derived.empty()) {
    const card::Card& before = change.card->card;
    const auto derived = derived_properties(card::apply_edits(before, change.edits), version);
    if (derived != derived_properties(before, version)) {
      for (const Extent& extent : place.derived) splices.push_back({extent, ""});
      if (!derived.empty()) added += lines_of(derived, version, end);
    }
  }
  if (!added.empty()) splices.push_back({{place.end_line, place.end_line}, std::move(added)});
  std::stable_sort(splices.begin(), splices.end(),
                   [](const Splice& a, const Splice& b) { return a.out.begin < b.out.begin; });
  return splices;
}

}  // namespace

std::string edit_vcards(std::string_view text, const std::vector<CardEdits>& changes) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  size_t done = 0;
  for (const CardEdits& change : changes) {
    for (const Splice& splice : splices_of(text, change)) {
      out.append(text.substr(done, splice.out.begin - done));
      out += splice.in;
      done = splice.out.end;
    }
  }
  out.append(text.substr(done));
  return out;
}

}  // namespace cardsrv::format
