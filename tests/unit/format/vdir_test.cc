#include "format/vdir.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/file.h"
#include "support/paths.h"

namespace cardsrv::format {
namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::StartsWith;

std::string contents(const std::string& path) { return read_file(path, 1 << 20).value_or("?"); }

size_t names_in(const std::string& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(VdirFileName, IsTheKeyWhereThatIsSafe) {
  for (const char* key : {"a", "0f3c-12_x", "ann@example.com", "a+b=c", "a..b", "con-1", "com10"})
    EXPECT_EQ(vdir_file_name(key), std::string(key) + ".vcf");
  EXPECT_EQ(vdir_file_name(std::string(100, 'a')), std::string(100, 'a') + ".vcf");
}

TEST(VdirFileName, IsOfADigestWhereTheKeyIsNotSafe) {
  for (const std::string& key :
       {std::string(), std::string("."), std::string(".hidden"), std::string("a/b"), std::string("../x"),
        std::string("a b"), std::string("a\0b", 3), std::string("urn:uuid:1"), std::string("\xc3\xa9"),
        std::string("UPPER"), std::string("con"), std::string("nul.x"), std::string("lpt1"), std::string(101, 'a')}) {
    const std::string name = vdir_file_name(key);
    EXPECT_THAT(name, StartsWith("k-")) << key;
    EXPECT_THAT(name, EndsWith(".vcf"));
    EXPECT_EQ(name, vdir_file_name(key)) << "always the same";
    EXPECT_EQ(name.size(), 58U);
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-."), std::string::npos) << name;
  }
}

TEST(VdirFileName, IsNeverThatOfAnotherKey) {
  std::set<std::string> names;
  size_t keys = 0;
  const std::string digest = vdir_file_name("A");
  for (const std::string& key : {std::string("a"), std::string("A"), std::string("a "), std::string(" a"), digest,
                                 digest.substr(0, digest.size() - 4), std::string(101, 'a'), std::string(102, 'a')}) {
    names.insert(vdir_file_name(key));
    ++keys;
  }
  EXPECT_EQ(names.size(), keys);
}

class Vdir : public ::testing::Test {
 protected:
  testing::ScratchFolder scratch_;
  const std::string folder_ = scratch_.path();
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }
  [[nodiscard]] bool put(const std::string& name, const std::string& text) const {
    const auto done = put_vdir_file(folder_, name, text, 0640);
    EXPECT_TRUE(done) << done.error().message;
    return done.value_or(false);
  }
};

TEST_F(Vdir, AFileIsWrittenReplacedAndHasItsMode) {
  EXPECT_TRUE(put("a.vcf", "one"));
  EXPECT_EQ(contents(path("a.vcf")), "one");
  struct stat status {};
  ASSERT_EQ(::stat(path("a.vcf").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
  EXPECT_TRUE(put("a.vcf", "two"));
  EXPECT_EQ(contents(path("a.vcf")), "two");
  EXPECT_EQ(names_in(folder_), 1U) << "nothing beside it";
}

TEST_F(Vdir, AFileThatWouldNotChangeIsNotTouched) {
  EXPECT_TRUE(put("a.vcf", "one"));
  struct stat before {};
  ASSERT_EQ(::stat(path("a.vcf").c_str(), &before), 0);
  EXPECT_FALSE(put("a.vcf", "one"));
  struct stat after {};
  ASSERT_EQ(::stat(path("a.vcf").c_str(), &after), 0);
  EXPECT_EQ(after.st_ino, before.st_ino);
  EXPECT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
  EXPECT_TRUE(put("a.vcf", "two")) << "of the same size";
}

TEST_F(Vdir, AFileIsRemovedOnce) {
  EXPECT_TRUE(put("a.vcf", "one"));
  EXPECT_TRUE(*remove_vdir_file(folder_, "a.vcf"));
  EXPECT_FALSE(*remove_vdir_file(folder_, "a.vcf"));
  EXPECT_EQ(names_in(folder_), 0U);
}

TEST_F(Vdir, NamesThatLeaveTheFolderAreRefused) {
  for (const std::string& name :
       {std::string(), std::string(".x"), std::string("../x"), std::string("a/b"), std::string("a\0b", 3)}) {
    EXPECT_EQ(put_vdir_file(folder_, name, "x", 0600).error().code, Errc::kUsage);
    EXPECT_EQ(remove_vdir_file(folder_, name).error().code, Errc::kUsage);
  }
}

TEST_F(Vdir, ASymbolicLinkIsReplacedNotFollowed) {
  std::ofstream(path("outside")) << "mine";
  fs::create_symlink(path("outside"), path("a.vcf"));
  EXPECT_TRUE(put("a.vcf", "mine"));
  EXPECT_FALSE(fs::is_symlink(path("a.vcf")));
  EXPECT_EQ(contents(path("outside")), "mine");
}

TEST_F(Vdir, AFolderThatIsNotThereAndAFolderInPlaceOfAFileAreErrors) {
  EXPECT_EQ(put_vdir_file(folder_ + "/none", "a.vcf", "x", 0600).error().code, Errc::kNoFile);
  fs::create_directory(path("a.vcf"));
  EXPECT_FALSE(put_vdir_file(folder_, "a.vcf", "x", 0600));
  EXPECT_FALSE(remove_vdir_file(folder_, "a.vcf"));
  EXPECT_EQ(names_in(folder_), 1U) << "no temporary file is left after a failure";
}

TEST_F(Vdir, WhatAKilledRunLeftIsSweptAndNothingElse) {
  const auto make = [&](const std::string& name, std::chrono::hours age) {
    std::ofstream(path(name)) << "x";
    fs::last_write_time(path(name), fs::file_time_type::clock::now() - age);
  };
  using std::chrono::hours;
  make(".a.vcf.AbC123.tmp", hours(2));
  make(".b.vcf.AbC123.tmp", hours(0));  // perhaps of a writer that is at work
  make("c.vcf", hours(2));
  make(".Radicale.props", hours(2));
  make("notes.tmp", hours(2));
  EXPECT_EQ(*sweep_vdir(folder_), 1U);
  EXPECT_FALSE(fs::exists(path(".a.vcf.AbC123.tmp")));
  EXPECT_EQ(names_in(folder_), 4U);
  EXPECT_EQ(sweep_vdir(folder_ + "/none").error().code, Errc::kNoFile);
}

}  // namespace
}  // namespace cardsrv::format
