// What a token costs the mock, without sockets, and that its memory stays where it is however many it hands out.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdio>

#include "mock-provider/application.hpp"

namespace assay::mock {
namespace {

std::size_t resident_bytes() {
  std::size_t all = 0, resident = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%zu %zu", &all, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

void hand_out_token(benchmark::State& state) {
  ProviderOptions options;
  options.issuer = "http://127.0.0.1:4100";
  Application application(options);
  net::ServerRequest request;
  request.method = "POST";
  request.target = request.path = "/token";
  request.body = "grant_type=client_credentials&scope=read";
  request.fields = {{"Host", "127.0.0.1:4100"},
                    {"Authorization", "Basic c2VydmljZTpzZXJ2aWNlLXNlY3JldA=="},
                    {"Content-Type", "application/x-www-form-urlencoded"}};
  net::ServerResponse response;
  // By then the store is full, and the oldest tokens make room for new ones.
  constexpr std::size_t full = 2'000'000;
  std::size_t count = 0, then = 0;
  for (auto _ : state) {
    response.clear();
    application.handle(request, response);
    if (++count == full) then = resident_bytes();
  }
  if (response.status != 200) state.SkipWithError("no token");
  if (count <= full) return;
  const auto now = resident_bytes();
  state.counters["MB"] = static_cast<double>(now) / 1e6;
  if (now > then + then / 50) state.SkipWithError("memory grew after the store was full");
}
BENCHMARK(hand_out_token);
// assay_bench --benchmark_filter=hand_out_token/iterations: takes a minute or two.
BENCHMARK(hand_out_token)->Iterations(10'000'000);

}  // namespace
}  // namespace assay::mock
