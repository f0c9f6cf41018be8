// Random bytes from the operating system, pooled per thread so that a request costs no system call; and sequences that can be
// repeated.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace assay::base {

// Fills `out` with cryptographically strong bytes.
void fill_random(std::span<unsigned char> out);
// Appends `bytes` random bytes in base64url: 32 bytes give 43 characters (RFC 7636 section 4.1).
void append_random_token(std::string& out, std::size_t bytes = 32);
std::string random_token(std::size_t bytes = 32);
std::uint64_t random_number();

// Where the fresh values of one user come from: the system, or a sequence that is the same for the same seed and label.
// The latter can be foreseen, which is what it is for: repeating a run.
class Random {
 public:
  Random() = default;
  Random(std::uint64_t seed, std::string_view label);

  void append_token(std::string& out, std::size_t bytes = 32);
  std::uint64_t number();

 private:
  bool repeatable_ = false;
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace assay::base
