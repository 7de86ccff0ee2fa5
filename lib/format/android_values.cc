#include "format/android_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "format/encodings.h"
#include "format/media_types.h"

namespace cardsrv::format {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

// Whether `text` is of the form of `shape`, in which 0 is any digit.
bool shaped(std::string_view text, std::string_view shape) {
  return text.size() == shape.size() && std::equal(text.begin(), text.end(), shape.begin(),
                                                   [](char c, char s) { return s == '0' ? digit(c) : c == s; });
}

std::string without(std::string_view text, char separator) {
  std::string out(text);
  std::erase(out, separator);
  return out;
}

std::optional<std::string> basic_date(std::string_view date) {
  if (shaped(date, "0000-00-00")) return without(date, '-');
  if (shaped(date, "--00-00")) return fmt::format("--{}{}", date.substr(2, 2), date.substr(5));
  for (const char* basic : {"00000000", "--0000", "0000-00", "0000", "--00", "---00"})
    if (shaped(date, basic)) return std::string(date);
  return std::nullopt;
}

// "T102200Z" of "10:22:00.000Z"; empty for midnight.
std::optional<std::string> basic_time(std::string_view time) {
  std::string_view zone;
  if (const size_t at = time.find_first_of("Z+-"); at != std::string_view::npos) {
    zone = time.substr(at);
    time = time.substr(0, at);
  }
  const size_t point = time.find('.');
  if (point != std::string_view::npos) {
    if (!std::all_of(time.begin() + static_cast<std::ptrdiff_t>(point) + 1, time.end(), digit)) return std::nullopt;
    time = time.substr(0, point);
  }
  const bool zone_known =
      zone.empty() || zone == "Z" || shaped(zone.substr(1), "0000") || shaped(zone.substr(1), "00:00");
  if (!zone_known || !(shaped(time, "00:00:00") || shaped(time, "000000") || shaped(time, "00:00")))
    return std::nullopt;
  const std::string digits = without(time, ':');
  if (digits.find_first_not_of('0') == std::string::npos) return "";
  return fmt::format("T{}{}", digits, without(zone, ':'));
}

}  // namespace

std::optional<std::string> android_date(std::string_view text) {
  text = trim(text);
  const size_t at = text.find_first_of("T ");
  auto date = basic_date(text.substr(0, at));
  if (!date || at == std::string_view::npos) return date;
  const auto time = basic_time(text.substr(at + 1));
  // A time goes with a whole day only (RFC 6350 §4.3.3).
  if (!time || (!time->empty() && !shaped(*date, "00000000") && !shaped(*date, "--0000"))) return std::nullopt;
  return *date + *time;
}

std::string uri_value(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c != '\r')
      out += c;
  }
  return out;
}

std::string messaging_uri(std::string_view scheme, std::string_view address) {
  address = trim(address);
  std::string out;
  const bool complete = address.size() > scheme.size() && address[scheme.size()] == ':' &&
                        ascii_lower(address.substr(0, scheme.size())) == scheme;
  if (!complete) out = fmt::format("{}:", scheme);
  for (const char c : address) {
    const bool plain = c > ' ' && c < 0x7f && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
    if (plain && (complete || c != '%'))
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string picture_uri(std::string_view bytes) {
  const std::string base64 = encode_base64(bytes);
  const std::string_view media = sniff_base64(base64);
  return fmt::format("data:{};base64,{}", media.empty() ? "application/octet-stream" : media, base64);
}

}  // namespace cardsrv::format
