#pragma once
// The cards of a file, one after the other, for parsers that take one card: cut at BEGIN and END lines.

#include <cctype>
#include <cstdio>
#include <fstream>
#include <string>

namespace peers {

// Whether the line is `word` (upper case), without regard to case and to blanks at the ends.
inline bool is_line(const std::string& line, const char* word) {
  size_t at = 0;
  size_t end = line.size();
  while (at < end && std::isspace(static_cast<unsigned char>(line[at])) != 0) ++at;
  while (end > at && std::isspace(static_cast<unsigned char>(line[end - 1])) != 0) --end;
  for (; *word != '\0'; ++word, ++at)
    if (at == end || std::toupper(static_cast<unsigned char>(line[at])) != *word) return false;
  return at == end;
}

// Calls `take` with the text of each card; a card in another one belongs to it.
template <typename Take>
void each_card(const char* path, Take take) {
  std::ifstream in(path, std::ios::binary);
  std::string card;
  std::string line;
  int depth = 0;
  while (std::getline(in, line)) {  // NOLINT(bugprone-infinite-loop): getline() changes both
    if (is_line(line, "BEGIN:VCARD")) ++depth;
    if (depth == 0) continue;
    card += line;
    card += '\n';
    if (!is_line(line, "END:VCARD") || --depth > 0) continue;
    take(card);
    card.clear();
  }
}

// The peak of this process's memory in KiB. (rusage would count that of the process which started it.)
inline long peak_kib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    long kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib;
  }
  return 0;
}

}  // namespace peers
