#include "cli/dialogue.hpp"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "base/text.hpp"

namespace assay::cli {
namespace {

constexpr int kPatience = 15 * 60 * 1000;   // ms; a terminal that somebody forgot
constexpr std::size_t kLongestLine = 4096;  // bytes

volatile std::sig_atomic_t asked_to_stop = 0;
void on_signal(int) { asked_to_stop = 1; }

// While a question waits: an interrupt ends the waiting, and the terminal is left as it was found.
class Waiting {
 public:
  explicit Waiting(bool echo) {
    asked_to_stop = 0;
    struct sigaction action{};
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, &interrupt_);
    sigaction(SIGTERM, &action, &terminate_);
    if (echo || tcgetattr(STDIN_FILENO, &settings_) != 0) return;
    termios quiet = settings_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    quiet.c_lflag |= ECHONL;
    changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  ~Waiting() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings_);
    sigaction(SIGINT, &interrupt_, nullptr);
    sigaction(SIGTERM, &terminate_, nullptr);
  }
  Waiting(const Waiting&) = delete;

 private:
  struct sigaction interrupt_{}, terminate_{};
  termios settings_{};
  bool changed_ = false;
};

}  // namespace

Dialogue::Dialogue(bool wanted) : possible_(wanted && isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0) {}

void Dialogue::tell(std::string_view text) const {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
}

std::string Dialogue::read_line() {
  std::string out;
  while (true) {
    pollfd waiting{STDIN_FILENO, POLLIN, 0};
    const int ready = poll(&waiting, 1, kPatience);
    if (asked_to_stop != 0) interrupted_ = true;
    if (ready < 0 && errno == EINTR && !interrupted_) continue;  // the window was resized, or we were sent to sleep
    char c = 0;
    if (interrupted_ || ready <= 0 || read(STDIN_FILENO, &c, 1) != 1) {
      ended_ = true;
      std::fputc('\n', stderr);
      return "";
    }
    if (c == '\n') return out;
    if (out.size() < kLongestLine) out += c;
  }
}

std::string Dialogue::ask(std::string_view question, const std::string& otherwise) {
  if (!possible()) return otherwise;
  const Waiting waiting(true);
  std::fprintf(stderr, "%.*s", static_cast<int>(question.size()), question.data());
  if (!otherwise.empty()) std::fprintf(stderr, " [%s]", otherwise.c_str());
  std::fputs(": ", stderr);
  const auto line = read_line();
  const auto answer = base::trim(line);
  if (ended_) return "";
  return answer.empty() ? otherwise : std::string(answer);
}

std::string Dialogue::ask_secret(std::string_view question) {
  if (!possible()) return "";
  const Waiting waiting(false);
  std::fprintf(stderr, "%.*s (not shown): ", static_cast<int>(question.size()), question.data());
  return read_line();
}

bool Dialogue::yes(std::string_view question, bool otherwise) {
  if (!possible()) return otherwise;
  for (int attempts = 0; attempts < 3; ++attempts) {
    const auto answer = base::lower(ask(std::string(question) + (otherwise ? " [Y/n]" : " [y/N]")));
    if (ended_) return false;
    if (answer.empty()) return otherwise;
    if (answer == "y" || answer == "yes") return true;
    if (answer == "n" || answer == "no") return false;
    tell("Please answer y or n.");
  }
  return false;
}

}  // namespace assay::cli
