// Runs a fuzz target over files, with any compiler: fuzz_replay_<name> FILE|FOLDER…
// Tells how many inputs there were. A folder without a file fails: a check that does not check must not pass.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/fuzz.h"

namespace {

namespace fs = std::filesystem;

std::vector<std::string> files_of(const std::string& path) {
  std::vector<std::string> files;
  std::error_code error;
  if (fs::is_regular_file(path, error)) files.push_back(path);
  for (fs::recursive_directory_iterator at(path, error), end; !error && at != end; at.increment(error))
    if (at->is_regular_file(error)) files.push_back(at->path().string());
  std::sort(files.begin(), files.end());
  return files;
}

bool run(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) {
    std::fprintf(stderr, "replay: cannot read %s\n", file.c_str());
    return false;
  }
  // Told before it runs, so that a crash names its input.
  std::fprintf(stderr, "%s\n", file.c_str());
  // A block of its own size: a read past its end is seen by the address sanitizer.
  const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  size_t inputs = 0;
  LLVMFuzzerTestOneInput(nullptr, 0);  // libFuzzer begins with nothing, too
  for (int i = 1; i < argc; ++i) {
    const std::vector<std::string> files = files_of(argv[i]);
    if (files.empty()) {
      std::fprintf(stderr, "replay: no file at %s\n", argv[i]);
      return 1;
    }
    for (const std::string& file : files)
      if (!run(file)) return 1;
    inputs += files.size();
  }
  std::printf("%zu inputs\n", inputs);
  return inputs == 0 ? 1 : 0;
}
