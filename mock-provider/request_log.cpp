#include "mock-provider/request_log.hpp"

#include <algorithm>

#include "base/json_walk.hpp"

namespace assay::mock {
namespace {

constexpr std::size_t longest_name = 60, longest_path = 200, most_names = 50;

constexpr std::string_view grant_names[] = {"authorization_code", "refresh_token", "client_credentials"};

// The error code of a refusal: in the body, or in the redirect that carries it.
std::string error_in(const net::ServerResponse& response) {
  const auto in_body = base::find_json(response.body, "/error");
  if (in_body.type == base::JsonType::string) return in_body.unescaped();
  constexpr std::string_view mark = "?error=";
  const auto at = response.fields.find(mark);
  if (at == std::string::npos) return {};
  const auto rest = std::string_view(response.fields).substr(at + mark.size());
  return std::string(rest.substr(0, rest.find_first_of("&\r")));
}

}  // namespace

void RequestLog::add(const Call& call) {
  LoggedRequest request{
      .time = call.now,
      .method = std::string(call.request.method.substr(0, longest_name)),
      .path = std::string(call.request.path.substr(0, longest_path)),
      .client = call.client ? std::string(call.client->id) : std::string(),
      .grant_type = call.grant_type ? std::string(grant_names[static_cast<int>(*call.grant_type)]) : std::string(),
      .error =
          call.response.status >= 300 || call.persona.error_status == 200 ? error_in(call.response) : std::string(),
      .parameters = {},
      .status = call.response.status};
  for (const Form* form : {&call.query, &call.body})
    form->each_pair([&](std::string_view name, std::string_view) {
      if (request.parameters.size() < most_names &&
          std::ranges::find(request.parameters, name) == request.parameters.end())
        request.parameters.emplace_back(name.substr(0, longest_name));
    });
  const std::lock_guard lock(mutex_);
  request.number = ++count_;
  requests_.push_back(std::move(request));
  if (requests_.size() > capacity) requests_.pop_front();
}

std::vector<LoggedRequest> RequestLog::read(std::uint64_t after) const {
  const std::lock_guard lock(mutex_);
  const auto begin = std::ranges::upper_bound(requests_, after, {}, &LoggedRequest::number);
  return {begin, requests_.end()};
}

void RequestLog::clear() {
  const std::lock_guard lock(mutex_);
  requests_.clear();
  count_ = 0;
}

}  // namespace assay::mock
