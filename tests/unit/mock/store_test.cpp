#include "mock-provider/store/store.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "mock-provider/form.hpp"

namespace assay::mock {
namespace {

struct Thing {
  int number = 0;
  Time kept_until{};
};

Time at(int second) { return Time(std::chrono::seconds(second)); }

TEST(Table, ForgetsWhatIsOver) {
  Table<Thing> table(1'000'000);
  for (int second = 0; second < 20'000; ++second)
    table.insert(std::to_string(second), Thing{.number = second, .kept_until = at(second + 10)}, at(second));
  EXPECT_LT(table.size(), 2'000u);
  EXPECT_FALSE(table.visit("0", [](Thing&) {}));
  int seen = 0;
  EXPECT_TRUE(table.visit("19999", [&](Thing& thing) { seen = thing.number; }));
  EXPECT_EQ(seen, 19999);
}

TEST(Table, StaysWithinItsCapacity) {
  Table<Thing> table(640);
  for (int number = 0; number < 20'000; ++number)
    table.insert(std::to_string(number), Thing{.kept_until = at(1000)}, at(0));
  EXPECT_LE(table.size(), 64u * 11u);
}

struct Parcel {
  std::string text;
  Time kept_until{};

  std::size_t weight() const { return text.size(); }
};

TEST(Table, StaysWithinItsBytes) {
  Table<Parcel> table(1'000'000, 64 * 1000);
  for (int number = 0; number < 20'000; ++number)
    table.insert(std::to_string(number % 10'000), Parcel{.text = std::string(100, 'x'), .kept_until = at(1000)}, at(0));
  EXPECT_LE(table.size(), 64u * 10u);
  EXPECT_GT(table.size(), 64u * 5u);
  for (int size : {300, 100, 900})
    table.insert("same", Parcel{.text = std::string(static_cast<std::size_t>(size), 'x'), .kept_until = at(1000)},
                 at(0));
  EXPECT_TRUE(table.visit("same", [](Parcel& parcel) { EXPECT_EQ(parcel.text.size(), 900u); }));
  table.insert("too heavy", Parcel{.text = std::string(2000, 'x'), .kept_until = at(1000)}, at(0));
  EXPECT_FALSE(table.visit("too heavy", [](Parcel&) {}));
}

// State, nonce and what is pushed are as long as clients like.
TEST(Store, KeepsLittleOfWhatClientsMakeLong) {
  Store store;
  const std::string text(50'000, 'x');
  const auto grant = std::make_shared<Grant>();
  grant->nonce = text;
  Interaction interaction{};
  interaction.request.state = text;
  PushedRequest pushed{};
  pushed.parameters = text;
  Code code{};
  RefreshToken refresh_token{};
  AccessToken access_token{};
  code.grant = refresh_token.grant = access_token.grant = grant;
  interaction.kept_until = pushed.kept_until = code.kept_until = at(1000);
  refresh_token.kept_until = access_token.kept_until = at(1000);
  for (int number = 0; number < 2'000; ++number) {
    const auto name = std::to_string(number);
    store.interactions.insert(name, interaction, at(0));
    store.pushed_requests.insert(name, pushed, at(0));
    store.codes.insert(name, code, at(0));
    store.refresh_tokens.insert(name, refresh_token, at(0));
    store.access_tokens.insert(name, access_token, at(0));
  }
  const std::size_t most = (32u << 20) / text.size();
  for (const auto size : {store.interactions.size(), store.pushed_requests.size(), store.codes.size(),
                          store.refresh_tokens.size(), store.access_tokens.size()}) {
    EXPECT_LE(size, most);
    EXPECT_GT(size, most / 2);
  }
}

TEST(Store, OneThreadOnlyClaimsACode) {
  Store store;
  std::atomic<int> winners = 0;
  for (int round = 0; round < 200; ++round) {
    const std::string code = "code" + std::to_string(round);
    store.codes.insert(code, Code{.grant = std::make_shared<Grant>(), .expires = at(100), .kept_until = at(200)},
                       at(0));
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) threads.emplace_back([&] { winners += store.claim_code(code); });
    for (auto& thread : threads) thread.join();
  }
  EXPECT_EQ(winners, 200);
  EXPECT_FALSE(store.claim_code("unknown"));
}

TEST(Form, DecodesAndFindsRepetitions) {
  Form form;
  form.read("a=1&b=x+y%26z&c&d=&%61=2&resource=1&resource=2&e=%zz%4");
  EXPECT_EQ(form.value("a"), "1");
  EXPECT_EQ(form.value("b"), "x y&z");
  EXPECT_FALSE(form.has("c"));
  EXPECT_FALSE(form.has("d"));
  EXPECT_EQ(form.value("e"), "%zz%4");
  EXPECT_EQ(form.repeated(), "a");
  EXPECT_TRUE(form.repeats("resource"));
  form.read("a=1&resource=1&resource=2");
  EXPECT_EQ(form.repeated(), "");
  form.read("");
  EXPECT_FALSE(form.has("a"));
  std::string many;
  for (std::size_t pair = 0; pair <= Form::limit; ++pair) many += "x=1&";
  form.read(many);
  EXPECT_TRUE(form.overlong());
}

TEST(Scopes, AreSets) {
  EXPECT_EQ(Scopes::parse("read openid read"), Scopes::of("openid read"));
  EXPECT_FALSE(Scopes::parse("read nonsense"));
  EXPECT_TRUE(Scopes::of("read").within(Scopes::of("read write")));
  EXPECT_FALSE(Scopes::of("read write").within(Scopes::of("read")));
  std::string text;
  Scopes::of("write openid").append_to(text);
  EXPECT_EQ(text, "openid write");
}

}  // namespace
}  // namespace assay::mock
