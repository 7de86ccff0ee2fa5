#include "support/process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "support/paths.h"

namespace cardsrv::testing {
namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void redirect(const std::string& path, int flags, int target) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (fd < 0 || ::dup2(fd, target) < 0) std::abort();
}

}  // namespace

Ran run(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment,
        const std::string& input) {
  // Files, not pipes: neither side can wait for the other.
  const ScratchFolder folder;
  std::ofstream(folder.file("in"), std::ios::binary) << input;
  const pid_t child = ::fork();
  if (child < 0) std::abort();
  if (child == 0) {
    redirect(folder.file("in"), O_RDONLY, STDIN_FILENO);
    redirect(folder.file("out"), O_WRONLY | O_CREAT, STDOUT_FILENO);
    redirect(folder.file("err"), O_WRONLY | O_CREAT, STDERR_FILENO);
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    std::vector<char*> argv;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    std::_Exit(127);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child) std::abort();
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), contents(folder.file("out")),
          contents(folder.file("err"))};
}

}  // namespace cardsrv::testing
