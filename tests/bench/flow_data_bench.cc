// For flow_bench.py: what there is to compare a run on a generated base with. Prints one JSON object: how many distinct
// spellings of numbers the base has, and the CPU time that libphonenumber takes for them; with a second folder argument
// it also writes the bare rows of the join for the sqlite3 CLI: accounts.csv (id,number), entries.csv (owner,number).

#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <set>

#include "format/reader.h"
#include "phone/phone_number.h"
#include "report/printer.h"
#include "support/generator.h"

namespace {

using namespace cardsrv;

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

struct Spellings {
  std::set<std::pair<std::string, std::string>> distinct;  // region, as written
  phone::Reader reader;
};

// The numbers of a list, read; `spellings` learns how they are written.
std::vector<phone::PhoneNumber> numbers_of(const testing::UserBase& base, testing::Person owner, Spellings& spellings) {
  std::vector<phone::PhoneNumber> numbers;
  const auto own = phone::parse(base.number(owner), std::nullopt);
  const auto region = own ? phone::region_of(*own) : std::nullopt;
  if (!region) return numbers;
  for (const testing::GeneratedEntry& entry : base.list(owner)) {
    const auto items = format::parse_vcards(entry.card, format::Limits{});
    if (!items || items->empty() || !items->front().card) continue;
    for (const std::string& raw : items->front().card->tels()) {
      spellings.distinct.emplace(region->code(), raw);
      if (const auto number = spellings.reader.parse(raw, region)) numbers.push_back(*number);
    }
  }
  return numbers;
}

double parse_all(const Spellings& spellings) {
  const double before = cpu_seconds();
  for (const auto& [code, raw] : spellings.distinct) {
    const auto region = phone::Region::parse(code);
    if (region) static_cast<void>(phone::parse(raw, *region));
  }
  return cpu_seconds() - before;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t seed = 1;
  std::uint32_t accounts = 0;
  std::string folder;
  CLI::App app("what flow_bench.py compares with");
  app.add_option("ACCOUNTS", accounts)->required();
  app.add_option("ROWS", folder, "folder for the rows");
  app.add_option("--seed", seed);
  CLI11_PARSE(app, argc, argv);
  const testing::UserBase base(seed, accounts);
  Spellings spellings;
  std::ofstream owners, entries;
  if (!folder.empty()) {
    owners.open(folder + "/accounts.csv");
    entries.open(folder + "/entries.csv");
  }
  for (testing::Person owner = 0; owner < base.size(); ++owner) {
    if (!folder.empty()) owners << owner << ',' << base.number(owner).substr(1) << '\n';
    for (const phone::PhoneNumber number : numbers_of(base, owner, spellings))
      if (!folder.empty()) entries << owner << ',' << number.digits() << '\n';
  }
  report::Printer out(STDOUT_FILENO, report::Form::kJson);
  const double cpu = parse_all(spellings);
  return out.object({{"distinct", spellings.distinct.size()}, {"libphonenumber_cpu_s", cpu}}) && out.flush() ? 0 : 1;
}
