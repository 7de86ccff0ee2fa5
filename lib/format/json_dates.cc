#include "format/json_dates.h"

#include <algorithm>
#include <array>

namespace cardsrv::format {
namespace {

// '9' stands for a digit. What is in both forms the same stands in both columns.
struct Form {
  std::string_view basic;
  std::string_view extended;
};

constexpr std::array kDates = {
    Form{"99999999", "9999-99-99"}, Form{"9999-99", "9999-99"}, Form{"9999", "9999"},
    Form{"--9999", "--99-99"},      Form{"--99", "--99"},       Form{"---99", "---99"},
};
constexpr std::array kTimes = {
    Form{"999999", "99:99:99"}, Form{"9999", "99:99"}, Form{"99", "99"},
    Form{"-9999", "-99:99"},    Form{"-99", "-99"},    Form{"--99", "--99"},
};
constexpr std::array kZones = {
    Form{"Z", "Z"}, Form{"+9999", "+99:99"}, Form{"-9999", "-99:99"}, Form{"+99", "+99"}, Form{"-99", "-99"},
};

bool fits(std::string_view text, std::string_view form) {
  return text.size() == form.size() && std::equal(text.begin(), text.end(), form.begin(), [](char c, char f) {
           return f == '9' ? c >= '0' && c <= '9' : c == f;
         });
}

std::string reshaped(std::string_view text, std::string_view into) {
  std::string out;
  size_t at = 0;
  for (const char f : into) {
    if (f != '9') {
      out += f;
      continue;
    }
    while (at < text.size() && (text[at] < '0' || text[at] > '9')) ++at;
    out += text[at++];
  }
  return out;
}

enum class Way { kToExtended = 1, kToBasic = 2 };

template <size_t size>
std::optional<std::string> converted(std::string_view text, const std::array<Form, size>& forms, Way way) {
  for (const Form& form : forms) {
    const std::string_view from = way == Way::kToExtended ? form.basic : form.extended;
    if (fits(text, from)) return reshaped(text, way == Way::kToExtended ? form.extended : form.basic);
  }
  return std::nullopt;
}

// A time with or without its zone. A sign may begin a truncated time as well: every place for a zone is tried.
std::optional<std::string> converted_time(std::string_view text, Way way) {
  if (auto whole = converted(text, kTimes, way)) return whole;
  for (size_t at = 1; at < text.size(); ++at) {
    const auto zone = converted(text.substr(at), kZones, way);
    if (!zone) continue;
    if (const auto time = converted(text.substr(0, at), kTimes, way)) return *time + *zone;
  }
  return std::nullopt;
}

std::optional<std::string> converted_value(std::string_view type, std::string_view value, Way way) {
  if (type == "utc-offset") return converted(value, kZones, way);
  if (type == "date") return converted(value, kDates, way);
  if (type == "time") return converted_time(value, way);
  const size_t t = value.find('T');
  if (t == std::string_view::npos) return type == "date-and-or-time" ? converted(value, kDates, way) : std::nullopt;
  const auto time = converted_time(value.substr(t + 1), way);
  if (!time) return std::nullopt;
  if (t == 0) return type == "date-and-or-time" ? std::optional("T" + *time) : std::nullopt;
  const auto date = converted(value.substr(0, t), kDates, way);
  return date ? std::optional(*date + "T" + *time) : std::nullopt;
}

}  // namespace

bool is_date_type(std::string_view type) {
  constexpr std::array<std::string_view, 6> kTypes = {"date",      "time",      "date-time", "date-and-or-time",
                                                      "timestamp", "utc-offset"};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

std::optional<std::string> extended_form(std::string_view type, std::string_view value) {
  return is_date_type(type) ? converted_value(type, value, Way::kToExtended) : std::nullopt;
}

std::optional<std::string> basic_form(std::string_view type, std::string_view value) {
  return is_date_type(type) ? converted_value(type, value, Way::kToBasic) : std::nullopt;
}

}  // namespace cardsrv::format
