// A batch that is killed at any moment and run again ends as if it had run once (semantics J2): each command is ended
// with SIGKILL before its first call that changes a file, before its second, and so on, until it gets through; after
// each kill it is run again, and store and receipt must be those of a run that nobody disturbed.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "support/paths.h"
#include "support/process.h"

namespace cardsrv::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kMostCalls = 2000;
constexpr int kKilled = 128 + 9;

std::string card(const std::string& uid, const std::string& name, const std::string& number) {
  return "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:" + uid + "\r\nFN:" + name + "\r\nTEL:" + number + "\r\nEND:VCARD\r\n";
}

class Killed : public ::testing::Test {
 protected:
  using Command = std::vector<std::string>;

  // Ann, Bob and Cid, who list each other; matched.
  void SetUp() override {
    write("rows.csv", "number,uid\n+8613800138001,ann\n+8613800138002,bob\n+8613800138003,cid\n");
    std::string lines;
    const std::vector<std::pair<std::string, std::string>> people = {
        {"ann", "+8613800138001"}, {"bob", "+8613800138002"}, {"cid", "+8613800138003"}};
    for (const auto& [uid, number] : people) {
      lines += Json{{"account", uid}, {"own", card("own", uid, number)}}.dump() + "\n";
      for (const auto& [other, theirs] : people)
        if (other != uid) lines += Json{{"account", uid}, {"entry", card(other, other, theirs)}}.dump() + "\n";
    }
    write("bulk.jsonl", lines);
    write("own.vcf", card("own", "Ann Other", "+8613800138001"));
    write("list.vcf", card("bob", "Bobby", "+8613800138002") + card("x", "Xenia", "+8613800138044"));
    write("plan.csv", "old,new\n+8613800138001,+8613800138002\n+8613800138002,+8613800138001\n");
    must({"store", "init", "--fixture"});
    must({"register", "bulk", "rows.csv", "--vouch", "x"});
    must({"import", "bulk", "bulk.jsonl"});
    must({"match"});
  }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.file(name), std::ios::binary) << text;
  }

  Ran tool(Command command, int kill_at = 0) {
    command[0] = program(command[0]);
    command.emplace_back("--json");
    std::map<std::string, std::string> environment = {{"CARDSRV_STORE", "store.db"},
                                                      {"CARDSRV_NOW", "2026-01-05T08:00:00Z"},
                                                      {"CARDSRV_SEED", "crash"},
                                                      {"CARDSRV_SMS", "file:messages"}};
    if (kill_at > 0) {
      environment["LD_PRELOAD"] = CARDSRV_KILL_SHIM;
      const char* const options = std::getenv("ASAN_OPTIONS");
      environment["ASAN_OPTIONS"] = std::string(options == nullptr ? "" : options) + ":verify_asan_link_order=0";
      environment["CARDSRV_KILL_AT"] = std::to_string(kill_at);
    }
    const fs::path back = fs::current_path();
    fs::current_path(folder_.path());
    Ran ran = run(command, environment);
    fs::current_path(back);
    return ran;
  }

  Ran must(const Command& command) {
    Ran ran = tool(command);
    EXPECT_EQ(ran.status, 0) << command[0] << " " << command[1] << ": " << ran.err;
    return ran;
  }

  std::string digest() { return Json::parse(must({"store", "digest"}).out)["digest"].get<std::string>(); }

  // The store and the messages, as they are.
  void keep() { copy(folder_.path(), kept_.path()); }
  void restore() { copy(kept_.path(), folder_.path()); }
  static void copy(const std::string& from, const std::string& to) {
    for (const char* name : {"store.db", "store.db-wal", "store.db-shm", "messages"}) {
      fs::remove(to + "/" + name);
      if (fs::exists(from + "/" + name)) fs::copy_file(from + "/" + name, to + "/" + name);
    }
  }

  // `replayed` may differ: a kill after the commit is answered from the record.
  static Json receipt(const Ran& ran) {
    Json lines = Json::array();
    std::istringstream in(ran.out);
    for (std::string line; std::getline(in, line);) {
      Json object = Json::parse(line);
      object.erase("replayed");
      if (object.contains("total")) object["total"].erase("entries_per_s");
      lines.push_back(std::move(object));
    }
    return lines;
  }

  void everywhere(
      const Command& command, const std::function<void()>& after = [] {}) {
    keep();
    const Json wanted = receipt(must(command));
    const std::string state = digest();
    std::set<std::string> between;
    int kills = 0;
    for (int at = 1;; ++at) {
      ASSERT_LT(at, kMostCalls);
      restore();
      const Ran killed = tool(command, at);
      if (killed.status != kKilled) {
        EXPECT_EQ(killed.status, 0) << killed.err;
        break;
      }
      ++kills;
      between.insert(digest());  // which opens it, as the next command does
      EXPECT_TRUE(Json::parse(must({"store", "check"}).out)["ok"].get<bool>()) << "after call " << at;
      EXPECT_EQ(receipt(must(command)), wanted) << "after call " << at;
      EXPECT_EQ(digest(), state) << "after call " << at;
      after();
    }
    EXPECT_GE(kills, 4) << "the shim was not asked";
    EXPECT_LE(between.size(), 2U) << "all or nothing: the state before, and the state after";
  }

  ScratchFolder folder_, kept_;
};

TEST_F(Killed, BulkRegistration) {
  write("more.csv", "number,uid\n+8613800138011,dan\n+8613800138012,\n");
  everywhere({"register", "bulk", "more.csv", "--vouch", "x", "--batch-id", "b1"});
}

TEST_F(Killed, OwnCard) { everywhere({"import", "own", "ann", "own.vcf", "--batch-id", "b1"}); }

TEST_F(Killed, List) { everywhere({"import", "list", "ann", "list.vcf", "--batch-id", "b1"}); }

TEST_F(Killed, Match) {
  must({"import", "list", "ann", "list.vcf"});
  everywhere({"match", "--batch-id", "b1"});
}

TEST_F(Killed, BulkRebind) { everywhere({"rebind", "bulk", "plan.csv", "--vouch", "x", "--batch-id", "b1"}); }

TEST_F(Killed, Block) { everywhere({"register", "block", "ann", "bob", "--batch-id", "b1"}); }

// X1: what a kill leaves in the log is gone after the next writer.
TEST_F(Killed, Close) {
  everywhere({"register", "close", "ann", "--vouch", "x", "--batch-id", "b1"}, [&] {
    const Json again = Json::parse(must({"register", "close", "ann", "--vouch", "x", "--batch-id", "b2"}).out);
    EXPECT_EQ(again["erased"], true);
  });
}

// J2: a message is sent after the commit that records it; a kill in between may send it twice, with the same code.
TEST_F(Killed, Request) {
  everywhere({"register", "request", "+8613800138021", "--batch-id", "b1"}, [&] {
    std::ifstream in(folder_.file("messages"));
    std::set<std::string> texts;
    int count = 0;
    for (std::string line; std::getline(in, line); ++count) texts.insert(Json::parse(line)["text"].get<std::string>());
    EXPECT_GE(count, 1) << "sent at last";
    EXPECT_LE(count, 2);
    EXPECT_EQ(texts.size(), 1U) << "the same code";
  });
}

}  // namespace
}  // namespace cardsrv::testing
