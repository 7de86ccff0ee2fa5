#pragma once
// Values of Android's contacts in the spelling of RFC 6350.

#include <optional>
#include <string>
#include <string_view>

namespace cardsrv::format {

// A date as Android's programs write it ("1985-02-03", "--02-03", "19850203", with or without a time) in RFC 6350's
// basic form (§4.3.1, §4.3.3); nullopt: something else. A time of midnight is none.
[[nodiscard]] std::optional<std::string> android_date(std::string_view text);

// A value of the kind URI: backslash and line end escaped.
[[nodiscard]] std::string uri_value(std::string_view text);

// "xmpp:" and the address, with what cannot stand in a URI (RFC 3986 §2) in percent signs; as it is where it begins
// with that scheme already.
[[nodiscard]] std::string messaging_uri(std::string_view scheme, std::string_view address);

// A data: URI (RFC 2397) with the media type that the first bytes tell.
[[nodiscard]] std::string picture_uri(std::string_view bytes);

}  // namespace cardsrv::format
