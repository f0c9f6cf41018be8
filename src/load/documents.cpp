#include "load/documents.hpp"

#include "base/url.hpp"

namespace assay::load {

DocumentWatch::DocumentWatch(net::ClientContext& context, const engine::BoundTarget& target,
                             std::chrono::nanoseconds pause, std::function<void(bool, std::string_view)> take)
    : client_(context), pause_(pause), take_(std::move(take)) {
  add(false, target.metadata_url());
  if (const auto* keys = target.endpoint(engine::EndpointKind::jwks)) add(true, keys->text);
}

void DocumentWatch::add(bool keys, const std::string& text) {
  const auto url = base::parse_url(text);
  if (!url) return;
  sources_.push_back({keys, engine::origin_of(*url),
                      "GET " + url->target() + " HTTP/1.1\r\nHost: " + url->authority() +
                          "\r\nUser-Agent: assay\r\nAccept: application/json\r\n\r\n"});
}

net::awaitable<void> DocumentWatch::run() {
  net::Answer answer;
  while (!stopped_ && !sources_.empty()) {
    for (const auto& source : sources_) {
      co_await client_.exchange(source.origin, source.request, answer);
      client_.close_connections();
      if (stopped_) co_return;
      if (answer.ok() && answer.status == 200) take_(source.keys, answer.body());
    }
    co_await time_.wait(pause_);
  }
}

void DocumentWatch::stop() {
  stopped_ = true;
  time_.interrupt();
}

}  // namespace assay::load
