#include "service/merging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include "base/file.h"
#include "format/reader.h"
#include "format/writer.h"
#include "service/entry_key.h"
#include "service/merge_bases.h"
#include "support/paths.h"
#include "unit/service/registry.h"

namespace cardsrv::service {
namespace {

namespace fs = std::filesystem;
using cardsrv::testing::ScratchFolder;
using ::testing::AllOf;
using testing::code_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::must;
using ::testing::Not;

std::string vcard(const std::string& lines, const char* version = "4.0") {
  return "BEGIN:VCARD\r\nVERSION:" + std::string(version) + "\r\n" + lines + "END:VCARD\r\n";
}

PulledCard pulled(const std::string& key, const std::string& lines, const std::string& peer = "bob") {
  return {peer, {key}, 1, false, vcard(lines)};
}

class Merging : public ::testing::Test {
 protected:
  void book(const std::string& text) { must(replace_file(path_, text, 0600)); }
  std::string book() { return must(read_file(path_, SIZE_MAX)); }
  std::vector<MergedContact> merges(const PulledPage& page, Writing writing = Writing::kWrite) {
    std::vector<MergedContact> told;
    must(merge_into(page, {path_, {}, {}, writing}, [&](const std::vector<MergedContact>& lines) -> Result<void> {
      told = lines;
      return {};
    }));
    return told;
  }
  // Tells nobody.
  Result<void> merge_alone(const PulledPage& page) {
    return merge_into(page, {path_, {}, {}, Writing::kWrite}, [](const auto&) -> Result<void> { return {}; });
  }
  MergedContact merges(const PulledCard& card) { return merges(PulledPage{{card}, {}}).front(); }

  ScratchFolder dir_;
  std::string path_ = dir_.path() + "/book.vcf";
};

// D6
TEST_F(Merging, EveryByteThatIsNotItsBusinessStays) {
  const std::string before =
      "\xef\xbb\xbfrubbish before\n"
      "begin:vcard\nVERSION:2.1\nUID:k\nFN:Bob\nX-odd;;=:\x80\xff caf\xe9\nNOTE;ENCODING=QUOTED-PRINTABLE:a=\n b\n\n"
      "TEL;CELL:1\nend:vcard\n\n  \n"
      "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:other\r\nFN:Oth\r\n er\r\nEND:VCARD";
  book(before);
  EXPECT_THAT(merges(pulled("k", "FN:Bob\r\nTITLE:Bürgermeister\r\n")).findings.added,
              ElementsAre("TITLE:Bürgermeister"));
  std::string expected = before;
  expected.insert(expected.find("end:vcard"), "TITLE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:B=C3=BCrgermeister\n");
  EXPECT_EQ(book(), expected);
  EXPECT_EQ(must(read_file(path_ + "~", SIZE_MAX)), before) << "the former file stays as a backup";
}

TEST_F(Merging, LinesAreWrittenInTheCardsOwnVersionAndLineEnds) {
  book("BEGIN:VCARD\rVERSION:3.0\rUID:k\rFN:Bob\rEND:VCARD\r");
  merges(pulled("k", "FN:Bob\r\nEMAIL;PREF=1:b@x\r\n"));
  EXPECT_EQ(book(), "BEGIN:VCARD\rVERSION:3.0\rUID:k\rFN:Bob\rEMAIL;TYPE=PREF:b@x\rEND:VCARD\r");
}

TEST_F(Merging, DoubledCarriageReturnsAreALineEnd) {
  book("BEGIN:VCARD\r\r\nVERSION:3.0\r\r\nUID:k\r\r\nFN:Bob\r\r\nEND:VCARD\r\r\n");
  EXPECT_EQ(merges(pulled("k", "FN:Bob\r\nTITLE:Chief\r\nROLE:x\r\n")).state, MergeState::kMerged);
  EXPECT_THAT(book(), HasSubstr("FN:Bob\r\r\nROLE:x\r\r\nTITLE:Chief\r\r\nEND:VCARD\r\r\n"));
}

TEST_F(Merging, AFoldedPropertyIsReplacedWhole) {
  book("BEGIN:VCARD\nVERSION:4.0\nUID:k\nFN:Bob\nTITLE:a very\n  long\n  title\nTEL:1\nEND:VCARD\n");
  merges(pulled("k", "FN:Bob\r\nTITLE:Chief\r\n"));
  EXPECT_EQ(book(), "BEGIN:VCARD\nVERSION:4.0\nUID:k\nFN:Bob\nTITLE:Chief\nTEL:1\nEND:VCARD\n");
}

// 2.1: the blank line that ends a picture is a part of it.
TEST_F(Merging, PicturesThatComeAndGoLeaveNoBlankLines) {
  const std::string before = "BEGIN:VCARD\nVERSION:2.1\nUID:k\nFN:Bob\nNOTE:a\n\nTEL:1\nEND:VCARD\n";
  book(before);
  for (const char* picture : {"/9j/4AAQSkZJRgA1", "/9j/4AAQSkZJRgA2"}) {
    merges(pulled("k", "FN:Bob\r\nPHOTO:data:image/jpeg;base64," + std::string(picture) + "\r\n"));
    EXPECT_THAT(book(),
                HasSubstr("TEL:1\nPHOTO;ENCODING=BASE64;TYPE=JPEG:" + std::string(picture) + "\n\nEND:VCARD\n"));
  }
  merges(pulled("k", "FN:Bob\r\n"));
  EXPECT_EQ(book(), before);
}

TEST_F(Merging, WhatAKilledRunLeftBesideTheBookIsSwept) {
  book(vcard("UID:k\r\nFN:Bob\r\n"));
  const auto left = [&](const char* name) { return std::filesystem::exists(dir_.path() + "/" + name); };
  constexpr std::array kOurs = {".book.vcf.cardsrv-aB3xyZ", "..book.vcf.cardsrv-base.next.cardsrv-000000"};
  constexpr std::array kOthers = {".book.vcf.backup", ".other.vcf.cardsrv-aB3xyZ", "book.vcf.cardsrv-aB3xyZ",
                                  ".book.vcf.cardsrv-aB3xyZ~"};
  for (const char* name : kOurs) must(replace_file(dir_.path() + "/" + name, "half", 0600));
  for (const char* name : kOthers) must(replace_file(dir_.path() + "/" + name, "whole", 0600));
  const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  for (const auto& file : std::filesystem::directory_iterator(dir_.path()))
    if (file.path().filename() != "book.vcf") std::filesystem::last_write_time(file.path(), long_ago);
  must(replace_file(dir_.path() + "/.book.vcf.cardsrv-young1", "of a run at work", 0600));
  merges(pulled("k", "FN:Bob\r\nTITLE:Chief\r\n"));
  for (const char* name : kOurs) EXPECT_FALSE(left(name)) << name;
  for (const char* name : kOthers) EXPECT_TRUE(left(name)) << name;
  EXPECT_TRUE(left(".book.vcf.cardsrv-young1"));
}

// A soft line break before END does not take what is put in for its continuation.
TEST_F(Merging, AnOddLineBeforeTheChangeDoesNotSwallowIt) {
  book("BEGIN:VCARD\nVERSION:2.1\nUID:k\nFN:Bob\nNOTE;ENCODING=QUOTED-PRINTABLE:a=\nEND:VCARD\n");
  EXPECT_EQ(merges(pulled("k", "FN:Bob\r\nTITLE:Chief\r\n")).state, MergeState::kMerged);
  EXPECT_EQ(book(),
            "BEGIN:VCARD\nVERSION:2.1\nUID:k\nFN:Bob\nNOTE;ENCODING=QUOTED-PRINTABLE:a=\nTITLE:Chief\nEND:VCARD\n");
}

// A free label of 2.1 would become that of an address that is put in.
TEST_F(Merging, AChangeThatWouldReadOtherwiseThanMeantIsNotMade) {
  const std::string before = "BEGIN:VCARD\nVERSION:2.1\nUID:k\nFN:Bob\nLABEL;HOME:the old mill\nEND:VCARD\n";
  book(before);
  const MergedContact told = merges(pulled("k", "FN:Bob\r\nADR;TYPE=home:;;Main St 1;;;;\r\n"));
  EXPECT_EQ(told.state, MergeState::kMerged);
  EXPECT_THAT(told.findings.kept, ElementsAre("ADR;TYPE=home:;;Main St 1;;;;"))
      << "the label would become the address's";
  EXPECT_EQ(book(), before);
}

TEST_F(Merging, AContactWithoutEndIsToldAndStays) {
  const std::string before = "BEGIN:VCARD\nVERSION:4.0\nUID:k\nFN:Bob\n" + vcard("UID:l\r\nFN:Lea\r\n");
  book(before);
  EXPECT_EQ(merges(pulled("k", "FN:Rob\r\n")).state, MergeState::kDamaged);
  EXPECT_EQ(book(), before);
}

// D5
TEST_F(Merging, AContactThatIsGoneIsNotMadeAgainAndATombstoneChangesNone) {
  const std::string before = vcard("UID:k\r\nFN:Bob\r\n");
  book(before);
  const auto lines = merges(PulledPage{{pulled("lost", "FN:Lost\r\n")}, {{"bob", {"k"}}}});
  EXPECT_EQ(lines[0].state, MergeState::kMissing);
  EXPECT_EQ(lines[1].state, MergeState::kGone);
  EXPECT_EQ(lines[1].name, "Bob");
  EXPECT_EQ(book(), before);
  EXPECT_FALSE(fs::exists(path_ + "~"));
}

// D3: the base is kept beside the file.
TEST_F(Merging, TheBaseIsFoundAgain) {
  book(vcard("UID:k\r\nFN:Bob\r\n"));
  merges(pulled("k", "FN:Bob\r\nTITLE:Chief\r\nTEL:+4930222222\r\n"));
  const auto line = merges(pulled("k", "FN:Bob\r\nTEL:+4930222222\r\n"));
  EXPECT_THAT(line.findings.removed, ElementsAre("TITLE:Chief"));
  EXPECT_EQ(book(), vcard("UID:k\r\nFN:Bob\r\nTEL:+4930222222\r\n"));
  EXPECT_TRUE(fs::exists(dir_.path() + "/.book.vcf.cardsrv-base"));
}

TEST_F(Merging, ABaseThatCannotBeReadIsAnErrorAndNotNoBase) {
  book(vcard("UID:k\r\nFN:Bob\r\n"));
  merges(pulled("k", "FN:Bob\r\nTITLE:Chief\r\n"));
  const std::string base = dir_.path() + "/.book.vcf.cardsrv-base";
  const std::string whole = must(read_file(base, SIZE_MAX));
  for (const std::string& damaged : {whole.substr(0, whole.size() - 5), std::string("noise\n"), whole + "{}\n"}) {
    must(replace_file(base, damaged, 0600));
    EXPECT_EQ(code_of(merge_alone({{pulled("k", "FN:Rob\r\n")}, {}})), Errc::kIo);
  }
}

// A contact without UID has another key once the merge changed its name: the base knows it.
TEST_F(Merging, AContactWithoutUidIsFoundAfterItsNameChanged) {
  book(vcard("FN:Bob\r\nTEL:+4930222222\r\n"));
  card::Card local = must(format::parse_vcard(book()));
  const std::vector<phone::PhoneNumber> numbers{phone::PhoneNumber(4930222222)};
  const std::string first_key = entry_key(local, numbers);
  EXPECT_EQ(merges(pulled(first_key, "FN:Robert\r\nTEL:+4930222222\r\n")).state, MergeState::kMerged);
  const auto again = merges(pulled(first_key, "FN:Robert Roe\r\nTEL:+4930222222\r\n"));
  EXPECT_EQ(again.state, MergeState::kMerged);
  EXPECT_THAT(book(), HasSubstr("FN:Robert Roe"));
  // The next upload brings the new key: the base goes with it.
  local = must(format::parse_vcard(book()));
  EXPECT_THAT(merges(pulled(entry_key(local, numbers), "FN:Robert Roe\r\n")).findings.kept,
              ElementsAre("TEL:+4930222222"));
}

// D7
TEST_F(Merging, ADryRunWritesNothing) {
  const std::string before = vcard("UID:k\r\nFN:Bob\r\n");
  book(before);
  EXPECT_THAT(merges(PulledPage{{pulled("k", "FN:Rob\r\n")}, {}}, Writing::kDryRun).front().findings.updated,
              ElementsAre("FN:Rob"));
  EXPECT_EQ(book(), before);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_.path()), fs::directory_iterator{}), 1);
}

// D6
TEST_F(Merging, ModeStaysAndLinksAreFollowed) {
  fs::create_directory(dir_.path() + "/real");
  const std::string real = dir_.path() + "/real/contacts.vcf";
  must(replace_file(real, vcard("UID:k\r\nFN:Bob\r\n"), 0640));
  fs::create_symlink("real/contacts.vcf", path_);
  merges(pulled("k", "FN:Rob\r\n"));
  EXPECT_TRUE(fs::is_symlink(path_));
  struct stat status {};
  ASSERT_EQ(::stat(real.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0640U);
  EXPECT_THAT(book(), HasSubstr("FN:Rob"));
  EXPECT_TRUE(fs::exists(real + "~"));
  EXPECT_TRUE(fs::exists(dir_.path() + "/real/.contacts.vcf.cardsrv-base"));
}

TEST_F(Merging, AFolderIsMergedFileByFile) {
  fs::create_directory(path_);
  must(replace_file(path_ + "/a.vcf", vcard("UID:a\r\nFN:Ann\r\n"), 0600));
  must(replace_file(path_ + "/b.vcf", vcard("UID:b\r\nFN:Bob\r\n"), 0600));
  must(replace_file(path_ + "/notes.txt", "BEGIN:VCARD\r\nUID:b\r\n", 0600));
  merges(pulled("b", "FN:Rob\r\n"));
  EXPECT_EQ(must(read_file(path_ + "/a.vcf", SIZE_MAX)), vcard("UID:a\r\nFN:Ann\r\n"));
  EXPECT_THAT(must(read_file(path_ + "/b.vcf", SIZE_MAX)), HasSubstr("FN:Rob"));
  EXPECT_EQ(must(read_file(path_ + "/.cardsrv-backup/b.vcf", SIZE_MAX)), vcard("UID:b\r\nFN:Bob\r\n"));
  EXPECT_TRUE(fs::exists(path_ + "/.cardsrv-base"));
}

// L1's other half: what an upload reads of a folder, a merge finds there.
TEST_F(Merging, AFileOfAFolderIsOneWithItsEndingInCapitalsToo) {
  fs::create_directory(path_);
  must(replace_file(path_ + "/B.VCF", vcard("UID:b\r\nFN:Bob\r\n"), 0600));
  EXPECT_EQ(merges(pulled("b", "FN:Bob\r\nNOTE:n\r\n")).state, MergeState::kMerged);
  EXPECT_THAT(must(read_file(path_ + "/B.VCF", SIZE_MAX)), HasSubstr("NOTE:n"));
  must(replace_file(path_ + "/c.vcf.gz", "\x1f\x8b and so on", 0600));
  EXPECT_EQ(code_of(merge_alone({{pulled("b", "FN:Bob\r\n")}, {}})), Errc::kBadCard);
}

TEST_F(Merging, WhatCannotBeChangedInPlaceIsRefused) {
  for (const std::string& text : {std::string("\x1f\x8b rest"),
                                  std::string("\xff\xfe"
                                              "B\0E\0",
                                              6),
                                  std::string("name,phone\n")}) {
    book(text);
    EXPECT_EQ(code_of(merge_alone({{pulled("k", "FN:Rob\r\n")}, {}})), Errc::kBadCard);
    EXPECT_EQ(must(read_bytes(path_)), text);
  }
  fs::remove(path_);
  EXPECT_EQ(code_of(merge_alone({{pulled("k", "FN:Rob\r\n")}, {}})), Errc::kNoFile);
}

// D6: a file that another program changed meanwhile is not overwritten.
TEST_F(Merging, WhatAnotherProgramWroteIsNeverLost) {
  book("old");
  EXPECT_FALSE(must(replace_unchanged_file(path_, "what was read", "ours", path_ + "~")));
  EXPECT_EQ(book(), "old");
  EXPECT_TRUE(must(replace_unchanged_file(path_, "old", "ours", path_ + "~")));
  EXPECT_EQ(book(), "ours");
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_.path()), fs::directory_iterator{}), 2) << "no temporary is left";
}

// ---- which contact is meant

TEST_F(Merging, OfTwoContactsWithOneKeyTheLastIsMeant) {
  book(vcard("UID:k\r\nFN:Plumber\r\n") + vcard("UID:k\r\nFN:Bob\r\n"));
  merges(pulled("k", "FN:Bob\r\nTITLE:Chief\r\n"));
  EXPECT_EQ(book(), vcard("UID:k\r\nFN:Plumber\r\n") + vcard("UID:k\r\nFN:Bob\r\nTITLE:Chief\r\n"));
}

std::string key_of(const std::string& name) {
  const std::vector<phone::PhoneNumber> numbers{phone::PhoneNumber(4930222222)};
  return entry_key(card::Card{{{"", "FN", {}, name}}}, numbers);
}

// Contacts without UID change their key with their name.
TEST_F(Merging, AContactThatWasRenamedIsNotTakenForItsTwin) {
  const std::string tel = "TEL:+4930222222\r\n";
  book(vcard("FN:Bob\r\nX-SIM:1\r\n" + tel) + vcard("FN:Bob\r\nX-PHONE:1\r\n" + tel));
  merges(pulled(key_of("Bob"), "FN:Robert\r\nTITLE:Clerk\r\n" + tel));
  const auto line = merges(pulled(key_of("Bob"), "FN:Robert\r\nTITLE:Chief\r\n" + tel));
  EXPECT_THAT(line.findings.updated, ElementsAre("TITLE:Chief"));
  EXPECT_THAT(book(), HasSubstr(vcard("FN:Bob\r\nX-SIM:1\r\n" + tel)));
  // Uploaded as they are now, both mean the peer: each under a key of its own.
  std::vector<std::string> keys{key_of("Bob"), key_of("Robert")};
  std::sort(keys.begin(), keys.end());
  const PulledPage both{{{"bob", keys, 1, false, vcard("FN:Robert\r\nTITLE:Boss\r\n" + tel)}}, {}};
  merges(both);
  EXPECT_THAT(book(), AllOf(Not(HasSubstr("TITLE:Chief")), Not(HasSubstr("FN:Bob"))));
}

TEST_F(Merging, TwoContactsThatGetOneNameAreBothKnownAfterwards) {
  const std::string tel = "TEL:+4930222222\r\n";
  book(vcard("FN:Bob\r\nX-SIM:1\r\n" + tel) + vcard("FN:Robert\r\nX-PHONE:1\r\n" + tel));
  const auto page = [&](const std::string& title) {
    std::vector<std::string> keys{key_of("Bob"), key_of("Robert")};
    std::sort(keys.begin(), keys.end());
    return PulledPage{{{"bob", keys, 1, false, vcard("FN:Robert\r\nTITLE:" + title + "\r\n" + tel)}}, {}};
  };
  merges(page("Clerk"));
  for (const MergedContact& line : merges(page("Chief"))) EXPECT_EQ(line.state, MergeState::kMerged);
  EXPECT_THAT(book(), Not(HasSubstr("TITLE:Clerk")));
}

// D3: the base goes on with a contact that got another name, or a UID, and was uploaded so.
TEST_F(Merging, WhatThePersonChangedOfAContactWithoutUidStaysAfterTheyUploadedIt) {
  const std::string tel = "TEL:+4930222222\r\n";
  const std::string theirs = "FN:Bob\r\nTITLE:Clerk\r\nNOTE:n\r\n" + tel;
  book(vcard("FN:Bob\r\n" + tel));
  merges(pulled(key_of("Bob"), theirs));
  const std::string mine = vcard("FN:My Bobby\r\n" + tel + "TITLE:Mine\r\n");
  book(mine);
  merges(pulled(key_of("My Bobby"), theirs));
  EXPECT_EQ(book(), mine);
  const std::string with_uid = vcard("UID:new\r\nFN:My Bobby\r\n" + tel + "TITLE:Yours\r\n");
  book(with_uid);
  merges(pulled("new", theirs));
  EXPECT_EQ(book(), with_uid);
}

// D3: a base is of one contact; who has another UID is another one.
TEST_F(Merging, AContactWithAnotherUidDoesNotGetTheBaseOfOneThatIsGone) {
  book(vcard("UID:old\r\nFN:Bob\r\n"));
  merges(pulled("old", "FN:Bob\r\nEMAIL:bob@example.org\r\n"));
  const std::string typed = vcard("UID:new\r\nFN:Bob\r\nEMAIL:bob@example.org\r\n");
  book(typed);
  merges(pulled("new", "FN:Bob\r\n"));
  EXPECT_EQ(book(), typed);
}

// P3: after a full pull it is known who is no peer any more.
TEST_F(Merging, AFullPullTellsOfMergedContactsWhosePeerIsGone) {
  book(vcard("UID:k\r\nFN:Bob\r\n") + vcard("UID:l\r\nFN:Lea\r\n"));
  merges(PulledPage{{pulled("k", "FN:Bob\r\n"), pulled("l", "FN:Lea\r\n", "lea")}, {}});
  const std::string before = book();
  const auto lines = merges(PulledPage{{}, {}, std::vector<std::string>{"lea"}});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].contact, "k");
  EXPECT_EQ(lines[0].state, MergeState::kGone);
  EXPECT_EQ(book(), before);
}

// J2's like: what a run did before it could not tell it is told by the next.
TEST_F(Merging, WhatACutOffRunDidIsTold) {
  book(vcard("UID:k\r\nFN:Bob\r\n") + vcard("UID:l\r\nFN:Lea\r\n"));
  merges(pulled("k", "FN:Bob\r\nTITLE:Clerk\r\n"));
  std::string text = book();
  text.replace(text.find("Clerk"), 5, "Mine!");
  book(text);
  const PulledPage page{
      {pulled("k", "FN:Bob\r\nTITLE:Boss\r\nNOTE:n\r\n"), pulled("l", "FN:Lea\r\nTITLE:x\r\n", "lea")}, {}};
  const auto cut = merge_into(page, {path_, {}, {}, Writing::kWrite},
                              [](const auto&) { return fail(Errc::kDiskFull, "the disk is full"); });
  EXPECT_EQ(code_of(cut), Errc::kDiskFull);
  const std::string written = book();
  const auto lines = merges(PulledPage{{page.cards[0]}, {}});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0].findings.conflicts, ElementsAre("TITLE:Boss"));
  EXPECT_THAT(lines[0].findings.added, ElementsAre("NOTE:n"));
  EXPECT_EQ(lines[1].contact, "l");
  EXPECT_THAT(lines[1].findings.added, ElementsAre("TITLE:x"));
  EXPECT_EQ(book(), written);
  EXPECT_THAT(merges(PulledPage{}), IsEmpty());
}

// ---- damage, and lines that belong together

TEST_F(Merging, WhatADamagedContactCouldNotTakeComesWhenItIsMended) {
  book("BEGIN:VCARD\r\nVERSION:4.0\r\nUID:k\r\nFN:Bob\r\n");
  EXPECT_EQ(merges(pulled("k", "FN:Bob\r\nTITLE:Chief\r\n")).state, MergeState::kDamaged);
  const auto again = merges(PulledPage{});
  ASSERT_EQ(again.size(), 1U) << "it is told as long as it lasts";
  EXPECT_EQ(again[0].state, MergeState::kDamaged);
  book(vcard("UID:k\r\nFN:Bob\r\n"));
  EXPECT_THAT(merges(PulledPage{}).at(0).findings.added, ElementsAre("TITLE:Chief"));
  EXPECT_EQ(book(), vcard("UID:k\r\nFN:Bob\r\nTITLE:Chief\r\n"));
  EXPECT_THAT(merges(PulledPage{}), IsEmpty());
}

TEST_F(Merging, AnAddressChangesWithItsLabelAndANameWithItsSortString) {
  for (const char* version : {"2.1", "3.0", "4.0"}) {
    SCOPED_TRACE(version);
    fs::remove(MergeBases::path_beside(path_));
    book(vcard("UID:k\r\nFN:Bob\r\nN:Roe;Bob;;;\r\nNOTE:mine\r\n", version));
    const auto theirs = [](const std::string& street, const std::string& name) {
      return pulled("k", "FN:Bob\r\nN;SORT-AS=" + name + ":" + name + ";Bob;;;\r\nADR;TYPE=home;LABEL=\"" + street +
                             "^nCity\":;;" + street + ";City;;;\r\n");
    };
    merges(theirs("Street 1", "Roe"));
    const auto line = merges(theirs("Street 2", "Doe"));
    EXPECT_EQ(line.state, MergeState::kMerged);
    EXPECT_THAT(book(),
                AllOf(Not(HasSubstr("Street 1")), HasSubstr("Street 2"), Not(HasSubstr("Roe")), HasSubstr("Doe")));
    EXPECT_EQ(merges(pulled("k", "FN:Bob\r\n")).state, MergeState::kMerged);
    EXPECT_THAT(book(), AllOf(Not(HasSubstr("Street")), HasSubstr("NOTE:mine")));
  }
}

// 3.0 has to have N: one that cardsrv derived from FN goes on with it.
TEST_F(Merging, ADerivedNameFollowsTheFormattedOne) {
  book(format::write_vcard(card::Card{{{"", "UID", {}, "k"}, {"", "FN", {}, "Bob"}}}, format::VcardVersion::k30));
  ASSERT_THAT(book(), HasSubstr("DERIVED"));
  EXPECT_EQ(merges(pulled("k", "FN:Robert\r\n")).state, MergeState::kMerged);
  EXPECT_THAT(book(), AllOf(HasSubstr("N;X-DERIVED=true:;Robert;;;"), Not(HasSubstr(";Bob;"))));
  EXPECT_EQ(merges(pulled("k", "FN:Robert\r\nN:Roe;Robert;;;\r\n")).state, MergeState::kMerged);
  EXPECT_THAT(book(), AllOf(Not(HasSubstr("DERIVED")), HasSubstr("N:Roe;Robert;;;")));
}

TEST_F(Merging, NothingToDoWritesNothing) {
  book(vcard("UID:k\r\nFN:Bob\r\n"));
  merges(pulled("k", "FN:Bob\r\nTITLE:Chief\r\n"));
  const std::string base = MergeBases::path_beside(path_);
  const auto inode = [&] {
    struct stat status {};
    return ::stat(base.c_str(), &status) == 0 ? status.st_ino : 0;
  };
  const auto before = inode();
  merges(PulledPage{});
  EXPECT_EQ(inode(), before);
  must(replace_file(base, "", 0600));
  EXPECT_EQ(code_of(merge_alone({})), Errc::kIo) << "an empty base is a damaged one";
}

// No file system compares and swaps: who writes twice while a merge gives the first of both back can lose one. It must
// be rare beside a writer that never rests; one that rests does not meet it.
TEST_F(Merging, TwoWritersAtOnceLoseNextToNothing) {
  std::string text = vcard("UID:k\r\nFN:Bob\r\n");
  book(text);
  std::atomic<bool> stop = false;
  int written = 0;
  // Another program adds a contact at a time, each time to what it finds, replacing the file as editors do.
  std::thread other([&] {
    while (!stop) {
      const std::string now = must(read_bytes(path_));
      if (must(replace_unchanged_file(path_, now, now + vcard("FN:N" + std::to_string(written) + "\r\n"),
                                      path_ + ".other~")))
        ++written;
    }
  });
  bool merged = false;  // not where the other program never rests: that is kBusy
  for (int i = 0; i < 40; ++i)
    if (merge_alone({{pulled("k", "FN:Bob\r\nTEL:+49302222" + std::to_string(i + 10) + "\r\n")}, {}})) merged = true;
  stop = true;
  other.join();
  const std::string now = book();
  int lost = 0;
  for (int i = 0; i < written; ++i) lost += now.find("FN:N" + std::to_string(i) + "\r\n") == std::string::npos ? 1 : 0;
  EXPECT_LE(lost * 10, written);
  EXPECT_THAT(now, HasSubstr(merged ? "TEL:+49302222" : "UID:k"));
  merges(pulled("k", "FN:Bob\r\nNOTE:at rest\r\n"));
  EXPECT_THAT(book(), HasSubstr("NOTE:at rest"));
}

// Of 3.0 a SORT-STRING is of the first name: a second one with its own cannot be written there. The rest comes.
TEST_F(Merging, WhatTheCardsVersionCannotTellApartIsLeftAlone) {
  book(vcard("UID:k\r\nFN:Bob\r\nN:Wang;;;;\r\nTEL:+16502530000\r\n", "3.0"));
  const MergedContact told =
      merges(pulled("k",
                    "FN:Bob\r\nN;ALTID=1;LANGUAGE=en:Wang;Ming;;;\r\nN;ALTID=1;LANGUAGE=zh;SORT-AS=wang:王;明;;;\r\n"
                    "TEL:+16502530000\r\nNOTE:n\r\n"));
  EXPECT_EQ(told.state, MergeState::kMerged);
  EXPECT_THAT(told.findings.added, ElementsAre("NOTE:n"));
  EXPECT_THAT(told.findings.kept, Not(IsEmpty()));
  EXPECT_THAT(book(), AllOf(HasSubstr("N:Wang;;;;"), HasSubstr("NOTE:n")));
}

// J2's like: killed between the files and the base, the next run knows what came from the peer all the same.
TEST_F(Merging, AnAnnouncedBaseIsTakenForWhatWasWritten) {
  book(vcard("UID:k\r\nFN:Bob\r\n") + vcard("UID:l\r\nFN:Lea\r\n"));
  const PulledPage page{{pulled("k", "FN:Bob\r\nTITLE:Chief\r\n"), pulled("l", "FN:Lea\r\nTITLE:Boss\r\n", "lea")}, {}};
  merges(page);
  const std::string base = dir_.path() + "/.book.vcf.cardsrv-base";
  fs::rename(base, base + ".next");  // as a kill before the last step leaves it
  std::string text = book();
  text.erase(text.find("TITLE:Boss\r\n"), 12);  // and Lea's contact is as it was
  book(text);
  merges(page);
  EXPECT_THAT(book(), AllOf(HasSubstr("TITLE:Chief"), HasSubstr("TITLE:Boss")));
  merges(PulledPage{{pulled("k", "FN:Bob\r\n"), pulled("l", "FN:Lea\r\n", "lea")}, {}});
  EXPECT_THAT(book(), AllOf(Not(HasSubstr("TITLE:Chief")), Not(HasSubstr("TITLE:Boss"))));
  EXPECT_FALSE(fs::exists(base + ".next"));
}

// The same where the person has changed the contact between the kill and the next run: by what came and is there yet.
TEST_F(Merging, AnAnnouncedBaseIsTakenWhereSomethingOfItHasCome) {
  book(vcard("UID:k\r\nFN:Bob\r\nTITLE:old\r\n"));
  const PulledPage page{{pulled("k", "FN:Bob\r\nTITLE:Boss\r\nORG:X\r\nEMAIL:b@example.org\r\n")}, {}};
  merges(page);
  const std::string base = dir_.path() + "/.book.vcf.cardsrv-base";
  fs::rename(base, base + ".next");
  const std::string changed = vcard("UID:k\r\nFN:Bob\r\nTITLE:My own\r\nORG:X\r\n");
  book(changed);
  EXPECT_THAT(merges(page).front().findings.added, ElementsAre("EMAIL:b@example.org", "ORG:X"))
      << "as it was told nobody";
  EXPECT_EQ(book(), changed);
  merges(PulledPage{{pulled("k", "FN:Bob\r\n")}, {}});
  EXPECT_EQ(book(), vcard("UID:k\r\nFN:Bob\r\nTITLE:My own\r\n"));
}

// D1: compared as E.164, in the country of whoever wrote it.
class NumbersFromAbroad : public Merging {
 protected:
  MergedContact merges_in(std::vector<phone::Region> regions, const std::string& remote) {
    MergedContact told;
    const MergeIntoOptions options{path_, {}, std::move(regions), Writing::kWrite};
    must(merge_into({{pulled("k", remote)}, {}}, options, [&](const auto& lines) -> Result<void> {
      told = lines.front();
      return {};
    }));
    return told;
  }
  static phone::Region region(const char* code) { return must(phone::Region::parse(code)); }
  // A Korean's card: the bound number, then one as it is dialled at home, which is one of Beijing in China.
  const std::string kKorean_ = "FN:Kim\r\nTEL;PREF=1:+821055550111\r\nTEL;TYPE=home:010-1234-5678\r\n";
};

TEST_F(NumbersFromAbroad, AreNotThoseOfThePullersCountry) {
  book(vcard("UID:k\r\nFN:Kim\r\nTEL:+82 10 5555 0111\r\nTEL;TYPE=work:010-12345678\r\n"));
  EXPECT_THAT(merges_in({region("CN")}, kKorean_).findings.added, ElementsAre("TEL;TYPE=home:+821012345678"));
  EXPECT_THAT(book(), AllOf(HasSubstr("TEL;TYPE=work:010-12345678"), HasSubstr("TEL;TYPE=home:+821012345678")));
  EXPECT_THAT(merges_in({region("CN")}, "FN:Kim\r\nTEL;PREF=1:+821055550111\r\n").findings.removed,
              ElementsAre("TEL;TYPE=home:+821012345678"));
}

TEST_F(NumbersFromAbroad, AreThereAlreadyWhereTheyAreSpelledForEverybody) {
  const std::string text = vcard("UID:k\r\nFN:Kim\r\nTEL:+82 10 5555 0111\r\nTEL:+82 10 1234 5678\r\n");
  book(text);
  EXPECT_THAT(merges_in({region("CN")}, kKorean_).findings.added, IsEmpty());
  EXPECT_EQ(book(), text);
}

// The peer moved to Germany, and their card says what it said.
TEST_F(NumbersFromAbroad, MeanWhatTheyMeantWhenTheyCameFirst) {
  const std::string work = "TEL;TYPE=work:650-253-0001\r\n";
  for (const char* of_reader : {"US", "CN"}) {
    fs::remove(dir_.path() + "/.book.vcf.cardsrv-base");
    book(vcard("UID:k\r\nFN:Bob\r\nTEL:+16502530000\r\nTEL;TYPE=work:+1 650 253 0001\r\n"));
    merges_in({region(of_reader)}, "FN:Bob\r\nTEL;PREF=1:+16502530000\r\n" + work);
    merges_in({region(of_reader)}, "FN:Bob\r\nTEL;PREF=1:+4915112345678\r\n" + work);
    EXPECT_THAT(book(), AllOf(HasSubstr("TEL:+4915112345678"), HasSubstr("TEL;TYPE=work:+1 650 253 0001")))
        << of_reader;
    merges_in({region(of_reader)}, "FN:Bob\r\n" + work);
    EXPECT_THAT(book(), HasSubstr("TEL;TYPE=work:+1 650 253 0001")) << of_reader << ": they have no number now";
    merges_in({region(of_reader)}, "FN:Bob\r\nTEL;PREF=1:+4915112345678\r\nTEL;TYPE=home:030 123456\r\n" + work);
    EXPECT_THAT(book(), HasSubstr("TEL;TYPE=home:+4930123456")) << of_reader << ": a new one is of the new country";
  }
}

TEST_F(NumbersFromAbroad, StayAsWrittenAmongCompatriotsAndWhereTheyMeanNothing) {
  book(vcard("UID:k\r\nFN:Kim\r\n"));
  merges_in({region("KR")}, kKorean_ + "TEL:114\r\n");
  EXPECT_THAT(book(), AllOf(HasSubstr("010-1234-5678"), HasSubstr("TEL:114")));
  book(vcard("UID:k\r\nFN:Kim\r\n"));
  fs::remove(dir_.path() + "/.book.vcf.cardsrv-base");
  merges_in({region("KR"), region("CN")}, kKorean_ + "TEL:114\r\n");
  EXPECT_THAT(book(), AllOf(HasSubstr("+821012345678"), HasSubstr("TEL:114"))) << "a contact may be read in either";
  book(vcard("UID:k\r\nFN:Kim\r\n"));
  fs::remove(dir_.path() + "/.book.vcf.cardsrv-base");
  merges_in({region("CN")}, "FN:Kim\r\nTEL:010-1234-5678\r\n");
  EXPECT_THAT(book(), HasSubstr("TEL:010-1234-5678")) << "nobody knows of which country";
}

}  // namespace
}  // namespace cardsrv::service
