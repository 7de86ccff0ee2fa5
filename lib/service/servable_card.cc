#include "service/servable_card.h"

#include <algorithm>

namespace cardsrv::service {
namespace {

void drop_controls(std::string& text) {
  std::erase_if(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n') || byte == 0x7f;
  });
}

bool in_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

void mend_base64(std::string& value) {
  constexpr std::string_view kMark = ";base64,";
  if (!value.starts_with("data:")) return;
  const size_t comma = value.find(',');
  const size_t mark = value.find(kMark);
  if (mark == std::string::npos || mark + kMark.size() != comma + 1) return;
  // A photo that is sound is not copied.
  const size_t begin = comma + 1;
  const size_t end = std::min(value.find_last_not_of('=') + 1, value.size());
  const bool all_known = std::all_of(value.begin() + static_cast<std::ptrdiff_t>(begin),
                                     value.begin() + static_cast<std::ptrdiff_t>(std::max(begin, end)), in_base64);
  if (all_known && (value.size() - begin) % 4 == 0 && value.size() - end <= 2) return;
  std::string body = value.substr(begin);
  std::erase_if(body, [](char c) { return !in_base64(c); });
  if (body.size() % 4 == 1) body.pop_back();  // six bits are no byte
  body.append((4 - body.size() % 4) % 4, '=');
  value.replace(begin, std::string::npos, body);
}

}  // namespace

card::Card servable(card::Card card) {
  bool named = false;
  for (card::Property& property : card.properties) {
    if (property.name == "N") {
      if (named) property.name = "X-N";
      named = true;
    }
    drop_controls(property.value);
    for (card::Parameter& parameter : property.parameters)
      for (std::string& value : parameter.values) drop_controls(value);
    mend_base64(property.value);
  }
  return card;
}

}  // namespace cardsrv::service
