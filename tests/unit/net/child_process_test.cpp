// Programs that we start: what they say, how they end, and that nothing of them is left.
#include "net/child_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace assay::net {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

ChildOptions shell(const std::string& script) { return {.arguments = {"/bin/sh", "-c", script}}; }

template <class Predicate>
bool soon(Predicate&& holds) {
  for (int i = 0; i < 1000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

int exit_of(ChildProcess& child) {
  EXPECT_TRUE(soon([&] { return child.exit_code().has_value(); }));
  return child.exit_code().value_or(-1);
}

bool lives(pid_t process) { return kill(process, 0) == 0; }

pid_t number_in(const std::filesystem::path& file) {
  pid_t number = 0;
  EXPECT_TRUE(soon([&] { return static_cast<bool>(std::ifstream(file) >> number); }));
  return number;
}

class ChildProcessTest : public ::testing::Test {
 protected:
  ChildProcessTest() {
    std::string name = (std::filesystem::temp_directory_path() / "assay-child-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~ChildProcessTest() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(ChildProcessTest, TellsWhatItSaidAndHowItEnded) {
  auto options = shell("read line; echo \"got $line and $WORD\"; echo trouble >&2; exit 3");
  options.input = "one line\nmore\n";
  options.environment = {{"WORD", "a word"}};
  auto child = ChildProcess::start(options);
  ASSERT_TRUE(child);
  EXPECT_EQ(exit_of(**child), 3);
  EXPECT_EQ((*child)->output(), "got one line and a word\n");
  EXPECT_EQ((*child)->errors(), "trouble\n");
  EXPECT_EQ((*child)->output(3), "got");
  EXPECT_EQ((*child)->said(), 32U);
}

TEST_F(ChildProcessTest, TellsASignal) {
  auto child = ChildProcess::start(shell("kill -TERM $$"));
  ASSERT_TRUE(child);
  EXPECT_EQ(exit_of(**child), 128 + SIGTERM);
}

TEST_F(ChildProcessTest, SaysWhatCannotBeStarted) {
  const auto missing = ChildProcess::start({.arguments = {"no-such-program-anywhere"}});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().doing, HasSubstr("no-such-program-anywhere: not found"));
  const auto text = folder_ / "text";
  std::ofstream(text) << "this is no program";
  std::filesystem::permissions(text, std::filesystem::perms::owner_all);
  const auto broken = ChildProcess::start({.arguments = {text.string()}});
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().doing, HasSubstr("Exec format error"));
  EXPECT_FALSE(ChildProcess::start({}));
  EXPECT_EQ(find_program("no-such-program-anywhere"), "");
  EXPECT_THAT(find_program("sh"), HasSubstr("/sh"));
}

// A daemon leaves its process group, its session and its parent, and ignores what asks it to go.
TEST_F(ChildProcessTest, EndsDaemonsToo) {
  const auto file = folder_ / "daemon";
  const auto script = folder_ / "script";
  std::ofstream(script) << "trap '' TERM HUP\necho $$ > " << file.string() << "\nwhile :; do sleep 1; done\n";
  auto child = ChildProcess::start(shell("(setsid sh " + script.string() + " &) & sleep 1000"));
  ASSERT_TRUE(child);
  const auto daemon = number_in(file);
  ASSERT_GT(daemon, 1);
  EXPECT_TRUE(lives(daemon));
  EXPECT_FALSE((*child)->exit_code());
  child->reset();
  EXPECT_FALSE(lives(daemon));
}

TEST_F(ChildProcessTest, EndsWhatTheProgramLeavesBehind) {
  const auto file = folder_ / "left";
  auto child = ChildProcess::start(shell("sleep 1000 & echo $! > " + file.string()));
  ASSERT_TRUE(child);
  EXPECT_EQ(exit_of(**child), 0);
  EXPECT_FALSE(lives(number_in(file)));
}

// Not even SIGKILL of ours leaves anything behind; and the folder goes with it.
TEST_F(ChildProcessTest, EndsWhenWeAreKilled) {
  const auto file = folder_ / "program", scratch = folder_ / "scratch";
  std::filesystem::create_directories(scratch / "deep");
  const pid_t parent = fork();
  if (parent == 0) {
    auto options = shell("echo $$ > " + file.string() + "; exec sleep 1000");
    options.remove_folder = scratch.string();
    const auto child = ChildProcess::start(options);
    for (;;) pause();
  }
  const auto program = number_in(file);
  ASSERT_GT(program, 1);
  EXPECT_TRUE(lives(program));
  EXPECT_TRUE(std::filesystem::exists(scratch));
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  EXPECT_TRUE(soon([&] { return !lives(program); }));
  EXPECT_TRUE(soon([&] { return !std::filesystem::exists(scratch); }));
}

}  // namespace
}  // namespace assay::net
