// Reads a file of vCards with Evolution Data Server's EVCard, every value decoded. Prints its peak in KiB, the cards
// and the values.
#include <libebook-contacts/libebook-contacts.h>

#include <cstdio>

#include "split.h"

namespace {
void keep_quiet(const gchar*, GLogLevelFlags, const gchar*, gpointer) {}
}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  g_log_set_default_handler(keep_quiet, nullptr);  // it complains of each broken parameter
  unsigned long cards = 0;
  unsigned long values = 0;
  peers::each_card(argv[1], [&](const std::string& text) {
    EVCard* card = e_vcard_new_from_string(text.c_str());
    for (GList* at = e_vcard_get_attributes(card); at != nullptr; at = at->next)
      for (GList* value = e_vcard_attribute_get_values_decoded(static_cast<EVCardAttribute*>(at->data));
           value != nullptr; value = value->next)
        ++values;
    ++cards;
    g_object_unref(card);
  });
  std::printf("%ld %lu %lu\n", peers::peak_kib(), cards, values);
  return 0;
}
