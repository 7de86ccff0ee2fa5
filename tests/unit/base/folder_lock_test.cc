#include "base/folder_lock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/paths.h"

namespace cardsrv {
namespace {

TEST(FolderLock, OneAtATime) {
  const testing::ScratchFolder folder, other;
  {
    const auto held = FolderLock::take(folder.path(), 0);
    ASSERT_TRUE(held);
    const auto second = FolderLock::take(folder.path(), 30);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::kBusy);
    EXPECT_TRUE(FolderLock::take(other.path(), 0));
  }
  EXPECT_TRUE(FolderLock::take(folder.path(), 0));
}

TEST(FolderLock, IsWaitedFor) {
  const testing::ScratchFolder folder;
  std::atomic<bool> released = false;
  std::thread waiting;
  {
    const auto held = FolderLock::take(folder.path(), 0);
    ASSERT_TRUE(held);
    waiting = std::thread([&] {
      const auto lock = FolderLock::take(folder.path(), 60'000);
      EXPECT_TRUE(lock);
      EXPECT_TRUE(released);
    });
    released = true;
  }
  waiting.join();
}

TEST(FolderLock, WithoutAFolderNothingIsHeld) { EXPECT_TRUE(FolderLock::take("/no/such/folder", 0)); }

}  // namespace
}  // namespace cardsrv
