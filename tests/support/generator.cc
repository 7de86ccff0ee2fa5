#include "support/generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>

#include "card/card.h"
#include "format/writer.h"

namespace cardsrv::testing {
namespace {

// What a random choice is for: choices for different purposes are independent.
enum class For : std::uint64_t {
  kPlace = 1,
  kListSize,
  kLeftOut,
  kName,
  kSpelling,
  kStranger,
  kDetail,
  kKey,
  kVersion
};

// splitmix64's finaliser over the choice's coordinates.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::uint64_t draw(std::uint64_t seed, For purpose, std::uint64_t a, std::uint64_t b = 0) {
  return mix(mix(mix(seed + static_cast<std::uint64_t>(purpose)) ^ a) ^ b);
}

template <typename T, size_t N>
const T& pick(const std::array<T, N>& from, std::uint64_t random) {
  return from[random % N];
}

// A country's mobile numbers: a fixed beginning and seven digits of which the first is 2…9, so that each of kInCountry
// numbers is valid for libphonenumber (generator_test checks that).
struct Country {
  std::string_view code;
  std::string_view start;     // of the national number, behind the trunk prefix
  std::string_view trunk;     // what stands before a national spelling
  std::string_view abroad;    // how to dial out of it
  std::array<int, 3> groups;  // of the national number's digits when it is written in groups
};
constexpr std::array<Country, 8> kCountries = {{
    {"86", "1380", "", "00", {3, 4, 4}},
    {"1", "212", "", "011", {3, 3, 4}},
    {"44", "712", "0", "00", {4, 3, 3}},
    {"49", "170", "0", "00", {3, 4, 3}},
    {"33", "61", "0", "00", {1, 4, 4}},
    {"7", "912", "8", "810", {3, 3, 4}},
    {"20", "100", "0", "00", {3, 3, 4}},
    {"30", "697", "", "00", {3, 3, 4}},
}};
constexpr std::uint64_t kInCountry = 8'000'000;
// The numbers of a country are shared out: people, their next numbers, strangers.
constexpr std::uint64_t kFirstNewNumber = 2'000'000;
constexpr std::uint64_t kFirstStranger = 4'000'000;
static_assert(UserBase::kMostAccounts <= kFirstNewNumber * kCountries.size());

struct Number {
  const Country* country;
  std::string national;  // without trunk prefix
  [[nodiscard]] std::string e164() const { return fmt::format("+{}{}", country->code, national); }
};

// The number at a place among all; places from `first` on are those of one kind.
Number number_at(std::uint64_t index, std::uint64_t first) {
  const Country& country = kCountries[index % kCountries.size()];
  // Neighbours in the order of accounts are none in the order of numbers: 4 000 037 is prime to kInCountry.
  const std::uint64_t scattered = (first + index / kCountries.size()) * 4'000'037 % kInCountry;
  return {&country, fmt::format("{}{}", country.start, scattered + 2'000'000)};
}

std::string grouped(const Number& number, std::string_view separator) {
  std::string out;
  size_t at = 0;
  for (const int size : number.country->groups) {
    if (at >= number.national.size()) break;
    if (at > 0) out += separator;
    out += number.national.substr(at, static_cast<size_t>(size));
    at += static_cast<size_t>(size);
  }
  return at < number.national.size() ? out + number.national.substr(at) : out;
}

// As somebody in `home` writes it: nationally among compatriots half of the time.
std::string spell(const Number& number, const Country& home, std::uint64_t random) {
  const Country& country = *number.country;
  if (&country == &home && random % 2 == 0) {
    switch (random / 2 % 3) {
      case 0: return fmt::format("{}{}", country.trunk, number.national);
      case 1: return fmt::format("{}{}", country.trunk, grouped(number, " "));
      case 2:
        return fmt::format("({}{}", country.trunk, grouped(number, "-"))
            .insert(1 + country.trunk.size() + static_cast<size_t>(country.groups[0]), ")");
    }
  }
  switch (random / 2 % 4) {
    case 0: return number.e164();
    case 1: return fmt::format("+{} {}", country.code, grouped(number, " "));
    case 2: return fmt::format("{}{}{}", home.abroad, country.code, number.national);
    default: return fmt::format("+{}-{}", country.code, grouped(number, "-"));
  }
}

// A script's family and given names.
struct Script {
  std::array<std::string_view, 8> family;
  std::array<std::string_view, 8> given;
  bool family_first;
};
constexpr std::array<Script, 6> kScripts = {{
    {{"Smith", "Müller", "García", "Dubois", "Novák", "O'Brien", "Jørgensen", "Şahin"},
     {"Anna", "Lukas", "Zoë", "René", "Çelik", "Ian", "Ångela", "Joséphine"},
     false},
    {{"王", "李", "张", "刘", "陈", "欧阳", "赵", "黄"}, {"伟", "芳", "娜", "秀英", "敏", "静", "强", "晓明"}, true},
    {{"Иванов", "Смирнова", "Кузнецов", "Попова", "Шевченко", "Васильев", "Ёлкин", "Щукина"},
     {"Анна", "Дмитрий", "Ольга", "Сергей", "Юлия", "Пётр", "Михаил", "Зоя"},
     false},
    {{"الأحمد", "حسن", "المصري", "خليل", "العلي", "منصور", "يوسف", "القاسم"},
     {"محمد", "فاطمة", "علي", "مريم", "عمر", "ليلى", "كريم", "هدى"},
     false},
    {{"Παπαδόπουλος", "Γεωργίου", "Νικολάου", "Ιωάννου", "Δημητρίου", "Αγγέλου", "Οικονόμου", "Χρήστου"},
     {"Μαρία", "Γιώργος", "Ελένη", "Νίκος", "Άννα", "Κώστας", "Ζωή", "Ηλίας"},
     false},
    {{"शर्मा", "सिंह", "पटेल", "गुप्ता", "मेहता", "राव", "जोशी", "नायर"},
     {"आरव", "प्रिया", "रोहन", "अनन्या", "विजय", "मीरा", "अर्जुन", "सीता"},
     false},
}};
constexpr std::array<std::string_view, 6> kWork = {"Acme, Inc.", "北京茶叶有限公司",  "ООО «Ромашка»",
                                                   "Café; Bar",  "Harbour Tea House", "Ελληνικά Πλοία"};

struct Name {
  std::string family, given, formatted;
};

Name name_of(std::uint64_t random) {
  const Script& script = pick(kScripts, random);
  Name name{std::string(pick(script.family, random / 64)), std::string(pick(script.given, random / 4096)), ""};
  name.formatted = script.family_first ? name.family + name.given : name.given + " " + name.family;
  return name;
}

void add(card::Card& card, std::string name, std::string value) {
  card.properties.push_back({"", std::move(name), {}, std::move(value)});
}

void add_name(card::Card& card, const Name& name) {
  add(card, "FN", card::escape_text(name.formatted));
  add(card, "N", fmt::format("{};{};;;", card::escape_text(name.family), card::escape_text(name.given)));
}

void add_tel(card::Card& card, std::string type, const std::string& spelling) {
  card.properties.push_back({"", "TEL", {{"TYPE", {std::move(type)}}}, card::escape_text(spelling)});
}

// What people note beside the numbers.
void add_details(card::Card& card, std::uint64_t random) {
  if (random % 2 == 0) add(card, "EMAIL", fmt::format("p{}@example.org", random >> 40));
  if (random / 2 % 4 == 0) add(card, "ORG", card::escape_text(pick(kWork, random / 8)));
  if (random / 64 % 8 == 0)
    add(card, "BDAY",
        fmt::format("{}{:02}{:02}", 1950 + random / 512 % 60, 1 + random / 4096 % 12, 1 + random / 65536 % 28));
  if (random / 128 % 8 == 0) add(card, "NOTE", card::escape_text("met at the harbour; calls back, after six"));
}

std::string key_of(std::uint64_t a, std::uint64_t b) {
  return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", a >> 32, a >> 16 & 0xffff, a & 0xfff, b >> 48 & 0xfff,
                     b & 0xffff'ffff'ffff);
}

// A phone exports one version.
format::VcardVersion version_of(std::uint64_t random) {
  if (random % 16 == 0) return format::VcardVersion::k21;
  return random % 16 < 9 ? format::VcardVersion::k30 : format::VcardVersion::k40;
}

// A round function over `bits` bits of each half.
std::uint32_t round_key(std::uint64_t seed, unsigned round, std::uint32_t half, std::uint32_t mask) {
  return static_cast<std::uint32_t>(draw(seed, For::kPlace, round, half)) & mask;
}

constexpr unsigned kRounds = 4;

}  // namespace

UserBase::UserBase(std::uint64_t seed, Person accounts) : seed_(seed), accounts_(accounts) {
  while (std::uint64_t{1} << (2 * half_bits_) < accounts_) ++half_bits_;
}

// A Feistel network over the smallest even number of bits that holds the accounts, walked until it is back among them.
Person UserBase::at_place(std::uint32_t place) const {
  const std::uint32_t mask = (std::uint32_t{1} << half_bits_) - 1;
  std::uint32_t x = place;
  do {
    std::uint32_t left = x >> half_bits_, right = x & mask;
    for (unsigned round = 0; round < kRounds; ++round) {
      const std::uint32_t next = left ^ round_key(seed_, round, right, mask);
      left = right;
      right = next;
    }
    x = left << half_bits_ | right;
  } while (x >= accounts_);
  return x;
}

std::uint32_t UserBase::place_of(Person person) const {
  const std::uint32_t mask = (std::uint32_t{1} << half_bits_) - 1;
  std::uint32_t x = person;
  do {
    std::uint32_t left = x >> half_bits_, right = x & mask;
    for (unsigned round = kRounds; round-- > 0;) {
      const std::uint32_t before = right ^ round_key(seed_, round, left, mask);
      right = left;
      left = before;
    }
    x = left << half_bits_ | right;
  } while (x >= accounts_);
  return x;
}

std::string UserBase::uid(Person person) const { return fmt::format("p{:08}", person); }

std::string UserBase::number(Person person) const { return number_at(person, 0).e164(); }

std::string UserBase::new_number(Person person) const { return number_at(person, kFirstNewNumber).e164(); }

// Most people list few and few list many: about 100 on average.
std::uint32_t UserBase::list_size(Person person) const {
  const double uniform = std::ldexp(static_cast<double>(draw(seed_, For::kListSize, person) >> 11), -53);
  return kShortestList + static_cast<std::uint32_t>(std::pow(uniform, 7) * (kLongestList - kShortestList + 1));
}

// People stand in a circle, in an order of chance; each lists those near enough on both sides, but for one in five of
// them. With a reach of 5/24 of the list's size on either side that is a third of it.
std::uint32_t UserBase::reach(Person person) const { return std::min(list_size(person) * 5 / 24, (accounts_ - 1) / 2); }

bool UserBase::lists(Person a, Person b) const {
  if (a == b) return false;
  const std::uint32_t apart = (place_of(a) + accounts_ - place_of(b)) % accounts_;
  return std::min(apart, accounts_ - apart) <= reach(a) && draw(seed_, For::kLeftOut, a, b) % 5 != 0;
}

std::vector<Person> UserBase::registered_contacts(Person person) const {
  std::vector<Person> found;
  const std::uint32_t place = place_of(person);
  for (std::uint32_t step = 1; step <= reach(person); ++step)
    for (const std::uint32_t at : {(place + step) % accounts_, (place + accounts_ - step) % accounts_})
      if (const Person other = at_place(at); lists(person, other)) found.push_back(other);
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<Person> UserBase::friends(Person person) const {
  std::vector<Person> found = registered_contacts(person);
  std::erase_if(found, [&](Person other) { return !lists(other, person); });
  return found;
}

std::string UserBase::own_card(Person person) const {
  card::Card card;
  add_name(card, name_of(draw(seed_, For::kName, person)));
  add_tel(card, "cell", number(person));
  add_details(card, draw(seed_, For::kDetail, person));
  return format::write_vcard(card, version_of(draw(seed_, For::kVersion, person)));
}

GeneratedEntry UserBase::acquaintance(Person owner, Person contact) const {
  const Country& home = *number_at(owner, 0).country;
  const std::uint64_t random = draw(seed_, For::kSpelling, owner, contact);
  card::Card card;
  if (random % 8 != 0) add(card, "UID", key_of(draw(seed_, For::kKey, owner, contact), random));
  add_name(card, name_of(draw(seed_, For::kName, contact)));
  add_tel(card, "cell", spell(number_at(contact, 0), home, random / 8));
  if (random / 1024 % 10 < 3)
    add_tel(card, "home", spell(number_at(random >> 40 & 0x7f'ffff, kFirstStranger), home, random / 16384));
  add_details(card, draw(seed_, For::kDetail, owner, contact));
  return {format::write_vcard(card, version_of(draw(seed_, For::kVersion, owner))), false};
}

GeneratedEntry UserBase::stranger(Person owner, std::uint32_t n) const {
  const Country& home = *number_at(owner, 0).country;
  const std::uint64_t random = draw(seed_, For::kStranger, owner, n);
  // Strangers are known to several: ten of them for each account. The entry's place in the list is part of the number,
  // so that a list has no stranger twice.
  const std::uint64_t pool = std::min<std::uint64_t>(std::uint64_t{accounts_} * 10, 24'000'000) / 512 + 1;
  const std::uint64_t who = (random >> 20) % pool * 512 + n;
  card::Card card;
  if (random % 8 != 0) add(card, "UID", key_of(draw(seed_, For::kKey, owner, ~std::uint64_t{n}), random));
  add_name(card, name_of(draw(seed_, For::kName, ~who)));
  const bool broken = random / 8 % 64 == 0;
  constexpr std::array<std::string_view, 4> kNoNumbers = {"ext. 12", "12", "ask at the desk", "+999 000 111"};
  if (broken) {
    if (random / 512 % 5 != 4) add_tel(card, "work", std::string(pick(kNoNumbers, random / 512 % 5)));
  } else {
    add_tel(card, "cell", spell(number_at(who, kFirstStranger), home, random / 512));
    if (random / 4096 % 10 < 3)
      add_tel(card, "work", spell(number_at(who ^ 0x40'0000, kFirstStranger), home, random / 65536));
  }
  add_details(card, draw(seed_, For::kDetail, owner, ~std::uint64_t{n}));
  return {format::write_vcard(card, version_of(draw(seed_, For::kVersion, owner))), broken};
}

std::vector<GeneratedEntry> UserBase::list(Person person) const {
  std::vector<GeneratedEntry> entries;
  const std::uint32_t size = list_size(person);
  entries.reserve(size);
  for (const Person contact : registered_contacts(person)) entries.push_back(acquaintance(person, contact));
  for (std::uint32_t n = 0; entries.size() < size; ++n) entries.push_back(stranger(person, n));
  return entries;
}

Result<void> write_user_base(const UserBase& base, const std::string& folder) {
  std::ofstream accounts(folder + "/accounts.csv", std::ios::binary), lines(folder + "/import.jsonl", std::ios::binary),
      renumbered(folder + "/rebind.csv", std::ios::binary);
  accounts << "number,uid\n";
  renumbered << "old,new\n";
  for (Person person = 0; person < base.size(); ++person) {
    const std::string uid = base.uid(person);
    accounts << base.number(person) << ',' << uid << '\n';
    if (person % 5 == 0) renumbered << base.number(person) << ',' << base.new_number(person) << '\n';
    const auto put = [&](const char* kind, std::string&& card) {
      lines << nlohmann::ordered_json{{"account", uid}, {kind, std::move(card)}}.dump() << '\n';
    };
    put("own", base.own_card(person));
    for (GeneratedEntry& entry : base.list(person)) put("entry", std::move(entry.card));
    if (!lines) break;
  }
  for (std::ofstream* file : {&accounts, &lines, &renumbered}) {
    file->close();
    if (!*file) return fail(Errc::kIo, "cannot write the user base into " + folder, "is the disk full?");
  }
  return {};
}

}  // namespace cardsrv::testing
