#pragma once
// The dictionaries that card texts are packed with. Their texts are for ever: a store names the version that it used.
// They were written by hand from RFC 6350 and from what exporters write; none was trained on anybody's data.

#include <cstdint>
#include <optional>
#include <string_view>

namespace cardsrv::store::sqlite {

// What new texts are packed with.
inline constexpr std::uint32_t kDictionary = 1;

// 0 is no dictionary: empty. nullopt: a version that this release does not know.
[[nodiscard]] std::optional<std::string_view> dictionary(std::uint32_t version);

}  // namespace cardsrv::store::sqlite
