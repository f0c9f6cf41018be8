// assay mock: the bundled provider as a server of its own.
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "cli/setup.hpp"

namespace assay::cli {
namespace {

// Blocks until SIGINT or SIGTERM. They must be blocked before the server's threads start.
void wait_for_signal(const sigset_t& signals) {
  int number = 0;
  sigwait(&signals, &number);
}

}  // namespace

int mock(const Options& options) {
  if (options.list_personas) {
    for (const auto& persona : mock::personas())
      std::printf("%-12s %s\n", persona.name.c_str(), persona.summary.c_str());
    return kPassed;
  }
  if (options.list_defects) {
    for (const auto& defect : mock::defects())
      std::printf("%-36s %s\n", std::string(defect.name).c_str(), std::string(defect.breaks).c_str());
    return kPassed;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  mock::ProviderOptions wanted;
  wanted.address = options.address;
  wanted.port = options.port;
  wanted.threads = options.threads;
  wanted.user_pool = options.user_pool;
  wanted.all_keys = true;
  wanted.defects = options.defects;
  wanted.login = options.login == "auto" ? mock::LoginMode::auto_ : mock::LoginMode::form;
  wanted.persona = options.persona;
  wanted.control = options.control;
  wanted.rs256_id_tokens = options.id_tokens == "rs256";
  if (!options.access_tokens.empty())
    wanted.access_tokens = options.access_tokens == "es256"   ? mock::AccessTokenFormat::es256
                           : options.access_tokens == "rs256" ? mock::AccessTokenFormat::rs256
                                                              : mock::AccessTokenFormat::opaque;
  wanted.certificate_file = options.certificate;
  wanted.private_key_file = options.private_key;
  auto provider = mock::Provider::start(wanted);
  if (!provider) {
    const auto& failure = provider.error();
    return report_stop({kUsage, failure.doing + (failure.hint.empty() ? "" : "; " + failure.hint)});
  }
  nlohmann::ordered_json ready = {{"issuer", (*provider)->issuer()}, {"port", (*provider)->port()}};
  if (options.control) ready["control"] = (*provider)->control_token();
  std::printf("%s\n", ready.dump().c_str());
  std::fflush(stdout);
  if (!options.ready_file.empty())
    if (const auto written = base::write_file(options.ready_file, ready.dump() + "\n", base::FileMode::usual,
                                              base::Durability::fleeting);
        !written)
      return report_stop({kUsage, written.error().doing});
  wait_for_signal(signals);
  (*provider)->stop();
  return kPassed;
}

}  // namespace assay::cli
