// jCard (RFC 7095): each rule by itself, damage, and the real cards of other programs there and back.
#include "format/jcard.h"

#include <gmock/gmock.h>

#include "unit/format/json_text.h"

namespace cardsrv::format {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string jcard(std::string_view properties) {
  std::string out = R"(["vcard",[["version",{},"text","4.0"])";
  if (!properties.empty()) out += ',';
  return out.append(properties) + "]]";
}

// The one property of a jCard.
card::Property read_property(std::string_view json) {
  const card::Card card = read_one(read_jcards, jcard(json));
  EXPECT_EQ(card.properties.size(), 1U) << json;
  return card.properties.empty() ? card::Property{} : card.properties.front();
}

// The vCard 4.0 line as jCard; the way back has to give an equal card.
std::string line_as_jcard(std::string_view line) {
  const card::Card card = card_of(vcard("4.0", line));
  const std::string out = write_jcard(card);
  EXPECT_EQ(normal_form(read_one(read_jcards, out)), normal_form(card)) << out;
  const std::string begin = R"(["vcard",[["version",{},"text","4.0"],)";
  EXPECT_TRUE(out.starts_with(begin)) << out;
  return out.substr(begin.size(), out.size() - begin.size() - 2);
}

void expect_both_ways(std::string_view line, std::string_view json) {
  EXPECT_EQ(line_as_jcard(line), json);
  EXPECT_EQ(read_property(json), property_of("4.0", line)) << json;
}

// RFC 7095 §3.3, §3.4
TEST(Jcard, PropertyIsNameParametersTypeValue) {
  expect_both_ways("FN:Jane Doe\n", R"(["fn",{},"text","Jane Doe"])");
  expect_both_ways("EMAIL;TYPE=work;PREF=1:a@example.com\n",
                   R"(["email",{"type":"work","pref":"1"},"text","a@example.com"])");
  expect_both_ways("TEL;TYPE=home,voice;VALUE=uri:tel:+1-555\n",
                   R"(["tel",{"type":["home","voice"]},"uri","tel:+1-555"])");
  expect_both_ways("item1.URL:https://example.com/a,b\n",
                   R"(["url",{"group":"item1"},"uri","https://example.com/a,b"])");
}

// RFC 7095 §3.3.1.2
TEST(Jcard, ListIsSeveralValues) {
  expect_both_ways("CATEGORIES:a,b\\,c,d\\;e\n", R"(["categories",{},"text","a","b,c","d;e"])");
  expect_both_ways("NICKNAME:Jo\n", R"(["nickname",{},"text","Jo"])");
}

// RFC 7095 §3.3.1.3
TEST(Jcard, StructuredValueIsAnArrayOfComponents) {
  expect_both_ways("N:Doe;Jane;Q.,R.;Dr.;\n", R"(["n",{},"text",["Doe","Jane",["Q.","R."],"Dr.",""]])");
  expect_both_ways("ADR;LABEL=\"a^nb\":;;1 Main\\; St;Town;;;X\n",
                   R"(["adr",{"label":"a\nb"},"text",["","","1 Main; St","Town","","","X"]])");
  expect_both_ways("ORG:ABC\\, Inc.;Sales\n", R"(["org",{},"text",["ABC, Inc.","Sales"]])");
  expect_both_ways("ORG:ABC\n", R"(["org",{},"text","ABC"])");
  expect_both_ways("GENDER:M;Fellow\n", R"(["gender",{},"text",["M","Fellow"]])");
  EXPECT_EQ(read_property(R"(["org",{},"text",["ABC"]])").value, "ABC") << "an array of one is taken as well";
}

TEST(Jcard, TextLosesItsEscapes) {
  expect_both_ways("NOTE:a\\, b\\; c\\\\d\\ne\n", R"(["note",{},"text","a, b; c\\d\ne"])");
}

// RFC 7095 §3.5.3 – §3.5.8
TEST(Jcard, DatesTakeTheExtendedForm) {
  expect_both_ways("BDAY:19850412\n", R"(["bday",{},"date-and-or-time","1985-04-12"])");
  expect_both_ways("BDAY:--0203\n", R"(["bday",{},"date-and-or-time","--02-03"])");
  expect_both_ways("BDAY:---12\n", R"(["bday",{},"date-and-or-time","---12"])");
  expect_both_ways("BDAY:1985\n", R"(["bday",{},"date-and-or-time","1985"])");
  expect_both_ways("BDAY:1985-02\n", R"(["bday",{},"date-and-or-time","1985-02"])");
  expect_both_ways("BDAY:T102200\n", R"(["bday",{},"date-and-or-time","T10:22:00"])");
  expect_both_ways("BDAY:19850412T232050-0800\n", R"(["bday",{},"date-and-or-time","1985-04-12T23:20:50-08:00"])");
  expect_both_ways("REV:19951031T222710Z\n", R"(["rev",{},"timestamp","1995-10-31T22:27:10Z"])");
  expect_both_ways("X-T;VALUE=time:-2050\n", R"(["x-t",{},"time","-20:50"])");
  expect_both_ways("TZ;VALUE=utc-offset:-0500\n", R"(["tz",{},"utc-offset","-05:00"])");
}

// 2.1 and 3.0 write dates in the extended form: what was read so comes back so.
TEST(Jcard, ADateInTheExtendedFormKeepsIt) {
  const std::string json = R"(["x-day",{"x-cardsrv-date":"extended"},"date-and-or-time","1985-04-12"])";
  EXPECT_EQ(read_property(json).value, "1985-04-12");
  expect_both_ways("BDAY;VALUE=text:circa 1800\n", R"(["bday",{},"text","circa 1800"])");
  expect_both_ways("BDAY:in spring\n", R"(["bday",{},"unknown","in spring"])");
}

// RFC 7095 §3.5.5, §3.5.9, §3.5.10
TEST(Jcard, NumbersAreNumbersWhereTheyAreExact) {
  expect_both_ways("X-N;VALUE=integer:1,-20\n", R"(["x-n",{},"integer",1,-20])");
  expect_both_ways("X-N;VALUE=integer:+1\n", R"(["x-n",{},"integer","+1"])");
  expect_both_ways("X-N;VALUE=float:1.5\n", R"(["x-n",{},"float",1.5])");
  expect_both_ways("X-N;VALUE=float:1.50\n", R"(["x-n",{},"float","1.50"])");
  expect_both_ways("X-N;VALUE=boolean:TRUE\n", R"(["x-n",{},"boolean",true])");
}

// RFC 7095 §5
TEST(Jcard, UnknownPropertiesStayAsTheyAre) {
  expect_both_ways("X-FOO:a\\,b;c\n", R"(["x-foo",{},"unknown","a\\,b;c"])");
  expect_both_ways("X-FOO;VALUE=text:a\\,b\n", R"(["x-foo",{},"text","a,b"])");
  expect_both_ways("X-FOO;VALUE=text:a,b;c\n", R"(["x-foo",{},"text",[["a","b"],"c"]])");
  expect_both_ways("X-FOO;VALUE=text:a,b\n", R"(["x-foo",{},"text","a","b"])");
}

TEST(Jcard, BlanksAroundATypeDoNotCount) {
  EXPECT_EQ(read_property(R"(["x-foo",{},"\u000bUnknown ","a\\,b"])"), property_of("4.0", "X-FOO:a\\,b\n"));
}

TEST(Jcard, BinaryOfForeignCardsBecomesADataUri) {
  const card::Property photo = read_property(R"(["photo",{"encoding":"b","type":"JPEG"},"binary","AAAA"])");
  EXPECT_EQ(photo.value, "data:image/jpeg;base64,AAAA");
  EXPECT_THAT(photo.parameters, IsEmpty());
}

TEST(Jcard, TypePrefIsAPreference) {
  const card::Property tel = read_property(R"(["tel",{"type":["pref","home,cell"]},"text","1"])");
  EXPECT_THAT(tel.types(), ElementsAre("home", "cell"));
  ASSERT_NE(tel.parameter("PREF"), nullptr);
  EXPECT_THAT(tel.parameter("PREF")->values, ElementsAre("1"));
}

std::vector<std::string> names(const std::vector<Item>& all) {
  std::vector<std::string> out;
  for (const Item& item : all) out.push_back(item.card ? item.card->formatted_name() : "-");
  return out;
}

std::string named(std::string_view name) { return jcard(R"(["fn",{},"text",")" + std::string(name) + "\"]"); }

TEST(JcardStream, TakesOneCardArraysAndConcatenations) {
  const std::string a = named("a");
  const std::string b = named("b");
  for (const std::string& text :
       {a + b, a + "\n" + b + "\n", "[" + a + "," + b + "]", "[\n" + a + "\n,\n" + b + "\n]\n",
        "\xef\xbb\xbf" + a + "\r\n" + b, "\x1e" + a + "\n\x1e" + b + "\n", "[" + a + "][" + b + "]"}) {
    const auto all = read_items(read_jcards, text);
    EXPECT_THAT(names(all), ElementsAre("a", "b")) << text;
    for (const Item& item : all) EXPECT_THAT(codes(item), IsEmpty()) << text;
  }
}

TEST(JcardStream, PrettyPrintedCardsKeepTheirLines) {
  const auto all =
      read_items(read_jcards,
                 "[\n  [\n    \"vcard\",\n    [\n      [\"fn\", {}, \"text\", \"a\"]\n    ]\n  ],\n  [\n    "
                 "\"vcard\",\n    [[\"version\",{},\"text\",\"4.0\"],[\"fn\",{},\"text\",\"b\"]]\n  ]\n]\n");
  ASSERT_THAT(names(all), ElementsAre("a", "b"));
  EXPECT_EQ(all[0].line, 2U);
  EXPECT_EQ(all[1].line, 8U);
  EXPECT_EQ(all[1].index, 1U);
  EXPECT_EQ(all[1].version, "4.0");
  EXPECT_THAT(codes(all[0]), ElementsAre("no-version"));
}

// Every kind of damage stands between two good cards; both are read whole, the damage is told with its line.
TEST(JcardStream, DamageDoesNotReachTheNextCard) {
  struct Case {
    std::string text;
    std::string code;
    std::uint64_t line;
  };
  const Case cases[] = {
      {R"(["vcard",[["fn",{},"text","cut)", "bad-json", 2},
      {R"(["vcard",[["fn",{},"text","cut")", "no-end", 3},
      {R"(["vcard",[["fn",{},"text","cut"]])", "no-end", 3},
      {R"(["vcard",[["fn",{},"text","a"quote"]]])", "bad-json", 2},
      {R"(["vcard",[["fn",{},"text",nonsense]]])", "bad-json", 2},
      {R"(["vcard",[["fn",{},"text","\x"]]])", "bad-json", 2},
      {R"(["vcard",[["fn",{]]])", "bad-json", 2},
      {"some text", "stray-text", 2},
      {R"("a text")", "stray-text", 2},
      {"]", "stray-text", 2},
      {R"({"a":1})", "no-card", 2},
      {R"(["x",[]])", "no-card", 2},
      {"[\"vcard\"," + std::string(70, '[') + std::string(70, ']') + "]", "too-deep", 2},
      {"[\"vcard\"," + std::string(100000, '['), "card-too-large", 2},
      {named(std::string(2000, 'x')), "card-too-large", 2},
  };
  for (const Case& test : cases) {
    for (const bool list : {false, true}) {
      const std::string separator = list ? ",\n" : "\n";
      const std::string text =
          (list ? "[" : "") + named("a") + separator + test.text + separator + named("b") + (list ? "]" : "");
      const auto all = read_items(read_jcards, text, {.card_bytes = 1000, .properties = 100});
      ASSERT_EQ(all.size(), 3U) << text;
      EXPECT_EQ(all.front().card->formatted_name(), "a");
      EXPECT_EQ(all.back().card->formatted_name(), "b") << text;
      EXPECT_FALSE(all.back().rejected) << text;
      const Item& damaged = all[1];
      EXPECT_FALSE(damaged.raw.empty());
      EXPECT_EQ(damaged.line, 2U) << text;
      const Diagnostic told = damaged.rejected ? *damaged.rejected : damaged.diagnostics.front();
      EXPECT_EQ(told.code, test.code) << text;
      EXPECT_EQ(told.line, test.line) << text;
      EXPECT_EQ(all.back().index, damaged.rejected ? 2U : 1U) << text;
    }
  }
}

TEST(JcardStream, AStreamInPiecesReadsAsTheWholeText) {
  const std::string text =
      "x\n[" + named("a") + ",\n" + named("b").substr(0, 60) + "\n" + named("c") + "]\n" + named("d");
  const auto whole = read_items(read_jcards, text);
  EXPECT_EQ(whole.size(), 5U);
  for (const size_t piece : {1U, 7U, 600U}) {
    SlowInput input(text, piece);
    const auto reader = read_jcards(input, {});
    for (const Item& expected : whole) {
      const auto item = reader->next();
      ASSERT_TRUE(item && *item);
      EXPECT_EQ((*item)->card, expected.card);
      EXPECT_EQ((*item)->line, expected.line);
      EXPECT_EQ((*item)->raw, expected.raw);
      EXPECT_EQ((*item)->rejected.has_value(), expected.rejected.has_value());
    }
  }
}

// Longer than what is read at once, with an escape at every possible place of a border.
TEST(JcardStream, ALongCardIsReadWhole) {
  std::string note;
  for (int i = 0; i < 40000; ++i) note += "\\\"ab\\\\";
  const std::string text = named("a") + jcard(R"(["note",{},"text",")" + note + "\"]") + named("b");
  for (const size_t piece : {4099U, 65536U, 1000000U}) {
    SlowInput input(text, piece);
    const auto reader = read_jcards(input, {});
    std::vector<Item> all;
    while (true) {
      auto item = reader->next();
      ASSERT_TRUE(item);
      if (!*item) break;
      all.push_back(std::move(**item));
    }
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[1].card->find("NOTE")->text().size(), 160000U);
    EXPECT_EQ(all[2].card->formatted_name(), "b");
  }
}

// Gives one card, then fails as a damaged compression does.
class FailingInput final : public InputStream {
 public:
  Result<size_t> read(std::span<char> out) override {
    if (at_ == text_.size()) return fail(Errc::kIo, "broken");
    const size_t size = std::min(out.size(), text_.size() - at_);
    std::copy_n(text_.data() + at_, size, out.data());
    at_ += size;
    return size;
  }

 private:
  std::string text_ = jcard(R"(["fn",{},"text","a"])") + "\n[\"vcard\"";
  size_t at_ = 0;
};

TEST(JcardStream, AnInputThatFailsIsNoEnd) {
  FailingInput input;
  const auto reader = read_jcards(input, {});
  auto item = reader->next();
  while (item && *item) item = reader->next();
  ASSERT_FALSE(item);
  EXPECT_EQ(item.error().code, Errc::kIo);
}

TEST(JcardStream, LimitsRejectAndKeepTheUid) {
  std::string many = R"(["fn",{},"text","a"])";
  for (int i = 0; i < 10; ++i) many += R"(,["note",{},"text","n"])";
  const auto all = read_items(read_jcards, jcard(many + R"(,["uid",{},"uri","u1"])") + named("b"),
                              {.card_bytes = 1 << 20, .properties = 5});
  ASSERT_EQ(all.size(), 2U);
  ASSERT_TRUE(all[0].rejected);
  EXPECT_EQ(all[0].rejected->code, "too-many-properties");
  EXPECT_EQ(all[0].card->uid(), "u1");
  EXPECT_FALSE(all[1].rejected);
}

// What JSON forbids is told, and repaired where its meaning is plain.
TEST(JcardStream, BrokenTextIsToldAndRead) {
  const auto read = [](const std::string& value) {
    auto all = read_items(read_jcards, jcard(R"(["fn",{},"text",")" + value + "\"]"));
    EXPECT_EQ(all.size(), 1U);
    EXPECT_FALSE(all.front().rejected);
    return std::pair(all.front().card->properties.front().value, codes(all.front()));
  };
  using Read = std::pair<std::string, std::vector<std::string>>;
  EXPECT_EQ(read("a\\u0000b"), Read("ab", {"nul-byte"}));
  EXPECT_EQ(read(std::string("a\0b", 3)), Read("ab", {"nul-byte"}));
  EXPECT_EQ(read("a\\ud800b"), Read("a\xef\xbf\xbd"
                                    "b",
                                    {"lone-surrogate"}));
  EXPECT_EQ(read("\\ud83d\\ude00"), Read("\xf0\x9f\x98\x80", {}));
  EXPECT_EQ(read("caf\xe9 \xc3\xa9"), Read("caf\xc3\xa9 \xc3\xa9", {"guessed-charset"}));
  EXPECT_EQ(read("a\tb"), Read("a\tb", {"control-byte"}));
}

TEST(JcardStream, WhatIsNoPropertyIsToldAndLeftOut) {
  const auto all = read_items(
      read_jcards,
      jcard(R"(["fn",{"a":"x","a":"y"},"text","a"],["a b",{},"text","x"],["begin",{},"text","VCARD"],17,["x"])"));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].card->properties.size(), 1U);
  EXPECT_THAT(codes(all[0]), ElementsAre("duplicate-key", "bad-name", "bad-name", "bad-property", "bad-property"));
  EXPECT_FALSE(all[0].raw.empty());
}

TEST(JcardCorpus, EveryCardComesBackEqualInMeaning) {
  const auto cards = real_cards();
  if (cards.empty()) GTEST_SKIP() << "not checked: no corpus of real cards; name one with CARDSRV_CORPUS";
  ASSERT_EQ(cards.size(), kRealCards);
  for (const auto& [file, card] : cards) {
    const std::string text = write_jcard(card);
    const card::Card again = read_one(read_jcards, text);
    EXPECT_EQ(normal_form(again), normal_form(card)) << file << "\n" << text;
    EXPECT_EQ(again.properties.size(), card.properties.size()) << file;
    EXPECT_EQ(write_jcard(again), text) << file;
  }
}

}  // namespace
}  // namespace cardsrv::format
