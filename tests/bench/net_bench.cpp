// What framing costs per message, without sockets: the share of a request's time that is ours to spend.
#include <benchmark/benchmark.h>

#include <cstring>
#include <string>

#include "net/framing.hpp"
#include "net/request_framing.hpp"
#include "net/response_text.hpp"

namespace assay::net {
namespace {

const std::string token_head =
    "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json;charset=UTF-8\r\n"
    "Cache-Control: no-store\r\nPragma: no-cache\r\nServer: example\r\nX-Request-Id: 0123456789abcdef\r\n";

std::string token_answer() { return token_head + "Content-Length: 600\r\n\r\n" + std::string(600, 'x'); }

std::string chunked_answer() {
  return token_head + "Transfer-Encoding: chunked\r\n\r\n258\r\n" + std::string(600, 'x') + "\r\n0\r\n\r\n";
}

void frame(benchmark::State& state, const std::string& bytes, bool beast) {
  Answer answer;
  for (auto _ : state) {
    answer.clear();
    ResponseFramer framer(answer, false, {});
    if (beast) framer.force_beast();
    const std::span<char> room = framer.room();
    std::memcpy(room.data(), bytes.data(), bytes.size());
    framer.received(bytes.size());
    benchmark::DoNotOptimize(answer.status);
  }
  if (!answer.ok() || answer.body().size() != 600) state.SkipWithError("not framed");
}

void frame_length(benchmark::State& state) { frame(state, token_answer(), false); }
void frame_chunked(benchmark::State& state) { frame(state, chunked_answer(), false); }
void frame_with_beast(benchmark::State& state) { frame(state, token_answer(), true); }
BENCHMARK(frame_length);
BENCHMARK(frame_chunked);
BENCHMARK(frame_with_beast);

void frame_request(benchmark::State& state) {
  const std::string bytes =
      "POST /token HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: Basic Y2xpZW50OnNlY3JldA==\r\n"
      "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 46\r\n\r\n" +
      std::string(46, 'x');
  RequestFramer framer(64 * 1024, 1024 * 1024);
  ServerRequest request;
  for (auto _ : state) {
    const std::span<char> room = framer.room();
    std::memcpy(room.data(), bytes.data(), bytes.size());
    framer.received(bytes.size());
    if (framer.next(request) != RequestFramer::Step::ready) state.SkipWithError("not framed");
  }
}
BENCHMARK(frame_request);

void write_response(benchmark::State& state) {
  ServerResponse response;
  response.fields = "Content-Type: application/json\r\nCache-Control: no-store\r\n";
  response.body.assign(600, 'x');
  std::string out;
  const std::string date = http_date(784'111'777);
  for (auto _ : state) {
    out.clear();
    append_response(out, response, {.date = date});
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(write_response);

}  // namespace
}  // namespace assay::net
