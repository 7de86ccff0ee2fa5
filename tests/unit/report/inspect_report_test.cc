#include "report/inspect_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace cardsrv::report {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using ::testing::HasSubstr;
using ::testing::Not;

service::InspectedCard sample() {
  service::InspectedCard card;
  card.source = "a.vcf";
  card.line = 3;
  card.key = "k";
  card.version = "3.0";
  card.fn = "Ann";
  card.n = {"Lee", "Ann", "", "", ""};
  card.tels = {{"+86 138", phone::PhoneNumber(8613800138000), {"cell"}}, {"x", std::nullopt, {}}};
  card.emails = {"a@x"};
  card.org = {"Shop"};
  card.adr = {{"", "", "1 Main", "Town", "", "", ""}};
  card.properties = 6;
  card.diagnostics = {{4, "no-colon", "a line without a colon"}};
  return card;
}

TEST(InspectReport, JsonHasTheFieldsOfTheContract) {
  EXPECT_EQ(inspect_json(sample()).dump(),
            R"({"source":"a.vcf","line":3,"index":0,"key":"k","fn":"Ann","version":"3.0",)"
            R"("n":["Lee","Ann","","",""],)"
            R"("tels":[{"raw":"+86 138","e164":"+8613800138000","types":["cell"]},{"raw":"x","e164":null,"types":[]}],)"
            R"("emails":["a@x"],"bday":"","org":["Shop"],"adr":[["","","1 Main","Town","","",""]],"properties":6,)"
            R"("diagnostics":[{"line":4,"code":"no-colon","message":"a line without a colon"}]})");
}

TEST(InspectReport, SchemaNamesEveryField) {
  std::ifstream file(CARDSRV_SOURCE_DIR "/data/schema/inspect.schema.json");
  const json schema = json::parse(file);
  const ordered_json line = inspect_json(sample());
  EXPECT_EQ(schema["required"].size(), line.size());
  for (const auto& [name, value] : line.items()) EXPECT_TRUE(schema["properties"].contains(name)) << name;
}

TEST(InspectReport, TextIsForPeopleAndCannotDriveATerminal) {
  service::InspectedCard card = sample();
  card.fn = "A\x1b[31mnn";
  card.taken = false;
  const std::string text = inspect_text(card);
  EXPECT_THAT(text, HasSubstr("a.vcf:3: A?[31mnn\n"));
  EXPECT_THAT(text, HasSubstr("+86 138 = +8613800138000 [cell]"));
  EXPECT_THAT(text, HasSubstr("line 4: a line without a colon (no-colon)"));
  EXPECT_THAT(text, HasSubstr("would reject"));
  EXPECT_THAT(text, Not(HasSubstr("bday")));
}

}  // namespace
}  // namespace cardsrv::report
