// The mapping between vCard and JSContact, property by property (RFC 9555).
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "format/jscontact.h"
#include "unit/format/json_text.h"

namespace cardsrv::format {
namespace {

using nlohmann::json;

json written(std::string_view lines) {
  const card::Card card = card_of(vcard("4.0", lines));
  const std::string text = write_jscontact(card);
  EXPECT_EQ(normal_form(read_one(read_jscontacts, text)), normal_form(card)) << text;
  json out = json::parse(text);
  for (const char* member : {"@type", "version", "uid"}) out.erase(member);
  return out;
}

nlohmann::ordered_json card_json(std::string_view members) {
  auto out = nlohmann::ordered_json::parse(members);
  out["@type"] = "Card";
  out["version"] = "1.0";
  if (!out.contains("uid")) out["uid"] = "u";
  return out;
}

// The card that a JSContact with these members is; it must come back as it was.
card::Card card_of_json(std::string_view members) {
  const std::string given = card_json(members).dump();
  card::Card card = read_one(read_jscontacts, given);
  EXPECT_EQ(json::parse(write_jscontact(card)), json::parse(given));
  std::erase_if(card.properties, [](const card::Property& property) { return property.name == "UID"; });
  return card;
}

// Lines of vCard and members of JSContact that say the same.
void expect_both_ways(std::string_view lines, std::string_view members) {
  EXPECT_EQ(written(lines), json::parse(members)) << lines;
  EXPECT_EQ(normal_form(card_of_json(members)), normal_form(card_of(vcard("4.0", lines)))) << members;
}

// RFC 9555 §2.4, §2.7, §2.9
TEST(JscontactMapping, MembersOfTheCard) {
  expect_both_ways("KIND:org\n", R"({"kind":"org"})");
  expect_both_ways("LANGUAGE:de-AT\n", R"({"language":"de-AT"})");
  expect_both_ways("PRODID:-//X//Y\n", R"({"prodId":"-//X//Y"})");
  expect_both_ways("REV:20211031T222710Z\n", R"({"updated":"2021-10-31T22:27:10Z"})");
  expect_both_ways("CREATED:20220930T143510Z\n", R"({"created":"2022-09-30T14:35:10Z"})");
  expect_both_ways("CATEGORIES:internet,a\\,b\n", R"({"keywords":{"internet":true,"a,b":true}})");
  expect_both_ways("MEMBER:urn:uuid:1\nMEMBER:mailto:a@b\n", R"({"members":{"urn:uuid:1":true,"mailto:a@b":true}})");
  EXPECT_EQ(json::parse(write_jscontact(card_of(vcard("4.0", "UID:urn:uuid:1\n"))))["uid"], "urn:uuid:1");
}

// RFC 9553 §2.1.9: uid is required; semantics O1: the card had none.
TEST(JscontactMapping, AUidIsMadeForACardWithoutOneAndTakenOffAgain) {
  const card::Card card = card_of(vcard("4.0", "FN:Ann\nTEL:1\n"));
  json out = json::parse(write_jscontact(card));
  EXPECT_THAT(out["uid"].get<std::string>(),
              ::testing::MatchesRegex("urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_EQ(json::parse(write_jscontact(card)), out) << "the same each time";
  EXPECT_EQ(read_one(read_jscontacts, out.dump()).uid(), std::nullopt);
  out["name"]["full"] = "Anna";
  EXPECT_EQ(read_one(read_jscontacts, out.dump()).uid(), out["uid"]) << "a card that was changed keeps its key";
}

// RFC 9555 §2.5
TEST(JscontactMapping, Name) {
  expect_both_ways("FN:Dr. John Doe\nN:Doe;John;Philip,Paul;Dr.;M.D.\n",
                   R"({"name":{"full":"Dr. John Doe","components":[
    {"kind":"title","value":"Dr."},{"kind":"given","value":"John"},{"kind":"given2","value":"Philip"},
    {"kind":"given2","value":"Paul"},{"kind":"surname","value":"Doe"},{"kind":"credential","value":"M.D."}]}})");
  expect_both_ways("FN;LANGUAGE=de:X\n", R"({"name":{"full":"X","vCardParams":{"language":"de"}}})");
  expect_both_ways("FN:R H\nN;SORT-AS=\"Harten,Rene\":van der Harten;Rene;;;\n",
                   R"({"name":{"full":"R H","sortAs":{"surname":"Harten","given":"Rene"},"components":[
    {"kind":"given","value":"Rene"},{"kind":"surname","value":"van der Harten"}]}})");
}

// RFC 9554 §2.2: what is new in N stands also where programs that do not know it look.
TEST(JscontactMapping, NameWithGenerationAndSecondSurname) {
  expect_both_ways("FN:x\nN:Garcia,Lopez;Ana;;;Jr.,Ph.D.;Lopez;Jr.\n", R"({"name":{"full":"x","components":[
    {"kind":"given","value":"Ana"},{"kind":"surname","value":"Garcia"},{"kind":"surname2","value":"Lopez"},
    {"kind":"generation","value":"Jr."},{"kind":"credential","value":"Ph.D."}]}})");
}

// RFC 9555 §3.3.1: JSCOMPS
TEST(JscontactMapping, OrderOfComponents) {
  expect_both_ways("FN:x\nN;JSCOMPS=\";1;2;2,1;0;6;s,\\, ;4,1\":Stevenson;John;Philip,Paul;;Jr.,M.D.;;Jr.\n",
                   R"({"name":{"full":"x","isOrdered":true,"components":[
    {"kind":"given","value":"John"},{"kind":"given2","value":"Philip"},{"kind":"given2","value":"Paul"},
    {"kind":"surname","value":"Stevenson"},{"kind":"generation","value":"Jr."},
    {"kind":"separator","value":", "},{"kind":"credential","value":"M.D."}]}})");
  expect_both_ways("FN:x\nN;JSCOMPS=\"s,-;1;0\":Doe;Jane;;;\n", R"({"name":{"full":"x","isOrdered":true,
    "defaultSeparator":"-","components":[{"kind":"given","value":"Jane"},{"kind":"surname","value":"Doe"}]}})");
}

// RFC 9554 §4.6, RFC 9555 §2.3: PHONETIC
TEST(JscontactMapping, HowANameIsSpoken) {
  expect_both_ways("FN:x\nN;ALTID=1:Smith;John;;;\nN;ALTID=1;PHONETIC=ipa;SCRIPT=Latn:smIT;dZQn;;;\n",
                   R"({"name":{"full":"x","phoneticSystem":"ipa","phoneticScript":"Latn","components":[
    {"kind":"given","value":"John","phonetic":"dZQn"},{"kind":"surname","value":"Smith","phonetic":"smIT"}]}})");
}

// RFC 9555 §2.3: vCard requires FN.
TEST(JscontactMapping, FullNameIsMadeOfItsComponents) {
  const card::Card card =
      card_of_json(R"({"name":{"components":[{"kind":"given","value":"Jane"},{"kind":"surname","value":"Doe"}]}})");
  ASSERT_NE(card.find("FN"), nullptr);
  EXPECT_EQ(card.formatted_name(), "Jane Doe");
  EXPECT_NE(card.find("FN")->parameter("DERIVED"), nullptr);
  EXPECT_EQ(written("N:Doe;Jane;;;\n").count("vCardProps"), 0U) << "a vCard without FN stays one";
}

// RFC 9555 §2.5, §2.9
TEST(JscontactMapping, NicknamesOrganizationsTitles) {
  expect_both_ways("NICKNAME;TYPE=work;PREF=1:Boss\n",
                   R"({"nicknames":{"k1":{"name":"Boss","contexts":{"work":true},"pref":1}}})");
  expect_both_ways(
      "ORG;SORT-AS=ABC:A\\, Inc.;North;\n",
      R"({"organizations":{"k1":{"name":"A, Inc.","units":[{"name":"North"},{"name":""}],"sortAs":"ABC"}}})");
  expect_both_ways("TITLE:Boss\nROLE:Leader\n",
                   R"({"titles":{"k1":{"kind":"title","name":"Boss"},"k2":{"kind":"role","name":"Leader"}}})");
}

TEST(JscontactMapping, AListOfNicknamesIsSeveralAndOneListAgain) {
  const json out = written("NICKNAME:Jim,Jimmie\nNICKNAME:Rob\n");
  EXPECT_EQ(out["nicknames"].size(), 3U);
  EXPECT_EQ(out["nicknames"]["k2"]["name"], "Jimmie");
}

// RFC 9555 §2.9.6: one group for a title and its organization.
TEST(JscontactMapping, ATitleNamesItsOrganization) {
  const json out = written("a.ORG:ABC\na.TITLE:Boss\nTITLE:Other\n");
  EXPECT_EQ(out["titles"]["k1"]["organizationId"], "k1");
  EXPECT_FALSE(out["titles"]["k2"].contains("organizationId"));
  const card::Card card = read_one(
      read_jscontacts,
      card_json(R"({"titles":{"t":{"name":"Boss","organizationId":"o"}},"organizations":{"o":{"name":"ABC"}}})")
          .dump());
  EXPECT_FALSE(card.find("ORG")->group.empty());
  EXPECT_EQ(card.find("TITLE")->group, card.find("ORG")->group);
}

// RFC 9555 §2.5
TEST(JscontactMapping, SpeakToAs) {
  expect_both_ways(
      "GRAMGENDER:neuter\nPRONOUNS;PREF=2:they/them\n",
      R"({"speakToAs":{"grammaticalGender":"neuter","pronouns":{"k1":{"pronouns":"they/them","pref":2}}}})");
}

// RFC 9555 §2.7
TEST(JscontactMapping, Communications) {
  expect_both_ways("EMAIL;TYPE=home;PREF=3:a@b\n",
                   R"({"emails":{"k1":{"address":"a@b","contexts":{"private":true},"pref":3}}})");
  expect_both_ways(
      "TEL;VALUE=uri;TYPE=cell,fax,work:tel:+1\nTEL;TYPE=x-car:2\n",
      R"({"phones":{"k1":{"number":"tel:+1","features":{"mobile":true,"fax":true},"contexts":{"work":true}},
                       "k2":{"number":"2","vCardParams":{"type":"x-car"}}}})");
  expect_both_ways(
      "IMPP:xmpp:a@b\nSOCIALPROFILE;SERVICE-TYPE=Mastodon;USERNAME=@a:https://x.example/@a\n"
      "SOCIALPROFILE;SERVICE-TYPE=Y;VALUE=text:peter\n",
      R"({"onlineServices":{"k1":{"vCardName":"impp","uri":"xmpp:a@b"},
                       "k2":{"service":"Mastodon","uri":"https://x.example/@a","user":"@a"},
                       "k3":{"service":"Y","user":"peter"}}})");
  expect_both_ways("LANG;TYPE=work;PREF=1:en\n",
                   R"({"preferredLanguages":{"k1":{"language":"en","contexts":{"work":true},"pref":1}}})");
  const json apple = written("X-SOCIALPROFILE;TYPE=twitter:http://twitter.com/a\n");
  EXPECT_EQ(apple["onlineServices"]["k1"]["uri"], "http://twitter.com/a");
  EXPECT_EQ(apple["onlineServices"]["k1"]["vCardParams"]["type"], "twitter");
}

// RFC 9555 §2: URIs of calendars, keys, directories, links and media
TEST(JscontactMapping, Resources) {
  expect_both_ways("CALURI;MEDIATYPE=text/calendar:https://a/c\nFBURL:https://a/f\nCALADRURI:mailto:a@b\n",
                   R"({"calendars":{"k1":{"kind":"calendar","uri":"https://a/c","mediaType":"text/calendar"},
                       "k2":{"kind":"freeBusy","uri":"https://a/f"}},"schedulingAddresses":{"k1":{"uri":"mailto:a@b"}}})");
  expect_both_ways(
      "KEY:https://a/k\nSOURCE:https://a/s\nORG-DIRECTORY;INDEX=1:https://a/d\n",
      R"({"cryptoKeys":{"k1":{"uri":"https://a/k"}},"directories":{"k1":{"kind":"entry","uri":"https://a/s"},
                       "k2":{"kind":"directory","uri":"https://a/d","listAs":1}}})");
  expect_both_ways("URL:https://a/\nCONTACT-URI:mailto:a@b\n",
                   R"({"links":{"k1":{"uri":"https://a/"},"k2":{"kind":"contact","uri":"mailto:a@b"}}})");
  expect_both_ways("PHOTO:data:image/png;base64,AAAA\nLOGO:https://a/l\nSOUND:https://a/s\n",
                   R"({"media":{"k1":{"kind":"photo","uri":"data:image/png;base64,AAAA"},
                       "k2":{"kind":"logo","uri":"https://a/l"},"k3":{"kind":"sound","uri":"https://a/s"}}})");
}

// RFC 9555 §2.6, §2.8
TEST(JscontactMapping, Addresses) {
  expect_both_ways(
      "ADR;TYPE=home;LABEL=\"1 Main St^nTown\";GEO=\"geo:1,2\";TZ=Europe/Rome;CC=US:;;1 Main St;Town;CA;9;USA\n",
      R"({"addresses":{"k1":{"full":"1 Main St\nTown","coordinates":"geo:1,2","timeZone":"Europe/Rome",
    "countryCode":"US","contexts":{"private":true},"components":[{"kind":"name","value":"1 Main St"},
    {"kind":"locality","value":"Town"},{"kind":"region","value":"CA"},{"kind":"postcode","value":"9"},
    {"kind":"country","value":"USA"}]}}})");
  expect_both_ways("ADR;LABEL=there:;;;;;;\n", R"({"addresses":{"k1":{"full":"there"}}})");
  expect_both_ways("GEO:geo:1,2\nTZ:Europe/Rome\n",
                   R"({"addresses":{"k1":{"coordinates":"geo:1,2"},"k2":{"timeZone":"Europe/Rome"}}})");
}

// RFC 9554 §2.1: the new components of ADR, repeated in the old ones.
TEST(JscontactMapping, AddressInSmallPieces) {
  expect_both_ways(
      "ADR:;;123 Main Street;Any Town;CA;9;U.S.A.;;;;123;Main Street;;;;;;\n",
      R"({"addresses":{"k1":{"components":[{"kind":"locality","value":"Any Town"},{"kind":"region","value":"CA"},
    {"kind":"postcode","value":"9"},{"kind":"country","value":"U.S.A."},{"kind":"number","value":"123"},
    {"kind":"name","value":"Main Street"}]}}})");
}

// RFC 9555 §2.5
TEST(JscontactMapping, Anniversaries) {
  expect_both_ways("BDAY:19530415\nBIRTHPLACE:Rome\n", R"({"anniversaries":{"k1":{"kind":"birth",
    "date":{"@type":"PartialDate","year":1953,"month":4,"day":15},"place":{"full":"Rome"}}}})");
  expect_both_ways("DEATHDATE:20191015T231000Z\nDEATHPLACE;VALUE=uri:geo:1,2\n",
                   R"({"anniversaries":{"k1":{"kind":"death",
    "date":{"@type":"Timestamp","utc":"2019-10-15T23:10:00Z"},"place":{"coordinates":"geo:1,2"}}}})");
  for (const auto& [text, date] : {std::pair{"--0203", R"({"month":2,"day":3})"},
                                   {"--02", R"({"month":2})"},
                                   {"1985-02", R"({"year":1985,"month":2})"},
                                   {"1985", R"({"year":1985})"}}) {
    json expected = json::parse(date);
    expected["@type"] = "PartialDate";
    EXPECT_EQ(written(std::string("ANNIVERSARY:") + text + "\n")["anniversaries"]["k1"]["date"], expected) << text;
  }
  const json extended = written("BDAY:1985-04-12\n")["anniversaries"]["k1"];
  EXPECT_EQ(extended["date"]["day"], 12);
  EXPECT_FALSE(extended.contains("vCardParams")) << "the reader of vCards knows one form of a date";
}

// A date that JSContact cannot say stays a vCard property.
TEST(JscontactMapping, DatesWithoutAPlaceStayVcard) {
  for (const char* line : {"BDAY;VALUE=text:circa 1800\n", "BDAY:---12\n", "BDAY:19850412T102200\n", "BDAY:T10\n"}) {
    const json out = written(line);
    EXPECT_FALSE(out.contains("anniversaries")) << line;
    EXPECT_EQ(out["vCardProps"].size(), 1U) << line;
  }
}

// RFC 9555 §2, §2.3: LEVEL
TEST(JscontactMapping, NotesAndPersonalInfo) {
  expect_both_ways(
      "NOTE;CREATED=20221123T150132Z;AUTHOR-NAME=John;AUTHOR=\"mailto:j@x\":Hi\n",
      R"({"notes":{"k1":{"note":"Hi","created":"2022-11-23T15:01:32Z","author":{"name":"John","uri":"mailto:j@x"}}}})");
  expect_both_ways("EXPERTISE;LEVEL=expert;INDEX=1:chemistry\nHOBBY;LEVEL=low:reading\nINTEREST:r&b\n",
                   R"({"personalInfo":{"k1":{"kind":"expertise","value":"chemistry","level":"high","listAs":1},
    "k2":{"kind":"hobby","value":"reading","level":"low"},"k3":{"kind":"interest","value":"r&b"}}})");
}

// RFC 9555 §2.9.5
TEST(JscontactMapping, Relations) {
  expect_both_ways(
      "RELATED;TYPE=friend:urn:uuid:1\nRELATED;TYPE=co-worker,colleague;VALUE=text:Ann\nRELATED:urn:uuid:2\n",
      R"({"relatedTo":{"urn:uuid:1":{"relation":{"friend":true}},
    "Ann":{"relation":{"co-worker":true,"colleague":true}},"urn:uuid:2":{"relation":{}}}})");
}

// RFC 9555 §2.1.2: PROP-ID
TEST(JscontactMapping, KeysComeFromPropId) {
  expect_both_ways("EMAIL:a@b\nEMAIL;PROP-ID=E-1:c@d\nEMAIL:e@f\n",
                   R"({"emails":{"k1":{"address":"a@b"},"E-1":{"address":"c@d"},"k3":{"address":"e@f"}}})");
  const json doubled = written("EMAIL:a@b\nEMAIL;PROP-ID=k1:c@d\nEMAIL;PROP-ID=k2:e@f\n");
  EXPECT_EQ(doubled["emails"]["k1"]["address"], "a@b");
  EXPECT_EQ(doubled["emails"]["k2"]["address"], "e@f");
  EXPECT_EQ(doubled["vCardProps"][0][3], "c@d");
}

// RFC 9555 §2: X-ABLabel
TEST(JscontactMapping, ApplesLabelIsALabel) {
  const json out = written("item1.TEL:1\nitem1.X-ABLabel:Boat\nTEL:2\n");
  EXPECT_EQ(out["phones"]["k1"], json::parse(R"({"number":"1","label":"Boat"})"));
  EXPECT_FALSE(out.contains("vCardProps"));
  const card::Card card = card_of_json(R"({"phones":{"p":{"number":"1","label":"Boat"}}})");
  ASSERT_EQ(card.properties.size(), 2U);
  EXPECT_EQ(card.find("X-ABLABEL")->text(), "Boat");
  EXPECT_EQ(card.find("X-ABLABEL")->group, card.find("TEL")->group);
  EXPECT_FALSE(card.find("TEL")->group.empty());
}

TEST(JscontactMapping, AGroupOfMoreIsKept) {
  const json out = written("item1.ADR:;;a;b;;;\nitem1.X-ABLabel:L\nitem1.X-ABADR:us\n");
  EXPECT_EQ(out["addresses"]["k1"]["label"], "L");
  EXPECT_EQ(out["addresses"]["k1"]["vCardParams"]["group"], "item1");
  EXPECT_EQ(out["vCardProps"], json::parse(R"([["x-abadr",{"group":"item1"},"unknown","us"]])"));
}

// RFC 9555 §2.15.1, §2.15.2
TEST(JscontactMapping, TheRestIsKeptAsVcard) {
  EXPECT_EQ(written("GENDER:F\nX-FOO;X-P=a,b:c\\;d\n")["vCardProps"],
            json::parse(R"([["gender",{},"text","F"],["x-foo",{"x-p":["a","b"]},"unknown","c\\;d"]])"));
  EXPECT_EQ(written("EMAIL;X-P=a;PID=1.1;LANGUAGE=de:a@b\n")["emails"]["k1"]["vCardParams"],
            json::parse(R"({"x-p":"a","pid":"1.1","language":"de"})"));
  EXPECT_EQ(written("FN:a\nFN:b\n")["vCardProps"], json::parse(R"([["fn",{},"text","b"]])"));
  EXPECT_EQ(written("TITLE;ALTID=1:a\nTITLE;ALTID=1;LANGUAGE=fr:b\n")["vCardProps"].size(), 1U) << "RFC 6350 §5.4";
}

// RFC 9555 §3.2.1
TEST(JscontactMapping, WhatVcardCannotSayIsJsprop) {
  const card::Card card = card_of_json(R"({"example.com:foo":"bar","name":{"full":"x","example.com:b/c":{"d":[1,null]}},
    "emails":{"e":{"address":"a@b","contexts":{"work":true,"school":true}}},"localizations":{"de":{"name/full":"y"}}})");
  std::vector<std::string> told;
  for (const card::Property* property : card.all("JSPROP"))
    told.push_back(property->parameter("JSPTR")->values.front() + '=' + property->text());
  EXPECT_THAT(told, ::testing::UnorderedElementsAre(
                        R"(example.com:foo="bar")", R"(name/example.com:b~1c={"d":[1,null]})",
                        "emails/e/contexts/school=true", R"(localizations={"de":{"name/full":"y"}})"));
}

TEST(JscontactMapping, ValuesOfAWrongKindAreNotLost) {
  card_of_json(
      R"({"emails":7,"phones":{"a":1,"b":{"number":2},"k2":{"number":"3"}},"name":{"components":[{"kind":"x","value":"y"}]},
    "anniversaries":{"x":{"kind":"other","date":{"year":1}},"y":{"kind":"birth","date":{"month":13}}},"keywords":{"a":false},
    "created":"yesterday","titles":{"t":{"kind":"crown","name":"n"}},"personalInfo":{},"members":[],"updated":1})");
}

// A JSPROP that contradicts a property of the card must not replace it.
TEST(JscontactMapping, AJspropDoesNotOverrideAProperty) {
  const json out = written("FN:Ann\nJSPROP;JSPTR=\"name/full\":\"Eve\"\n");
  EXPECT_EQ(out["name"]["full"], "Ann");
  EXPECT_EQ(out["vCardProps"][0][0], "jsprop");
  for (const char* pointer : {"", "/", "a/b", "emails/x/y", "vCardProps", "name/full/x"})
    written("FN:Ann\nJSPROP;JSPTR=\"" + std::string(pointer) + "\":1\n");
  written("JSPROP:1\nJSPROP;JSPTR=a:{\nJSPROP;JSPTR=b:" + std::string(5000, '[') + "\n");
}

}  // namespace
}  // namespace cardsrv::format
