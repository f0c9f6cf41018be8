// What samples of codes and tokens tell about their makers: two hundred good makers are never blamed, every bad one is.
#include "engine/sample_statistics.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "base/encoding.hpp"

namespace assay::engine {
namespace {

using testing::HasSubstr;
using Maker = std::function<std::string(std::mt19937_64& dice, std::uint64_t number)>;

std::vector<std::string> sample_of(const Maker& make, std::size_t count, std::uint64_t seed = 1) {
  std::mt19937_64 dice(seed);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(make(dice, i));
  return out;
}

std::string bytes(std::mt19937_64& dice, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += static_cast<char>(dice() & 0xff);
  return out;
}

std::string letters(std::mt19937_64& dice, std::string_view alphabet, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += alphabet[dice() % alphabet.size()];
  return out;
}

std::string big_endian(std::uint64_t number, std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < std::min<std::size_t>(8, size); ++i)
    out[size - 1 - i] = static_cast<char>(number >> (8 * i) & 0xff);
  return out;
}

std::string uuid4(std::mt19937_64& dice) {
  auto raw = bytes(dice, 16);
  raw[6] = static_cast<char>((raw[6] & 0x0f) | 0x40);
  raw[8] = static_cast<char>((raw[8] & 0x3f) | 0x80);
  auto text = base::hex(raw);
  for (const std::size_t at : {8u, 13u, 18u, 23u}) text.insert(at, "-");
  return text;
}

// Time in units of 100 ns first, as requests come in; clock sequence and node stay (RFC 9562 section 5.1).
std::string uuid1(std::mt19937_64& dice, std::uint64_t number) {
  const std::uint64_t time = 139'000'000'000'000'000u + number * 9'000 + dice() % 4'000;
  return fmt::format("{:08x}-{:04x}-1{:03x}-9f3a-02420a000105", time & 0xffffffffu, time >> 32 & 0xffffu,
                     time >> 48 & 0xfffu);
}

std::string jwt(std::mt19937_64& dice, const std::string& claims, std::size_t signature) {
  return base::base64url(R"({"alg":"ES256","typ":"at+jwt"})") + "." + base::base64url(claims) + "." +
         base::base64url(bytes(dice, signature));
}

constexpr std::string_view kBase62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

struct Named {
  std::string name;
  Maker make;
};

std::vector<Named> good_makers() {
  std::vector<Named> out;
  const auto add = [&](std::string name, Maker make) { out.push_back({std::move(name), std::move(make)}); };
  for (const std::size_t size : {16u, 20u, 24u, 32u, 48u, 64u, 128u, 512u}) {
    add(fmt::format("hex {}", size), [=](auto& dice, auto) { return base::hex(bytes(dice, size)); });
    add(fmt::format("base64url {}", size), [=](auto& dice, auto) { return base::base64url(bytes(dice, size)); });
    add(fmt::format("base64 {}", size), [=](auto& dice, auto) { return base::base64(bytes(dice, size)); });
  }
  for (const std::size_t size : {22u, 30u, 43u, 64u}) {
    add(fmt::format("base62 {}", size), [=](auto& dice, auto) { return letters(dice, kBase62, size); });
    add(fmt::format("base58 {}", size), [=](auto& dice, auto) { return letters(dice, kBase58, size); });
    add(fmt::format("base32 {}", size + 4), [=](auto& dice, auto) { return letters(dice, kBase32, size + 4); });
    add(fmt::format("digits {}", size + 20), [=](auto& dice, auto) { return letters(dice, "0123456789", size + 20); });
    add(fmt::format("binary {}", size * 6), [=](auto& dice, auto) { return letters(dice, "01", size * 6); });
  }
  add("uuid4", [](auto& dice, auto) { return uuid4(dice); });
  add("uuid4 braces", [](auto& dice, auto) { return "{" + uuid4(dice) + "}"; });
  add("uuid4 in base64", [](auto& dice, auto) { return base::base64(uuid4(dice)); });
  add("two uuids", [](auto& dice, auto) { return uuid4(dice) + "." + uuid4(dice); });
  add("uuid and constants",
      [](auto& dice, auto) { return uuid4(dice) + ".6f0cbd4e-7a0c-4a4e-9a55-1f1c2f9f0e11.2a4b"; });
  add("prefix", [](auto& dice, auto) { return "ya29." + base::base64url(bytes(dice, 32)); });
  add("suffix", [](auto& dice, auto) { return base::hex(bytes(dice, 16)) + "@node-1.example.com"; });
  add("one of four nodes",
      [](auto& dice, auto) { return fmt::format("node{}.", dice() % 4) + base::hex(bytes(dice, 16)); });
  add("nodes of several lengths",
      [](auto& dice, auto) { return fmt::format("n{}.", dice() % 120) + base::base64url(bytes(dice, 24)); });
  add("time then random",
      [](auto& dice, auto n) { return fmt::format("{}{}", 1'790'000'000'000u + n * 13, base::hex(bytes(dice, 16))); });
  add("counter then random", [](auto& dice, auto n) { return fmt::format("{}.", n) + base::hex(bytes(dice, 16)); });
  add("padded counter then random",
      [](auto& dice, auto n) { return fmt::format("{:012}", n) + base::base64url(bytes(dice, 16)); });
  add("random then time",
      [](auto& dice, auto n) { return base::base64url(bytes(dice, 16)) + fmt::format(".{}", 1'790'000'000u + n / 7); });
  add("random, dot, signature",
      [](auto& dice, auto) { return base::base64url(bytes(dice, 20)) + "." + base::base64url(bytes(dice, 32)); });
  add("payload, time, signature", [](auto& dice, auto n) {
    return "eyJ1c2VyIjoiYWxpY2UifQ." + base::base64url(big_endian(1'790'000'000u + n / 9, 4)) + "." +
           base::base64url(bytes(dice, 20));
  });
  add("number of 130 bits in base 36", [](auto& dice, auto) {
    // As BigInteger.toString(36): of 25 or 26 characters, the first one small.
    auto text = letters(dice, "0123456789abcdefghijklmnopqrstuvwxyz", 26);
    return dice() % 3 == 0 ? text.substr(1) : "1" + text.substr(1);
  });
  add("hex without leading zeros", [](auto& dice, auto) {
    auto text = base::hex(bytes(dice, 20));
    return text.substr(text.find_first_not_of('0'));
  });
  add("any length", [](auto& dice, auto) { return letters(dice, kBase62, 24 + dice() % 20); });
  add("padding of any length", [](auto& dice, auto) { return base::base64(bytes(dice, 20 + dice() % 3)); });
  add("encrypted, five parts", [](auto& dice, auto) {
    return "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0.." + base::base64url(bytes(dice, 12)) + "." +
           base::base64url(bytes(dice, 200 + dice() % 9)) + "." + base::base64url(bytes(dice, 16));
  });
  add("jwt", [](auto& dice, auto n) {
    return jwt(dice, fmt::format(R"({{"sub":"alice","iat":{},"jti":"{}"}})", 1'790'000'000u + n / 50, uuid4(dice)), 64);
  });
  add("jwt with a counter for jti",
      [](auto& dice, auto n) { return jwt(dice, fmt::format(R"({{"sub":"alice","jti":"{}"}})", n), 256); });
  add("jwt without jti", [](auto& dice, auto n) {
    return jwt(dice, fmt::format(R"({{"sub":"alice","iat":{}}})", 1'790'000'000u + n), 32);
  });
  add("unequal characters", [](auto& dice, auto) {
    return letters(dice, "aaaabbbcc" + std::string(kBase62), 32);  // as a careless modulo makes them
  });
  add("the same value twice in a row", [](auto&, auto n) {
    std::mt19937_64 own(n / 2);
    return base::hex(bytes(own, 32));
  });
  return out;
}

TEST(SampleStatistics, TwoHundredGoodMakersAreNeverBlamed) {
  const auto makers = good_makers();
  EXPECT_GE(makers.size() * 3, 200u);
  for (const auto& [name, make] : makers)
    for (const std::size_t count : {40u, 60u, 200u}) {
      const auto statistics = examine(sample_of(make, count, 7 * count));
      EXPECT_NE(is_unguessable(statistics, 128), Truth::no) << name << ": " << describe(statistics);
      EXPECT_EQ(statistics.count, count);
    }
}

TEST(SampleStatistics, ManySeedsNeverTurnARandomUuidIntoAFault) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const auto statistics = examine(sample_of([](auto& dice, auto) { return uuid4(dice); }, 30 + seed % 60, seed));
    ASSERT_EQ(is_unguessable(statistics, 128), Truth::yes) << seed << ": " << describe(statistics);
    ASSERT_FALSE(statistics.in_order);
  }
}

std::vector<Named> bad_makers() {
  std::vector<Named> out;
  const auto add = [&](std::string name, Maker make) { out.push_back({std::move(name), std::move(make)}); };
  add("counter", [](auto&, auto n) { return fmt::format("{}", n); });
  add("padded counter", [](auto&, auto n) { return fmt::format("{:043}", n); });
  add("counter of 64 hex digits", [](auto&, auto n) { return fmt::format("{:064x}", n + 0xabcdef); });
  add("counter that falls", [](auto&, auto n) { return fmt::format("{:043}", 99'999'999 - n); });
  add("counter in base64url", [](auto&, auto n) { return base::base64url(big_endian(n + 7'000'000, 32)); });
  add("text of a counter in base64", [](auto&, auto n) { return base::base64(fmt::format("session-{:020}-end", n)); });
  add("counter between constants",
      [](auto&, auto n) { return fmt::format("q8Jv0e2mB7sLxT4aWc9{:06}ZkY1uRnHd5oPgI3fEtX", n); });
  add("counter backwards", [](auto&, auto n) {
    auto text = fmt::format("{:043}", n);
    return std::string(text.rbegin(), text.rend());
  });
  add("counter with gaps", [](auto& dice, auto n) { return fmt::format("{:064x}", n * 1000 + dice() % 1000); });
  add("counter times a large number",
      [](auto&, auto n) { return fmt::format("{:016x}{:048x}", n * 0x9e3779b97f4a7c15u, 0x77); });
  add("counter times a large number, twice",
      [](auto&, auto n) { return fmt::format("{:016x}{:016x}", n * 0x9e3779b97f4a7c15u, n * 0xc2b2ae3d27d4eb4fu); });
  add("counter under a mask",
      [](auto&, auto n) { return fmt::format("{:016x}{:016x}", n ^ 0x1f2e3d4c5b6a7988u, 0x8877665544332211u); });
  add("two counters", [](auto&, auto n) { return fmt::format("{:020}{:020}", n, n * 3 + 5); });
  add("time in milliseconds",
      [](auto& dice, auto n) { return fmt::format("{:040}", 1'790'000'000'000u + n * 17 + dice() % 9); });
  add("time in nanoseconds, in hex", [](auto& dice, auto n) {
    return fmt::format("{:064x}", 1'790'000'000'000'000'000u + n * 1'700'000 + dice() % 900'000);
  });
  add("uuid1", [](auto& dice, auto n) { return uuid1(dice, n); });
  add("two of uuid1", [](auto& dice, auto n) { return uuid1(dice, n) + uuid1(dice, n); });
  add("time and a counter", [](auto&, auto n) { return fmt::format("{}-{:08}", 1'790'000'000u + n / 3, n); });
  for (const std::size_t size : {1u, 2u, 4u, 8u, 10u, 12u, 14u}) {
    add(fmt::format("{} random bytes in hex", size), [=](auto& dice, auto) { return base::hex(bytes(dice, size)); });
    add(fmt::format("{} random bytes in base64url", size),
        [=](auto& dice, auto) { return base::base64url(bytes(dice, size)); });
    add(fmt::format("{} random bytes between constants", size), [=](auto& dice, auto) {
      return "c4f1d2a09be8357c" + base::hex(bytes(dice, size)) + "00112233445566778899aabbccddeeff";
    });
    add(fmt::format("counter and {} random bytes", size),
        [=](auto& dice, auto n) { return fmt::format("{:030}", n) + base::hex(bytes(dice, size)); });
  }
  add("six digits", [](auto& dice, auto) { return letters(dice, "0123456789", 6); });
  add("64 random bits, twice", [](auto& dice, auto) {
    const auto half = base::hex(bytes(dice, 8));
    return half + half;
  });
  add("64 random bits and their complement", [](auto& dice, auto) {
    const auto n = dice();
    return fmt::format("{:016x}{:016x}", n, ~n);
  });
  add("64 random bits, forwards and backwards", [](auto& dice, auto) {
    const auto half = base::base64url(bytes(dice, 8));
    return half + std::string(half.rbegin(), half.rend()) + half;
  });
  add("time-ordered uuid of 74 random bits", [](auto& dice, auto n) {
    return fmt::format("{:012x}7{:03x}{:016x}", 1'790'000'000'000u + n * 3, dice() & 0xfff,
                       (dice() & 0x3fffffffffffffffu) | 0x8000000000000000u);
  });
  add("unsigned jwt with a counter",
      [](auto& dice, auto n) { return jwt(dice, fmt::format(R"({{"sub":"alice","jti":"{:08}"}})", n), 0); });
  return out;
}

TEST(SampleStatistics, EveryBadMakerIsFound) {
  for (const auto& [name, make] : bad_makers())
    for (const std::size_t count : {60u, 300u, 1000u}) {
      const auto statistics = examine(sample_of(make, count, count));
      // What has no thirty different values says nothing; that is what uniqueness is for.
      if (statistics.distinct < kFewestValues) continue;
      EXPECT_EQ(is_unguessable(statistics, 128), Truth::no) << name << ": " << describe(statistics);
    }
}

TEST(SampleStatistics, ASmallPoolOfLongValuesShowsInCollisions) {
  const auto values = sample_of(
      [](auto& dice, auto) {
        std::mt19937_64 own(dice() % 5'000);
        return base::hex(bytes(own, 32));
      },
      1000);
  const auto statistics = examine(values);
  EXPECT_GT(statistics.repeated_later, 0u);
  EXPECT_EQ(is_unguessable(statistics, 128), Truth::no);
  EXPECT_THAT(describe(statistics), HasSubstr("repeat earlier ones"));
}

TEST(SampleStatistics, ValuesThatAreHandedOutAgainSayNothing) {
  for (const std::uint64_t nodes : {1u, 2u, 3u}) {
    const auto statistics = examine(sample_of(
        [=](auto&, auto n) {
          std::mt19937_64 own(n % nodes);
          return base::hex(bytes(own, 32));
        },
        1000));
    EXPECT_EQ(is_unguessable(statistics, 128), Truth::unknown) << nodes;
    EXPECT_EQ(statistics.distinct, nodes);
  }
}

TEST(SampleStatistics, TooFewSayNothing) {
  EXPECT_EQ(is_unguessable(examine({}), 128), Truth::unknown);
  EXPECT_EQ(is_unguessable(examine(sample_of([](auto&, auto n) { return fmt::format("{:043}", n); }, 29)), 128),
            Truth::unknown);
}

TEST(SampleStatistics, SeesOrder) {
  const std::pair<const char*, Maker> table[] = {
      {"rising", [](auto&, auto n) { return fmt::format("{:09}", n); }},
      {"falling", [](auto&, auto n) { return fmt::format("{:09}", 5'000 - n); }},
      {"not padded", [](auto&, auto n) { return fmt::format("x{}", n); }},
      {"base64", [](auto&, auto n) { return base::base64url(big_endian(n, 6)); }},
      {"from the end", [](auto&, auto n) { return fmt::format("{}{}{}", n % 10, n / 10 % 10, n / 100); }},
      {"time first", [](auto& dice, auto n) { return fmt::format("{:09}", n) + base::hex(bytes(dice, 32)); }}};
  for (const auto& [name, make] : table) EXPECT_TRUE(examine(sample_of(make, 300)).in_order) << name;
  EXPECT_FALSE(examine(sample_of([](auto& dice, auto) { return base::hex(bytes(dice, 4)); }, 300)).in_order);
}

TEST(SampleStatistics, CountsBits) {
  const auto bits = [](const Maker& make) { return examine(sample_of(make, 1000)).bits; };
  EXPECT_NEAR(bits([](auto& dice, auto) { return uuid4(dice); }), 122, 2);
  EXPECT_NEAR(bits([](auto& dice, auto) { return base::hex(bytes(dice, 16)); }), 128, 2);
  EXPECT_NEAR(bits([](auto& dice, auto) { return base::base64url(bytes(dice, 16)); }), 128, 2);
  EXPECT_NEAR(bits([](auto& dice, auto) { return base::base64url(bytes(dice, 8)); }), 64, 2);
  EXPECT_NEAR(bits([](auto& dice, auto) { return letters(dice, "0123456789", 10); }), 33.2, 1);
  EXPECT_EQ(bits([](auto& dice, auto) { return base::base64url(bytes(dice, 64)); }), kMostBits);
  EXPECT_LT(bits([](auto&, auto n) { return fmt::format("{:064x}", n); }), 11);
}

TEST(SampleStatistics, InWords) {
  EXPECT_EQ(describe(examine(sample_of([](auto& dice, auto) { return base::base64url(bytes(dice, 64)); }, 1000))),
            "1,000 values, 86 characters, 0 constant, 256 bits or more, no order, no collision");
  EXPECT_THAT(describe(examine(sample_of([](auto&, auto n) { return fmt::format("{:043}", n); }, 1000))),
              testing::AllOf(HasSubstr("43 characters, 40 constant"), HasSubstr("in order")));
  EXPECT_THAT(
      describe(examine(sample_of([](auto& dice, auto) { return letters(dice, kBase62, 24 + dice() % 2); }, 50))),
      HasSubstr("24 to 25 characters"));
  EXPECT_THAT(describe(examine(
                  sample_of([](auto& dice, auto n) { return jwt(dice, fmt::format(R"({{"iat":{}}})", n), 64); }, 50))),
              HasSubstr("50 JWTs, signatures of 86 characters, no jti"));
  const std::vector<std::string> one = {"x"}, same = {"x", "x", "x"};
  EXPECT_THAT(describe(examine(one)), HasSubstr("1 value, 1 character, "));
  EXPECT_THAT(describe(examine(same)), HasSubstr("2 repeat earlier ones"));
}

TEST(SampleStatistics, OddValuesDoNoHarm) {
  for (const auto& make :
       {Maker([](auto&, auto) { return std::string(); }), Maker([](auto&, auto) { return std::string("same"); }),
        Maker([](auto& dice, auto) { return bytes(dice, dice() % 50); }),
        Maker([](auto& dice, auto n) { return n == 0 ? std::string() : bytes(dice, 20'000); })})
    for (const std::size_t count : {1u, 2u, 31u, 100u}) describe(examine(sample_of(make, count)));
}

}  // namespace
}  // namespace assay::engine
