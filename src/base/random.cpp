#include "base/random.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <bit>
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

// The state of xoshiro256** (Blackman and Vigna), filled by splitmix64 as its authors advise.
Random::Random(std::uint64_t seed, std::string_view label) : repeatable_(true) {
  for (const char c : label) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  for (auto& word : state_) {
    seed += 0x9e3779b97f4a7c15ull;
    std::uint64_t mixed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9ull;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebull;
    word = mixed ^ (mixed >> 31);
  }
}

std::uint64_t Random::number() {
  if (!repeatable_) return random_number();
  const std::uint64_t out = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return out;
}

void Random::append_token(std::string& out, std::size_t bytes) {
  if (!repeatable_) return append_random_token(out, bytes);
  std::string raw;
  while (raw.size() < bytes) {
    const std::uint64_t word = number();
    for (unsigned i = 0; i < 8 && raw.size() < bytes; ++i) raw += static_cast<char>(word >> (8 * i) & 0xff);
  }
  append_base64url(out, raw);
}

}  // namespace assay::base
