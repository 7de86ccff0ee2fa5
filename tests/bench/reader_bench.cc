// Reads a folder of vCards, repeated to N MB as one stream, and prints MB/s and the peak of memory.
// Usage: reader_bench FOLDER [MB=70] [RUNS=5]
//        reader_bench --once FILE    reads a file once; prints its peak in KiB, the cards and the values
//        (formats_bench.py)
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/input.h"
#include "bench/peers/split.h"
#include "format/reader.h"

namespace {

using namespace cardsrv;

// The same text again and again, up to a number of bytes: as large as wanted without being in memory.
class Repeated final : public InputStream {
 public:
  Repeated(std::string_view text, size_t times) : text_(text), rest_(text.size() * times) {}
  Result<size_t> read(std::span<char> out) override {
    const size_t size = std::min({out.size(), rest_, text_.size() - at_});
    std::memcpy(out.data(), text_.data() + at_, size);
    rest_ -= size;
    at_ = (at_ + size) % text_.size();
    return size;
  }

 private:
  std::string_view text_;
  size_t rest_;
  size_t at_ = 0;
};

// Every file but those that are no card by themselves: UTF-16 and cut ones would spoil what follows them.
std::string all_cards(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::string out;
  for (const auto& file : files) {
    const auto text = read_file(file.string(), size_t{1} << 30U);
    if (!text || text->empty()) continue;
    out += *text;
    if (!out.ends_with('\n')) out += "\r\n";
  }
  return out;
}

struct Run {
  double seconds = 0;
  size_t cards = 0;
  size_t values = 0;
  size_t bytes = 0;  // of decoded values
};

Run read_all_cards(InputStream& input) {
  Run run;
  const auto begin = std::chrono::steady_clock::now();
  const auto reader = format::read_vcards(input, {});
  while (true) {
    const auto item = reader->next();
    if (!item || !*item) break;
    if (!(*item)->card) continue;
    ++run.cards;
    run.values += (*item)->card->properties.size();
    for (const auto& property : (*item)->card->properties) run.bytes += property.value.size();
  }
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return run;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: reader_bench FOLDER [MB=70] [RUNS=5]\n");
    return 2;
  }
  if (std::string_view(argv[1]) == "--once") {
    const auto input = argc == 3 ? open_input(argv[2]) : fail(Errc::kUsage, "no file");
    if (!input) {
      fmt::print(stderr, "reader_bench: {}\n", input.error().message);
      return 3;
    }
    const Run run = read_all_cards(**input);
    fmt::print("{} {} {}\n", peers::peak_kib(), run.cards, run.values);
    return 0;
  }
  const double megabytes = argc > 2 ? std::atof(argv[2]) : 70;
  const int runs = argc > 3 ? std::atoi(argv[3]) : 5;
  const std::string text = all_cards(argv[1]);
  if (text.empty() || runs < 1) {
    fmt::print(stderr, "reader_bench: {}: no cards\n", argv[1]);
    return 3;
  }
  const auto times = std::max<size_t>(1, static_cast<size_t>(megabytes * 1e6 / static_cast<double>(text.size())));
  std::vector<double> seconds;
  Run last;
  for (int i = 0; i < runs; ++i) {
    Repeated input(text, times);
    last = read_all_cards(input);
    seconds.push_back(last.seconds);
  }
  std::sort(seconds.begin(), seconds.end());
  const double median = seconds[seconds.size() / 2];
  const double size = static_cast<double>(text.size() * times) / 1e6;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double cpu =
      (static_cast<double>(usage.ru_utime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec) / 1e6) / runs;
  fmt::print(
      "{:.1f} MB in {:.3f} s: {:.0f} MB/s ({:.0f} MB/s of CPU time), {:.0f} cards/s, {} cards, peak {:.1f} MiB\n", size,
      median, size / median, size / cpu, static_cast<double>(last.cards) / median, last.cards,
      static_cast<double>(usage.ru_maxrss) / 1024);
  return 0;
}
