// Which file is a store, who may read it, and what happens to those who come at the wrong moment.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "sqlite_support.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_store.h"

namespace cardsrv::store::sqlite {
namespace {

namespace fs = std::filesystem;

class FileTest : public StoreTest {
 protected:
  [[nodiscard]] Errc open_error(const std::string& url) {
    const auto store = store::open(url, options_);
    return store ? Errc::kDefect : store.error().code;
  }
  void write_file(std::string_view text) { std::ofstream(path_) << text; }
  [[nodiscard]] std::unique_ptr<Connection> connect() {
    return must(Connection::open(path_, Connection::Mode::kReadWrite, 50));
  }
  static mode_t mode(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
  }
};

TEST_F(FileTest, NothingThereIsNoStore) {
  EXPECT_EQ(open_error(path_), Errc::kNoStore);
  EXPECT_EQ(open_error(folder_.file("no/such/folder")), Errc::kNoStore);
  EXPECT_FALSE(fs::exists(path_)) << "opening makes nothing";
}

TEST_F(FileTest, OtherThingsAreNotAStore) {
  EXPECT_EQ(open_error(folder_.path()), Errc::kNotAStore);
  write_file("");
  EXPECT_EQ(open_error(path_), Errc::kNotAStore);
  write_file("BEGIN:VCARD\r\n");
  EXPECT_EQ(open_error(path_), Errc::kNotAStore);
  write_file(std::string(10'000, 'x'));
  EXPECT_EQ(open_error(path_), Errc::kNotAStore);
  fs::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(open_error(path_), Errc::kNotAStore);
}

TEST_F(FileTest, ADatabaseOfAnotherProgramIsLeftAlone) {
  {
    const auto db = must(Connection::open(path_, Connection::Mode::kCreate, 0));
    must(db->script("CREATE TABLE contacts(x)"));
  }
  const auto before = fs::last_write_time(path_);
  EXPECT_EQ(open_error(path_), Errc::kNotAStore);
  EXPECT_EQ(store::create(path_, {}, options_).error().code, Errc::kStoreExists);
  EXPECT_EQ(fs::last_write_time(path_), before);
}

TEST_F(FileTest, UrlsAreChosenByScheme) {
  create();
  EXPECT_EQ(open()->backend(), "sqlite");
  EXPECT_TRUE(store::open("sqlite:" + path_, options_));
  EXPECT_EQ(open_error("postgresql://host/db"), Errc::kUsage);
  EXPECT_EQ(open_error("mysql://host/db"), Errc::kUsage);
  EXPECT_EQ(open_error("memory:"), Errc::kNoStore);
  EXPECT_EQ(open_error(""), Errc::kUsage);
  EXPECT_EQ(open_error("sqlite:"), Errc::kUsage);
}

// A name may look like a URI or an option of SQLite's: it is a file all the same.
TEST_F(FileTest, StrangeNamesAreFiles) {
  for (const char* name : {"a?mode=memory", "b%41#c", "file:x", ":memory:"}) {
    path_ = folder_.file(name);
    const auto made = store::create(path_, {}, options_);
    ASSERT_TRUE(made) << name;
    EXPECT_TRUE(fs::exists(path_)) << name;
  }
}

// X4
TEST_F(FileTest, AllFilesAreForTheOwnerAloneWhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
    fs::remove(path_);
    const mode_t before = ::umask(mask);
    auto store = create();
    auto tx = must(store->write());
    add_account(*tx, "a");
    commit(*tx, "b1");
    ::umask(before);
    EXPECT_EQ(mode(path_), 0600U);
    EXPECT_EQ(mode(path_ + "-wal"), 0600U);
    EXPECT_EQ(mode(path_ + "-shm"), 0600U);
  }
}

TEST_F(FileTest, CreateNeverReplaces) {
  create();
  EXPECT_EQ(store::create(path_, {}, options_).error().code, Errc::kStoreExists);
  path_ = folder_.file("dangling");
  fs::create_symlink("nowhere", path_);
  EXPECT_EQ(store::create(path_, {}, options_).error().code, Errc::kStoreExists);
}

TEST_F(FileTest, CreateLeavesOneFileAndMakesItsFolder) {
  path_ = folder_.file("new/er/store.db");
  create().reset();
  const auto found = std::distance(fs::directory_iterator(folder_.file("new/er")), fs::directory_iterator());
  EXPECT_EQ(found, 1);
  EXPECT_EQ(mode(folder_.file("new/er")), 0700U);
}

TEST_F(FileTest, ANewerSchemaIsRefused) {
  create();
  must(connect()->script("PRAGMA user_version=99"));
  EXPECT_EQ(open_error(path_), Errc::kNewerSchema);
  EXPECT_EQ(read_schema(*connect(), migrations()).error().code, Errc::kNewerSchema);
}

TEST_F(FileTest, EachMigrationIsAppliedOnceWithItsStamp) {
  const auto db = must(Connection::open(path_, Connection::Mode::kCreate, 0));
  const std::vector<Migration> two = {{"1", "CREATE TABLE a(x) STRICT, WITHOUT ROWID"},  // no key: fails
                                      {"2", "CREATE TABLE b(x INTEGER) STRICT"}};
  EXPECT_FALSE(migrate(*db, two));
  EXPECT_EQ(must(db->number("PRAGMA user_version")), 0U);
  const std::vector<Migration> good = {{"1", "CREATE TABLE a(x INTEGER) STRICT"}, two[1]};
  must(migrate(*db, std::span(good).first(1)));
  EXPECT_EQ(must(db->number("PRAGMA user_version")), 1U);
  must(migrate(*db, good));
  must(migrate(*db, good));
  EXPECT_EQ(must(db->number("PRAGMA user_version")), 2U);
  EXPECT_EQ(migrate(*db, std::span(good).first(1)).error().code, Errc::kNewerSchema);
}

// A migration that fails half-way leaves neither its tables nor its stamp.
TEST_F(FileTest, AFailedMigrationLeavesNothing) {
  const auto db = must(Connection::open(path_, Connection::Mode::kCreate, 0));
  const std::vector<Migration> bad = {{"1", "CREATE TABLE a(x INTEGER) STRICT; CREATE TABLE a(x INTEGER) STRICT"}};
  EXPECT_FALSE(migrate(*db, bad));
  EXPECT_EQ(must(db->number("SELECT count(*) FROM sqlite_schema")), 0U);
}

TEST_F(FileTest, ASecondWriterIsBusyAfterTheTimeoutAndReadersAreNot) {
  auto first = create();
  auto second = open();
  auto tx = must(first->write());
  EXPECT_EQ(second->write().error().code, Errc::kBusy);
  EXPECT_EQ(first->write().error().code, Errc::kBusy);
  EXPECT_TRUE(second->read());
  tx.reset();
  EXPECT_TRUE(second->write());
}

TEST_F(FileTest, AReaderKeepsItsSnapshot) {
  auto store = create();
  auto reader = must(store->read());
  auto tx = must(store->write());
  add_account(*tx, "a");
  commit(*tx, "b1");
  EXPECT_EQ(must(reader->totals()).accounts, 0U);
  EXPECT_FALSE(must(reader->account(uid("a"))));
  EXPECT_EQ(must(must(store->read())->totals()).accounts, 1U);
}

// As another user, for root may write anything.
TEST_F(FileTest, AStoreThatCannotBeWrittenCanBeRead) {
  {
    auto store = create();
    auto tx = must(store->write());
    add_account(*tx, "a");
    commit(*tx, "b1");
  }
  ASSERT_EQ(::chmod(path_.c_str(), 0444), 0);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0555), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(9);
    const auto store = store::open(path_, options_);
    if (!store) ::_exit(1);
    const auto reader = (*store)->read();
    if (!reader) ::_exit(2);
    const auto totals = (*reader)->totals();
    if (!totals || totals->accounts != 1) ::_exit(3);
    const auto writer = (*store)->write();
    ::_exit(!writer && writer.error().code == Errc::kReadOnly ? 0 : 4);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ::chmod(folder_.path().c_str(), 0755);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// J2: a writer that is killed in the middle of its transaction has changed nothing.
TEST_F(FileTest, AKilledWriterLeavesTheFormerState) {
  {
    auto store = create();
    auto tx = must(store->write());
    add_account(*tx, "before");
    commit(*tx, "b1");
  }
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = store::open(path_, options_);
    auto tx = (*store)->write();
    // So much that pages are spilled to the log before the end.
    for (int i = 0; i < 20'000; ++i) {
      (void)(*tx)->create_account(*Uid::parse(fmt::format("u{}", i)), {SecretKind::kGenerated, std::string(2000, 'x')},
                                  Timestamp{0});
    }
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(fs::exists(path_ + "-wal"));
  auto store = open();
  EXPECT_EQ(must(must(store->read())->totals()).accounts, 1U);
  EXPECT_EQ(must(must(store->read())->last_batch())->sequence, 1U);
  EXPECT_TRUE(must(store->check()).empty());
  auto tx = must(store->write());
  add_account(*tx, "after");
  commit(*tx, "b2");
}

// A page limit stands for a full disk: SQLite reports both alike.
TEST_F(FileTest, AFullDiskChangesNothing) {
  create();
  {
    const auto db = connect();
    const auto pages = must(db->number("PRAGMA page_count")).value();
    must(db->script(fmt::format("PRAGMA max_page_count={}", pages + 2)));
    must(db->script("BEGIN IMMEDIATE"));
    const auto filled = db->script("INSERT INTO config(k, v) VALUES (1, hex(zeroblob(1000000)))");
    ASSERT_FALSE(filled);
    EXPECT_EQ(filled.error().code, Errc::kDiskFull);
  }
  EXPECT_TRUE(must(open()->check()).empty());
}

TEST_F(FileTest, ABackupIsAStoreOfItsOwnAndReplacesNothing) {
  auto store = create();
  auto tx = must(store->write());
  const auto account = add_account(*tx, "a");
  add_entries(*tx, account, {{"k1", {4917012345}}});
  commit(*tx, "b1");
  const std::string copy = folder_.file("copy.db");
  must(store->backup(copy));
  EXPECT_EQ(store->backup(copy).error().code, Errc::kStoreExists);
  EXPECT_EQ(mode(copy), 0600U);
  EXPECT_FALSE(fs::exists(copy + "-wal"));
  auto second = must(store::open(copy, options_));
  EXPECT_EQ(second->id(), store->id());
  EXPECT_EQ(must(must(second->read())->totals()).entries, 1U);
  EXPECT_TRUE(must(second->check()).empty());
  auto more = must(second->write());
  add_account(*more, "b");
  commit(*more, "b2");
}

TEST_F(FileTest, ACleanEndLeavesOneFile) {
  auto store = create();
  auto tx = must(store->write());
  add_account(*tx, "a");
  commit(*tx, "b1");
  tx.reset();
  EXPECT_GT(must(store->bytes()), fs::file_size(path_)) << "the log counts";
  store.reset();
  EXPECT_FALSE(fs::exists(path_ + "-wal"));
}

}  // namespace
}  // namespace cardsrv::store::sqlite
