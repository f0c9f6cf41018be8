// What many values of one kind (codes, tokens) tell about how they are made: do they repeat, do they come in order, how much
// of them can nobody guess? Pure computation on strings; it knows no rules, no server and no step.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "engine/judge.hpp"

namespace assay::engine {

struct SampleStatistics {
  std::size_t count = 0;     // values seen
  std::size_t distinct = 0;  // different ones
  // Values that had come before. Directly before: a server that hands out what is still valid does that. Earlier: two draws
  // from a pool that is too small.
  std::size_t repeated_at_once = 0, repeated_later = 0;
  std::size_t shortest = 0, longest = 0;  // characters
  std::size_t constant = 0;               // characters that are the same at the same place in every value
  bool measured = false;                  // there were enough values to say what follows
  bool in_order = false;  // each value is larger (or each is smaller) than the one before, nearly always
  double bits = 0;        // what an attacker who knows the other values has to guess; estimated, and capped
  double most_bits = 0;   // the same with a generous margin for the size of the sample
  bool jwt = false;       // every value is a JWT; then the numbers are those of their jti, if all have one
  bool jti = false;
  std::size_t shortest_signature = 0;  // jwt: characters
};

// More are not looked for: who has as many need not be measured.
inline constexpr double kMostBits = 256;
// With fewer different values nothing is said about bits and order.
inline constexpr std::size_t kFewestValues = 30;

SampleStatistics examine(std::span<const std::string> values);

// Whether an attacker has at least `bits` bits to guess. No: values that were drawn twice, or clearly fewer bits (by a
// sixteenth at least: a random UUID has 122 and nobody's fault is 6 of 128). Unknown: too few values, or only a few that come
// again and again. A JWT is as hard to guess as its signature, whatever its claims say.
Truth is_unguessable(const SampleStatistics& statistics, double bits);

// "1,000 values, 43 characters, 0 constant, about 189 bits, no order, no collision"
std::string describe(const SampleStatistics& statistics);

}  // namespace assay::engine
