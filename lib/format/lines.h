#pragma once
// Physical lines of a stream of any size. Bytes since a mark are kept together, so that a record can be shown as it
// stood; memory is bounded by a limit, past which bytes are dropped and that is told.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/input.h"
#include "base/result.h"

namespace cardsrv::format {

// Which bytes end a line. LF always does, with any CRs before it (CRLF, and the CR CR LF of broken transfers).
enum class LineEnds {
  kLf = 1,      // a lone CR is an ordinary byte
  kLfOrCr = 2,  // a lone CR ends a line too
};

// Not thread-safe.
class Lines {
 public:
  struct Line {
    std::string_view text;     // without its end; valid until the next call of next()
    std::uint64_t number = 0;  // 1-based
    bool cut = false;          // longer than the limit: `text` is its beginning, the rest is gone
    bool bare_cr = false;      // ended by a lone CR
  };

  // `input` must outlive this object. At most `limit` bytes are kept, apart from a fixed window.
  Lines(InputStream& input, size_t limit);
  // Lines of a text in memory, which is not copied and must outlive this object.
  explicit Lines(std::string_view text);
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  // False at the end. What the input fails with.
  [[nodiscard]] Result<bool> next(Line& line, LineEnds ends);
  // The first byte after the line last read; -1 at the end.
  [[nodiscard]] int peek() const { return at_ < end_ ? static_cast<unsigned char>(data_[at_]) : -1; }
  // Of a text in memory: where in it the line last read begins, and where the one after it does.
  [[nodiscard]] size_t line_begin() const { return line_begin_; }
  [[nodiscard]] size_t position() const { return at_; }
  // Makes next() give the line last read once more; no effect on a line that was cut.
  void unread();
  // Ends `line`, the one last read and not cut, at its byte `at`, which is a CR: what follows is the next line.
  void end_at(Line& line, size_t at);
  // Where the line last read begins. While what was kept has not outgrown the limit, next() can be made to give that
  // line once more.
  struct Place {
    size_t after_mark = 0;
    std::uint64_t number = 0;
  };
  [[nodiscard]] Place place() const { return {line_begin_ - mark_, number_}; }
  [[nodiscard]] bool go_back(Place place);

  // Keeps everything from the beginning of the line last read on.
  void mark();
  // Bytes from the mark to the end of the line last read, line ends included; SIZE_MAX once they outgrew the limit.
  [[nodiscard]] size_t kept_size() const { return outgrown_ ? SIZE_MAX : marked_ ? at_ - mark_ : 0; }
  // The same as text; only its beginning where it outgrew the limit.
  [[nodiscard]] std::string_view kept() const;
  // Lets go of what was kept.
  void release();

 private:
  [[nodiscard]] Result<void> fill();
  [[nodiscard]] Result<void> cut_line(Line& line, LineEnds ends);
  void give_up_mark();
  // Finds the end of the line at `at_`: {end of text, beginning of the next}; found is false when more bytes are
  // needed.
  struct End {
    bool found = false;
    size_t text_end = 0;
    size_t next = 0;
    bool bare_cr = false;
  };
  [[nodiscard]] End find_end(size_t from, LineEnds ends) const;

  InputStream* input_ = nullptr;
  size_t limit_ = 0;
  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0;
  const char* data_ = nullptr;
  size_t end_ = 0;
  size_t at_ = 0;          // beginning of the next line
  size_t line_begin_ = 0;  // beginning of the line last read
  bool line_cut_ = false;
  bool eof_ = false;
  std::optional<Error> failed_;  // told after the lines before it
  std::uint64_t number_ = 0;
  bool marked_ = false;
  size_t mark_ = 0;
  bool outgrown_ = false;
  std::string beginning_;
  std::string cut_text_;
};

}  // namespace cardsrv::format
