#include "format/encodings.h"

#include <gtest/gtest.h>

namespace cardsrv::format {
namespace {

TEST(Base64, RoundTripsEveryLength) {
  std::string bytes;
  for (int i = 0; i < 260; ++i) {
    const std::string text = encode_base64(bytes);
    EXPECT_EQ(decode_base64(text), bytes);
    EXPECT_TRUE(whole_base64(text));
    std::string copied;
    EXPECT_TRUE(append_base64(text, copied));
    EXPECT_EQ(copied, text);
    bytes += static_cast<char>(i);
  }
  EXPECT_EQ(encode_base64("foob"), "Zm9vYg==");
  EXPECT_EQ(decode_base64("Zm9vYg"), "foob") << "missing padding is forgiven";
  EXPECT_FALSE(whole_base64("Zm9vY"));
  EXPECT_FALSE(whole_base64("Zm=v"));
}

TEST(Base64, WhiteSpaceGoesAndWhatIsNoneIsTold) {
  std::string out;
  EXPECT_TRUE(append_base64(" Zm 9v\tYg==\r\n", out));
  EXPECT_EQ(out, "Zm9vYg==");
  for (int c = 0; c < 256; ++c) {
    const char byte = static_cast<char>(c);
    const bool digit = std::isalnum(c) != 0 || byte == '+' || byte == '/';
    const bool blank = byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
    out.clear();
    // Long enough for the vector loop, with the byte inside of it.
    const std::string text = std::string(70, 'A') + byte + std::string(70, 'B');
    EXPECT_EQ(append_base64(text, out), digit || blank || byte == '=') << c;
    EXPECT_EQ(base64_line(text), digit || blank || byte == '=') << c;
  }
}

TEST(QuotedPrintable, RoundTrips) {
  const std::string hard = " a=b\xc3\xa9\t\x01 ";
  EXPECT_EQ(decode_quoted_printable(encode_quoted_printable(hard)).text, hard);
  EXPECT_EQ(encode_quoted_printable("a\nb"), "a=0D=0Ab");
  EXPECT_EQ(decode_quoted_printable("=3d=3D").text, "==");
  EXPECT_FALSE(decode_quoted_printable("a=G1").sound);
  EXPECT_EQ(decode_quoted_printable("a=G1").text, "a=G1");
  EXPECT_TRUE(decode_quoted_printable("a=").sound);
}

TEST(PlainAscii, FindsASingleByteAnywhere) {
  for (size_t size = 1; size < 40; ++size) {
    const std::string good(size, '\x01');
    EXPECT_TRUE(plain_ascii(good));
    for (size_t at = 0; at < size; ++at) {
      for (const char bad : {'\0', '\x80', '\xff'}) {
        std::string text = good;
        text[at] = bad;
        EXPECT_FALSE(plain_ascii(text)) << size << ' ' << at;
      }
    }
  }
}

TEST(Windows1252, EveryByteIsACharacter) {
  EXPECT_EQ(from_windows_1252("\x80\x92\xe9"), "\xe2\x82\xac\xe2\x80\x99\xc3\xa9");
}

TEST(Charset, OutcomesAreTold) {
  std::string out;
  EXPECT_EQ(decode_charset("koi8-r", "\xc1", out), CharsetOutcome::kDecoded);
  EXPECT_EQ(out, "\xd0\xb0");
  EXPECT_EQ(decode_charset("shift_jis", "\x94", out), CharsetOutcome::kSubstituted);
  EXPECT_EQ(decode_charset("no-such-charset", "x", out), CharsetOutcome::kUnknown);
  const std::string many(10000, '\xe9');
  EXPECT_EQ(decode_charset("iso-8859-1", many, out), CharsetOutcome::kDecoded);
  EXPECT_EQ(out.size(), 20000U);
}

}  // namespace
}  // namespace cardsrv::format
