#pragma once
// What tables call the kinds of numbers and addresses, in English, German, Spanish and Chinese.

#include <string>
#include <string_view>
#include <vector>

namespace cardsrv::format {

// A name of a column or a label without what people write differently: case, accents, blanks, punctuation.
[[nodiscard]] std::string fold_label(std::string_view text);

// The TYPE values that a label means for a property (TEL, EMAIL, RELATED …); empty: it is a label of its own.
[[nodiscard]] std::vector<std::string> label_types(std::string_view property, std::string_view label);

// The English label for types in lower case: the one that means them all, else the one that means most; empty: none.
[[nodiscard]] std::string types_label(std::string_view property, const std::vector<std::string>& types);

// Whether a label names the anniversary, of all dates.
[[nodiscard]] bool means_anniversary(std::string_view label);

// The scheme of a messenger's URIs, such as "xmpp" for "Google Talk"; empty: not known.
[[nodiscard]] std::string_view messenger_scheme(std::string_view service);
// The messenger that a scheme is of; empty: not known.
[[nodiscard]] std::string_view messenger_name(std::string_view scheme);

// "M", "F" for the words that programs write; empty: another word.
[[nodiscard]] std::string_view sex_of(std::string_view word);

}  // namespace cardsrv::format
