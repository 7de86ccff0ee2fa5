#include "sms/transport.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "support/paths.h"

namespace cardsrv::sms {
namespace {

const phone::PhoneNumber kNumber(8613800138000);

class FileTransportTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_.path() + "/messages.jsonl"; }
  [[nodiscard]] std::string content() const { return read_file(path(), 1 << 20).value_or("?"); }
  cardsrv::testing::ScratchFolder folder_;
};

TEST_F(FileTransportTest, AppendsOneObjectALine) {
  const auto transport = open_transport("file:" + path());
  ASSERT_TRUE(transport);
  ASSERT_TRUE((*transport)->send({"m1", kNumber, "one \"code\""}));
  ASSERT_TRUE((*transport)->send({"m2", kNumber, "two"}));
  EXPECT_EQ(content(),
            "{\"id\":\"m1\",\"to\":\"+8613800138000\",\"text\":\"one \\\"code\\\"\"}\n"
            "{\"id\":\"m2\",\"to\":\"+8613800138000\",\"text\":\"two\"}\n");
}

// X3, X4: the file holds codes.
TEST_F(FileTransportTest, ANewFileIsForItsOwnerAlone) {
  ASSERT_TRUE((*open_transport("file:" + path()))->send({"m1", kNumber, "code"}));
  struct stat status {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(FileTransportTest, AFileThatWasCutInALineCostsNoOtherLine) {
  ASSERT_TRUE(replace_file(path(), "{\"id\":\"m0", 0600));
  ASSERT_TRUE((*open_transport("file:" + path()))->send({"m1", kNumber, "one"}));
  EXPECT_EQ(content(), "{\"id\":\"m0\n{\"id\":\"m1\",\"to\":\"+8613800138000\",\"text\":\"one\"}\n");
}

TEST_F(FileTransportTest, OpensNothingBeforeTheFirstMessage) {
  ASSERT_TRUE(open_transport("file:" + path()));
  EXPECT_EQ(content(), "?");
}

TEST_F(FileTransportTest, AFolderThatIsNotThereFailsTheSend) {
  const auto sent = (*open_transport("file:" + folder_.path() + "/none/messages"))->send({"m1", kNumber, "code"});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::kTransportFailed);
  EXPECT_EQ(sent.error().message.find("138"), std::string::npos) << "the number is in the message";
}

TEST(OpenTransport, RefusesWhatItDoesNotKnow) {
  for (const char* url : {"carrier-pigeon:loft", "file:", "", "/path"}) {
    const auto transport = open_transport(url);
    ASSERT_FALSE(transport) << url;
    EXPECT_EQ(transport.error().code, Errc::kUsage) << url;
  }
}

TEST(ConfiguredTransport, NoneAtAllIsAnErrorOfItsOwn) {
  ::unsetenv("CARDSRV_SMS");
  const auto transport = configured_transport(std::nullopt);
  ASSERT_FALSE(transport);
  EXPECT_EQ(transport.error().code, Errc::kNoTransport);
  EXPECT_TRUE(configured_transport("file:/tmp/x"));
}

// SMS Server Tools 3: header lines, an empty line, the text; a number without its plus sign.
TEST_F(FileTransportTest, ASpoolHasAFileForEachMessage) {
  const std::string folder = folder_.path();
  const auto transport = open_transport("spool:" + folder);
  ASSERT_TRUE(transport);
  ASSERT_TRUE((*transport)->send({"s1-abc", kNumber, "123456 is your code."}));
  ASSERT_TRUE((*transport)->send({"s1-abc", kNumber, "123456 is your code."})) << "again is the same file";
  ASSERT_TRUE((*transport)->send({"s2-def", kNumber, "Grüße"}));
  EXPECT_EQ(read_file(folder + "/cardsrv-s1-abc", 4096).value_or("?"), "To: 8613800138000\n\n123456 is your code.");
  EXPECT_EQ(read_file(folder + "/cardsrv-s2-def", 4096).value_or("?"), "To: 8613800138000\nAlphabet: UTF-8\n\nGrüße");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 2) << "nothing unfinished is left";
}

TEST_F(FileTransportTest, ASpoolThatIsNotThereFailsTheSend) {
  const auto sent = (*open_transport("spool:" + folder_.path() + "/none"))->send({"m1", kNumber, "123456"});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::kTransportFailed);
  EXPECT_EQ(sent.error().message.find("123456"), std::string::npos) << "X3";
}

TEST_F(FileTransportTest, ACommandGetsTheMessageAndItsStatusDecides) {
  const auto send = [&](const std::string& command) {
    return (*open_transport("command:" + command))->send({"m1", kNumber, "123456"});
  };
  ASSERT_TRUE(send("cat > '" + path() + "'"));
  EXPECT_EQ(content(), "{\"id\":\"m1\",\"to\":\"+8613800138000\",\"text\":\"123456\"}\n");
  EXPECT_TRUE(send("true")) << "what does not read its input may have sent it all the same";
  EXPECT_TRUE(send("echo noise"));
  for (const char* command : {"false", "exit 7", "kill -TERM $$", "no-such-program-anywhere 2>/dev/null"}) {
    const auto sent = send(command);
    ASSERT_FALSE(sent) << command;
    EXPECT_EQ(sent.error().code, Errc::kTransportFailed) << command;
    EXPECT_EQ(sent.error().message.find("123456"), std::string::npos) << "X3";
  }
}

}  // namespace
}  // namespace cardsrv::sms
