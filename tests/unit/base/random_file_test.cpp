// Random tokens and whole files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <set>
#include <thread>

#include "base/encoding.hpp"
#include "base/file.hpp"
#include "base/random.hpp"
#include "base/wall_clock.hpp"

namespace assay::base {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(Random, TokensHaveTheirLengthAndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 5000; ++i) {
    const auto token = random_token();
    ASSERT_EQ(token.size(), 43u);
    ASSERT_EQ(decode_base64url(token)->size(), 32u);
    ASSERT_TRUE(seen.insert(token).second);
  }
  for (const std::size_t bytes : {1u, 2u, 3u, 6u, 16u, 255u, 256u, 1000u})
    EXPECT_EQ(decode_base64url(random_token(bytes))->size(), bytes);
  std::string out = "a=";
  append_random_token(out, 3);
  EXPECT_EQ(out.size(), 6u);
}

TEST(Random, ThreadsDoNotShareAPool) {
  std::string one, two;
  std::thread first([&] { one = random_token(); }), second([&] { two = random_token(); });
  first.join();
  second.join();
  EXPECT_NE(one, two);
}

TEST(Random, ASeedRepeatsWhatItGave) {
  const auto values = [](Random random) {
    std::string out;
    random.append_token(out);
    random.append_token(out, 5);
    return out + std::to_string(random.number());
  };
  EXPECT_EQ(values(Random(7, "code/single-use")), values(Random(7, "code/single-use")));
  EXPECT_NE(values(Random(7, "code/single-use")), values(Random(7, "code/single-use#case")));
  EXPECT_NE(values(Random(7, "code/single-use")), values(Random(8, "code/single-use")));
  EXPECT_NE(values(Random()), values(Random()));
  std::string token;
  Random(0, "").append_token(token);
  EXPECT_EQ(token.size(), 43u);
}

TEST(Random, BuffersOfAnySize) {
  for (const std::size_t size : {0u, 1u, 4095u, 4096u, 4097u, 100'000u}) {
    std::vector<unsigned char> bytes(size, 0);
    fill_random(bytes);
    if (size < 4095) continue;
    std::array<int, 256> counts{};
    for (const auto byte : bytes) ++counts[byte];
    for (const auto count : counts) EXPECT_LT(count, static_cast<int>(size / 256 * 4 + 20));
  }
  std::set<std::uint64_t> numbers;
  for (int i = 0; i < 1000; ++i) numbers.insert(random_number());
  EXPECT_EQ(numbers.size(), 1000u);
}

class FileTest : public testing::Test {
 protected:
  FileTest() : folder(fs::temp_directory_path() / ("assay-test-" + random_token(9))) { fs::create_directories(folder); }
  ~FileTest() override { fs::remove_all(folder); }
  std::string path(const std::string& name) const { return (folder / name).string(); }
  fs::path folder;
};

TEST_F(FileTest, WritesAndReads) {
  const std::string content("a\0b\r\n\xff", 6);
  ASSERT_TRUE(write_file(path("f"), content));
  EXPECT_EQ(read_file(path("f")), content);
  ASSERT_TRUE(write_file(path("f"), ""));
  EXPECT_EQ(read_file(path("f")), "");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1);  // nothing temporary is left
}

TEST_F(FileTest, RefusesWhatIsTooLarge) {
  ASSERT_TRUE(write_file(path("f"), std::string(100'000, 'x')));
  EXPECT_TRUE(read_file(path("f"), 100'000));
  const auto refused = read_file(path("f"), 99'999);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, FailureCode::file);
  EXPECT_THAT(refused.error().doing, HasSubstr("larger"));
}

TEST_F(FileTest, SaysWhatWentWrong) {
  const auto missing = read_file(path("missing"));
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().doing, HasSubstr("No such file"));
  EXPECT_THAT(read_file(folder.string()).error().doing, HasSubstr("directory"));
  const auto written = write_file(folder.string(), "x");  // a folder stands there
  ASSERT_FALSE(written);
  EXPECT_EQ(fs::is_empty(folder), true);
  EXPECT_FALSE(write_file(path("no/such/folder/f"), "x"));
}

TEST_F(FileTest, KeepsPermissionsAndLinks) {
  ASSERT_TRUE(write_file(path("f"), "old"));
  fs::permissions(path("f"), fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("f", path("link"));
  ASSERT_TRUE(write_file(path("link"), "new"));
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(read_file(path("f")), "new");
  EXPECT_EQ(fs::status(path("f")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_TRUE(write_file(path("mine"), "x", FileMode::only_mine));
  EXPECT_EQ(fs::status(path("mine")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(FileTest, WritesToWhatIsNoFileAndReplacesItNot) {
  EXPECT_TRUE(is_stream("/dev/null"));
  EXPECT_FALSE(is_stream(path("f")));
  ASSERT_TRUE(write_file("/dev/null", "x"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  const auto full = write_file("/dev/full", "x");
  ASSERT_FALSE(full);
  EXPECT_THAT(full.error().doing, HasSubstr("No space left"));
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_F(FileTest, TemporaryOnesAreOurs) {
  const auto one = write_temporary("test", "x"), other = write_temporary("test", "y");
  ASSERT_TRUE(one && other);
  EXPECT_NE(*one, *other);
  EXPECT_EQ(read_file(*one), "x");
  EXPECT_EQ(fs::status(*one).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  fs::remove(*one);
  fs::remove(*other);
}

TEST(WallClock, GoesOnFromTheMachinesClock) {
  const auto first = wall_now();
  const auto apart = std::chrono::system_clock::now() - first;
  EXPECT_LT(std::chrono::abs(apart), std::chrono::minutes(1));
  for (int i = 0; i < 1000; ++i) EXPECT_GE(wall_now(), first);
}

}  // namespace
}  // namespace assay::base
