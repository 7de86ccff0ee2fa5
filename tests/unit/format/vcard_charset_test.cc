// Charsets of values and of whole streams: declared, wrong, missing.
#include <gmock/gmock.h>

#include "format/encodings.h"
#include "format/reader.h"
#include "unit/format/vcard_text.h"

namespace cardsrv::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct InCharset {
  const char* charset;
  std::string bytes;
  std::string text;
};

// Names with bytes that are a backslash, a caret or an equals sign in ASCII are among them.
const std::vector<InCharset> kNames = {
    {"SHIFT_JIS",
     "\x8eR\x93"
     "c\x91\xbe\x98Y\x94\\\x95\\",
     "山田太郎能表"},
    {"Shift-JIS", "\x83\\\x83j\x81[ \xc0\xdb\xb3", "ソニー ﾀﾛｳ"},
    {"GBK", "\xc1\xaa\xcd\xa8 \xd5\xc5\xce\xb0 \xd5`", "联通 张伟 誤"},
    {"GB2312", "\xc0\xee\xd0\xa1\xc1\xfa", "李小龙"},
    {"GB18030",
     "\x81"
     "9\xee"
     "9\xd5\xc5",
     "㐀张"},
    {"BIG5", "\xb3\\\xa5\\\xbb\\", "許功蓋"},
    {"EUC-KR", "\xb1\xe8\xc3\xb6\xbc\xf6", "김철수"},
    {"KS_C_5601-1987", "\xb9\xda\xc1\xf6\xbc\xba", "박지성"},
    {"EUC-JP", "\xce\xeb\xcc\xda", "鈴木"},
    {"windows-1250", "\xa3ukasz \x8ei\x9eka", "Łukasz Žižka"},
    {"windows-1251", "\xc8\xe2\xe0\xed \xa8\xeb\xea\xe8\xed", "Иван Ёлкин"},
    {"windows-1252",
     "Zo\xeb \x96 \x80"
     "5",
     "Zoë – €5"},
    {"windows-1253", "\xc3\xe9\xfe\xf1\xe3\xef\xf2", "Γιώργος"},
    {"windows-1254",
     "Ay\xfe"
     "e \xd0",
     "Ayşe Ğ"},
    {"windows-1255", "\xf9\xec\xe5\xed", "שלום"},
    {"windows-1256", "\xe3\xcd\xe3\xcf", "محمد"},
    {"windows-1257", "J\xe2nis \xd0\xed\xe7le", "Jānis Šķēle"},
    {"windows-1258", "\xd0\xe3ng", "Đăng"},
    {"KOI8-R", "\xf0\xa3\xd4\xd2 \xfe\xc1\xca\xcb\xcf\xd7\xd3\xcb\xc9\xca", "Пётр Чайковский"},
    {"ISO-8859-2", "Dvo\xf8\xe1k", "Dvořák"},
    // What programs write under the name of the narrower one.
    {"GB2312", "\xd6\xec\xe9\x46\xbb\xf9\x20\x86\xb4\x88\xd2", "朱镕基 喆堃"},
    {"EUC-KR", "\x8c\x63\xb9\xe6\x20\xbc\x84\xbd\xc3", "똠방 펲시"},
    {"SHIFT_JIS", "\xee\xe0\x8b\xb4\x20\x87\x40", "髙橋 ①"},
    {"BIG5", "\x90\x68\x20\xfb\x69", "邨 堃"},
    {"ISO-8859-1", "\x93\x71\x94\x20\x80", "“q” €"},
    {"ISO-8859-15", "\xbcuvre \xa4", "Œuvre €"},
};

std::string quoted_printable_of(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    out += {'=', kHex[static_cast<unsigned char>(c) >> 4U], kHex[static_cast<unsigned char>(c) & 15U]};
  }
  return out;
}

// vCard 2.1 §2.1.5
TEST(ValueCharset, IsUndoneRawAndInQuotedPrintable) {
  for (const InCharset& name : kNames) {
    const std::string head = std::string("FN;CHARSET=") + name.charset;
    EXPECT_EQ(property_of("2.1", head + ":" + name.bytes + "\n").text(), name.text) << name.charset;
    EXPECT_EQ(property_of("2.1", head + ";ENCODING=QUOTED-PRINTABLE:" + quoted_printable_of(name.bytes) + "\n").text(),
              name.text)
        << name.charset;
  }
}

// A backslash or a semicolon is one only after the bytes have become characters.
TEST(ValueCharset, IsUndoneBeforeSeparatorsCount) {
  EXPECT_THAT(property_of("2.1", "N;CHARSET=BIG5:\xb3\\;\xa5\\\n").components(),
              ElementsAre(ElementsAre("\xe8\xa8\xb1"), ElementsAre("\xe5\x8a\x9f")));
  // In ISO-2022-JP the bytes of a character are ASCII: 「しょ」 has a "7" and "g", 「蚕」 a ";" first.
  EXPECT_EQ(property_of("2.1", "NOTE;CHARSET=ISO-2022-JP:\x1b$B;=\x1b(B\n").text(), "\xe8\x9a\x95");
}

TEST(ValueCharset, ThatIsUtf8InTruthIsToldAndReadAsThat) {
  for (const char* charset :
       {"ISO-8859-1", "windows-1251", "KOI8-R", "cp1252", "windows-874", "TIS-620", "IBM866", "cp850"}) {
    const Item item = only(vcard("2.1", std::string("FN;CHARSET=") + charset + ":Ren\xc3\xa9\n"));
    EXPECT_EQ(item.card->formatted_name(), "Ren\xc3\xa9");
    ASSERT_THAT(codes(item), ElementsAre("wrong-charset")) << charset;
    EXPECT_EQ(item.diagnostics[0].line, 3U);
    EXPECT_THAT(item.diagnostics[0].message, HasSubstr("UTF-8"));
  }
  const Item item = only(vcard("2.1", "FN;CHARSET=EUC-KR:\xf0\x9f\x98\x80\n"));
  EXPECT_EQ(item.card->formatted_name(), "\xf0\x9f\x98\x80") << "a charset of two bytes in which it means nothing";
  EXPECT_THAT(codes(item), ElementsAre("wrong-charset"));
}

// Two bytes of GBK can be UTF-8 by chance; where the declared charset fits it is believed.
TEST(ValueCharset, ThatFitsIsBelieved) {
  EXPECT_EQ(property_of("2.1", "FN;CHARSET=GBK:\xc1\xaa\xcd\xa8\n").text(), "\xe8\x81\x94\xe9\x80\x9a");
  EXPECT_EQ(property_of("2.1", "FN;CHARSET=windows-874:\xe1\xb4\xa7\n").text(), "แดง");
  EXPECT_EQ(property_of("2.1", "FN;CHARSET=IBM866:\xe2\xa8\xaf\n").text(), "тип");
  EXPECT_EQ(property_of("2.1", "FN;CHARSET=macintosh:d\xd5\x8etat\n").text(), "d’état");
}

TEST(ValueCharset, ThatMeansNothingIsDetectedFromLongerText) {
  const std::string korean =
      "\xb1\xe8\xb5\xbf\xc3\xb6 \xbc\xad\xbf\xef\xc6\xaf\xba\xb0\xbd\xc3 \xb0\xad\xb3\xb2\xb1\xb8 "
      "\xc5\xd7\xc7\xec\xb6\xf5\xb7\xce";
  const std::string text = "\xea\xb9\x80\xeb\x8f\x99\xec\xb2\xa0";
  const Item utf8 = only(vcard("2.1", "NOTE;CHARSET=UTF-8:" + korean + "\n"));
  EXPECT_THAT(utf8.card->properties[0].text(), HasSubstr(text));
  EXPECT_THAT(codes(utf8), ElementsAre("wrong-charset"));
  const Item none = only(vcard("2.1", "NOTE:" + korean + "\n"));
  EXPECT_THAT(none.card->properties[0].text(), HasSubstr(text));
  EXPECT_THAT(codes(none), ElementsAre("guessed-charset"));
  const Item unknown = only(vcard("2.1", "NOTE;CHARSET=NONE-SUCH:" + korean + "\n"));
  EXPECT_THAT(unknown.card->properties[0].text(), HasSubstr(text));
  EXPECT_THAT(codes(unknown), ElementsAre("unknown-charset"));
}

TEST(ValueCharset, ThatMeansNothingInShortTextIsToldWithReplacements) {
  const Item item = only(vcard("2.1", "FN;CHARSET=SHIFT_JIS:a\x94\n"));
  EXPECT_THAT(codes(item), ElementsAre("bad-charset"));
  EXPECT_EQ(item.card->formatted_name(), "a\xef\xbf\xbd");
  EXPECT_FALSE(item.raw.empty()) << "the bytes are still there";
}

// Of two bytes a character it is told where there are too many characters of three for chance.
TEST(ValueCharset, OfTwoBytesThatIsUtf8BeyondChanceIsTold) {
  for (const char* charset : {"GBK", "BIG5", "EUC-KR", "SHIFT_JIS", "EUC-JP"}) {
    const Item item = only(vcard("2.1", std::string("FN;CHARSET=") + charset + ":张三李四镕王\n"));
    EXPECT_EQ(item.card->formatted_name(), "张三李四镕王") << charset;
    EXPECT_THAT(codes(item), ElementsAre("wrong-charset")) << charset;
  }
}

// A telephone cuts a text at so many bytes, or one of them got lost: the rest is there.
TEST(ValueCharset, Utf8ThatIsHurtStaysUtf8) {
  for (const char* head : {"NOTE:", "NOTE;CHARSET=UTF-8:"}) {
    const Item cut = only(vcard("2.1", std::string(head) + "张伟\xe5\xbc\n"));
    EXPECT_EQ(cut.card->properties[0].text(), "张伟\ufffd");
    EXPECT_THAT(codes(cut), ElementsAre("bad-charset"));
    const Item hurt = only(vcard("2.1", std::string(head) + "Zo\xc3\xab \xbc\xa0 und Ren\xc3\xa9\n"));
    EXPECT_EQ(hurt.card->properties[0].text(), "Zoë \ufffd und René");
    const Item western = only(vcard("2.1", std::string(head) + "M\xfcller, Gro\xdf\n"));
    EXPECT_EQ(western.card->properties[0].text(), "Müller, Groß") << "no character of it is UTF-8";
  }
}

// Phones leave CHARSET out of some lines.
TEST(ValueCharset, OfAnotherLineOfTheCardServesWhereNoneIsDeclared) {
  const Item item = only(vcard("2.1", "FN;CHARSET=KOI8-R:\xd0\xa3\xd4\xd2\nNOTE:\xf0\xc1\n"));
  EXPECT_EQ(item.card->properties[1].text(), "\xd0\x9f\xd0\xb0");
  EXPECT_THAT(codes(item), ElementsAre("guessed-charset"));
  const Item western = only(vcard("2.1", "NOTE:caf\xe9\n"));
  EXPECT_EQ(western.card->properties[0].text(), "caf\xc3\xa9");
  EXPECT_THAT(western.diagnostics[0].message, HasSubstr("Windows-1252"));
}

TEST(ValueCharset, NulBytesInItAreTold) {
  const Item item = only(vcard("2.1", "NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:a=00b\n"));
  EXPECT_EQ(item.card->properties[0].text(), "ab");
  EXPECT_THAT(codes(item), ElementsAre("nul-byte"));
}

// ---- whole streams

std::string encoded(std::u32string_view text, size_t unit, bool big, bool mark) {
  std::string out;
  const auto put = [&](char32_t code) {
    for (size_t i = 0; i < unit; ++i) {
      const size_t shift = 8 * (big ? unit - 1 - i : i);
      out += static_cast<char>(static_cast<unsigned char>(code >> shift & 0xffU));
    }
  };
  if (mark) put(0xfeff);
  for (const char32_t code : text) {
    if (unit == 2 && code > 0xffff) {
      put(0xd800 + ((code - 0x10000) >> 10U));
      put(0xdc00 + ((code - 0x10000) & 0x3ffU));
    } else {
      put(code);
    }
  }
  return out;
}

TEST(StreamCharset, IsUtf16Or32OfEitherOrderWithOrWithoutAMark) {
  const std::u32string text = U"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Andr\u00e9 \U0001F600\r\nEND:VCARD\r\n";
  for (const size_t unit : {size_t{2}, size_t{4}})
    for (const bool big : {false, true})
      for (const bool mark : {false, true}) {
        const std::string bytes = encoded(text, unit, big, mark);
        EXPECT_EQ(card_of(bytes).formatted_name(), "Andr\xc3\xa9 \xf0\x9f\x98\x80") << unit << big << mark;
        // Cut in the middle of a character: what was whole is there.
        const Item cut = only(std::string_view(bytes).substr(0, bytes.size() - unit * 15 - 1));
        EXPECT_TRUE(cut.rejected);
      }
}

TEST(StreamCharset, WhatIsNoCharacterIsReplaced) {
  std::u32string text = U"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:a#b\r\nEND:VCARD\r\n";
  text[text.find(U'#')] = 0x110000;
  const auto is_replaced = [](const Item& item) {
    EXPECT_EQ(item.card->formatted_name(), "a\ufffdb");
    EXPECT_THAT(codes(item), ElementsAre("bad-charset"));
  };
  is_replaced(only(encoded(text, 4, false, true)));
  text[text.find(char32_t{0x110000})] = 0xdc00;
  is_replaced(only(encoded(text, 2, true, true)));
}

class LostByte : public ::testing::TestWithParam<const char32_t*> {};

TEST_P(LostByte, HurtsItsOwnCardAlone) {
  std::u32string text;
  for (int i = 0; i < 9; ++i)
    for (const char32_t* line : {U"BEGIN:VCARD", U"VERSION:3.0", U"FN:\u5f20 Good", U"TEL:1", U"END:VCARD"})
      text.append(line).append(GetParam());
  for (const size_t unit : {size_t{2}, size_t{4}})
    for (const bool big : {false, true})
      for (size_t lost = 1; lost < unit; ++lost) {
        std::string bytes = encoded(text, unit, big, true);
        bytes.erase(unit * (1 + text.find(U"Good", text.size() / 3)) + 1, lost);
        const auto read = items(bytes);
        const auto good = std::count_if(read.begin(), read.end(), [](const Item& item) {
          return item.card && item.diagnostics.empty() && !item.rejected && item.card->properties.size() == 2;
        });
        EXPECT_EQ(good, 8) << unit << big << lost;
        EXPECT_TRUE(std::any_of(read.begin(), read.end(), [](const Item& item) { return !item.diagnostics.empty(); }))
            << unit << big << lost;
      }
}
INSTANTIATE_TEST_SUITE_P(LineEnds, LostByte, ::testing::Values(U"\r\n", U"\n", U"\r"));

}  // namespace
}  // namespace cardsrv::format
