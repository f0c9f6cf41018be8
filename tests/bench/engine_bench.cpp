// What the engine spends on a step, without sockets: requests put together, answers judged, pages read, one whole flow.
#include <benchmark/benchmark.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <string>

#include "base/embedded.hpp"
#include "base/encoding.hpp"
#include "base/json_walk.hpp"
#include "engine/session.hpp"
#include "html/page_memory.hpp"
#include "html/submission.hpp"
#include "net/client.hpp"
#include "oauth/pkce.hpp"
#include "oauth/request.hpp"
#include "record/histogram.hpp"
#include "rules/library.hpp"
#include "rules/target.hpp"

namespace assay {
namespace {

const std::string token(43, 'x');
const std::string token_body = R"({"access_token":")" + std::string(500, 'x') +
                               R"(","token_type":"Bearer","expires_in":3600,"refresh_token":")" + token +
                               R"(","scope":"openid profile read"})";

void append_request(benchmark::State& state) {
  const auto url = base::parse_url("http://127.0.0.1:4100/token");
  const auto head = oauth::request_head("POST", *url, url->target(), "application/json");
  std::string request, body;
  for (auto _ : state) {
    body.assign("grant_type=authorization_code&code=");
    base::append_form_encoded(body, token);
    body.append("&redirect_uri=");
    base::append_form_encoded(body, "http://127.0.0.1:4999/cb");
    body.append("&code_verifier=");
    base::append_form_encoded(body, token);
    request.assign(head);
    oauth::append_body(request, body);
    benchmark::DoNotOptimize(request.data());
  }
}
BENCHMARK(append_request);

void walk_token_answer(benchmark::State& state) {
  base::JsonWanted wanted[] = {{"access_token", {}}, {"token_type", {}}, {"expires_in", {}}, {"refresh_token", {}},
                               {"scope", {}},        {"id_token", {}},   {"error", {}}};
  for (auto _ : state) {
    if (base::walk_json(token_body, wanted) != base::JsonShape::object) state.SkipWithError("not read");
    benchmark::DoNotOptimize(wanted);
  }
}
BENCHMARK(walk_token_answer);

void record_time(benchmark::State& state) {
  record::Histogram histogram;
  std::uint64_t value = 1;
  for (auto _ : state) histogram.record((value = value * 6364136223846793005u + 1) >> 40);
  benchmark::DoNotOptimize(histogram.count());
}
BENCHMARK(record_time);

void merge_histograms(benchmark::State& state) {
  record::Histogram one, other;
  for (std::uint64_t i = 0; i < 100'000; ++i) other.record(i * 1000);
  for (auto _ : state) one.merge(other);
  benchmark::DoNotOptimize(one.count());
}
BENCHMARK(merge_histograms);

void make_pkce_pair(benchmark::State& state) {
  base::Random random;
  std::string verifier, challenge;
  for (auto _ : state) {
    verifier.clear();
    challenge.clear();
    oauth::append_code_verifier(verifier, random);
    oauth::append_s256_challenge(challenge, verifier);
    benchmark::DoNotOptimize(challenge.data());
  }
}
BENCHMARK(make_pkce_pair);

// Like the pages of the mock.
std::string login_page(const std::string& csrf) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Sign in</title>\n<style>" +
         std::string(1200, ' ') +
         "</style>\n</head>\n<body>\n<main>\n<h1>Sign in</h1>\n<form method=\"post\" action=\"/login\">\n"
         "<input type=\"hidden\" name=\"csrf\" value=\"" +
         csrf +
         "\">\n<label>Name\n<input type=\"text\" name=\"username\" autocomplete=\"username\" required></label>\n"
         "<label>Password\n<input type=\"password\" name=\"password\" required></label>\n"
         "<button type=\"submit\">Sign in</button>\n</form>\n</main>\n</body>\n</html>\n";
}

// From the page to what a browser would post. With a memory, every page but the first is one of a known shape.
template <class Read>
void extract_form(benchmark::State& state, Read read) {
  const std::string pages[] = {login_page(token), login_page(std::string(43, 'y'))};
  const auto url = base::parse_url("http://127.0.0.1:4100/login");
  std::size_t turn = 0;
  for (auto _ : state) {
    const auto [page, choice] = read(pages[turn++ % 2]);
    auto form = *choice->form;
    html::fill_login(form, choice->user_field, {}, "alice", "alice-password");
    auto submission = html::build_submission(*url, page->base, form, choice->button);
    benchmark::DoNotOptimize(submission);
  }
}

void extract_form_anew(benchmark::State& state) {
  html::Page page;
  extract_form(state, [&](const std::string& text) {
    page = html::read_page(text);
    return std::pair(&page, html::choose_form(page));
  });
}
void extract_form_by_memory(benchmark::State& state) {
  html::PageMemory memory;
  extract_form(state, [&](const std::string& text) {
    const auto* page = &memory.read(text);
    return std::pair(page, memory.choose({}));
  });
}
BENCHMARK(extract_form_anew);
BENCHMARK(extract_form_by_memory);

rules::SourceFile embedded(const std::string& path) {
  for (const auto& file : base::embedded_files())
    if (file.path == path) return {path, std::string(file.content)};
  return {};
}

// Answers at once, always the same.
class Canned final : public net::Transport {
 public:
  net::awaitable<void> exchange(const net::Origin&, std::string_view, net::Answer& answer) override {
    answer.assign(response_);
    co_return;
  }
  void close_connections() override {}

 private:
  std::string response_ =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: " +
      std::to_string(token_body.size()) + "\r\n\r\n" + token_body;
};

class Nobody final : public engine::Observer {
 public:
  int on_exchange(const rules::Step*, std::string_view, std::string_view, const net::Answer&) override { return 0; }
  void on_step(const rules::Step&, const engine::StepResult&, bool) override {}
};

// One flow of one step: arrange, act and checks, everything but the network.
void run_program(benchmark::State& state) {
  base::Diagnostics problems;
  const auto rules = rules::compile_rule(embedded("scenarios/rules/client-credentials/success.jsonc"), problems);
  auto target = rules::load_target(embedded("scenarios/targets/mock.jsonc"), [](const auto&) { return std::nullopt; });
  if (rules.size() != 1 || !target) return state.SkipWithError("the rule does not load");
  target->endpoints.token = target->issuer + "/token";
  const engine::BoundTarget bound(*target, std::nullopt, "");
  const engine::Program program(rules.front(), bound);
  const engine::Oracle oracle(bound);
  Canned transport;
  net::RealTime time;
  Nobody nobody;
  engine::SessionOptions options;
  options.control = false;
  engine::Session session(program, oracle, transport, time, nobody, options);
  boost::asio::io_context io(1);
  const auto loop = [&]() -> net::awaitable<void> {
    for (auto _ : state) co_await session.run();
  };
  boost::asio::co_spawn(io, loop(), boost::asio::detached);
  io.run();
  if (!session.all_held()) state.SkipWithError("the flow failed");
}
BENCHMARK(run_program);

}  // namespace
}  // namespace assay
