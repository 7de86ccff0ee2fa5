// Sources, which the server reads itself (semantics R7, L1, L3).

#include <gtest/gtest.h>

#include <filesystem>

#include "service/sources.h"
#include "unit/service/town.h"

namespace cardsrv::service {
namespace {

using store::SourceKind;
using testing::code_of;
using testing::must;
using testing::uid_of;

class Sources : public testing::TownTest {
 protected:
  std::string path(const std::string& name) { return folder_.file(name); }
  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    must(replace_file(path(name), text, 0600));
  }
  SourceResult add(const Registered& who, const std::string& name, SourceKind kind) {
    return must(change_source(*store_, {uid_of(who), path(name), kind}, {}));
  }
  Refreshed refresh(const std::vector<store::Uid>& uids = {}, const BatchOptions& batch = {}) {
    clock_.advance_s(1);
    return must(refresh_sources(
        *store_, {.uids = uids}, batch, [](const Reject&) -> Result<void> { return {}; }, quiet()));
  }
};

TEST_F(Sources, ARefreshReadsCardsAndLists) {
  write("me.vcf", entry("own", "Ann New", {1}));
  write("contacts/1.vcf", entry("x", "Xenia", {7}));
  write("contacts/2.vcf", entry("y", "Yves", {8}));
  write("contacts/notes.txt", "no card");
  add(ann_, "me.vcf", SourceKind::kOwn);
  add(ann_, "contacts", SourceKind::kList);
  const Refreshed first = refresh();
  ASSERT_EQ(first.sources.size(), 2U);
  EXPECT_EQ(first.sources[0].counts.added, 2U) << "by path: contacts before me.vcf";
  EXPECT_TRUE(first.sources[1].changed);
  EXPECT_TRUE(pulls(bob_).cards.at(ann_.uid).card.find("Ann New") != std::string::npos);
  // O2, L1: the same again changes nothing.
  const std::string before = digest();
  const Refreshed again = refresh();
  EXPECT_EQ(again.sources[0].counts.unchanged, 2U);
  EXPECT_FALSE(again.sources[1].changed);
  EXPECT_EQ(digest(), before);
  EXPECT_EQ(again.outcome.batch, std::nullopt);
}

// L1: each source is an origin of its own.
TEST_F(Sources, ASourceIsAnOriginOfItsOwn) {
  write("list.vcf", entry("b", "Bobby", {2}) + entry("x", "Xenia", {7}));
  add(ann_, "list.vcf", SourceKind::kList);
  refresh();
  write("list.vcf", entry("x", "Xenia", {7}));
  EXPECT_EQ(refresh().sources[0].counts.removed, 1U);
  EXPECT_TRUE(sees(ann_, bob_)) << "the phone lists him still";
}

TEST_F(Sources, WhatCannotBeReadLeavesWhatItBrought) {
  write("list.vcf", entry("x", "Xenia", {7}));
  write("me.vcf", entry("own", "Ann New", {1}));
  add(ann_, "list.vcf", SourceKind::kList);
  add(ann_, "me.vcf", SourceKind::kOwn);
  refresh();
  const std::string before = digest();
  std::filesystem::remove(path("list.vcf"));
  write("me.vcf", entry("own", "Ann", {1}) + entry("own", "Ann", {1}));
  const Refreshed failed = refresh();
  ASSERT_TRUE(failed.sources[0].error);
  EXPECT_EQ(failed.sources[0].error->code, Errc::kNoFile);
  ASSERT_TRUE(failed.sources[1].error);
  EXPECT_EQ(failed.sources[1].error->code, Errc::kBadCard);
  write("list.vcf", "");
  EXPECT_EQ(refresh().sources[0].error->code, Errc::kGuard) << "L3: an empty file is no order to delete";
  EXPECT_EQ(digest(), before);
}

TEST_F(Sources, RemovingOneLeavesWhatItBrought) {
  write("list.vcf", entry("x", "Xenia", {7}));
  add(ann_, "list.vcf", SourceKind::kList);
  refresh();
  must(change_source(*store_, {uid_of(ann_), path("list.vcf"), std::nullopt}, {}));
  EXPECT_TRUE(refresh().sources.empty());
  EXPECT_EQ(must(must(store_->read())->list({1})).entries.size(), 3U);
  must(change_source(*store_, {uid_of(ann_), path("list.vcf"), std::nullopt}, {}));
}

TEST_F(Sources, OnlyTheNamedAccounts) {
  write("list.vcf", entry("x", "Xenia", {7}));
  add(ann_, "list.vcf", SourceKind::kList);
  add(bob_, "list.vcf", SourceKind::kList);
  EXPECT_EQ(refresh({uid_of(bob_)}).sources.at(0).uid, bob_.uid);
  EXPECT_EQ(refresh().sources.size(), 2U);
  EXPECT_EQ(
      code_of(change_source(*store_, {must(store::Uid::parse("nobody")), path("list.vcf"), SourceKind::kList}, {})),
      Errc::kRefused);
  EXPECT_EQ(code_of(change_source(*store_, {uid_of(ann_), path("none"), SourceKind::kList}, {})), Errc::kNoFile);
}

// J1: what the sources held is the batch's input.
TEST_F(Sources, ABatchAgainIsComparedByWhatTheSourcesHold) {
  write("list.vcf", entry("x", "Xenia", {7}));
  add(ann_, "list.vcf", SourceKind::kList);
  const Refreshed first = refresh({}, {"r1"});
  const Refreshed again = refresh({}, {"r1"});
  EXPECT_TRUE(again.outcome.replayed);
  ASSERT_EQ(again.sources.size(), 1U);
  EXPECT_EQ(again.sources[0].counts.added, 1U);
  write("list.vcf", entry("y", "Yves", {8}));
  EXPECT_EQ(code_of(refresh_sources(
                *store_, {}, {"r1"}, [](const Reject&) -> Result<void> { return {}; }, quiet())),
            Errc::kBatchConflict);
}

// X1, J1: a stored receipt has no path, which would outlive the account; the batch again tells them all the same.
TEST_F(Sources, PathsAreInNoReceipt) {
  write("me.vcf", entry("own", "Ann", {1}));
  write("folder/Grandma.vcf", entry("g", "G", {7}));
  write("folder/Uncle.vcf", "BEGIN:VCARD");
  const auto with_id = [&](const std::string& name, SourceKind kind) {
    return must(change_source(*store_, {uid_of(ann_), path(name), kind}, {"add " + name}));
  };
  const SourceResult added = with_id("folder", SourceKind::kOwn);
  EXPECT_EQ(with_id("folder", SourceKind::kOwn).path, added.path);
  add(ann_, "me.vcf", SourceKind::kOwn);
  write("me.vcf", "BEGIN:VCARD\r\nUID:own\r\nTEL:1\r\nEND:VCARD\r\n");
  const Refreshed first = refresh({}, {"r1"});
  const Refreshed again = refresh({}, {"r1"});
  EXPECT_TRUE(again.outcome.replayed);
  ASSERT_EQ(again.sources.size(), 2U);
  for (size_t i = 0; i < 2; ++i) {
    ASSERT_TRUE(first.sources[i].error);
    EXPECT_EQ(again.sources[i].source.path, first.sources[i].source.path);
    EXPECT_EQ(again.sources[i].error->message, first.sources[i].error->message);
  }
  EXPECT_NE(first.sources[1].error->message.find(path("me.vcf")), std::string::npos);
  for (const char* id : {"add folder", "r1"}) {
    const auto tx = must(store_->read());
    const std::string receipt = must(must(tx->receipt(must(tx->batch(id))->sequence)).text());
    EXPECT_NE(receipt.find(ann_.uid), std::string::npos);
    EXPECT_EQ(receipt.find("folder"), std::string::npos) << receipt;
    EXPECT_EQ(receipt.find("me.vcf"), std::string::npos) << receipt;
  }
}

}  // namespace
}  // namespace cardsrv::service
