#include "base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/random.hpp"

namespace assay::base {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

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

std::expected<void, Failure> write_file(const std::string& path, std::string_view content, FileMode mode) {
  const std::string temporary = path + ".tmp-" + random_token(6);
  const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                              mode == FileMode::only_mine ? S_IRUSR | S_IWUSR : 0666);
  if (descriptor < 0) return file_failure("write " + path);
  File file(fdopen(descriptor, "wb"));
  if (!file) {
    close(descriptor);
    return file_failure("write " + path);
  }
  bool good = std::fwrite(content.data(), 1, content.size(), file.get()) == content.size();
  good = good && std::fflush(file.get()) == 0;
  good = std::fclose(file.release()) == 0 && good;
  if (!good || std::rename(temporary.c_str(), path.c_str()) != 0) {
    const auto failure = file_failure("write " + path);
    std::remove(temporary.c_str());
    return failure;
  }
  return {};
}

}  // namespace assay::base
