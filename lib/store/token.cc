#include "store/token.h"

#include <algorithm>

#include "store/codec.h"

// Text: base64url of version, first bytes of the store's id, fields, MAC. The version keeps the first character a
// letter, so that no shell and no option parser takes a token for something else.

namespace cardsrv::store {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr size_t kStorePrefix = 16;  // hexadecimal digits of the id
constexpr size_t kMacSize = 16;
constexpr size_t kMaxText = 512;
constexpr std::uint8_t kFull = 1;

static_assert(kVersion < 0xF8, "the first six bits must not be those of '-' and '_'");

std::string store_prefix(const Store& store) { return store.id().substr(0, kStorePrefix); }

std::string_view mac_of(const Digest& digest) { return as_text(digest).substr(0, kMacSize); }

// Over the whole id of the store, of which the token shows a part.
Digest token_mac(std::string_view body, const Store& store) {
  return Hasher(store.key("sync token")).add_field(store.id()).add_field(body).finish();
}

tl::unexpected<Error> stale(std::string message) {
  return fail(Errc::kStaleToken, std::move(message), "pull everything with --full");
}

}  // namespace

std::string encode_token(const SyncToken& token, const Store& store) {
  std::string bytes;
  Encoder encoder(bytes);
  encoder.byte(kVersion);
  const auto prefix = from_hex(store_prefix(store));
  if (prefix) encoder.raw(as_text(*prefix));
  encoder.byte(token.full ? kFull : 0);
  encoder.text(token.uid);
  encoder.number(token.revision.value);
  encoder.number(token.batch);
  encoder.fixed64(token.batch_chain);
  encoder.number(token.full_since.value);
  const Digest digest = token_mac(bytes, store);
  encoder.raw(mac_of(digest));
  return base64url(as_bytes(bytes));
}

Result<SyncToken> decode_token(std::string_view text, const Store& store) {
  const auto bytes = text.size() <= kMaxText ? from_base64url(text) : std::nullopt;
  if (!bytes || bytes->size() <= kMacSize) return stale("the sync token is cut or changed");
  const std::string_view all = as_text(*bytes);
  const std::string_view body = all.substr(0, all.size() - kMacSize);
  Decoder decoder(body);
  if (decoder.byte() != kVersion) return stale("the sync token is of another release");
  const std::string_view prefix = decoder.raw(kStorePrefix / 2);
  if (decoder.ok() && hex(as_bytes(prefix)) != store_prefix(store)) return stale("the sync token is of another store");
  const Digest digest = token_mac(body, store);
  if (!equal_constant_time(mac_of(digest), all.substr(body.size()))) return stale("the sync token is cut or changed");
  SyncToken token;
  const std::uint8_t flags = decoder.byte();
  token.full = (flags & kFull) != 0;
  token.uid = decoder.text();
  token.revision = {decoder.number()};
  token.batch = decoder.number();
  token.batch_chain = decoder.fixed64();
  token.full_since = {decoder.number()};
  if (!decoder.ok() || !decoder.at_end() || flags > kFull) return stale("the sync token is of another release");
  return token;
}

}  // namespace cardsrv::store
