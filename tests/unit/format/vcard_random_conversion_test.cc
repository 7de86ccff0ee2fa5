// Cards thrown together from names, parameters and values that the versions treat differently: whatever is read comes
// back through every version, in any order, with the same meaning.
#include <gtest/gtest.h>

#include <random>

#include "format/reader.h"
#include "format/writer.h"
#include "unit/format/vcard_text.h"

namespace cardsrv::format {
namespace {

class Thrown {
 public:
  explicit Thrown(unsigned seed) : random_(seed) {}

  std::string card() {
    std::string lines;
    for (size_t count = random_() % 8; count > 0; --count) lines += line();
    return vcard(one_of({"2.1", "3.0", "4.0"}), lines);
  }

 private:
  std::string one_of(std::initializer_list<const char*> choices) {
    return *(choices.begin() + random_() % choices.size());
  }
  bool chance(unsigned in) { return random_() % in == 0; }

  std::string line() {
    std::string out = chance(6) ? one_of({"item1.", "item2."}) : "";
    out += name();
    for (size_t count = random_() % 4; count > 1; --count) out += ';' + parameter();
    return out + ':' + value() + '\n';
  }

  std::string name() {
    return one_of({"FN",
                   "N",
                   "ADR",
                   "ADR",
                   "LABEL",
                   "LABEL",
                   "X-LABEL",
                   "SORT-STRING",
                   "X-SORT-STRING",
                   "BDAY",
                   "BDAY",
                   "X-BDAY",
                   "ANNIVERSARY",
                   "X-ANNIVERSARY",
                   "DEATHDATE",
                   "GEO",
                   "X-GEO",
                   "TEL",
                   "GENDER",
                   "X-GENDER",
                   "KIND",
                   "X-ADDRESSBOOKSERVER-KIND",
                   "MEMBER",
                   "X-ADDRESSBOOKSERVER-MEMBER",
                   "X-KIND",
                   "RELATED",
                   "X-RELATED",
                   "AGENT",
                   "X-AGENT",
                   "CLASS",
                   "X-CLASS",
                   "IMPP",
                   "X-IMPP",
                   "LANG",
                   "SOCIALPROFILE",
                   "X-SOCIALPROFILE",
                   "NOTE",
                   "PHOTO",
                   "CATEGORIES",
                   "ORG",
                   "X-ABLABEL",
                   "REV",
                   "CLIENTPIDMAP",
                   "URL",
                   "UID",
                   "X-ODD"});
  }

  std::string parameter() {
    return one_of({"TYPE=home",
                   "TYPE=work",
                   "TYPE=home,pref",
                   "PREF",
                   "PREF=1",
                   "PREF=7",
                   "X-PREF=3",
                   "HOME",
                   "VALUE=uri",
                   "VALUE=text",
                   "VALUE=date",
                   "X-VALUE=uri",
                   "ALTID=1",
                   "X-ALTID=2",
                   "LABEL=a b",
                   "LABEL=\"a,b\"",
                   "LABEL=a,b",
                   "X-LABEL=c",
                   "SORT-AS=x",
                   "SORT-AS=x,y",
                   "X-SORT-AS=z",
                   "DERIVED=true",
                   "X-DERIVED=true",
                   "CALSCALE=chinese",
                   "X-APPLE-OMIT-YEAR=1604",
                   "LANGUAGE=de",
                   "X-A=^n^'\"^^\"",
                   "CHARSET=UTF-8",
                   "INDEX=1"});
  }

  std::string value() {
    return one_of({"",
                   "a",
                   "Doe;Jane;;;",
                   ";a;;;",
                   "a\\,b",
                   "a,b",
                   "a\\;b;c",
                   "a\\nb",
                   "a\\\\b",
                   "19850412",
                   "1985-04-12",
                   "1604-02-29",
                   "--0412",
                   "--04-12",
                   "1985-04",
                   "19850412T102200Z",
                   "geo:1,2",
                   "1;2",
                   "1,2",
                   "geo:1,2,3",
                   "tel:+1-555;ext=5",
                   "tel:",
                   "+1 555",
                   "M",
                   "M;x",
                   "Male",
                   ";x",
                   "group",
                   "urn:uuid:1",
                   "true",
                   "data:image/png;base64,iVBORw0KGgo=",
                   "BEGIN:VCARD\\nN:in\\nEND:VCARD",
                   "\xc3\xa9",
                   " a ",
                   "http://x/a,b;c"});
  }

  std::mt19937 random_;
};

TEST(RandomConversion, NothingIsLostThroughTheVersions) {
  constexpr unsigned kCards = 6'000;
  using enum VcardVersion;
  for (unsigned seed = 0; seed < kCards; ++seed) {
    Thrown thrown(seed);
    const std::string text = thrown.card();
    const Item item = only(text);
    ASSERT_TRUE(item.card) << text;
    for (const auto& chain : {std::vector{k40}, std::vector{k30}, std::vector{k21}, std::vector{k40, k30, k21, k40},
                              std::vector{k21, k40, k30, k40}}) {
      card::Card card = *item.card;
      for (const VcardVersion version : chain) {
        const std::string written = write_vcard(card, version);
        const auto again = parse_vcard(written);
        ASSERT_TRUE(again) << again.error().message << "\n" << text << written;
        ASSERT_EQ(card::normal_form(*again), card::normal_form(*item.card)) << text << written;
        ASSERT_EQ(write_vcard(*again, version), written) << text;
        card = *again;
      }
    }
  }
}

}  // namespace
}  // namespace cardsrv::format
