// How bits are estimated. Place by place: the chance that two values agree there (collision entropy, for which pairs of
// values are an unbiased sample, however few values there are compared with the alphabet). A place counts only for what it
// adds: nothing when it follows from the same place of the value before (the digits of a counter, of a clock), nothing when it
// follows from a place that was counted already. Entropy per character times length would call a padded counter random.
#include "engine/sample_statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <unordered_set>
#include <vector>

#include "base/encoding.hpp"
#include "base/json_walk.hpp"

namespace assay::engine {
namespace {

// The symbols of one place, value by value: small numbers in the order of their first occurrence.
struct Place {
  std::vector<std::uint16_t> symbols;
  std::size_t alphabet = 0;  // different ones; "the value is shorter" is a symbol too
};

Place place_at(std::span<const std::string_view> values, std::size_t position) {
  std::array<std::uint16_t, 257> numbers{};  // 0: not seen
  Place out;
  out.symbols.reserve(values.size());
  for (const auto value : values) {
    const std::size_t symbol = position < value.size() ? static_cast<unsigned char>(value[position]) : 256;
    if (numbers[symbol] == 0) numbers[symbol] = static_cast<std::uint16_t>(++out.alphabet);
    out.symbols.push_back(static_cast<std::uint16_t>(numbers[symbol] - 1));
  }
  return out;
}

double pairs(double n) { return n * (n - 1) / 2; }

struct Agreement {
  double pairs = 0, agreeing = 0;
  double rate() const { return pairs > 0 ? agreeing / pairs : 0; }
};

// Of two values taken at random: how often do they agree at this place?
Agreement agreement(const Place& place) {
  std::vector<int> counts(place.alphabet);
  for (const auto symbol : place.symbols) ++counts[symbol];
  Agreement out;
  out.pairs = pairs(static_cast<double>(place.symbols.size()));
  for (const int count : counts) out.agreeing += pairs(count);
  return out;
}

// Of two values that agree at `known`: how often do they agree at `place`, `lag` values later?
Agreement agreement_given(const Place& known, const Place& place, std::size_t lag) {
  std::vector<int> counts(known.alphabet), both(known.alphabet * place.alphabet);
  for (std::size_t i = 0; i + lag < place.symbols.size(); ++i) {
    ++counts[known.symbols[i]];
    ++both[known.symbols[i] * place.alphabet + place.symbols[i + lag]];
  }
  Agreement out;
  for (const int count : counts) out.pairs += pairs(count);
  for (const int count : both) out.agreeing += pairs(count);
  return out;
}

// Whether knowing something makes the place nearly certain: at least 40 % of the way from chance to certainty, seen often
// enough not to be luck. Weaker ties are noise more often than not.
bool follows(const Agreement& given, double chance) {
  return given.agreeing >= 8 && given.rate() >= chance + 0.4 * (1 - chance);
}

struct Bits {
  double bits = 0, variance = 0;
};

// -log2 of a rate out of pairs, and how far off it may be. No agreement at all counts as half of one.
Bits bits_of(const Agreement& found) {
  const double agreeing = std::max(found.agreeing, 0.5);
  const double rate = std::min(1.0, agreeing / std::max(found.pairs, 1.0));
  return {std::min(8.0, -std::log2(rate)), 2.08 * (1 - rate) / std::max(agreeing, 1.0)};
}

void estimate_bits(std::span<const std::string_view> values, SampleStatistics& out) {
  std::vector<Place> counted;
  double variance = 0;
  for (std::size_t position = 0; position < out.longest && out.bits < kMostBits; ++position) {
    auto place = place_at(values, position);
    if (place.alphabet < 2) continue;
    const auto free = agreement(place);
    auto bits = bits_of(free);
    if (const auto after = agreement_given(place, place, 1); follows(after, free.rate())) bits = bits_of(after);
    for (const auto& other : counted) {
      if (bits.bits < 0.05) break;
      if (const auto given = agreement_given(other, place, 0); follows(given, free.rate()))
        if (const auto left = bits_of(given); left.bits < bits.bits) bits = left;
    }
    out.bits += bits.bits;
    variance += bits.variance;
    if (bits.bits >= 0.5) counted.push_back(std::move(place));
  }
  out.bits = std::min(out.bits, kMostBits);
  out.most_bits = out.bits + 4 * std::sqrt(variance) + 1;
}

// Whether the values rise or fall nearly all the time. Of random ones, half do.
template <typename Less>
bool is_sorted_by(std::span<const std::string_view> values, Less less) {
  std::size_t rising = 0, falling = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    rising += less(values[i - 1], values[i]);
    falling += less(values[i], values[i - 1]);
  }
  return static_cast<double>(std::max(rising, falling)) >= 0.95 * static_cast<double>(values.size() - 1);
}

int base64_rank(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '-' || c == '+' ? 62 : 63;
}

bool comes_in_order(std::span<const std::string_view> values) {
  const auto by_base64 = [](std::string_view a, std::string_view b) {
    return std::ranges::lexicographical_compare(a, b, std::ranges::less(), base64_rank, base64_rank);
  };
  const auto by_length = [](std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;  // numbers without leading zeros
  };
  const auto from_the_end = [](std::string_view a, std::string_view b) {
    return std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  };
  return is_sorted_by(values, std::less<>()) || is_sorted_by(values, by_base64) || is_sorted_by(values, by_length) ||
         is_sorted_by(values, from_the_end);
}

std::size_t constant_places(std::span<const std::string_view> values, std::size_t length) {
  std::size_t out = 0;
  for (std::size_t position = 0; position < length; ++position)
    out += std::ranges::all_of(values, [&](std::string_view v) { return v[position] == values[0][position]; });
  return out;
}

struct Jwt {
  bool good = false;
  std::string id;
  std::size_t signature = 0;
};

Jwt read_jwt(std::string_view text) {
  const auto first = text.find('.');
  const auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) return {};
  base::JsonWanted wanted[] = {{"jti", {}}};
  const auto header = base::decode_base64url(text.substr(0, first));
  const auto claims = base::decode_base64url(text.substr(first + 1, second - first - 1));
  if (!header || base::walk_json(*header, {}) != base::JsonShape::object) return {};
  if (!claims || base::walk_json(*claims, wanted) != base::JsonShape::object) return {};
  Jwt out{true, "", text.size() - second - 1};
  if (wanted[0].value.type == base::JsonType::string) out.id = wanted[0].value.unescaped();
  return out;
}

// The identifiers of JWTs; empty unless every value is a JWT.
std::vector<std::string> read_jwts(std::span<const std::string> values, SampleStatistics& out) {
  std::vector<std::string> ids;
  for (const auto& value : values) {
    auto jwt = read_jwt(value);
    if (!jwt.good) return {};
    out.shortest_signature = ids.empty() ? jwt.signature : std::min(out.shortest_signature, jwt.signature);
    ids.push_back(std::move(jwt.id));
  }
  return ids;
}

void count_values(std::span<const std::string> values, std::vector<std::string_view>& distinct, SampleStatistics& out) {
  std::unordered_set<std::string_view> seen;
  std::string_view before;
  for (const std::string_view value : values) {
    if (seen.insert(value).second) distinct.push_back(value);
    else ++(value == before ? out.repeated_at_once : out.repeated_later);
    before = value;
  }
  out.count = values.size();
  out.distinct = distinct.size();
}

void look_at_places(std::span<const std::string_view> values, SampleStatistics& out) {
  const auto [shortest, longest] = std::ranges::minmax(values, {}, &std::string_view::size);
  out.shortest = shortest.size();
  out.longest = longest.size();
  out.constant = constant_places(values, out.shortest);
  out.measured = values.size() >= kFewestValues;
  if (!out.measured) return;
  out.in_order = comes_in_order(values);
  estimate_bits(values, out);
}

std::string grouped(std::size_t number) {
  std::string out = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(out.size()) - 3; at > 0; at -= 3)
    out.insert(static_cast<std::size_t>(at), ",");
  return out;
}

}  // namespace

SampleStatistics examine(std::span<const std::string> values) {
  SampleStatistics out;
  if (values.empty()) return out;
  std::vector<std::string_view> distinct;
  count_values(values, distinct, out);
  const auto ids = read_jwts(values, out);
  out.jwt = !ids.empty();
  out.jti = out.jwt && std::ranges::none_of(ids, &std::string::empty);
  // Most of a JWT says the same in all of them, and its signature is as random as a hash: neither tells anything.
  if (out.jti) {
    SampleStatistics of_ids;
    std::vector<std::string_view> distinct_ids;
    count_values(ids, distinct_ids, of_ids);
    look_at_places(distinct_ids, out);
  } else if (!out.jwt) {
    look_at_places(distinct, out);
  }
  return out;
}

Truth is_unguessable(const SampleStatistics& s, double bits) {
  constexpr std::size_t kLongSignature = 22;  // 128 bits in base64url
  if (s.jwt && s.shortest_signature >= kLongSignature && s.count >= kFewestValues) return Truth::yes;
  if (!s.measured) return Truth::unknown;
  if (s.repeated_later > 0 || s.most_bits < bits * 15 / 16) return Truth::no;
  return Truth::yes;
}

std::string describe(const SampleStatistics& s) {
  std::string out = grouped(s.count) + (s.jwt ? " JWT" : " value") + (s.count == 1 ? "" : "s");
  if (s.count == 0) return out;
  if (s.jwt) {
    out += s.shortest_signature > 0 ? ", signatures of " + grouped(s.shortest_signature) + " characters" : ", unsigned";
    out += s.jti ? ", jti with " : ", no jti";
  } else {
    out += ", ";
  }
  if (!s.jwt || s.jti) {
    out += grouped(s.shortest);
    if (s.longest != s.shortest) out += " to " + grouped(s.longest);
    out += (s.longest == 1 ? " character, " : " characters, ") + grouped(s.constant) + " constant";
    if (s.measured) {
      const auto bits = grouped(static_cast<std::size_t>(std::lround(s.bits)));
      out += s.bits >= kMostBits ? ", " + bits + " bits or more" : ", about " + bits + " bits";
      out += s.in_order ? ", in order" : ", no order";
    }
  }
  const auto repeated = s.repeated_at_once + s.repeated_later;
  if (repeated == 0) return out + ", no collision";
  return out + ", " + grouped(repeated) + (repeated == 1 ? " repeats an earlier one" : " repeat earlier ones");
}

}  // namespace assay::engine
