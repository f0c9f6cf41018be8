#include "base/random.hpp"

#include <sys/random.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "base/encoding.hpp"

namespace assay::base {
namespace {

struct Pool {
  std::array<unsigned char, 4096> bytes{};
  std::size_t used = sizeof(bytes);
};

void from_system(unsigned char* out, std::size_t size) {
  while (size > 0) {
    const ssize_t got = getrandom(out, size, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      std::abort();  // no entropy, no secrets: nothing sensible can follow
    }
    out += got;
    size -= static_cast<std::size_t>(got);
  }
}

}  // namespace

void fill_random(std::span<unsigned char> out) {
  if (out.empty()) return;
  thread_local Pool pool;
  if (out.size() > pool.bytes.size()) {
    from_system(out.data(), out.size());
    return;
  }
  if (pool.used + out.size() > pool.bytes.size()) {
    from_system(pool.bytes.data(), pool.bytes.size());
    pool.used = 0;
  }
  std::memcpy(out.data(), pool.bytes.data() + pool.used, out.size());
  std::memset(pool.bytes.data() + pool.used, 0, out.size());
  pool.used += out.size();
}

void append_random_token(std::string& out, std::size_t bytes) {
  std::array<unsigned char, 255> raw;  // a multiple of three: the encodings of the parts are that of the whole
  while (bytes > 0) {
    const std::span<unsigned char> part(raw.data(), std::min(bytes, raw.size()));
    fill_random(part);
    append_base64url(out, std::string_view(reinterpret_cast<const char*>(part.data()), part.size()));
    bytes -= part.size();
  }
}

std::string random_token(std::size_t bytes) {
  std::string out;
  append_random_token(out, bytes);
  return out;
}

std::uint64_t random_number() {
  std::uint64_t value = 0;
  fill_random({reinterpret_cast<unsigned char*>(&value), sizeof(value)});
  return value;
}

}  // namespace assay::base
