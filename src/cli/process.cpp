#include "cli/process.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "cli/options.hpp"

namespace assay::cli {
namespace {

// The memory holds other people's secrets: it is not written to disk, nor read by other processes of the same user.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

// Every connection is a descriptor. Most systems begin with 1024 of them, and grant more to who asks.
void raise_descriptor_limit() {
  constexpr rlim_t enough = 65'536;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= enough) return;
  limit.rlim_cur = std::min(limit.rlim_max, enough);
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

void prepare_process() {
  forbid_core_dumps();
  raise_descriptor_limit();
  // A pipe that nobody reads any more, and a file that has reached its limit, must not end a run before it has said what it
  // found: both are errors of the one write. Programs that we start get their signals back.
  for (const int number : {SIGPIPE, SIGXFSZ}) std::signal(number, SIG_IGN);
}

// Of a disk that is full nobody hears otherwise. A reader that went away has what it wanted.
int flushed(int exit) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return exit;
  const int error = errno;
  pollfd reader{STDOUT_FILENO, 0, 0};
  if (error == EPIPE || (poll(&reader, 1, 0) == 1 && (reader.revents & POLLERR) != 0)) return exit;
  std::fputs("assay: standard output could not be written; is the disk full?\n", stderr);
  return exit == kPassed ? kUsage : exit;
}

}  // namespace assay::cli
