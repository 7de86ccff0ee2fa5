#include "store/records.h"

#include <algorithm>

#include "base/utf8.h"

namespace cardsrv::store {
namespace {

constexpr size_t kMaxUid = 64;

// Not <cctype>: what a uid may be does not depend on a locale.
bool letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

bool may_stand_in_uid(char c) {
  return letter_or_digit(c) || std::string_view("._:@-").find(c) != std::string_view::npos;
}

}  // namespace

Result<Uid> Uid::parse(std::string_view text) {
  const bool good = !text.empty() && text.size() <= kMaxUid && letter_or_digit(text.front()) &&
                    std::all_of(text.begin(), text.end(), may_stand_in_uid);
  if (good) return Uid(std::string(text));
  if (text.empty()) return fail(Errc::kUsage, "the uid is empty", "name the account by its uid");
  // X3: it may be somebody's number, given in the wrong place.
  if (text.size() > 6 && text.front() == '+')
    return fail(Errc::kUsage, "a phone number cannot be a uid", "cardsrv-register show NUMBER tells whose it is");
  const bool cut = text.size() > kMaxUid;
  return fail(Errc::kUsage, "\"" + printable(text.substr(0, kMaxUid)) + (cut ? "…" : "") + "\" cannot be a uid",
              "a uid has 1 to 64 of A-Z a-z 0-9 . _ : @ - and begins with a letter or digit");
}

Uid make_uid(Random& random) {
  const auto bytes = random.bytes<16>();
  return Uid("u" + base32(bytes));
}

std::string_view word(Proof proof) {
  switch (proof) {
    case Proof::kSmsDown: return "sms-down";
    case Proof::kSmsUp: return "sms-up";
    case Proof::kOperator: return "operator";
  }
  return "";
}

}  // namespace cardsrv::store
