// Closing and export (semantics M1, M5, X1, J4).

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "report/export_report.h"
#include "service/auth.h"
#include "service/exporting.h"
#include "unit/service/town.h"

namespace cardsrv::service {
namespace {

using testing::code_of;
using testing::must;
using testing::number;
using testing::uid_of;

class Erasing : public testing::TownTest {
 protected:
  Closed close(const Registered& who, const BatchOptions& batch = {}) {
    return must(close_account(*store_, nullptr, {uid_of(who), {}, "asked by letter"}, batch));
  }
  // Every byte of the store's files.
  std::string bytes() {
    std::ostringstream all;
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::ifstream file(path_ + suffix, std::ios::binary);
      if (file) all << file.rdbuf();
    }
    return all.str();
  }
  void on_disk() {
    store_ = must(store::create(path_, {.fixture = true, .seed = "disk"}, {.clock = &clock_}));
    TownTest::SetUp();
  }
  const std::string path_ = folder_.file("store.db");
};

TEST_F(Erasing, EndsEveryAssociationAndTellsThePeers) {
  const std::string bobs = pulls(bob_).last.token;
  const Closed closed = close(ann_);
  EXPECT_TRUE(closed.erased);
  const auto hears = pulls(bob_, bobs);
  ASSERT_TRUE(hears.gones.contains(ann_.uid));
  EXPECT_EQ(hears.gones.at(ann_.uid).entries, std::vector<std::string>{"a"});
  EXPECT_TRUE(sees(bob_, cid_));
  EXPECT_EQ(matches().ended, 2U);
  EXPECT_EQ(holder(1), std::nullopt);
}

// R1: one and the same error for a closed account.
TEST_F(Erasing, AClosedAccountIsNobody) {
  close(ann_);
  EXPECT_EQ(code_of(authenticate(*store_, uid_of(ann_), *ann_.password)), Errc::kRefused);
  testing::Pulled pulled;
  EXPECT_EQ(code_of(pull(*store_, uid_of(ann_), {}, pulled)), Errc::kRefused);
  EXPECT_EQ(code_of(export_person(*store_, uid_of(ann_))), Errc::kRefused);
  EXPECT_TRUE(must(close_account(*store_, nullptr, {uid_of(ann_), {}, "again"}, {})).erased) << "nothing to do";
}

TEST_F(Erasing, ThePersonsWordIsTheirPassword) {
  EXPECT_EQ(code_of(close_account(*store_, nullptr, {uid_of(ann_), *bob_.password, ""}, {})), Errc::kRefused);
  must(close_account(*store_, nullptr, {uid_of(ann_), *ann_.password, ""}, {"c1"}));
  EXPECT_TRUE(must(close_account(*store_, nullptr, {uid_of(ann_), *ann_.password, ""}, {"c1"})).outcome.replayed)
      << "J1: also when the password is gone";
  EXPECT_EQ(code_of(close_account(*store_, nullptr, {uid_of(ann_), *ann_.password, ""}, {})), Errc::kRefused);
}

// M1: the number once had an owner, so old entries do not mean the next one.
TEST_F(Erasing, OldFriendsDoNotMeetTheNextOwner) {
  close(ann_);
  clock_.advance_s(46 * 86'400);
  const Registered eve = registers(1);
  publish(eve, "Eve", 1);
  lists(eve, entry("b", "Bob", {2}));
  EXPECT_EQ(matches().associated, 0U);
  EXPECT_FALSE(sees(bob_, eve));
  lists(bob_, entry("a", "Annie", {1}) + entry("c", "Cid", {3}));
  EXPECT_EQ(matches().associated, 0U) << "the same entry again is the same acquaintance";
  lists(bob_, entry("e", "Eve", {1}), UploadMode::kAdd);
  EXPECT_EQ(matches().associated, 1U);
}

// M2: an entry that meant the closed account means whom else it could, from the next match on; the kept counts agree.
TEST_F(Erasing, AnEntryOfTwoPersonsMeansTheOther) {
  lists(bob_, entry("a", "Ann or Cid", {1, 3}));
  matches();
  EXPECT_TRUE(sees(bob_, ann_));
  EXPECT_FALSE(sees(bob_, cid_));
  close(ann_);
  EXPECT_FALSE(sees(bob_, cid_)) << "an association begins in a match only";
  const auto result = matches();
  EXPECT_EQ(result.associated, 1U);
  EXPECT_TRUE(sees(bob_, cid_));
  EXPECT_EQ(pending(), result.pending);
}

// X1: nothing of the card, the list and the secrets is left in any file of the store; others' data is.
TEST_F(Erasing, TheBytesAreGoneFromTheFileAndItsLog) {
  on_disk();
  // A rare word in each of the card's and the list's texts. Texts are packed, but short ones come out plain in places,
  // so that a store which kept them would show: the journal's bodies of the others still do.
  publish(ann_, "Xylophonia Quetzalcoatl-Brzeczyszczykiewicz", 1);
  lists(ann_, entry("unmistakable-key-of-ann", "Wolfeschlegelsteinhausenbergerdorff", {2}) + entry("c", "Cid", {3}));
  matches();
  ASSERT_NE(bytes().find("Quetzalcoatl"), std::string::npos) << "or the test would show nothing";
  ASSERT_NE(bytes().find("unmistakable-key-of-ann"), std::string::npos);
  const std::string secret = must(must(store_->read())->account(uid_of(ann_)))->secret.hash;
  ASSERT_NE(bytes().find(secret), std::string::npos);
  EXPECT_TRUE(close(ann_).erased);
  const std::string left = bytes();
  for (const std::string& word : {std::string("Quetzalcoatl"), std::string("Xylophonia"), std::string("Wolfeschlegel"),
                                  std::string("unmistakable-key"), secret})
    EXPECT_EQ(left.find(word), std::string::npos) << word;
  EXPECT_TRUE(must(store_->check()).empty()) << "J4: blanked records are no damage";
  EXPECT_NE(left.find(ann_.uid), std::string::npos) << "that there was an account stays";
  // The file alone, as a copy would have it.
  store_.reset();
  store_ = must(store::open(path_, {.clock = &clock_}));
  EXPECT_TRUE(must(store_->check()).empty());
}

// X1: a reader can delay it; then the next writer tries again.
TEST_F(Erasing, AReaderDelaysItAndTheNextWriterTriesAgain) {
  on_disk();
  publish(ann_, "Quetzalcoatl", 1);
  {
    const auto reader = must(store_->read());
    must(reader->last_batch());
    EXPECT_FALSE(close(ann_).erased);
    EXPECT_FALSE(must(store_->erased()));
  }
  publish(bob_, "Robert", 2);
  EXPECT_TRUE(must(store_->erased()));
  EXPECT_EQ(bytes().find("Quetzalcoatl"), std::string::npos);
}

// X1: everything that is held, in files that other programs read; nothing of who lists them (X2).
TEST_F(Erasing, ExportGivesEverything) {
  lists(cid_, entry("x", "What Cid calls her", {1}), UploadMode::kAdd);
  const auto data = must(export_person(*store_, uid_of(ann_)));
  EXPECT_EQ(data.uid, ann_.uid);
  ASSERT_EQ(data.bindings.size(), 1U);
  EXPECT_EQ(data.bindings[0].number, number(1));
  ASSERT_TRUE(data.own);
  ASSERT_EQ(data.entries.size(), 2U);
  EXPECT_EQ(data.entries[0].key, "b");
  ASSERT_EQ(data.peers.size(), 2U);
  const std::string folder = folder_.file("ann");
  must(report::write_personal_data(data, folder));
  std::string all;
  for (const char* name : {"account.json", "list.vcf", "own.vcf", "published.vcf"})
    all += must(read_file(folder + "/" + name, 1 << 20));
  EXPECT_NE(all.find("Bobby"), std::string::npos);
  EXPECT_NE(all.find("FN:Ann"), std::string::npos);
  EXPECT_EQ(all.find("What Cid calls her"), std::string::npos);
  EXPECT_EQ(all.find("Annie"), std::string::npos) << "nor what Bob does";
  EXPECT_EQ(code_of(report::write_personal_data(data, folder)), Errc::kUsage) << "nothing is overwritten";
  EXPECT_EQ(std::filesystem::status(folder).permissions() & std::filesystem::perms::others_all,
            std::filesystem::perms::none);
}

// X1, X2: their own proofs; not the number that a stranger typed in their name.
TEST_F(Erasing, ExportHasTheProofsOfThePerson) {
  clock_.advance_s(3600);
  must(request_registration(*store_, &phone_, {.number = number(8), .uid = uid_of(ann_)}, {}));
  must(request_rebind(*store_, &phone_,
                      {.uid = uid_of(ann_), .password = *ann_.password, .number = number(9), .from = number(1)}, {}));
  const std::string code = phone_.last_code();
  const auto data = must(export_person(*store_, uid_of(ann_)));
  ASSERT_EQ(data.proofs.size(), 2U);
  EXPECT_EQ(data.proofs[0].purpose, store::Purpose::kRegister);
  EXPECT_EQ(data.proofs[0].number, number(1));
  EXPECT_EQ(data.proofs[0].state, store::SessionState::kDone);
  EXPECT_TRUE(data.proofs[0].took_effect);
  EXPECT_EQ(data.proofs[1].purpose, store::Purpose::kRebind);
  EXPECT_EQ(data.proofs[1].number, number(9));
  EXPECT_EQ(data.proofs[1].state, store::SessionState::kOpen);
  EXPECT_FALSE(data.proofs[1].proved);
  const std::string folder = folder_.file("ann");
  must(report::write_personal_data(data, folder));
  const std::string account = must(read_file(folder + "/account.json", 1 << 20));
  EXPECT_NE(account.find(number(9).e164()), std::string::npos);
  EXPECT_EQ(account.find(number(8).e164()), std::string::npos);
  EXPECT_EQ(account.find(code), std::string::npos);
}

}  // namespace
}  // namespace cardsrv::service
