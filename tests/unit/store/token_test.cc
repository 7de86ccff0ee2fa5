#include "store/token.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "store/memory/memory_store.h"

namespace cardsrv::store {
namespace {

class Token : public ::testing::Test {
 protected:
  static std::unique_ptr<Store> make() { return *create_memory({}, {}); }

  static SyncToken full() {
    return {.uid = std::string(64, 'x'),
            .revision = {UINT64_MAX},
            .batch = 12'345,
            .batch_chain = 0xFFEE'DDCC'BBAA'9988,
            .full = true,
            .full_since = {77}};
  }

  // The refusal of a token; it always tells what to do (P3).
  static std::string refusal(std::string_view text, const Store& store) {
    const auto token = decode_token(text, store);
    if (token) return "taken";
    EXPECT_EQ(token.error().code, Errc::kStaleToken);
    EXPECT_NE(token.error().hint.find("--full"), std::string::npos);
    return token.error().message;
  }

  const std::unique_ptr<Store> store_ = make();
};

void expect_same(const SyncToken& a, const SyncToken& b) {
  EXPECT_EQ(a.uid, b.uid);
  EXPECT_EQ(a.revision, b.revision);
  EXPECT_EQ(a.batch, b.batch);
  EXPECT_EQ(a.batch_chain, b.batch_chain);
  EXPECT_EQ(a.full, b.full);
  EXPECT_EQ(a.full_since, b.full_since);
}

TEST_F(Token, ComesBackAsItWas) {
  for (const auto& token : {full(), SyncToken{.uid = "a", .revision = {}, .full_since = {}}}) {
    const auto back = decode_token(encode_token(token, *store_), *store_);
    ASSERT_TRUE(back) << back.error().message;
    expect_same(*back, token);
  }
}

TEST_F(Token, IsSafeOnACommandLine) {
  const std::string text = encode_token(full(), *store_);
  EXPECT_NE(text.front(), '-');
  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  })) << text;
}

TEST_F(Token, EveryChangedCharacterIsFound) {
  const std::string text = encode_token(full(), *store_);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    for (const char c : {text[i] == 'A' ? 'B' : 'A', '\xff', '\0'}) {
      changed[i] = c;
      EXPECT_NE(refusal(changed, *store_), "taken") << i;
    }
  }
}

TEST_F(Token, CutAndLengthenedAndForeignTextsAreRefused) {
  const std::string text = encode_token(full(), *store_);
  for (size_t size = 0; size < text.size(); ++size) EXPECT_NE(refusal(text.substr(0, size), *store_), "taken") << size;
  EXPECT_NE(refusal(text + "A", *store_), "taken");
  EXPECT_NE(refusal(text + "=", *store_), "taken");
  EXPECT_NE(refusal("not a token", *store_), "taken");
  EXPECT_NE(refusal(std::string(100'000, 'A'), *store_), "taken");
}

TEST_F(Token, OfAnotherStoreIsRefusedAndSaidSo) {
  const auto other = make();
  EXPECT_THAT(refusal(encode_token(full(), *other), *store_), ::testing::HasSubstr("another store"));
}

TEST_F(Token, OfAnotherVersionIsRefusedAndSaidSo) {
  auto bytes = *from_base64url(encode_token(full(), *store_));
  bytes.front() = 2;
  EXPECT_THAT(refusal(base64url(bytes), *store_), ::testing::HasSubstr("another release"));
}

}  // namespace
}  // namespace cardsrv::store
