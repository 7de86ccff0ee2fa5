#pragma once
// The short words that vCard 2.1 and 3.0 use in TYPE for the kind of binary data, and media types (RFC 2426 §3.1.4).

#include <string>
#include <string_view>

namespace cardsrv::format {

// Whether values of this property are binary data: PHOTO, LOGO, SOUND, KEY.
[[nodiscard]] bool holds_media(std::string_view property);

// The media type that a TYPE value means for the property: "JPEG" → image/jpeg, "image/png" as it is. Empty: none.
[[nodiscard]] std::string media_type(std::string_view property, std::string_view type_value);

// The word for a media type: image/jpeg → "JPEG"; the media type itself where there is none.
[[nodiscard]] std::string media_word(std::string_view property, std::string_view media);

// What the first bytes of base64 data look like; empty if nothing known.
[[nodiscard]] std::string_view sniff_base64(std::string_view base64);

}  // namespace cardsrv::format
