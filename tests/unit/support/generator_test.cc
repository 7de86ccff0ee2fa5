// The generator is an oracle for other tests: what it says about the people that it makes must be so.

#include "support/generator.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <set>

#include "card/card.h"
#include "format/reader.h"
#include "phone/phone_number.h"
#include "support/paths.h"

namespace cardsrv::testing {
namespace {

using ::testing::Contains;
using ::testing::Not;

constexpr Person kAccounts = 2000;
constexpr std::uint64_t kSeed = 7;

struct ReadEntry {
  std::vector<std::string> numbers;  // E.164, of those that can be read
  size_t tels = 0;
};

// As an import into the owner's list reads it (L4).
ReadEntry read(const UserBase& base, Person owner, const GeneratedEntry& entry) {
  const auto own = phone::parse(base.number(owner), std::nullopt);
  const auto items = format::parse_vcards(entry.card, format::Limits{});
  ReadEntry found;
  if (!own || !items || items->size() != 1 || !items->front().card) return found;
  for (const std::string& raw : items->front().card->tels()) {
    ++found.tels;
    if (const auto number = phone::parse(raw, phone::region_of(*own))) found.numbers.push_back(number->e164());
  }
  return found;
}

TEST(Generator, EveryNumberOfAPersonIsValidAndTheirOwn) {
  const UserBase base(kSeed, kAccounts);
  std::set<std::string> numbers;
  for (Person person = 0; person < kAccounts; ++person) {
    for (const std::string& number : {base.number(person), base.new_number(person)}) {
      const auto parsed = phone::parse(number, std::nullopt);
      ASSERT_TRUE(parsed) << number;
      EXPECT_EQ(parsed->e164(), number);
      EXPECT_TRUE(phone::region_of(*parsed)) << number;
      EXPECT_TRUE(numbers.insert(number).second) << number << " is there twice";
    }
  }
}

// L4: whatever the spelling, an import reads the number that was meant, and no list has a stranger who is registered.
TEST(Generator, ListsHoldTheRegisteredContactsAndNoOtherAccount) {
  const UserBase base(kSeed, kAccounts);
  std::set<std::string> registered;
  for (Person person = 0; person < kAccounts; ++person) {
    registered.insert(base.number(person));
    registered.insert(base.new_number(person));
  }
  for (Person owner = 0; owner < kAccounts; owner += 40) {
    std::set<std::string> listed, expected;
    for (const GeneratedEntry& entry : base.list(owner)) {
      const ReadEntry found = read(base, owner, entry);
      EXPECT_EQ(found.numbers.empty(), entry.broken) << entry.card;
      if (!entry.broken) {
        EXPECT_EQ(found.numbers.size(), found.tels) << entry.card;
      }
      for (const std::string& number : found.numbers)
        if (registered.contains(number)) listed.insert(number);
    }
    for (const Person contact : base.registered_contacts(owner)) expected.insert(base.number(contact));
    EXPECT_EQ(listed, expected) << base.uid(owner);
  }
}

TEST(Generator, FriendsListEachOther) {
  const UserBase base(kSeed, kAccounts);
  size_t one_sided = 0, mutual = 0;
  for (Person person = 0; person < kAccounts; person += 10) {
    EXPECT_FALSE(base.lists(person, person));
    for (const Person contact : base.registered_contacts(person)) {
      const bool back = base.lists(contact, person);
      ++(back ? mutual : one_sided);
      EXPECT_EQ(back, ::testing::Value(base.friends(contact), Contains(person)));
    }
  }
  EXPECT_GT(mutual, 1000U);
  EXPECT_GT(one_sided, 1000U);
}

TEST(Generator, ABaseLooksLikeOneOfRealPeople) {
  const UserBase base(kSeed, kAccounts);
  size_t entries = 0, registered = 0, two_numbers = 0, broken = 0;
  for (Person owner = 0; owner < kAccounts; owner += 10) {
    const auto list = base.list(owner);
    EXPECT_GE(list.size(), UserBase::kShortestList);
    EXPECT_LE(list.size(), UserBase::kLongestList);
    EXPECT_EQ(list.size(), base.list_size(owner));
    entries += list.size();
    registered += base.registered_contacts(owner).size();
    for (const GeneratedEntry& entry : list) {
      broken += entry.broken ? 1 : 0;
      two_numbers += read(base, owner, entry).tels == 2 ? 1 : 0;
    }
  }
  const double all = static_cast<double>(entries);
  EXPECT_NEAR(static_cast<double>(registered) / all, 0.33, 0.03);
  EXPECT_NEAR(static_cast<double>(two_numbers) / all, 0.3, 0.03);
  EXPECT_NEAR(static_cast<double>(broken) / all, 0.01, 0.008);
}

TEST(Generator, TheSeedAloneDecides) {
  const UserBase one(kSeed, kAccounts), same(kSeed, kAccounts), other(kSeed + 1, kAccounts);
  EXPECT_EQ(one.own_card(5), same.own_card(5));
  EXPECT_EQ(one.registered_contacts(5), same.registered_contacts(5));
  EXPECT_NE(one.registered_contacts(5), other.registered_contacts(5));
}

TEST(Generator, TheSmallestBasesHaveNobodyTwice) {
  for (const Person accounts : {1U, 2U, 3U, 4U, 5U}) {
    const UserBase base(kSeed, accounts);
    for (Person person = 0; person < accounts; ++person) {
      const auto contacts = base.registered_contacts(person);
      EXPECT_THAT(contacts, Not(Contains(person)));
      EXPECT_EQ(std::set(contacts.begin(), contacts.end()).size(), contacts.size());
      EXPECT_EQ(base.list(person).size(), base.list_size(person));
    }
  }
}

TEST(Generator, FilesHaveALineForEveryThing) {
  const UserBase base(kSeed, 12);
  const ScratchFolder folder;
  ASSERT_TRUE(write_user_base(base, folder.path()));
  const auto lines = [&](const char* name) {
    std::ifstream file(folder.file(name));
    return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
  };
  std::ptrdiff_t expected = 12;
  for (Person person = 0; person < 12; ++person) expected += base.list_size(person);
  EXPECT_EQ(lines("accounts.csv"), 13);
  EXPECT_EQ(lines("rebind.csv"), 4);
  EXPECT_EQ(lines("import.jsonl"), expected);
}

TEST(Generator, AFolderThatIsNotThereIsTold) {
  const auto written = write_user_base(UserBase(kSeed, 1), "/nonexistent/folder");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::kIo);
}

}  // namespace
}  // namespace cardsrv::testing
