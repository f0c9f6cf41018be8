#include "support/checking.hpp"

#include <cstdio>
#include <cstdlib>

#include "base/embedded.hpp"
#include "cli/mock_time.hpp"
#include "engine/check_run.hpp"
#include "net/client.hpp"
#include "net/main_loop.hpp"

namespace assay::support {
namespace {

constexpr int kSample = 60;  // codes or tokens: enough to tell the defects of the mock, and quick

class Silent final : public engine::Progress {
  void rule_started(std::size_t, std::size_t, const rules::Rule&) override {}
  void rule_finished(const record::Rule&, const std::vector<record::Exchange>&) override {}
};

[[noreturn]] void give_up(const base::Diagnostics& problems) {
  for (const auto& problem : problems) std::fprintf(stderr, "%s\n", base::to_string(problem).c_str());
  std::abort();
}

}  // namespace

const rules::Library& library() {
  static const auto loaded = [] {
    std::vector<rules::SourceFile> files;
    for (const auto& file : base::embedded_files())
      files.push_back({std::string(file.path), std::string(file.content)});
    auto out = rules::load_library(files);
    if (!out) give_up(out.error());
    return std::move(*out);
  }();
  return loaded;
}

rules::Target mock_target(const mock::Provider& provider) {
  for (const auto& file : base::embedded_files()) {
    if (file.path != "scenarios/targets/mock.jsonc") continue;
    auto target = rules::load_target({std::string(file.path), std::string(file.content)},
                                     [](const std::string&) { return std::nullopt; });
    if (!target) give_up(target.error());
    target->issuer = provider.issuer();
    target->endpoints.resource = provider.issuer() + "/resource";
    return std::move(*target);
  }
  give_up({{"scenarios/targets/mock.jsonc", 0, 0, "is not embedded", ""}});
}

const rules::Profile& every_rule() { return library().profiles.at(std::string(rules::kEveryRule)); }

record::Run check_mock(mock::Provider& provider, const rules::Profile& profile, const std::vector<std::string>& only,
                       TrialLimits trials) {
  record::Run run;
  record::Redactor redactor;
  engine::Recorder recorder(run, redactor);
  boost::asio::io_context io(1);
  auto context = net::ClientContext::create(io, {});
  if (!context) give_up({{"net", 0, 0, context.error().doing, ""}});
  const auto target = mock_target(provider);
  cli::MockTime time(provider);
  Silent progress;
  const auto rules = engine::select_rules(library(), profile, only);
  const auto task = [&]() -> net::awaitable<void> {
    engine::PreflightResult preflight;
    net::Client client(**context);
    co_await engine::discover(target, client, recorder, preflight);
    const engine::BoundTarget bound(target, preflight.metadata, preflight.metadata_url);
    const auto transports = [&]() -> std::unique_ptr<net::Transport> {
      return std::make_unique<net::Client>(**context);
    };
    engine::CheckRun check(
        library(), profile, bound, preflight, transports, time,
        {.concurrency = 4, .sample_limit = kSample, .race_trials = trials.wanted, .most_trials = trials.most}, recorder,
        progress);
    const bool never = false;
    co_await check.run(rules, never);
    (*context)->stop();
  };
  net::run_to_end(io, task(), [] { std::abort(); });
  return run;
}

std::set<std::string> broken_checks(const record::Run& run) {
  std::set<std::string> out;
  for (const auto& rule : run.rules)
    for (const auto& check : rule.checks) {
      const bool broken = check.verdict == record::Verdict::fail || check.verdict == record::Verdict::warn ||
                          (check.verdict == record::Verdict::note && check.level != record::Level::observe);
      if (broken) out.insert(rule.id + "#" + check.name);
    }
  return out;
}

}  // namespace assay::support
