// What /proc says, and what follows from it for the numbers of a run.
#include "load/generator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "load/machine.hpp"

namespace assay::load {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Machine, Processors) {
  const auto ticks = parse_cpu_ticks("cpu  100 20 30 1000 5 1 4 7 50 0\ncpu0 50 10 15 500 2 0 2 3 25 0\nintr 1 2 3\n");
  ASSERT_TRUE(ticks);
  EXPECT_EQ(ticks->busy, 155u);
  EXPECT_EQ(ticks->idle, 1005u);
  EXPECT_EQ(ticks->steal, 7u);
  EXPECT_EQ(parse_cpu_ticks("cpu 1 2 3 4\n")->all(), 10u);  // kernels of long ago
  for (const char* bad : {"", "cpu", "cpu 1 2 3", "cpu 1 x 3 4 5", "intr 4"}) EXPECT_FALSE(parse_cpu_ticks(bad)) << bad;
}

TEST(Machine, Ports) {
  EXPECT_EQ(parse_port_range("32768\t60999\n"), std::pair(32768u, 60999u));
  for (const char* bad : {"", "1", "60999 32768", "1 2 3", "a b", "1 99999"})
    EXPECT_FALSE(parse_port_range(bad)) << bad;
  EXPECT_EQ(parse_tcp_sockets("sockets: used 28\nTCP: inuse 16 orphan 0 tw 2066 alloc 16 mem 4\nUDP: inuse 3 mem 0\n"),
            2082u);
  EXPECT_EQ(parse_tcp_sockets(""), 0u);
  const char* tcp =
      "  sl  local_address rem_address   st tx_queue rx_queue\n"
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000\n"
      "   1: 0100007F:8001 0100007F:1F90 01 00000000:00000000\n"
      "   2: 0100007F:8002 0100007F:1F90 06 00000000:00000000\n"
      "   3: 0100007F:8003 0200007F:1F90 01 00000000:00000000\n"
      "   4: 0100007F:8004 0100007F:01BB 01 00000000:00000000\n"
      "   5: 0100007F:1F90 0100007F:8001 01 00000000:00000000\n"
      "   6: broken\n   7: a b:zz c\n";
  const std::uint16_t port = 8080, other = 1;
  EXPECT_EQ(most_sockets_to(tcp, std::span(&port, 1)), 2u);
  EXPECT_EQ(most_sockets_to(tcp, std::span(&other, 1)), 0u);
}

TEST(Machine, LooksAtThisOne) {
  MachineWatch watch({80});
  watch.begin();
  watch.look();
  watch.end();
  EXPECT_GT(watch.facts().most_descriptors, 2u);
  EXPECT_GT(watch.facts().descriptor_limit, 10u);
  EXPECT_LE(watch.facts().machine_busy, 1.0);
  EXPECT_LE(watch.facts().others_busy, watch.facts().machine_busy);
}

TEST(Machine, TellsWhatOthersUseJustNow) {
  const auto begun = std::chrono::steady_clock::now();
  const double share = others_busy_for(std::chrono::milliseconds(30));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(30));
  EXPECT_GE(share, 0.0);
  EXPECT_LE(share, 1.0);
}

// A run about which there is nothing to say.
record::Load good() {
  record::Load load;
  load.model = "open";
  load.planned = load.done = 20'000;
  load.requests = 40'000;
  for (int i = 0; i < 20'000; ++i) {
    load.flow_response.record(1'000'000);
    load.lateness.record(20'000);
  }
  load.generator.worker_cpu = {0.2, 0.3};
  load.generator.descriptor_limit = 1024;
  load.generator.port_range = 28'232;
  return load;
}

std::vector<std::string> doubts(const record::Load& load) {
  std::vector<std::string> out;
  for (const auto& doubt : load.doubts) {
    EXPECT_FALSE(doubt.remedy.empty());
    out.push_back(doubt.what);
  }
  return out;
}

TEST(Generator, NothingToSay) {
  auto load = good();
  judge_generator(load, {});
  EXPECT_EQ(load.trust, "valid");
  EXPECT_THAT(load.trust_reasons, IsEmpty());
  EXPECT_THAT(doubts(load), IsEmpty());
}

TEST(Generator, Trust) {
  struct Row {
    void (*change)(record::Load&);
    const char* trust;
    const char* reason;
  };
  const Row table[] = {
      {[](record::Load& load) {
         for (int i = 0; i < 1000; ++i) load.lateness.record(11'000'000);
       },
       "suspect", "flows started late: p99 11 ms"},
      {[](record::Load& load) {
         for (int i = 0; i < 1000; ++i) load.lateness.record(250'000'000);
       },
       "invalid", "flows started late: p99 25"},
      {[](record::Load& load) { load.dropped = 3; }, "suspect", "3 of 20000 planned flows never started"},
      {[](record::Load& load) { load.generator.worker_cpu = {0.1, 0.95}; }, "suspect",
       "a worker used 95 % of its core"},
      {[](record::Load& load) { load.generator.others_busy = 0.5; }, "suspect", "other processes used 50 %"},
      {[](record::Load& load) { load.generator.machine_busy = 0.99; }, "suspect", "99 % busy"},
      {[](record::Load& load) { load.generator.machine_steal = 0.08; }, "suspect", "took away 8 %"},
      {[](record::Load& load) { load.generator.most_descriptors = 950; }, "suspect", "950 of 1024 file descriptors"},
      {[](record::Load& load) { load.generator.most_descriptors = 1024; }, "invalid", "ulimit -n"},
      {[](record::Load& load) { load.generator.most_ports = 23'000; }, "suspect", "23000 of 28232 local ports"},
      {[](record::Load& load) { load.generator.most_ports = 28'232; }, "invalid", "local ports"},
  };
  for (const auto& row : table) {
    auto load = good();
    row.change(load);
    judge_generator(load, {});
    EXPECT_EQ(load.trust, row.trust) << row.reason;
    EXPECT_THAT(load.trust_reasons, ElementsAre(HasSubstr(row.reason)));
  }
  auto both = good();
  both.generator.most_ports = 28'232;
  both.dropped = 1;
  judge_generator(both, {});
  EXPECT_EQ(both.trust, "invalid");  // the worst stays
  EXPECT_EQ(both.trust_reasons.size(), 2u);

  auto before = good();
  judge_generator(before, {.loopback = true, .others_before = 0.5});
  EXPECT_EQ(before.trust, "suspect");
  EXPECT_THAT(before.trust_reasons, ElementsAre(HasSubstr("used 50 % of this machine before the load began")));
}

TEST(Generator, Doubts) {
  const auto after = [](auto change, const Surroundings& around) {
    auto load = good();
    change(load);
    judge_generator(load, around);
    EXPECT_EQ(load.trust, "valid");
    return doubts(load);
  };
  const auto same = [](record::Load&) {};
  EXPECT_THAT(after(
                  [](record::Load& load) {
                    load.model = "closed";
                    load.lateness = {};
                  },
                  {}),
              ElementsAre(HasSubstr("closed model")));
  EXPECT_THAT(after(
                  [](record::Load& load) {
                    load.model = "closed";
                    load.generator.worker_cpu = {1.0};
                  },
                  {}),
              ElementsAre(HasSubstr("closed model"), HasSubstr("100 % of its core")));
  EXPECT_THAT(after(
                  [](record::Load& load) {
                    load.errors["token: status 429"] = 10'001;
                    load.failed = 10'001;
                  },
                  {}),
              ElementsAre(HasSubstr("401 or 429")));
  EXPECT_THAT(after([](record::Load& load) { load.failed = 10'001; }, {}), ElementsAre(HasSubstr("most flows failed")));
  EXPECT_THAT(after([](record::Load& load) { load.generator.connections = 30'000; }, {.tls = true}),
              ElementsAre(HasSubstr("TLS handshakes dominate: a connection carried 1.3")));
  EXPECT_THAT(after([](record::Load& load) { load.generator.connections = 30'000; }, {}),
              ElementsAre(HasSubstr("not used again")));
  EXPECT_THAT(after([](record::Load& load) { load.generator.connections = 30'000; }, {.keep_alive = false}), IsEmpty());
  EXPECT_THAT(after(same, {.loopback = true}), ElementsAre(HasSubstr("on this machine")));
  EXPECT_THAT(after([](record::Load& load) { load.generator.others_busy = 0.8; }, {.loopback = true}),
              ElementsAre(HasSubstr("on this machine")));
  EXPECT_THAT(after(same, {.clock_jump = std::chrono::seconds(-3)}), ElementsAre(HasSubstr("by 3 s")));
}

TEST(Generator, FewSamples) {
  const auto after = [](int count, std::span<const rules::LoadObjective> objectives) {
    auto load = good();
    load.flow_response = {};
    for (int i = 0; i < count; ++i) load.flow_response.record(1);
    judge_generator(load, {.objectives = objectives});
    return doubts(load);
  };
  EXPECT_THAT(after(10'000, {}), IsEmpty());
  EXPECT_THAT(after(9'999, {}), ElementsAre("p99.9 rests on 9 samples (9999 flows)"));
  EXPECT_THAT(after(1'000, {}), ElementsAre("p99.9 rests on 1 sample (1000 flows)"));
  EXPECT_THAT(after(900, {}), ElementsAre("p99 rests on 9 samples (900 flows)"));
  EXPECT_THAT(after(50, {}), ElementsAre("p99 rests on fewer than one sample (50 flows)"));
  EXPECT_THAT(after(0, {}), IsEmpty());
  rules::LoadObjective objective;
  objective.percentile = 99.99;
  EXPECT_THAT(after(20'000, std::span(&objective, 1)), ElementsAre("p99.99 rests on 2 samples (20000 flows)"));
}

}  // namespace
}  // namespace assay::load
