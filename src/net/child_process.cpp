#include "net/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/text.hpp"

extern char** environ;  // NOLINT: POSIX declares it nowhere

namespace assay::net {
namespace {

// Everything that the processes need, made before they are: after fork() nothing may be allocated.
struct Plan {
  const char* program = nullptr;
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
  char* const* cleaning = nullptr;  // arguments of rm; nullptr: nothing to clean
  int input = -1, output = -1, errors = -1, control = -1, status = -1;
};

// What the keeper says, once or twice.
struct Word {
  int failed = 0;  // errno of execve; 0: the program ran
  int code = 0;    // as in ChildProcess::exit_code()
};

// The keeper and what it starts call only what a signal handler may call (POSIX.1-2017 section 2.4.3).

void default_signals() {
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
}

// Up to three descriptors are kept, besides the standard ones.
void close_all_but(int first, int second, int third) {
  int kept[] = {first, second, third};
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2 - i; ++j)
      if (kept[j] > kept[j + 1]) {
        const int larger = kept[j];
        kept[j] = kept[j + 1];
        kept[j + 1] = larger;
      }
  unsigned next = 3;
  for (const int one : kept) {
    if (one < static_cast<int>(next)) continue;
    if (one > static_cast<int>(next)) close_range(next, static_cast<unsigned>(one) - 1, 0);
    next = static_cast<unsigned>(one) + 1;
  }
  close_range(next, ~0U, 0);
}

[[noreturn]] void run_program(const Plan& plan, int failure) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  default_signals();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  setpgid(0, 0);
  if (dup2(plan.input, 0) >= 0 && dup2(plan.output, 1) >= 0 && dup2(plan.errors, 2) >= 0) {
    close_all_but(failure, -1, -1);
    execve(plan.program, plan.arguments, plan.environment);
  }
  const int error = errno;
  [[maybe_unused]] const auto written = write(failure, &error, sizeof error);
  _exit(127);
}

// The processes whose parent we are by now: those that were started, and orphans of theirs.
void kill_children() {
  char path[64] = "/proc/self/task/";
  char digits[16];
  int count = 0;
  for (auto rest = static_cast<unsigned>(getpid()); rest > 0; rest /= 10)
    digits[count++] = static_cast<char>('0' + rest % 10);
  std::size_t end = std::strlen(path);
  while (count > 0) path[end++] = digits[--count];
  std::memcpy(path + end, "/children", sizeof "/children");
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  char text[4096];
  pid_t number = 0;
  for (ssize_t size = 0; (size = read(file, text, sizeof text)) > 0;)
    for (ssize_t i = 0; i < size; ++i) {
      if (text[i] >= '0' && text[i] <= '9') {
        number = number * 10 + (text[i] - '0');
      } else {
        if (number > 1) ::kill(number, SIGKILL);
        number = 0;
      }
    }
  if (number > 1) ::kill(number, SIGKILL);
  close(file);
}

// Until there is none left. Whoever is killed leaves its children to us.
void end_everything(pid_t program) {
  for (int round = 0; round < 500; ++round) {
    ::kill(-program, SIGKILL);
    kill_children();
    for (;;) {
      const pid_t gone = waitpid(-1, nullptr, WNOHANG);
      if (gone < 0) return;  // ECHILD
      if (gone == 0) break;
    }
    poll(nullptr, 0, 10);
  }
}

void clean(const Plan& plan) {
  if (plan.cleaning == nullptr) return;
  const pid_t remover = fork();
  if (remover == 0) {
    execve("/bin/rm", plan.cleaning, plan.environment);
    _exit(127);
  }
  if (remover > 0) waitpid(remover, nullptr, 0);
}

[[noreturn]] void keep(const Plan& plan) {
  // Not of the terminal's: what interrupts Assay is not for the program, which Assay ends in its own way.
  setsid();
  default_signals();
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT}) signal(number, SIG_IGN);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_NAME, "assay-keeper");
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_SETMASK, &child, nullptr);
  int failure[2];
  Word word;
  const pid_t program = pipe2(failure, O_CLOEXEC) == 0 ? fork() : -1;
  if (program == 0) run_program(plan, failure[1]);
  if (program < 0) {
    word.failed = errno;
    [[maybe_unused]] const auto written = write(plan.status, &word, sizeof word);
    clean(plan);
    _exit(1);
  }
  close(failure[1]);
  int error = 0;
  if (read(failure[0], &error, sizeof error) == sizeof error) word.failed = error;
  [[maybe_unused]] auto written = write(plan.status, &word, sizeof word);
  const int changes = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  close_all_but(plan.control, plan.status, changes);
  for (const int standard : {0, 1, 2}) close(standard);
  pollfd watched[2] = {{plan.control, POLLIN, 0}, {changes, POLLIN, 0}};
  for (bool ended = false; !ended;) {
    poll(watched, 2, changes < 0 ? 50 : -1);
    if (watched[0].revents != 0) break;
    signalfd_siginfo news;
    while (changes >= 0 && read(changes, &news, sizeof news) == sizeof news) continue;
    int how = 0;
    for (pid_t gone = 0; (gone = waitpid(-1, &how, WNOHANG)) > 0;)
      if (gone == program) {
        word.code = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
        ended = true;
      }
  }
  end_everything(program);
  clean(plan);
  written = write(plan.status, &word, sizeof word);
  _exit(0);
}

// A file without a name. Programs may fill it as they like; we bound what we read, and who reads how much they filled.
int nameless_file(std::string_view content) {
  const int file = memfd_create("assay", MFD_CLOEXEC);
  if (file < 0) return file;
  while (!content.empty()) {
    const auto written = write(file, content.data(), content.size());
    if (written <= 0) break;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  lseek(file, 0, SEEK_SET);
  return file;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& changes) {
  std::vector<std::string> out;
  for (char** one = environ; one != nullptr && *one != nullptr; ++one) {
    const std::string_view text = *one;
    const auto name = text.substr(0, text.find('='));
    bool replaced = false;
    for (const auto& change : changes) replaced = replaced || change.first == name;
    if (!replaced) out.emplace_back(text);
  }
  for (const auto& [name, value] : changes) out.push_back(name + "=" + value);
  return out;
}

std::string read_file(int file, std::size_t limit) {
  std::string out;
  char part[4096];
  while (out.size() < limit) {
    const auto size = pread(file, part, std::min(sizeof part, limit - out.size()), static_cast<off_t>(out.size()));
    if (size <= 0) break;
    out.append(part, static_cast<std::size_t>(size));
  }
  return out;
}

std::size_t size_of(int file) {
  struct stat about{};
  return fstat(file, &about) == 0 ? static_cast<std::size_t>(about.st_size) : 0;
}

}  // namespace

std::string find_program(std::string_view name) {
  const auto usable = [](const std::string& path) {
    struct stat about{};
    return access(path.c_str(), X_OK) == 0 && stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
  };
  if (name.find('/') != std::string_view::npos) return usable(std::string(name)) ? std::string(name) : "";
  const char* path = std::getenv("PATH");
  for (const auto folder : base::split(path ? path : "/usr/local/bin:/usr/bin:/bin", ':'))
    if (auto whole = std::string(folder) + "/" + std::string(name); usable(whole)) return whole;
  return "";
}

bool start_for_user(const std::vector<std::string>& given) {
  auto arguments = given;
  const auto program = arguments.empty() ? "" : find_program(arguments.front());
  if (program.empty()) return false;
  const auto argument_pointers = pointers(arguments);
  const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  const pid_t between = fork();
  if (between == 0) {
    // A child of nobody that we know, so that nobody waits for it.
    if (fork() == 0) {
      setsid();
      default_signals();
      for (const int standard : {0, 1, 2}) dup2(nowhere, standard);
      close_all_but(-1, -1, -1);
      execve(program.c_str(), argument_pointers.data(), environ);
    }
    _exit(127);
  }
  close(nowhere);
  if (between > 0) waitpid(between, nullptr, 0);
  return between > 0;
}

std::expected<std::unique_ptr<ChildProcess>, base::Failure> ChildProcess::start(const ChildOptions& options) {
  const auto failed = [&](const std::string& why) {
    const auto& name = options.arguments.empty() ? std::string("a program") : options.arguments.front();
    return std::unexpected(
        base::Failure{base::FailureCode::file, "start " + base::printable(name, 200) + ": " + why, ""});
  };
  if (options.arguments.empty()) return failed("no name is given");
  auto program = find_program(options.arguments.front());
  if (program.empty()) return failed("not found, or not executable");
  std::unique_ptr<ChildProcess> child(new ChildProcess);
  int control[2] = {-1, -1}, status[2] = {-1, -1};
  if (pipe2(control, O_CLOEXEC) != 0) return failed(std::strerror(errno));
  child->control_ = control[1];
  if (pipe2(status, O_CLOEXEC) != 0) {
    close(control[0]);
    return failed(std::strerror(errno));
  }
  child->status_ = status[0];
  child->output_ = nameless_file("");
  child->errors_ = nameless_file("");

  auto arguments = options.arguments;
  auto environment = environment_with(options.environment);
  std::vector<std::string> cleaning{"rm", "-rf", "--", options.remove_folder};
  const auto argument_pointers = pointers(arguments), environment_pointers = pointers(environment),
             cleaning_pointers = pointers(cleaning);
  Plan plan;
  plan.program = program.c_str();
  plan.arguments = argument_pointers.data();
  plan.environment = environment_pointers.data();
  plan.cleaning = options.remove_folder.empty() ? nullptr : cleaning_pointers.data();
  plan.input = nameless_file(options.input);
  plan.output = child->output_;
  plan.errors = child->errors_;
  plan.control = control[0];
  plan.status = status[1];
  // Between fork() and keep() no handler of ours may run in the keeper.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  child->keeper_ = fork();
  if (child->keeper_ == 0) keep(plan);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  close(control[0]);
  close(status[1]);
  close(plan.input);
  if (child->keeper_ < 0) return failed(std::strerror(error));
  Word word;
  ssize_t size = 0;
  while ((size = read(child->status_, &word, sizeof word)) < 0 && errno == EINTR) continue;
  if (size != sizeof word) return failed("its keeper did not start");
  if (word.failed != 0) return failed(std::strerror(word.failed));
  return child;
}

ChildProcess::~ChildProcess() {
  kill();
  for (const int file : {status_, output_, errors_})
    if (file >= 0) close(file);
}

void ChildProcess::kill() {
  if (control_ < 0) return;
  close(control_);
  control_ = -1;
  see_keeper_off();
  if (!exit_code_) exit_code_ = 128 + SIGKILL;
}

// The keeper ends within moments; one that was stopped from outside must not stop us.
void ChildProcess::see_keeper_off() {
  for (int round = 0; keeper_ > 0 && round < 1000; ++round) {
    const pid_t gone = waitpid(keeper_, nullptr, WNOHANG);
    if (gone == keeper_ || (gone < 0 && errno != EINTR)) keeper_ = -1;
    else poll(nullptr, 0, round < 50 ? 2 : 10);
  }
  if (keeper_ <= 0) return;
  ::kill(keeper_, SIGKILL);
  waitpid(keeper_, nullptr, 0);
  keeper_ = -1;
}

std::optional<int> ChildProcess::exit_code() {
  if (exit_code_ || control_ < 0) return exit_code_;
  pollfd told{status_, POLLIN, 0};
  if (poll(&told, 1, 0) <= 0) return std::nullopt;
  Word word;
  exit_code_ = read(status_, &word, sizeof word) == sizeof word ? word.code : 128 + SIGKILL;
  kill();
  return exit_code_;
}

std::string ChildProcess::output(std::size_t limit) const { return read_file(output_, limit); }
std::string ChildProcess::errors(std::size_t limit) const { return read_file(errors_, limit); }
std::size_t ChildProcess::said() const { return size_of(output_) + size_of(errors_); }

}  // namespace assay::net
