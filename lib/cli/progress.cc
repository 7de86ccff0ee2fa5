#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <memory>

namespace cardsrv::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr int kBarWidth = 24;
constexpr auto kPeriod = std::chrono::milliseconds(100);

class Bar {
 public:
  explicit Bar(std::string unit) : unit_(std::move(unit)), start_(SteadyClock::now()), drawn_(start_) {}
  ~Bar() {
    if (shown_) write("\r\x1b[K");
  }
  Bar(const Bar&) = delete;
  Bar& operator=(const Bar&) = delete;

  void draw(std::uint64_t done, std::uint64_t total) {
    const auto now = SteadyClock::now();
    if (now - drawn_ < kPeriod) return;
    drawn_ = now;
    shown_ = true;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double rate = static_cast<double>(done) / seconds;
    if (total == 0) {
      write(fmt::format("\r{} {}, {:.0f}/s\x1b[K", done, unit_, rate));
      return;
    }
    const auto filled = static_cast<int>(kBarWidth * std::min(done, total) / total);
    const double left = rate > 0 ? static_cast<double>(total - std::min(done, total)) / rate : 0;
    write(fmt::format("\r[{:#<{}}{:.<{}}] {}/{} {}, {:.0f}/s, {:.0f} s left\x1b[K", "", filled, "", kBarWidth - filled,
                      done, total, unit_, rate, left));
  }

 private:
  static void write(const std::string& text) {
    // Nothing can be done about a terminal that is gone, and nothing depends on it.
    [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, text.data(), text.size());
  }
  std::string unit_;
  SteadyClock::time_point start_;
  SteadyClock::time_point drawn_;
  bool shown_ = false;
};

}  // namespace

service::Progress draw_progress(std::string unit) {
  return [bar = std::make_shared<Bar>(std::move(unit))](std::uint64_t done, std::uint64_t total) {
    bar->draw(done, total);
  };
}

}  // namespace cardsrv::cli
