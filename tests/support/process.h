#pragma once
// Runs a program to its end, as a shell would: arguments, environment, standard input; what it wrote and how it ended.

#include <map>
#include <string>
#include <vector>

namespace cardsrv::testing {

struct Ran {
  int status = -1;  // its exit status, or 128 + the signal that ended it
  std::string out;
  std::string err;
};

// `arguments[0]` is the program's path. `environment` is added to this process's own. Aborts where no process can be
// made.
[[nodiscard]] Ran run(const std::vector<std::string>& arguments,
                      const std::map<std::string, std::string>& environment = {}, const std::string& input = {});

}  // namespace cardsrv::testing
