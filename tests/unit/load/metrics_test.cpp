// The text that Prometheus reads, parsed as it would, and the live lines, made of the same snapshots.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cctype>
#include <map>
#include <set>

#include "base/text.hpp"
#include "load/live_lines.hpp"
#include "load/metrics_endpoint.hpp"
#include "load/metrics_text.hpp"

namespace assay::load {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

std::string as_it_is(const std::string& text) { return text; }

Snapshot snapshot(int second) {
  Snapshot out;
  out.elapsed = std::chrono::seconds(second + 1);
  out.whole = 120s;
  out.planned = out.started = static_cast<std::uint64_t>(second + 1) * 100;
  out.done = out.planned - 3;
  out.failed = 2;
  out.requests = out.done * 2;
  out.late = 1;
  out.in_flight = 3;
  out.busy = 0.25;
  out.errors = {{"token: status 503", 2}};
  out.violations = {{"code/single-use#second-use-denied", 1}};
  out.last.from = std::chrono::seconds(second);
  out.last.to = std::chrono::seconds(second + 1);
  out.last.done = 100;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    out.last.response.record(i * 1'000'000);
    out.last.lateness.record(50'000);
  }
  out.last.steps.push_back({.name = "token", .done = 100, .failed = 0, .times = out.last.response});
  out.last.journeys.push_back({.name = "code/single-use", .done = 100, .failed = 0, .times = out.last.response});
  return out;
}

struct Sample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

// The text format as its description has it; whatever does not fit fails the test.
std::vector<Sample> parsed(const std::string& text) {
  std::vector<Sample> out;
  std::map<std::string, std::string> kinds;
  std::set<std::string> seen;
  EXPECT_TRUE(text.ends_with('\n'));
  for (const auto line : base::split(text, '\n')) {
    if (line.starts_with("# TYPE ")) {
      const auto words = base::split(line, ' ');
      EXPECT_EQ(words.size(), 4u);
      EXPECT_TRUE(kinds.emplace(words.at(2), words.at(3)).second) << line;
      continue;
    }
    if (line.starts_with("# HELP ")) continue;
    Sample sample;
    std::size_t at = 0;
    while (at < line.size() && (std::isalnum(static_cast<unsigned char>(line[at])) || line[at] == '_'))
      sample.name += line[at++];
    if (at < line.size() && line[at] == '{') {
      ++at;
      while (at < line.size() && line[at] != '}') {
        if (line[at] == ',') ++at;
        std::string name, value;
        while (at < line.size() && line[at] != '=') name += line[at++];
        EXPECT_EQ(line.substr(at, 2), "=\"") << line;
        at += 2;
        while (at < line.size() && line[at] != '"') {
          if (line[at] == '\\') ++at;
          value += line.at(at++);
        }
        ++at;
        EXPECT_TRUE(sample.labels.emplace(name, value).second) << line;
      }
      ++at;
    }
    EXPECT_EQ(line.substr(at, 1), " ") << line;
    std::size_t read = 0;
    const std::string number(line.substr(at + 1));
    sample.value = std::stod(number, &read);
    EXPECT_EQ(read, number.size()) << line;
    auto family = sample.name;
    for (const char* ending : {"_bucket", "_sum", "_count"})
      if (family.ends_with(ending) && kinds.contains(family.substr(0, family.size() - std::string_view(ending).size())))
        family.resize(family.size() - std::string_view(ending).size());
    EXPECT_TRUE(kinds.contains(family)) << line;
    EXPECT_TRUE(family.starts_with("assay_")) << line;
    if (kinds[family] == "counter") EXPECT_TRUE(family.ends_with("_total")) << line;
    EXPECT_TRUE(seen.insert(std::string(line.substr(0, at))).second) << "twice: " << line;
    out.push_back(std::move(sample));
  }
  return out;
}

double value(const std::vector<Sample>& samples, const std::string& name,
             const std::map<std::string, std::string>& labels = {}) {
  for (const auto& sample : samples)
    if (sample.name == name && sample.labels == labels) return sample.value;
  ADD_FAILURE() << "no sample " << name;
  return -1;
}

TEST(Metrics, AddUp) {
  Metrics metrics({{"plan", "soak"}, {"target", "staging"}}, as_it_is);
  parsed(metrics.text());  // before the first second
  for (int second = 0; second < 3; ++second) metrics.add(snapshot(second));
  const auto samples = parsed(metrics.text());
  EXPECT_EQ(value(samples, "assay_run_info", {{"plan", "soak"}, {"target", "staging"}}), 1);
  EXPECT_EQ(value(samples, "assay_flows_planned_total"), 300);
  EXPECT_EQ(value(samples, "assay_flows_total", {{"result", "passed"}}), 295);
  EXPECT_EQ(value(samples, "assay_flows_total", {{"result", "failed"}}), 2);
  EXPECT_EQ(value(samples, "assay_in_flight"), 3);
  EXPECT_EQ(value(samples, "assay_errors_total", {{"kind", "token: status 503"}}), 2);
  EXPECT_EQ(value(samples, "assay_violations_total", {{"rule", "code/single-use"}, {"check", "second-use-denied"}}), 1);
  EXPECT_EQ(value(samples, "assay_flow_duration_seconds_count"), 300);
  EXPECT_NEAR(value(samples, "assay_flow_duration_seconds_sum"), 15.15, 1e-9);
  EXPECT_EQ(value(samples, "assay_flow_duration_seconds_bucket", {{"le", "0.0005"}}), 0);
  EXPECT_EQ(value(samples, "assay_flow_duration_seconds_bucket", {{"le", "0.01"}}), 30);
  EXPECT_EQ(value(samples, "assay_flow_duration_seconds_bucket", {{"le", "0.1"}}), 300);
  EXPECT_EQ(value(samples, "assay_flow_duration_seconds_bucket", {{"le", "+Inf"}}), 300);
  EXPECT_EQ(value(samples, "assay_step_duration_seconds_bucket", {{"step", "token"}, {"le", "0.01"}}), 30);
  EXPECT_EQ(value(samples, "assay_journey_duration_seconds_count", {{"rule", "code/single-use"}}), 300);
  double before = 0;
  for (const auto& sample : samples) {
    if (sample.name != "assay_lateness_seconds_bucket") continue;
    EXPECT_GE(sample.value, before);
    before = sample.value;
  }
}

TEST(Metrics, HostileWordsAreOnlyWords) {
  Metrics metrics({{"plan", "a\"b\\c\nd"}}, [](const std::string& text) { return text == "canary" ? "hidden" : text; });
  auto now = snapshot(0);
  now.errors = {{"status 400 \"} 1\nassay_fake 7\n\x1b[31m\xff", 4}, {"canary", 1}};
  metrics.add(now);
  const auto text = metrics.text();
  const auto samples = parsed(text);
  for (const auto& sample : samples) EXPECT_NE(sample.name, "assay_fake");
  EXPECT_EQ(value(samples, "assay_errors_total", {{"kind", "hidden"}}), 1);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("plan=\"a\\\"b\\\\c d\""));
}

TEST(MetricsEndpoint, Addresses) {
  EXPECT_EQ(parse_address("127.0.0.1:0"), std::pair(std::string("127.0.0.1"), std::uint16_t{0}));
  EXPECT_EQ(parse_address("[::1]:9464")->first, "::1");
  EXPECT_EQ(parse_address("localhost:80")->first, "127.0.0.1");
  for (const char* bad : {"", "127.0.0.1", "127.0.0.1:", ":80", "1.2.3.4:99999", "1.2.3.4:x", "1.2.3.4:-1", "::1:80"})
    EXPECT_FALSE(parse_address(bad)) << bad;
}

std::string fetched(const std::string& url, const std::string& request) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket(io);
  const auto port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  socket.connect({boost::asio::ip::make_address("127.0.0.1"), port});
  boost::asio::write(socket, boost::asio::buffer(request + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  std::string out;
  boost::system::error_code error;
  boost::asio::read(socket, boost::asio::dynamic_buffer(out), error);
  return out;
}

TEST(MetricsEndpoint, Answers) {
  const auto endpoint = MetricsEndpoint::start("127.0.0.1", 0);
  ASSERT_TRUE(endpoint) << endpoint.error().doing;
  const auto& url = (*endpoint)->url();
  EXPECT_TRUE(url.starts_with("http://127.0.0.1:") && url.ends_with("/metrics")) << url;
  Metrics metrics({}, as_it_is);
  metrics.add(snapshot(0));
  (*endpoint)->publish(metrics.text());
  const auto answer = fetched(url, "GET /metrics");
  EXPECT_THAT(answer, HasSubstr("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("text/plain; version=0.0.4"));
  EXPECT_EQ(value(parsed(answer.substr(answer.find("\r\n\r\n") + 4)), "assay_flows_planned_total"), 100);
  EXPECT_THAT(fetched(url, "GET /"), HasSubstr(" 404 "));
  EXPECT_THAT(fetched(url, "POST /metrics"), HasSubstr(" 405 "));
  const auto nonsense = MetricsEndpoint::start("not an address", 0);
  EXPECT_FALSE(nonsense);
}

std::string all(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += line + "\n";
  return out;
}

TEST(LiveLines, SayWhatGoesOn) {
  LiveLines live(as_it_is, true);
  std::vector<std::string> lines;
  for (int second = 0; second < 30; ++second) lines = live.lines(snapshot(second), 100);
  EXPECT_LE(lines.size(), 7u);
  const auto text = all(lines);
  EXPECT_THAT(text, HasSubstr("00:30 of 02:00"));
  EXPECT_THAT(text, HasSubstr("3000 planned, 3000 started, 2997 done, 2 failed"));
  EXPECT_THAT(text, HasSubstr("3 in flight; last 10 s: 100/s, p50 50 ms, p99 99 ms"));
  EXPECT_THAT(text, HasSubstr("errors  2 token: status 503"));
  EXPECT_THAT(text, HasSubstr("broken  1 code/single-use#second-use-denied"));
  EXPECT_THAT(text, HasSubstr("keeps up: lateness p99 50 µs, 1 late, busiest worker 25 %"));
}

TEST(LiveLines, FitAndAreHarmless) {
  for (const bool utf8 : {true, false}) {
    LiveLines live(as_it_is, utf8);
    auto now = snapshot(3);
    for (int i = 0; i < 20; ++i)
      now.errors["\x1b[31m evil \xe2\x80\xae" + std::string(300, 'x') + std::to_string(i)] = 5;
    now.last.lateness.record(1);
    for (const auto& line : live.lines(now, 40)) {
      EXPECT_LE(std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }), 40)
          << line;
      EXPECT_THAT(line, Not(HasSubstr("\x1b")));
      if (!utf8) EXPECT_TRUE(std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; })) << line;
    }
  }
}

TEST(LiveLines, BeforeAnythingHappened) {
  LiveLines live(as_it_is, false);
  Snapshot now;
  now.warming_up = true;
  EXPECT_THAT(all(live.lines(now, 80)), HasSubstr("warming up"));
}

}  // namespace
}  // namespace assay::load
