#include "base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>

#include "base/random.hpp"

namespace assay::base {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

struct Descriptor {
  int number = -1;
  ~Descriptor() { close(); }
  // Some file systems say only here that the disk is full.
  bool close() {
    const int closed = std::exchange(number, -1);
    return closed < 0 || ::close(closed) == 0;
  }
};

bool write_all(int file, std::string_view content) {
  while (!content.empty()) {
    const auto written = write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// False with errno, and nothing is left.
bool replace(const std::string& place, std::string_view content, FileMode mode, Durability durability, bool named) {
  const auto folder = std::filesystem::path(place).parent_path().string();
  const mode_t permissions = mode == FileMode::only_mine ? S_IRUSR | S_IWUSR : 0666;
  const std::string temporary = place + ".tmp-" + random_token(6);
  Descriptor file{named ? open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions)
                        : open(folder.empty() ? "." : folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, permissions)};
  if (file.number < 0) return false;
  struct stat old{};
  bool good = write_all(file.number, content);
  if (good && mode == FileMode::usual && stat(place.c_str(), &old) == 0)
    good = fchmod(file.number, old.st_mode & 0777) == 0;
  good = good && (durability == Durability::fleeting || fsync(file.number) == 0);
  if (good && !named) {
    const auto handle = "/proc/self/fd/" + std::to_string(file.number);
    good = linkat(AT_FDCWD, handle.c_str(), AT_FDCWD, temporary.c_str(), AT_SYMLINK_FOLLOW) == 0;
  }
  int trouble = good ? 0 : errno;
  if (!file.close() && good) trouble = errno;
  if (trouble == 0 && std::rename(temporary.c_str(), place.c_str()) != 0) trouble = errno;
  if (trouble != 0) std::remove(temporary.c_str());
  errno = trouble;
  return trouble == 0;
}

std::unexpected<Failure> file_failure(std::string doing) {
  const int error = errno;
  return std::unexpected(Failure{FailureCode::file, std::move(doing) + ": " + std::strerror(error), ""});
}

}  // namespace

std::expected<std::string, Failure> read_file(const std::string& path, std::size_t limit) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    errno = EISDIR;
    return file_failure("read " + path);
  }
  const File file(std::fopen(path.c_str(), "rb"));
  if (!file) return file_failure("read " + path);
  std::string out;
  char buffer[65536];
  while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, file.get())) {
    out.append(buffer, got);
    if (out.size() > limit)
      return std::unexpected(
          Failure{FailureCode::file, "read " + path + ": larger than " + std::to_string(limit) + " bytes", ""});
  }
  if (std::ferror(file.get())) return file_failure("read " + path);
  return out;
}

bool is_stream(const std::string& path) {
  struct stat about{};
  if (stat(path.c_str(), &about) != 0) return false;
  // A file that standard output was sent to is open there; a new one in its place would be another file.
  const bool open_elsewhere = path.starts_with("/dev/") || path.starts_with("/proc/");
  return S_ISCHR(about.st_mode) || S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode) ||
         (S_ISREG(about.st_mode) && open_elsewhere && !path.starts_with("/dev/shm/"));
}

std::expected<void, Failure> write_file(const std::string& path, std::string_view content, FileMode mode,
                                        Durability durability) {
  if (is_stream(path)) {
    const Descriptor stream{open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY)};
    if (stream.number < 0 || !write_all(stream.number, content)) return file_failure("write " + path);
    return {};
  }
  std::error_code error;
  auto place = path;
  if (std::filesystem::is_symlink(path, error))
    if (const auto behind = std::filesystem::weakly_canonical(path, error); !error) place = behind.string();
  // Most file systems know files without a name: of those nothing can be left, even if we are killed meanwhile.
  for (const bool named : {false, true}) {
    if (replace(place, content, mode, durability, named)) return {};
    // EISDIR and EOPNOTSUPP: there are none. ENOENT: there is no /proc to give it a name by, or no such folder.
    if (errno != EISDIR && errno != EOPNOTSUPP && errno != ENOENT) break;
  }
  return file_failure("write " + path);
}

std::expected<std::string, Failure> write_temporary(const std::string& name, std::string_view content) {
  const char* folder = std::getenv("TMPDIR");
  auto path = std::string(folder && *folder ? folder : "/tmp") + "/assay-" + name + "-" + random_token(6) + ".json";
  if (const auto written = write_file(path, content, FileMode::only_mine); !written)
    return std::unexpected(written.error());
  return path;
}

}  // namespace assay::base
