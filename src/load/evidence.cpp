#include "load/evidence.hpp"

#include "base/wall_clock.hpp"

#include <algorithm>

namespace assay::load {
namespace {

// Every user has such buffers, and there may be many: enough for a token answer, and the beginning of a page.
constexpr std::size_t kMostExchanges = 32, kMostResponse = 1024, kMostRequest = 2048;

void copy(CapturedExchange& kept, const rules::Step* step, std::string_view purpose, std::string_view request,
          const net::Answer& answer) {
  kept.step.assign(step ? std::string_view(step->name) : "probe");
  kept.purpose = purpose;
  kept.request.assign(request.substr(0, kMostRequest));
  const auto head = answer.head(), body = answer.body();
  kept.response.assign(head.substr(0, kMostResponse));
  kept.response.append(body.substr(0, kMostResponse - kept.response.size()));
  kept.response_size = head.size() + body.size();
  kept.outcome = answer.outcome;
  kept.status = answer.status;
  kept.reused_connection = answer.reused_connection;
  kept.took = answer.done - answer.started;
  kept.started = answer.started;
}

}  // namespace

void Capture::add(const rules::Step* step, std::string_view purpose, std::string_view request,
                  const net::Answer& answer, bool lasting) {
  if (used_ >= kMostExchanges) return;
  if (used_ == exchanges_.size()) exchanges_.emplace_back();
  auto& entry = exchanges_[used_++];
  if (lasting) {
    entry.step = step;
    entry.purpose = purpose;
    entry.request = request;
    entry.answer = &answer;
  } else {
    entry.answer = nullptr;
    copy(entry.copy, step, purpose, request, answer);
  }
}

int keep(engine::Recorder& recorder, const std::string& rule, const CapturedExchange& exchange) {
  record::Exchange out;
  out.rule = rule;
  out.step = exchange.step;
  out.purpose = exchange.purpose;
  out.request = exchange.request;
  out.response = exchange.response;
  out.response_size = exchange.response_size;
  out.outcome = net::to_string(exchange.outcome);
  out.status = exchange.status;
  out.took = exchange.took;
  const auto ago = std::chrono::steady_clock::now() - exchange.started;
  out.started = base::wall_now() - std::chrono::duration_cast<std::chrono::system_clock::duration>(ago);
  out.reused_connection = exchange.reused_connection;
  const auto body = exchange.response.find("\r\n\r\n");
  return recorder.keep(
      std::move(out),
      body == std::string::npos ? std::string_view() : std::string_view(exchange.response).substr(body + 4), {});
}

std::vector<CapturedExchange> Capture::taken() const {
  std::vector<CapturedExchange> out;
  for (std::size_t i = 0; i < used_; ++i) {
    const auto& entry = exchanges_[i];
    if (!entry.answer) out.push_back(entry.copy);
    else copy(out.emplace_back(), entry.step, entry.purpose, entry.request, *entry.answer);
  }
  return out;
}

}  // namespace assay::load
