#include "format/column_labels.h"

#include <algorithm>
#include <array>
#include <span>
#include <unordered_map>

#include "base/utf8.h"

namespace cardsrv::format {
namespace {

using namespace std::string_view_literals;

struct Label {
  std::string_view words;  // the English one first, "|" between
  std::string_view types;  // "," between
};

constexpr std::array kPhoneLabels = {
    Label{"Home|Privat|Zuhause|Particular|Casa|Personal|住宅|家庭|家", "home"},
    Label{"Work|Business|Arbeit|Geschäftlich|Beruflich|Trabajo|Laboral|工作|单位|商务|公司", "work"},
    Label{"Mobile|Cell|Mobil|Mobiltelefon|Handy|Móvil|Celular|手机|移动|移动电话", "cell"},
    Label{"Home Fax|Fax privat|Fax (Zuhause)|Fax de casa|Fax particular|Fax casa|住宅传真|家庭传真", "fax,home"},
    Label{"Work Fax|Fax geschäftlich|Fax (Arbeit)|Fax del trabajo|Fax trabajo|工作传真|单位传真|商务传真", "fax,work"},
    Label{"Other Fax|Fax|Weiteres Fax|Otro fax|传真|其他传真", "fax"},
    Label{"Pager|Buscapersonas|寻呼机", "pager"},
    Label{"Main|Haupt|Hauptnummer|Principal|主要|总机", "main-number"},
    Label{"Car|Auto|Coche|车载", "car"},
    Label{"Other|Sonstige|Weitere|Andere|Otro|Otra|Otros|其他|其它", "other"},
};
constexpr std::array kRelations = {
    Label{"Spouse|Ehepartner|Partner|Cónyuge|配偶", "spouse"},
    Label{"Child|Kind|Hijo|子女|孩子", "child"},
    Label{"Parent|Elternteil|Progenitor|父母", "parent"},
    Label{"Sibling|Geschwister", "sibling"},
    Label{"Friend|Freund|Amigo|朋友", "friend"},
    Label{"Co-Worker|Kollege|Compañero|同事", "co-worker"},
    Label{"Emergency|Notfall|Emergencia|紧急", "emergency"},
};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (true) {
    const size_t at = text.find(separator);
    out.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 1);
  }
}

// Every word that means something, folded.
using Words = std::unordered_map<std::string, std::string_view>;

template <typename Rows, typename WordsMember, typename MeaningMember>
Words words_of(const Rows& rows, WordsMember words, MeaningMember meaning) {
  Words out;
  for (const auto& row : rows)
    for (const std::string& word : split(row.*words, '|')) out.emplace(fold_label(word), row.*meaning);
  return out;
}

std::string_view meaning(const Words& words, std::string_view text) {
  const auto found = words.find(fold_label(text));
  return found == words.end() ? std::string_view() : found->second;
}

std::span<const Label> labels_of(std::string_view property) {
  if (property == "RELATED") return kRelations;
  return kPhoneLabels;
}

// Letters of Latin-1 that are a letter with an accent, without it; in the order of U+00E0 to U+00FF.
constexpr std::string_view kWithoutAccent = "aaaaaa\0ceeeeiiii\0nooooo\0ouuuuy\0y"sv;

struct Messenger {
  std::string_view scheme;
  std::string_view names;
};
constexpr std::array kMessengers = {
    Messenger{"xmpp", "Jabber|XMPP|Google Talk|GTalk|Hangouts"},
    Messenger{"skype", "Skype"},
    Messenger{"aim", "AIM"},
    Messenger{"msnim", "MSN|Windows Live|WindowsLive"},
    Messenger{"icq", "ICQ"},
    Messenger{"ymsgr", "Yahoo"},
    Messenger{"qq", "QQ"},
    Messenger{"sip", "SIP"},
    Messenger{"whatsapp", "WhatsApp"},
    Messenger{"matrix", "Matrix"},
};

}  // namespace

std::string fold_label(std::string_view text) {
  const std::string folded = fold_name(text);
  std::string out;
  for (size_t i = 0; i < folded.size(); ++i) {
    const auto byte = static_cast<unsigned char>(folded[i]);
    if (byte < 0x80) {
      if ((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z')) out += folded[i];
      continue;
    }
    const std::string_view rest = std::string_view(folded).substr(i);
    if (byte == 0xc3 && rest.size() > 1) {  // U+00C0 to U+00FF
      const auto low = static_cast<unsigned char>(rest[1]);
      const char plain = low >= 0xa0 && low < 0xa0 + kWithoutAccent.size() ? kWithoutAccent[low - 0xa0] : '\0';
      if (plain != '\0') {
        out += plain;
        ++i;
        continue;
      }
    }
    // Punctuation of Chinese: U+3000 to U+303F, full-width forms of ASCII's.
    if (rest.starts_with("\xe3\x80") || rest.starts_with("\xef\xbc") || rest.starts_with("\xef\xbd")) {
      i += 2;
      continue;
    }
    if (rest.starts_with("\xe2\x80")) {  // dashes and quotes, U+2010 to U+203F
      i += 2;
      continue;
    }
    out += folded[i];
  }
  return out;
}

std::vector<std::string> label_types(std::string_view property, std::string_view label) {
  static const Words kPhones = words_of(kPhoneLabels, &Label::words, &Label::types);
  static const Words kRelated = words_of(kRelations, &Label::words, &Label::types);
  const std::string_view types = meaning(property == "RELATED" ? kRelated : kPhones, label);
  return types.empty() ? std::vector<std::string>{} : split(types, ',');
}

std::string types_label(std::string_view property, const std::vector<std::string>& types) {
  std::string best;
  size_t most = 0;
  if (types.empty()) return best;
  for (const Label& label : labels_of(property)) {
    const std::vector<std::string> wanted = split(label.types, ',');
    const bool all = std::all_of(wanted.begin(), wanted.end(), [&](const std::string& type) {
      return std::find(types.begin(), types.end(), type) != types.end();
    });
    // Of labels that say one type each, a device says more than a place.
    const size_t says = wanted.size() * 2 + (wanted.front() != "home" && wanted.front() != "work" ? 1 : 0);
    if (!all || says <= most) continue;
    most = says;
    best = split(label.words, '|').front();
  }
  return best;
}

bool means_anniversary(std::string_view label) {
  static constexpr std::array kRows = {Label{"Anniversary|Jahrestag|Aniversario|纪念日|周年纪念日", "yes"}};
  static const Words kWords = words_of(kRows, &Label::words, &Label::types);
  return !meaning(kWords, label).empty();
}

std::string_view messenger_scheme(std::string_view service) {
  static const Words kWords = words_of(kMessengers, &Messenger::names, &Messenger::scheme);
  return meaning(kWords, service);
}

std::string_view messenger_name(std::string_view scheme) {
  const auto* const found = std::find_if(kMessengers.begin(), kMessengers.end(),
                                         [&](const Messenger& messenger) { return messenger.scheme == scheme; });
  return found == kMessengers.end() ? std::string_view() : found->names.substr(0, found->names.find('|'));
}

std::string_view sex_of(std::string_view word) {
  static constexpr std::array kRows = {Label{"Male|Männlich|Masculino|Hombre|Varón|男|男性", "M"},
                                       Label{"Female|Weiblich|Femenino|Mujer|女|女性", "F"}};
  static const Words kWords = words_of(kRows, &Label::words, &Label::types);
  return meaning(kWords, word);
}

}  // namespace cardsrv::format
