// Input that is far too large, and input that is made to be slow: semantics L6, and memory that does not grow.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>

#include "base/diagnostic.h"
#include "card/card.h"
#include "format/reader.h"
#include "format/writer.h"
#include "unit/format/vcard_text.h"

namespace cardsrv::format {
namespace {

using ::testing::ElementsAre;

// L2: a rejected entry whose key can be read leaves the listed one as it was.
TEST(LimitsOfACard, TheUidBehindWhatIsTooMuchIsKnown) {
  const auto items =
      parse_vcards(vcard("3.0", "NOTE:" + std::string(5000, 'x') + "\nUID:k\nTEL:1\n"), {.card_bytes = 1000});
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), 1U);
  EXPECT_TRUE(items->front().rejected);
  EXPECT_EQ(items->front().card->uid(), "k");
}

// Gives pieces of text one after the other, the middle one many times.
class Long final : public InputStream {
 public:
  Long(std::string head, std::string middle, size_t times, std::string tail)
      : pieces_{std::move(head), std::move(middle), std::move(tail)}, times_(times) {}
  Result<size_t> read(std::span<char> out) override {
    while (piece_ < 3 && at_ == pieces_[piece_].size()) {
      at_ = 0;
      if (piece_ != 1 || --times_ == 0) ++piece_;
    }
    if (piece_ == 3) return 0;
    const std::string_view rest = std::string_view(pieces_[piece_]).substr(at_);
    const size_t size = std::min(out.size(), rest.size());
    std::copy_n(rest.begin(), size, out.begin());
    at_ += size;
    return size;
  }

 private:
  std::array<std::string, 3> pieces_;
  size_t times_;
  size_t piece_ = 0;
  size_t at_ = 0;
};

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST(Limits, ACardOfAGibibyteIsReadOverInFlatMemory) {
  constexpr size_t kTimes = 1024;
  constexpr long kFlatKib = 64 * 1024;  // the address sanitizer holds freed memory back
  std::string lines;
  while (lines.size() < 1 << 20) lines += "NOTE:again and again\r\n";
  Long input("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u1\r\n", lines, kTimes, "END:VCARD\r\n" + vcard("3.0", "FN:after\n"));
  const auto reader = read_vcards(input, {.card_bytes = 1 << 20, .properties = SIZE_MAX});
  const long before = peak_kib();
  const auto first = reader->next();
  ASSERT_TRUE(first && *first);
  ASSERT_TRUE((*first)->rejected);
  EXPECT_EQ((*first)->rejected->code, "card-too-large");
  EXPECT_EQ((*first)->rejected->line, 1U);
  const auto second = reader->next();
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*second)->card->formatted_name(), "after");
  EXPECT_LT(peak_kib() - before, kFlatKib);
}

TEST(Limits, AHundredThousandPropertiesAreTakenWhereTheyAreAllowed) {
  constexpr size_t kMany = 100'000;
  std::string lines = "FN:A\nN:A\n";
  for (size_t i = 2; i < kMany; ++i)
    lines += i % 3 == 0   ? "ADR;TYPE=home:;;x;;;;\n"
             : i % 3 == 1 ? "LABEL;TYPE=home:y\n"
                          : "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1\n";
  const std::string text = vcard("3.0", lines);
  const Item refused = only(text, {.card_bytes = 1 << 24, .properties = 100});
  ASSERT_TRUE(refused.rejected);
  EXPECT_EQ(refused.rejected->code, "too-many-properties");
  EXPECT_EQ(refused.rejected->line, 103U);
  const Item taken = only(text, {.card_bytes = 1 << 24, .properties = kMany});
  ASSERT_FALSE(taken.rejected);
  EXPECT_EQ(taken.card->all("MEMBER").size() + taken.card->all("ADR").size() + 2, taken.card->properties.size());
  for (const auto version : {VcardVersion::k21, VcardVersion::k30, VcardVersion::k40})
    EXPECT_TRUE(card::equal_in_meaning(parse_vcard(write_vcard(*taken.card, version)).value(), *taken.card));
}

// No card is read by recursion: not into the depth, and not into the text that a property of it is.
TEST(Limits, AgentsMayBeTenThousandDeep) {
  constexpr size_t kDeep = 10'000;
  std::string lines = "N:outer\n";
  for (size_t i = 0; i < kDeep; ++i) lines += i % 2 == 0 ? "AGENT:\nBEGIN:VCARD\nN:x\n" : "AGENT:BEGIN:VCARD\nN:y\n";
  const std::string open = lines;
  for (size_t i = 0; i < kDeep; ++i) lines += "END:VCARD\n";
  const card::Card card = card_of(vcard("2.1", lines + "TEL:1\n"));
  EXPECT_EQ(card.properties.size(), 3U);
  EXPECT_THAT(card.tels(), ElementsAre("1"));
  for (const auto version : {VcardVersion::k21, VcardVersion::k30, VcardVersion::k40})
    EXPECT_TRUE(card::equal_in_meaning(card_of(write_vcard(card, version)), card));
  // Cut: the damage is told, and the card after it is read.
  const auto read = items(vcard("2.1", open) + vcard("3.0", "FN:after\n"));
  EXPECT_TRUE(std::any_of(read.begin(), read.end(), [](const Item& item) { return item.rejected.has_value(); }));
}

TEST(Limits, APhotoOfFiftyMebibytesIsRefusedOrTakenWhole) {
  constexpr size_t kBytes = 50 << 20;
  std::string data;
  while (data.size() < kBytes / 3 * 4) data += "R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs+";
  std::string text = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nPHOTO;ENCODING=b;TYPE=GIF:";
  for (size_t at = 0; at < data.size(); at += 74) text += data.substr(at, 74) + "\r\n ";
  text += "\r\nTEL:1\r\nEND:VCARD\r\n" + vcard("3.0", "FN:after\n");
  const auto refused = items(text);
  ASSERT_EQ(refused.size(), 2U);
  ASSERT_TRUE(refused[0].rejected);
  EXPECT_EQ(refused[0].rejected->code, "card-too-large");
  EXPECT_EQ(refused[1].card->formatted_name(), "after");
  const auto taken = items(text, {.card_bytes = size_t{128} << 20, .properties = 100});
  ASSERT_EQ(taken.size(), 2U);
  ASSERT_FALSE(taken[0].rejected);
  EXPECT_TRUE(taken[0].card->find("PHOTO")->value == "data:image/gif;base64," + data);
  EXPECT_THAT(taken[0].card->tels(), ElementsAre("1"));
}

TEST(Limits, HugeLinesAndCardsAreReadOver) {
  constexpr size_t kTimes = 64;
  const std::string megabyte(1 << 20, 'x');
  std::string lines;
  while (lines.size() < megabyte.size()) lines += "NOTE:again and again\r\n";
  const std::string after = "\r\n" + vcard("3.0", "FN:after\n");
  struct Case {
    std::string head, middle, tail;
    bool card;
  };
  for (const Case& huge : {Case{"BEGIN:VCARD\r\nVERSION:3.0\r\nNOTE:", megabyte, "\r\nEND:VCARD" + after, true},
                           Case{"BEGIN:VCARD\r\nVERSION:3.0\r\n", lines, "END:VCARD" + after, true},
                           Case{"BEGIN:VCARD\r\nVERSION:3.0\r\nNOTE:", megabyte, after, true},
                           Case{"", megabyte, after, false}, Case{"", lines, after, false},
                           Case{"BEGIN:VCARD\rVERSION:3.0\rNOTE:", megabyte, "\rEND:VCARD" + after, true}}) {
    Long input(huge.head, huge.middle, kTimes, huge.tail);
    const auto reader = read_vcards(input, {});
    const auto first = reader->next();
    ASSERT_TRUE(first && *first);
    EXPECT_EQ((*first)->card.has_value(), huge.card);
    EXPECT_EQ((*first)->rejected.has_value(), huge.card);
    EXPECT_LE((*first)->raw.size(), kMaxRaw);
    const auto second = reader->next();
    ASSERT_TRUE(second && *second) << huge.head;
    EXPECT_EQ((*second)->card->formatted_name(), "after");
    const auto end = reader->next();
    ASSERT_TRUE(end);
    EXPECT_FALSE(*end);
  }
}

// Input that is made to be slow is read in the time of any other: each of these would take minutes if something in it
// were looked at again and again.
TEST(Limits, HostileRepetitionIsNoMoreWorkThanItsSize) {
  const auto repeated = [](std::string_view piece) {
    std::string out;
    while (out.size() < 900'000) out += piece;
    return out;
  };
  for (const std::string& text :
       {repeated("\r"), "BEGIN:VCARD\r" + repeated("\r"), vcard("3.0", "NOTE:=" + repeated(" \n ") + "\n"),
        vcard("3.0", "TEL" + repeated(";\"") + ":1\n"), vcard("3.0", "NOTE:" + repeated("\\") + "\n"),
        vcard("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:" + repeated("=\n") + "x\n"),
        vcard("2.1", "NOTE;X-A=\"a;ENCODING=QUOTED-PRINTABLE:" + repeated("a\nb=\n") + "x\n"),
        vcard("2.1", "PHOTO;ENCODING=BASE64:" + repeated("A\n") + "\n"), repeated("BEGIN:VCARD\n")})
    EXPECT_TRUE(parse_vcards(text, {}));
  std::string parameters;
  std::string types;
  for (int i = 0; i < 90'000; ++i) {
    parameters += ";X-" + std::to_string(i) + "=1";
    types += ";T" + std::to_string(i);
  }
  for (const std::string& head : {parameters, types}) {
    const Item item = only(vcard("3.0", "TEL" + head + ":1\n"));
    ASSERT_TRUE(item.rejected);
    EXPECT_EQ(item.rejected->code, "too-many-parameters");
  }
}

}  // namespace
}  // namespace cardsrv::format
