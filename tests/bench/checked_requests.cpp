// Runs one journey again and again over one connection, as a user of a load run does: same compiled rule, same session, every
// answer checked, every step timed into a histogram. For tests/bench/instructions, which counts what happens inside of
// run_measured() under callgrind. Usage: checked_requests RULE PORT WARM-UP COUNT USERS; prints the number of requests and of flows
// that were counted. With several users, each flow is another one's.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "base/embedded.hpp"
#include "engine/session.hpp"
#include "net/client.hpp"
#include "record/histogram.hpp"
#include "rules/library.hpp"
#include "rules/target.hpp"

namespace assay {
namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "checked_requests: %s\n", why.c_str());
  std::exit(2);
}

rules::SourceFile embedded(const std::string& path) {
  for (const auto& file : base::embedded_files())
    if (file.path == path) return {path, std::string(file.content)};
  give_up("no embedded file " + path);
}

rules::Target mock_at(const std::string& issuer) {
  auto target = rules::load_target(embedded("scenarios/targets/mock.jsonc"), [](const auto&) { return std::nullopt; });
  if (!target) give_up("the target file does not load");
  target->issuer = issuer;
  target->endpoints.authorization = issuer + "/authorize";
  target->endpoints.token = issuer + "/token";
  target->user_pool =
      rules::TargetUserPool{.name = "user-{n}", .password = base::Secret("pool-password"), .count = 1000};
  return std::move(*target);
}

rules::Rule rule_named(const std::string& id) {
  base::Diagnostics problems;
  auto rules = rules::compile_rule(embedded("scenarios/rules/" + id + ".jsonc"), problems);
  if (!problems.empty() || rules.size() != 1) give_up("the rule " + id + " does not load, or has cases");
  return std::move(rules.front());
}

// What the observer of a load run does at the least.
class Timer final : public engine::Observer {
 public:
  int on_exchange(const rules::Step*, std::string_view, std::string_view, const net::Answer& answer) override {
    if (answer.ok()) ++requests;
    return 0;
  }
  void on_step(const rules::Step&, const engine::StepResult& result, bool) override {
    times.record(static_cast<std::uint64_t>((result.ended - result.began).count()));
  }

  unsigned long requests = 0;
  record::Histogram times;
};

net::awaitable<void> run_flows(engine::Session& session, unsigned long count, unsigned long users) {
  for (unsigned long i = 0; i < count; ++i) {
    session.use_user(static_cast<int>(i % users));
    co_await session.run();
    if (session.blocked_at() || !session.all_held()) give_up("a flow failed");
  }
}

void run(boost::asio::io_context& io, engine::Session& session, unsigned long count, unsigned long users) {
  boost::asio::co_spawn(io, run_flows(session, count, users), [&](const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
    io.stop();  // the deadline sweep would keep run() waiting
  });
  // One call, as a worker makes it: memory that Asio keeps for the next coroutine lasts as long as the call.
  io.restart();
  io.run();
}

}  // namespace

// With a name of its own for --toggle-collect.
[[gnu::noinline]] void run_measured(boost::asio::io_context& io, engine::Session& session, unsigned long count,
                                    unsigned long users);
void run_measured(boost::asio::io_context& io, engine::Session& session, unsigned long count, unsigned long users) {
  run(io, session, count, users);
}

int count_requests(const std::string& rule_id, const std::string& port, unsigned long warm_up, unsigned long count,
                   unsigned long users) {
  const engine::BoundTarget target(mock_at("http://127.0.0.1:" + port), std::nullopt, "");
  const engine::Program program(rule_named(rule_id), target);
  const engine::Oracle oracle(target);
  boost::asio::io_context io(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO);  // as a worker has it
  const auto context = net::ClientContext::create(io, {});
  if (!context) give_up(context.error().doing);
  {
    net::Client client(**context);
    net::RealTime time;
    Timer timer;
    engine::Session session(program, oracle, client, time, timer, {.control = false});
    run(io, session, warm_up, users);
    timer.requests = 0;
    run_measured(io, session, count, users);
    std::printf("%lu\n", timer.requests);
  }
  (*context)->stop();
  io.restart();
  io.run();
  return 0;
}

}  // namespace assay

int main(int argc, char** argv) {
  const auto number = [&](int i) { return std::strtoul(argv[i], nullptr, 10); };
  if (argc != 6 || number(5) == 0) assay::give_up("usage: checked_requests RULE PORT WARM-UP COUNT USERS");
  return assay::count_requests(argv[1], argv[2], number(3), number(4), number(5));
}
