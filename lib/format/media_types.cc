#include "format/media_types.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace cardsrv::format {
namespace {

struct Media {
  std::string_view word;
  std::string_view type;
};

// The first word of a media type is the one that is written.
constexpr std::array kImages = {
    Media{"jpeg", "image/jpeg"},     Media{"jpg", "image/jpeg"},       Media{"png", "image/png"},
    Media{"gif", "image/gif"},       Media{"webp", "image/webp"},      Media{"bmp", "image/bmp"},
    Media{"tiff", "image/tiff"},     Media{"tif", "image/tiff"},       Media{"svg", "image/svg+xml"},
    Media{"heic", "image/heic"},     Media{"avif", "image/avif"},      Media{"wmf", "image/wmf"},
    Media{"cgm", "image/cgm"},       Media{"met", "image/x-met"},      Media{"pmb", "image/x-pmb"},
    Media{"dib", "image/x-dib"},     Media{"pict", "image/x-pict"},    Media{"ps", "application/postscript"},
    Media{"pdf", "application/pdf"}, Media{"mpeg", "video/mpeg"},      Media{"mpeg2", "video/mpeg2"},
    Media{"avi", "video/x-msvideo"}, Media{"qtime", "video/quicktime"}};
constexpr std::array kSounds = {Media{"basic", "audio/basic"}, Media{"wave", "audio/wav"},  Media{"wav", "audio/wav"},
                                Media{"pcm", "audio/x-pcm"},   Media{"aiff", "audio/aiff"}, Media{"mp3", "audio/mpeg"},
                                Media{"aac", "audio/aac"},     Media{"ogg", "audio/ogg"}};
constexpr std::array kKeys = {Media{"pgp", "application/pgp-keys"}, Media{"x509", "application/pkix-cert"}};

struct Magic {
  std::string_view base64;
  std::string_view type;
};
constexpr std::array kMagic = {
    Magic{"/9j/", "image/jpeg"},  Magic{"iVBORw0KGg", "image/png"}, Magic{"R0lGOD", "image/gif"},
    Magic{"UklGR", "image/webp"}, Magic{"Qk0", "image/bmp"},        Magic{"SUkqA", "image/tiff"},
    Magic{"TU0AK", "image/tiff"}, Magic{"SUQz", "audio/mpeg"},      Magic{"T2dnU", "audio/ogg"}};

template <typename F>
const Media* search(std::string_view property, F matches) {
  const auto in = [&](const auto& table) -> const Media* {
    const auto found = std::find_if(table.begin(), table.end(), matches);
    return found == table.end() ? nullptr : &*found;
  };
  if (property == "SOUND") return in(kSounds);
  if (property == "KEY") return in(kKeys);
  return in(kImages);
}

}  // namespace

bool holds_media(std::string_view property) {
  return property == "PHOTO" || property == "LOGO" || property == "SOUND" || property == "KEY";
}

std::string media_type(std::string_view property, std::string_view type_value) {
  const std::string word = ascii_lower(type_value);
  if (word.find('/') != std::string::npos)
    return word.find_first_of(";, \"") == std::string::npos ? word : std::string();
  const Media* media = search(property, [&](const Media& entry) { return entry.word == word; });
  return media == nullptr ? std::string() : std::string(media->type);
}

std::string media_word(std::string_view property, std::string_view media) {
  const std::string type = ascii_lower(media);
  const Media* known = search(property, [&](const Media& entry) { return entry.type == type; });
  return known == nullptr ? type : ascii_upper(known->word);
}

std::string_view sniff_base64(std::string_view base64) {
  const auto* const found =
      std::find_if(kMagic.begin(), kMagic.end(), [&](const Magic& magic) { return base64.starts_with(magic.base64); });
  return found == kMagic.end() ? std::string_view() : found->type;
}

}  // namespace cardsrv::format
