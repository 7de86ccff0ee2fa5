// The sync token: no text harms its reader, a token comes back as it was, and a changed one is never taken (P3).
#include <memory>

#include "fuzz/fuzz.h"
#include "store/memory/memory_store.h"
#include "store/token.h"

namespace cardsrv {
namespace {

using store::SyncToken;

// Its key comes from the seed, so that an input means the same in every run.
const store::Store& a_store() {
  static const std::unique_ptr<store::Store> made = *store::create_memory({.fixture = true, .seed = "fuzz"}, {});
  return *made;
}

bool same(const SyncToken& a, const SyncToken& b) {
  return a.uid == b.uid && a.revision == b.revision && a.batch == b.batch && a.batch_chain == b.batch_chain &&
         a.full == b.full && a.full_since == b.full_since;
}

void check_any_text(std::string_view text) {
  const auto token = store::decode_token(text, a_store());
  if (token)
    fuzz::require(store::encode_token(*token, a_store()) == text, "a token has one spelling", text);
  else
    fuzz::require(token.error().code == Errc::kStaleToken && !token.error().hint.empty(), "refused as stale", text);
}

void check_changed(std::string changed, const std::string& token) {
  if (changed != token) fuzz::require(!store::decode_token(changed, a_store()), "a changed token is refused", changed);
}

}  // namespace
}  // namespace cardsrv

// Once as a text from anybody; once as the fields of a token, and what is done to it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  using namespace cardsrv;
  check_any_text(fuzz::as_view(data, size));
  fuzz::Pieces pieces(fuzz::as_view(data, size));
  const std::uint8_t how = pieces.byte();
  const std::uint64_t where = pieces.number();
  const std::uint8_t what = pieces.byte();
  SyncToken token{.uid = {},
                  .revision = {pieces.number()},
                  .batch = pieces.number(),
                  .batch_chain = pieces.number(),
                  .full = how % 2 == 1,
                  .full_since = {pieces.number()}};
  token.uid = pieces.bytes(64);
  const std::string text = store::encode_token(token, a_store());
  const auto back = store::decode_token(text, a_store());
  fuzz::require(back && same(*back, token), "a token comes back as it was", text);
  std::string changed = text;
  changed[where % changed.size()] = static_cast<char>(what);
  check_changed(changed, text);
  changed = text;
  changed.insert(where % (changed.size() + 1), 1, static_cast<char>(what));
  check_changed(changed, text);
  check_changed(text.substr(0, where % text.size()), text);
  check_changed(text.substr(where % text.size()), text);
  return 0;
}
