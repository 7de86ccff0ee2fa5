// Reads a file of vCards with KContacts, which decodes every value it keeps. Prints its peak in KiB, the cards and what
// they hold.
#include <KContacts/VCardConverter>
#include <QByteArray>
#include <cstdio>

#include "split.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  KContacts::VCardConverter converter;
  unsigned long cards = 0;
  unsigned long values = 0;
  peers::each_card(argv[1], [&](const std::string& text) {
    const auto read = converter.parseVCards(QByteArray(text.data(), static_cast<int>(text.size())));
    for (const auto& card : read) {
      ++cards;
      values += static_cast<unsigned long>(card.phoneNumbers().size() + card.emails().size() + card.customs().size());
    }
  });
  std::printf("%ld %lu %lu\n", peers::peak_kib(), cards, values);
  return 0;
}
