#include "base/spool.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "support/paths.h"

namespace cardsrv {
namespace {

std::string line_of(size_t i) { return "line " + std::to_string(i) + std::string(i % 300, 'x'); }

Spool lines(size_t count) {
  Spool spool;
  for (size_t i = 0; i < count; ++i) EXPECT_TRUE(spool.append(line_of(i) + "\n"));
  return spool;
}

TEST(Spool, GivesBackWhatWasAppendedInMemoryAndFromAFile) {
  for (const size_t count : {0, 1, 100, 20'000}) {
    const Spool spool = lines(count);
    for (int time = 0; time < 2; ++time) {
      size_t next = 0, wrong = 0;
      ASSERT_TRUE(spool.read_lines([&](std::string_view line) -> Result<void> {
        wrong += line == line_of(next++) ? 0 : 1;
        return {};
      }));
      EXPECT_EQ(next, count);
      EXPECT_EQ(wrong, 0U);
    }
    EXPECT_EQ(spool.text()->size(), spool.size());
  }
}

TEST(Spool, PiecesAreAtMostAChunk) {
  size_t read = 0;
  const std::string text(Spool::kChunk * 9 + 1, 'a');
  Spool spool;
  ASSERT_TRUE(spool.append(text));
  ASSERT_TRUE(spool.append("b"));
  ASSERT_TRUE(spool.read([&](std::string_view piece) -> Result<void> {
    EXPECT_LE(piece.size(), Spool::kChunk);
    read += piece.size();
    return {};
  }));
  EXPECT_EQ(read, text.size() + 1);
}

TEST(Spool, ALastLineWithoutItsEndIsALine) {
  std::vector<std::string> found;
  ASSERT_TRUE(Spool("a\n\nb").read_lines([&](std::string_view line) -> Result<void> {
    found.emplace_back(line);
    return {};
  }));
  EXPECT_THAT(found, ::testing::ElementsAre("a", "", "b"));
}

TEST(Spool, WhatAReaderFailsWithEndsIt) {
  int seen = 0;
  const auto result = lines(20'000).read_lines([&](std::string_view) -> Result<void> {
    return ++seen == 3 ? Result<void>(fail(Errc::kUsage, "enough")) : Result<void>{};
  });
  EXPECT_EQ(result.error().code, Errc::kUsage);
  EXPECT_EQ(seen, 3);
}

TEST(Spool, MovesWithItsFile) {
  Spool a = lines(20'000);
  const size_t size = a.size();
  Spool b = std::move(a);
  a = Spool("other");
  EXPECT_EQ(b.text()->size(), size);
  EXPECT_EQ(*a.text(), "other");
}

TEST(Spool, LeavesNothingBehindAndTellsWhereItCannotBe) {
  const testing::ScratchFolder folder;
  setenv("TMPDIR", folder.path().c_str(), 1);
  {
    const Spool spool = lines(20'000);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  }
  setenv("TMPDIR", (folder.path() + "/nowhere").c_str(), 1);
  Spool spool;
  Result<void> result;
  for (size_t i = 0; i < 20'000 && result; ++i) result = spool.append(line_of(i) + "\n");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, ::testing::HasSubstr("nowhere"));
  unsetenv("TMPDIR");
}

TEST(Spool, AFullDiskIsToldAsOne) {
  // The file may not grow beyond 300 KiB.
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{300 * 1024, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  Spool spool;
  Result<void> result;
  for (size_t i = 0; i < 20'000 && result; ++i) result = spool.append(line_of(i) + "\n");
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(result);
}

}  // namespace
}  // namespace cardsrv
