#include "cli/init_network.hpp"

#include <boost/asio/io_context.hpp>

#include "cli/client_options.hpp"
#include "net/client.hpp"
#include "net/main_loop.hpp"

namespace assay::cli {

std::expected<void, Stop> in_network(const rules::Target& target, Checked& session, const NetworkTask& task) {
  boost::asio::io_context io(1);
  auto context = net::ClientContext::create(io, client_options(target));
  if (!context) return std::unexpected(Stop{kUsage, "assay init: " + context.error().doing});
  engine::Recorder recorder(session.run, session.redactor);
  const auto whole = [&]() -> net::awaitable<void> {
    net::Client client(**context);
    co_await task(client, recorder);
    (*context)->stop();
  };
  net::run_to_end(io, whole(), [&] {
    session.interrupted = true;
    (*context)->stop();
  });
  return {};
}

}  // namespace assay::cli
