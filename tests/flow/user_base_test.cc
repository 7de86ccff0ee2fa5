// The whole method on a generated user base, with the real tools on a real store: registration, lists, matching, pulls,
// number changes. What must come of it is known from the generator, which made nothing but "who lists whom".

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "support/generator.h"
#include "support/paths.h"
#include "support/process.h"

namespace cardsrv::testing {
namespace {

using Json = nlohmann::json;

constexpr Person kAccounts = 2000;
constexpr Person kEarly = 1800;  // the others register later (M4)
constexpr std::uint64_t kSeed = 3;

std::vector<Json> json_lines(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(Json::parse(line));
  return lines;
}

void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

// What one account's pull brought.
struct Pulled {
  std::map<std::string, Json> cards;  // by peer
  size_t gone = 0;
  Json state;
};

class UserBaseFlow : public ::testing::Test {
 protected:
  Ran tool(const std::string& name, std::vector<std::string> arguments, const std::string& input = {}) {
    arguments.insert(arguments.begin(), program(name));
    return run(arguments, {{"CARDSRV_STORE", folder_.file("store.db")}, {"CARDSRV_NOW", now_}}, input);
  }

  // The answer of a command that must end with `status`.
  std::vector<Json> answer(const std::string& name, const std::vector<std::string>& arguments, int status = 0) {
    const Ran ran = tool(name, arguments);
    EXPECT_EQ(ran.status, status) << name << ": " << ran.err;
    return json_lines(ran.out);
  }

  // Registers people and takes in their cards and lists.
  void bring_in(Person from, Person to) {
    std::string accounts = "number,uid\n", lines;
    std::map<std::string, std::uint64_t> sound, broken;
    for (Person person = from; person < to; ++person) {
      const std::string uid = base_.uid(person);
      accounts += base_.number(person) + "," + uid + "\n";
      lines += Json{{"account", uid}, {"own", base_.own_card(person)}}.dump() + "\n";
      for (const GeneratedEntry& entry : base_.list(person)) {
        lines += Json{{"account", uid}, {"entry", entry.card}}.dump() + "\n";
        ++(entry.broken ? broken : sound)[uid];
      }
    }
    write(folder_.file("accounts.csv"), accounts);
    write(folder_.file("import.jsonl"), lines);
    const auto rows =
        answer("register", {"bulk", folder_.file("accounts.csv"), "--vouch", "test", "--no-passwords", "--json"});
    ASSERT_EQ(rows.size(), to - from);
    for (const Json& row : rows) ASSERT_EQ(row.at("status"), "registered") << row;
    const auto counts =
        answer("import", {"bulk", folder_.file("import.jsonl"), "--rejects", folder_.file("bad.jsonl"), "--json"},
               exit_of_rejects(broken));
    ASSERT_EQ(counts.size(), to - from + 1);
    for (const Json& line : counts) {
      if (!line.contains("account")) continue;
      const std::string uid = line.at("account");
      ASSERT_EQ(line.at("added"), sound[uid]) << line;
      ASSERT_EQ(line.at("rejected"), broken[uid]) << line;
    }
  }

  static int exit_of_rejects(const std::map<std::string, std::uint64_t>& broken) { return broken.empty() ? 0 : 1; }

  // Pulls of everybody in one run; with the tokens of the last, if there are any.
  std::map<std::string, Pulled> pull_all(Person count, const std::map<std::string, std::string>& tokens) {
    std::string requests;
    for (Person person = 0; person < count; ++person) {
      Json request{{"uid", base_.uid(person)}};
      if (const auto token = tokens.find(base_.uid(person)); token != tokens.end()) request["since"] = token->second;
      requests += request.dump() + "\n";
    }
    write(folder_.file("requests.jsonl"), requests);
    std::map<std::string, Pulled> pulled;
    Pulled one;
    for (Json& line : answer("pull", {"--requests", folder_.file("requests.jsonl")})) {
      const std::string kind = line.at("kind");
      if (kind == "card") one.cards[line.at("peer")] = line;
      if (kind == "gone") ++one.gone;
      if (kind != "state") continue;
      one.state = line;
      pulled[line.at("uid")] = std::move(one);
      one = {};
    }
    EXPECT_EQ(pulled.size(), count);
    return pulled;
  }

  static std::map<std::string, std::string> tokens_of(const std::map<std::string, Pulled>& pulled) {
    std::map<std::string, std::string> tokens;
    for (const auto& [uid, one] : pulled) tokens[uid] = one.state.at("token");
    return tokens;
  }

  // The friends of a person among the first `count` accounts.
  std::set<std::string> friends(Person person, Person count) const {
    std::set<std::string> uids;
    for (const Person other : base_.friends(person))
      if (other < count) uids.insert(base_.uid(other));
    return uids;
  }

  struct Pairs {
    std::uint64_t mutual = 0, one_sided = 0;
  };
  Pairs pairs(Person count) const {
    Pairs found;
    for (Person person = 0; person < count; ++person)
      for (const Person other : base_.registered_contacts(person))
        if (other < count) ++(base_.lists(other, person) ? found.mutual : found.one_sided);
    found.mutual /= 2;
    return found;
  }

  static std::set<std::string> peers(const Pulled& pulled) {
    std::set<std::string> uids;
    for (const auto& [peer, card] : pulled.cards) uids.insert(peer);
    return uids;
  }

  // M1–M3: exactly those who list each other are associated, and matching in full finds nothing else (M6).
  void match_and_check(Person count, std::uint64_t associated_before) {
    const Pairs expected = pairs(count);
    const auto matched = answer("match", {"--json"});
    ASSERT_EQ(matched.size(), 1U);
    EXPECT_EQ(matched[0].at("associated"), expected.mutual - associated_before);
    EXPECT_EQ(matched[0].at("ended"), 0);
    EXPECT_EQ(matched[0].at("pending"), expected.one_sided);
    EXPECT_EQ(tool("match", {"--verify"}).status, 0);
  }

  ScratchFolder folder_;
  UserBase base_{kSeed, kAccounts};
  std::string now_ = "2026-01-05T08:00:00Z";
};

TEST_F(UserBaseFlow, EverybodyMeetsTheirFriendsAndKeepsThemThroughNumberChanges) {
  ASSERT_EQ(tool("store", {"init", "--fixture"}).status, 0);
  ASSERT_NO_FATAL_FAILURE(bring_in(0, kEarly));
  match_and_check(kEarly, 0);

  // P1: a first pull brings every friend's card, for the puller's own entry, and all of them as new.
  auto pulled = pull_all(kEarly, {});
  for (Person person = 0; person < kEarly; ++person) {
    const Pulled& one = pulled[base_.uid(person)];
    ASSERT_EQ(peers(one), friends(person, kEarly)) << base_.uid(person);
    for (const auto& [peer, card] : one.cards) {
      ASSERT_EQ(card.at("change"), "new");
      ASSERT_EQ(card.at("entries").size(), 1U) << card;
    }
  }
  auto tokens = tokens_of(pulled);

  // M4, [0091]: those who register later meet the lists that were there, and nobody hears of anybody else.
  now_ = "2026-01-06T08:00:00Z";
  ASSERT_NO_FATAL_FAILURE(bring_in(kEarly, kAccounts));
  match_and_check(kAccounts, pairs(kEarly).mutual);
  pulled = pull_all(kAccounts, tokens);
  for (Person person = 0; person < kAccounts; ++person) {
    std::set<std::string> expected = friends(person, kAccounts);
    if (person < kEarly)
      for (const std::string& known : friends(person, kEarly)) expected.erase(known);
    const Pulled& one = pulled[base_.uid(person)];
    ASSERT_EQ(peers(one), expected) << base_.uid(person);
    ASSERT_EQ(one.gone, 0U);
  }
  tokens = tokens_of(pulled);

  // B2, B6: every fifth person takes another number; nobody is lost, and exactly their peers hear of it.
  now_ = "2026-02-01T08:00:00Z";
  std::string rows = "old,new\n";
  std::map<std::string, std::string> renumbered;
  for (Person person = 0; person < kAccounts; person += 5) {
    rows += base_.number(person) + "," + base_.new_number(person) + "\n";
    renumbered[base_.uid(person)] = base_.new_number(person);
  }
  write(folder_.file("rebind.csv"), rows);
  for (const Json& row : answer("rebind", {"bulk", folder_.file("rebind.csv"), "--vouch", "renumbering", "--json"})) {
    ASSERT_EQ(row.at("status"), "rebound") << row;
    ASSERT_EQ(row.at("new"), renumbered.at(row.at("uid"))) << row;
  }
  match_and_check(kAccounts, pairs(kAccounts).mutual);
  pulled = pull_all(kAccounts, tokens);
  for (Person person = 0; person < kAccounts; ++person) {
    std::set<std::string> expected;
    for (const std::string& uid : friends(person, kAccounts))
      if (renumbered.contains(uid)) expected.insert(uid);
    const Pulled& one = pulled[base_.uid(person)];
    ASSERT_EQ(peers(one), expected) << base_.uid(person);
    ASSERT_EQ(one.gone, 0U);
    for (const auto& [peer, card] : one.cards) {
      ASSERT_EQ(card.at("change"), "updated");
      ASSERT_NE(card.at("card").get<std::string>().find(renumbered.at(peer)), std::string::npos) << card;
    }
  }
  tokens = tokens_of(pulled);

  // A full pull ends with the complete set (P3); with a fresh token there is nothing to tell (P1).
  pulled = pull_all(kAccounts, {});
  for (Person person = 0; person < kAccounts; ++person)
    ASSERT_EQ(pulled[base_.uid(person)].state.at("peers").get<std::set<std::string>>(), friends(person, kAccounts));
  for (const auto& [uid, one] : pull_all(kAccounts, tokens)) ASSERT_TRUE(one.cards.empty() && one.gone == 0) << uid;

  EXPECT_EQ(answer("match", {"--full", "--json"}).at(0).at("associated"), 0);
  EXPECT_EQ(tool("store", {"check"}).status, 0);
}

}  // namespace
}  // namespace cardsrv::testing
