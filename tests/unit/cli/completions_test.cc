#include "cli/completions.h"

#include <gmock/gmock.h>

namespace cardsrv::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// The shape of cardsrv-import.
class Completions : public testing::Test {
 protected:
  Completions() {
    root_.add_option("--store", text_, "the store");
    root_.add_flag("--json", flag_, "as JSON");
    CLI::App& list = *root_.add_subcommand("list", "the list\nof an account");
    list.add_option("UID", text_, "the account");
    list.add_option("FILE", many_, "files");
    list.add_option("--mode", text_, "how");
    list.add_flag("--atomic", flag_, "all or nothing");
    CLI::App& source = *root_.add_subcommand("source", "sources");
    source.add_subcommand("add", "one more")->add_option("PATH", text_, "where");
  }
  [[nodiscard]] std::string of(const std::vector<std::string>& words) const { return completions(root_, words); }

  CLI::App root_{"about", "cardsrv-import"};
  std::string text_;
  std::vector<std::string> many_;
  bool flag_ = false;
};

TEST_F(Completions, CommandsStandFirst) {
  EXPECT_EQ(of({""}), "list\tthe list\nsource\tsources\n");
  EXPECT_EQ(of({"s"}), "source\tsources\n");
  EXPECT_EQ(of({"x"}), "");
  EXPECT_EQ(of({}), "");
}

TEST_F(Completions, AGroupLeadsToItsOwnCommands) {
  EXPECT_EQ(of({"source", ""}), "add\tone more\n");
  EXPECT_EQ(of({"source", "add", ""}), ":files\n");
}

TEST_F(Completions, ACommandTakesItsOptionsAndThoseOfTheTool) {
  EXPECT_THAT(of({"list", "--"}), AllOf(HasSubstr("--mode\thow\n"), HasSubstr("--atomic\t"), HasSubstr("--store\t")));
  EXPECT_THAT(of({"--"}), AllOf(HasSubstr("--store\t"), Not(HasSubstr("--mode"))));
  EXPECT_EQ(of({"list", "u1", "--at"}), "--atomic\tall or nothing\n");
}

TEST_F(Completions, AnOptionsValueIsAWordOrAPath) {
  EXPECT_EQ(of({"list", "--mode", ""}), "snapshot\nadd\nremove\n");
  EXPECT_EQ(of({"list", "--mode", "s"}), "snapshot\n");
  EXPECT_EQ(of({"list", "--mode=a"}), "--mode=add\n");
  EXPECT_EQ(of({"list", "--store", "--mo"}), ":files\n") << "what follows is the value, whatever it looks like";
  EXPECT_EQ(of({"list", "--store=x", ""}), "") << "UID: nothing is known of it";
}

TEST_F(Completions, PositionsAreCountedWithoutOptionsAndTheirValues) {
  EXPECT_EQ(of({"list", ""}), "") << "UID";
  EXPECT_EQ(of({"list", "--mode", "add", "--json", "u1", ""}), ":files\n");
  EXPECT_EQ(of({"list", "u1", "a.vcf", "b.vcf", ""}), ":files\n") << "the last takes many";
  EXPECT_EQ(of({"source", "add", "a.vcf", ""}), "") << "one only";
}

TEST_F(Completions, AfterTwoDashesNothingIsAnOption) {
  EXPECT_EQ(of({"list", "--", "u1", "--mo"}), ":files\n");
  EXPECT_EQ(of({"--", ""}), "");
}

TEST_F(Completions, UnknownWordsLeadNowhereAndHurtNobody) {
  EXPECT_EQ(of({"list", "--nope=", ""}), "");
  EXPECT_EQ(of({"list", "--nope=x"}), "");
  EXPECT_EQ(of({"list", "-", "x", ""}), ":files\n");
  EXPECT_EQ(of({"list", "\xff", "--mode", "\xff"}), "");
}

TEST(CompletionScript, NamesItsTool) {
  for (const std::string& shell : shells()) {
    const auto script = completion_script("cardsrv-match", shell);
    ASSERT_TRUE(script);
    EXPECT_THAT(*script, AllOf(HasSubstr("cardsrv-match"), HasSubstr("--complete"), Not(HasSubstr("@TOOL@"))));
  }
  EXPECT_EQ(completion_script("cardsrv-match", "tcsh").error().code, Errc::kUsage);
}

}  // namespace
}  // namespace cardsrv::cli
