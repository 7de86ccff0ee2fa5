#include "card/card.h"

#include <algorithm>
#include <set>

#include "base/utf8.h"
#include "card/value.h"

namespace cardsrv::card {
namespace {

std::string unescaped(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  append_unescaped(value, out);
  return out;
}

// Joins what is not empty with a blank.
std::string words(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) {
    const std::string_view word = trim(part);
    if (word.empty()) continue;
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

// "Mr. John Quinlan Public": the order of RFC 6350 §6.2.2's components in a Western formatted name.
std::string name_of_components(const Property& n) {
  const auto components = n.components();
  std::vector<std::string> parts;
  for (const size_t index : {3U, 1U, 2U, 0U, 4U})
    if (index < components.size()) parts.push_back(words(components[index]));
  return words(parts);
}

}  // namespace

const Parameter* Property::parameter(std::string_view wanted) const {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const Parameter& parameter) { return parameter.name == wanted; });
  return found == parameters.end() ? nullptr : &*found;
}

std::vector<std::string> Property::types() const {
  constexpr size_t kFew = 16;  // are looked through sooner
  std::vector<std::string> out;
  const Parameter* type = parameter("TYPE");
  if (type == nullptr) return out;
  std::set<std::string> seen;
  const auto fresh = [&](const std::string& word) {
    if (type->values.size() > kFew) return seen.insert(word).second;
    return std::find(out.begin(), out.end(), word) == out.end();
  };
  for (const std::string& written : type->values) {
    std::string lower = ascii_lower(written);
    if (!lower.empty() && lower != "pref" && fresh(lower)) out.push_back(std::move(lower));
  }
  return out;
}

std::string Property::text() const { return unescaped(value); }

std::vector<std::vector<std::string>> Property::components() const {
  std::vector<std::vector<std::string>> out(1);
  const std::string_view all = value;
  for (size_t start = 0, at = 0;; start = ++at) {
    while (at < all.size() && all[at] != ',' && all[at] != ';') at += all[at] == '\\' && at + 1 < all.size() ? 2 : 1;
    out.back().push_back(unescaped(all.substr(start, at - start)));
    if (at >= all.size()) break;
    if (all[at] == ';') out.emplace_back();
  }
  return out;
}

std::string escape_text(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 8);
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '\\': out += "\\\\"; break;
      case ',': out += "\\,"; break;
      case ';': out += "\\;"; break;
      case '\r':
        if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
        out += "\\n";
        break;
      case '\n': out += "\\n"; break;
      default: out += text[i];
    }
  }
  return out;
}

const Property* Card::find(std::string_view name) const {
  const auto found = std::find_if(properties.begin(), properties.end(),
                                  [&](const Property& property) { return property.name == name; });
  return found == properties.end() ? nullptr : &*found;
}

std::vector<const Property*> Card::all(std::string_view name) const {
  std::vector<const Property*> out;
  for (const Property& property : properties)
    if (property.name == name) out.push_back(&property);
  return out;
}

std::string Card::formatted_name() const {
  for (const Property& property : properties) {
    if (property.name != "FN") continue;
    const std::string text = property.text();
    if (const std::string_view name = trim(text); !name.empty()) return std::string(name);
  }
  if (const Property* n = find("N"))
    if (std::string name = name_of_components(*n); !name.empty()) return name;
  for (const std::string_view fallback : {"ORG", "NICKNAME"}) {
    const Property* property = find(fallback);
    if (property == nullptr) continue;
    for (const auto& component : property->components())
      if (std::string name = words(fallback == "ORG" ? component : std::vector{component.front()}); !name.empty())
        return name;
  }
  return {};
}

std::optional<std::string> Card::uid() const {
  const Property* property = find("UID");
  if (property == nullptr) return std::nullopt;
  const std::string text = property->text();
  const std::string_view uid = trim(text);
  if (uid.empty()) return std::nullopt;
  return std::string(uid);
}

std::vector<std::string> Card::tels() const {
  std::vector<std::string> out;
  for (const Property& property : properties) {
    if (property.name != "TEL") continue;
    const std::string text = property.text();
    if (const std::string_view tel = trim(text); !tel.empty()) out.emplace_back(tel);
  }
  return out;
}

}  // namespace cardsrv::card
