// A program that we start and that never outlives us, nor does anything it starts: a keeper process stands between, and when
// we end, in whatever way, it ends all that came of the program. Knows nothing about what the program is for.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/failure.hpp"

namespace assay::net {

// Where execvp would find the program; empty: nowhere.
std::string find_program(std::string_view name);

// Starts a program that is the user's from then on, such as one that opens a URL: it may outlive us. False: it is not there.
bool start_for_user(const std::vector<std::string>& arguments);

struct ChildOptions {
  std::vector<std::string> arguments;                              // the program first, found as find_program() does
  std::vector<std::pair<std::string, std::string>> environment{};  // beside ours, or in its place
  std::string input{};                                             // standard input; nothing else comes
  std::string remove_folder{};  // deleted with all that is in it when everything has ended; empty: nothing is
};

class ChildProcess {
 public:
  static std::expected<std::unique_ptr<ChildProcess>, base::Failure> start(const ChildOptions& options);
  // Ends the program and all that came of it, without asking.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // How it ended: its exit code, or 128 and the signal; nullopt while it runs. What it left running is ended with it.
  std::optional<int> exit_code();
  void kill();

  // What it has said so far, at most `limit` bytes of it. The descriptors are files: no program blocks on them.
  std::string output(std::size_t limit = 1u << 20) const;
  std::string errors(std::size_t limit = 1u << 20) const;  // standard error
  std::size_t said() const;                                // bytes, both together

 private:
  ChildProcess() = default;
  void see_keeper_off();

  pid_t keeper_ = -1;
  int control_ = -1;  // open as long as the program may run
  int status_ = -1;   // where the keeper tells how it ended
  int output_ = -1, errors_ = -1;
  std::optional<int> exit_code_;
};

}  // namespace assay::net
