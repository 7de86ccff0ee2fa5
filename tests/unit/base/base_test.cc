#include <gmock/gmock.h>

#include <array>
#include <fstream>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/input.h"
#include "base/random.h"
#include "base/utf8.h"
#include "support/paths.h"

namespace cardsrv {
namespace {

using ::testing::ElementsAre;

TEST(Clock, ReadsAndWritesRfc3339) {
  EXPECT_EQ(to_rfc3339(*parse_rfc3339("2026-11-24T10:00:00Z")), "2026-11-24T10:00:00Z");
  EXPECT_EQ(to_rfc3339(*parse_rfc3339("2026-11-24T10:00:00.999+08:00")), "2026-11-24T02:00:00Z");
  EXPECT_EQ(to_rfc3339(*parse_rfc3339("1969-12-31T23:59:59Z")), "1969-12-31T23:59:59Z");
  for (const char* bad :
       {"", "2026", "2026-02-30T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T10:00:00", "2026-11-24T10:00:00.Z"})
    EXPECT_EQ(parse_rfc3339(bad).error().code, Errc::kUsage) << bad;
}

TEST(Clock, SecondsUntilAreRoundedUpAndNeverNegative) {
  EXPECT_EQ(seconds_until({0}, {1}), 1);
  EXPECT_EQ(seconds_until({0}, {1000}), 1);
  EXPECT_EQ(seconds_until({5}, {5}), 0);
  EXPECT_EQ(seconds_until({5000}, {0}), 0);
}

TEST(Random, ASeedAndACounterDetermineTheStream) {
  SeededRandom first(as_bytes("seed"), 0), again(as_bytes("seed"), 0), later(as_bytes("seed"), 1),
      other(as_bytes("other"), 0);
  const auto bytes = first.bytes<16>();
  EXPECT_EQ(bytes, again.bytes<16>());
  EXPECT_NE(bytes, later.bytes<16>());
  EXPECT_NE(bytes, other.bytes<16>());
  EXPECT_EQ(first.counter(), 1U);
}

TEST(Digest, FieldsCannotRunIntoEachOther) {
  EXPECT_NE(Hasher().add_field("ab").add_field("c").finish(), Hasher().add_field("a").add_field("bc").finish());
}

TEST(Digest, SpellingsRoundTrip) {
  const std::array<std::uint8_t, 5> bytes = {0, 1, 0xfe, 0xff, 0x80};
  EXPECT_EQ(*from_hex(hex(bytes)), std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
  EXPECT_EQ(*from_base64url(base64url(bytes)), std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("zz"));
  EXPECT_FALSE(from_base64url("a+b/"));
  for (int c = 0x80; c < 0x100; ++c) EXPECT_FALSE(from_base64url(std::string("abc") + static_cast<char>(c))) << c;
  EXPECT_EQ(base32(std::array<std::uint8_t, 1>{0xff}), "zw");
}

std::vector<std::string> lines_of(std::string_view text, size_t limit) {
  const auto input = memory_input(text);
  LineReader reader(*input, limit);
  LineReader::Line line{};
  std::vector<std::string> lines;
  while (*reader.next(line)) lines.push_back(std::string(line.text) + (line.truncated ? "…" : ""));
  return lines;
}

TEST(LineReader, KeepsAtMostTheLimitAndGoesOn) {
  EXPECT_THAT(lines_of("one\r\ntwo\n\nfour", 100), ElementsAre("one", "two", "", "four"));
  EXPECT_THAT(lines_of("abcdef\nxyz\n", 4), ElementsAre("abcd…", "xyz"));
  EXPECT_THAT(lines_of("abcd\nx", 4), ElementsAre("abcd", "x"));
  EXPECT_THAT(lines_of(std::string(1 << 20, 'a') + "\nend", 3), ElementsAre("aaa…", "end"));
  EXPECT_THAT(lines_of("", 4), ElementsAre());
}

TEST(Input, PeekingTakesNothing) {
  const auto source = memory_input("BEGIN:VCARD");
  PeekInput input(*source);
  EXPECT_EQ(*input.peek(5), "BEGIN");
  EXPECT_EQ(*input.peek(100), "BEGIN:VCARD");
  EXPECT_EQ(*read_all(input, 100), "BEGIN:VCARD");
}

TEST(Input, MissingFilesAndFoldersSayWhatTheyAre) {
  const testing::ScratchFolder folder;
  EXPECT_EQ(open_input(folder.file("none")).error().code, Errc::kNoFile);
  EXPECT_EQ(open_input(folder.path()).error().code, Errc::kNoFile);
}

TEST(Input, CutCompressionIsAnErrorNotAnEnd) {
  const testing::ScratchFolder folder;
  const std::string path = folder.file("cut.gz");
  std::ofstream(path) << std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 10);
  const auto input = open_input(path);
  ASSERT_TRUE(input);
  EXPECT_EQ(read_all(**input, 100).error().code, Errc::kIo);
}

TEST(File, ReplacingIsOneStepAndKeepsNoTemporary) {
  const testing::ScratchFolder folder;
  const std::string path = folder.file("a");
  ASSERT_TRUE(replace_file(path, "first", 0600));
  ASSERT_TRUE(replace_file(path, "second", 0600));
  EXPECT_EQ(*read_file(path, 100), "second");
  EXPECT_EQ(replace_file(folder.file("none/a"), "x", 0600).error().code, Errc::kNoFile);
}

TEST(Utf8, NamesCompareAsPeopleDo) {
  EXPECT_EQ(fold_name("  Ann\t LEE "), "ann lee");
  EXPECT_EQ(fold_name("STRASSE"), fold_name("straße"));
  EXPECT_EQ(fold_name("e\xCC\x81"), fold_name("\xC3\x89"));
  EXPECT_EQ(fold_name("李\xE3\x80\x80明"), "李 明");
  EXPECT_FALSE(valid_utf8("\xff"));
  EXPECT_TRUE(valid_utf8("李"));
}

TEST(Utf8, PrintableTextCannotDriveATerminal) {
  EXPECT_EQ(printable("a\x1b[2Jb\n"), "a?[2Jb?");
  EXPECT_EQ(printable("\xC2\x9B"), "?");
  EXPECT_EQ(printable("李é🚀"), "李é🚀");
  EXPECT_EQ(printable("\x9b"
                      "31m\xe6\x9d"),
            "?31m??")
      << "no UTF-8";
  EXPECT_EQ(printable("a\u202eb\u2066c\u2028"), "a?b?c?") << "what would show the rest in another order";
  EXPECT_EQ(printable("\u200f\u05d0"), "\u200f\u05d0") << "a mark that belongs to the text";
}

TEST(Result, EveryCodeHasAnExitStatusOfTheContract) {
  EXPECT_EQ(exit_status(Errc::kRejected), 1);
  EXPECT_EQ(exit_status(Errc::kUsage), 2);
  EXPECT_EQ(exit_status(Errc::kBusy), 3);
  EXPECT_EQ(exit_status(Errc::kRefused), 4);
  EXPECT_EQ(exit_status(Errc::kTooSoon), 5);
  EXPECT_EQ(exit_status(Errc::kGuard), 6);
  EXPECT_EQ(exit_status(Errc::kStaleToken), 7);
  EXPECT_EQ(exit_status(Errc::kNumberTaken), 8);
  EXPECT_EQ(exit_status(Errc::kDiffers), 9);
  EXPECT_EQ(exit_status(Errc::kReaderGone), 141);
}

}  // namespace
}  // namespace cardsrv
