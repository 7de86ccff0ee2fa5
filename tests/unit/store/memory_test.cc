#include "store/memory/memory_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

// What is peculiar to the memory store; the rest of its contract is pinned by tests/conformance.

namespace cardsrv::store {
namespace {

TEST(MemoryStore, SeedNeedsAFixture) {
  const auto refused = create_memory({.fixture = false, .seed = "s"}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kUsage);
}

TEST(MemoryStore, HasNoFile) {
  const auto store = *create_memory({}, {});
  EXPECT_EQ(store->url(), "memory:");
  EXPECT_EQ(*store->bytes(), 0U);
  const auto refused = store->backup("/nowhere/copy");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kUsage);
}

TEST(MemoryStore, TwoStoresHoldDifferentThings) {
  const auto a = *create_memory({}, {});
  const auto b = *create_memory({}, {});
  auto tx = *a->write();
  const Uid ann = *Uid::parse("ann");
  ASSERT_TRUE(tx->create_account(ann, {}, Timestamp{0}));
  ASSERT_TRUE(tx->commit("1", BatchKind::kRegistration, {}, ""));
  EXPECT_FALSE((*b->read())->account(ann)->has_value());
}

TEST(MemoryStore, ReaderOutlivesTheStateThatItReads) {
  const auto store = *create_memory({}, {});
  const auto reader = *store->read();
  for (const char* id : {"1", "2", "3"}) {
    auto tx = *store->write();
    ASSERT_TRUE(tx->put_config(Config::kMaxEntries, id));
    ASSERT_TRUE(tx->commit(id, BatchKind::kConfig, {}, ""));
  }
  EXPECT_FALSE(reader->config(Config::kMaxEntries)->has_value());
}

TEST(MemoryStore, WritersOfSeveralThreadsTakeTurns) {
  const auto store = *create_memory({}, {});
  constexpr int kEach = 50;
  std::atomic<int> failures = 0;
  const auto work = [&](int thread) {
    for (int i = 0; i < kEach; ++i) {
      auto tx = store->write();
      const auto uid = Uid::parse("t" + std::to_string(thread) + "-" + std::to_string(i));
      const bool done = tx && (*tx)->create_account(*uid, {}, Timestamp{0}) &&
                        (*tx)->commit(uid->text(), BatchKind::kRegistration, {}, "");
      if (!done) ++failures;
    }
  };
  std::thread first(work, 1);
  std::thread second(work, 2);
  first.join();
  second.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ((*store->read())->totals()->accounts, 2U * kEach);
  EXPECT_TRUE(store->check()->empty());
}

TEST(MemoryStore, WriterThatWaitsBeginsWhenTheFirstGoesAway) {
  const auto store = *create_memory({}, {});
  auto first = *store->write();
  bool began = false;
  std::thread waiting([&] { began = store->write().has_value(); });
  first.reset();
  waiting.join();
  EXPECT_TRUE(began);
}

}  // namespace
}  // namespace cardsrv::store
