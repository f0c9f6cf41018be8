// Who waits for whom when work runs side by side.
#include "net/slots.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <stdexcept>
#include <string>

#include "net/client.hpp"

namespace assay::net {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

void run(awaitable<void> work) {
  boost::asio::io_context io(1);
  std::exception_ptr thrown;
  boost::asio::co_spawn(io.get_executor(), std::move(work), [&](std::exception_ptr failure) { thrown = failure; });
  io.run();
  if (thrown) std::rethrow_exception(thrown);
}

awaitable<void> yield() { return boost::asio::post(boost::asio::use_awaitable_t<Executor>()); }

struct Office {
  explicit Office(unsigned limit) : slots(limit) {}
  Slots slots;
  unsigned inside = 0, most = 0;
  std::vector<std::string> order;

  awaitable<void> visit(std::string name, bool urgent = false) {
    co_await slots.take(urgent);
    order.push_back(std::move(name));
    most = std::max(most, ++inside);
    for (int i = 0; i < 3; ++i) co_await yield();
    --inside;
    slots.give();
  }
};

TEST(Slots, LetInSoManyInOrder) {
  Office office(2);
  run(run_side_by_side({[&] { return office.visit("a"); }, [&] { return office.visit("b"); },
                        [&] { return office.visit("c"); }, [&] { return office.visit("d", true); }}));
  EXPECT_EQ(office.most, 2u);
  EXPECT_THAT(office.order, ElementsAre("a", "b", "d", "c"));
}

TEST(Slots, TheLimitMayChange) {
  Office office(3);
  std::vector<std::function<awaitable<void>()>> work;
  for (const char* name : {"a", "b", "c", "d", "e"}) work.emplace_back([&, name] { return office.visit(name); });
  work.emplace_back([&]() -> awaitable<void> {
    office.slots.set_limit(1);
    co_return;
  });
  run(run_side_by_side(std::move(work)));
  EXPECT_EQ(office.most, 3u);
  EXPECT_THAT(office.order, ElementsAre("a", "b", "c", "d", "e"));
  office.most = 0;
  run(run_side_by_side({[&] { return office.visit("f"); }, [&] { return office.visit("g"); }}));
  EXPECT_EQ(office.most, 1u);
}

TEST(SideBySide, NothingAtAll) { run(run_side_by_side({})); }

TEST(SideBySide, OthersEndWhenOneThrows) {
  int ended = 0;
  const auto failing = []() -> awaitable<void> {
    co_await yield();
    throw std::runtime_error("by intention");
  };
  const auto working = [&]() -> awaitable<void> {
    for (int i = 0; i < 5; ++i) co_await yield();
    ++ended;
  };
  EXPECT_THROW(run(run_side_by_side({failing, working, working})), std::runtime_error);
  EXPECT_EQ(ended, 2);
}

TEST(RealTime, AnInterruptEndsWaitsNowAndLater) {
  RealTime time;
  run(run_side_by_side({[&] { return time.wait(1h); }, [&] { return time.wait(2h); },
                        [&]() -> awaitable<void> {
                          time.interrupt();
                          co_await time.wait(3h);
                        }}));
}

}  // namespace
}  // namespace assay::net
