#include "engine/navigation_log.hpp"

#include <nlohmann/json.hpp>

namespace assay::engine {
namespace {

using nlohmann::json;

std::string word(const json& node, const char* name) {
  const auto found = node.find(name);
  return found != node.end() && found->is_string() ? found->get<std::string>() : "";
}

const json& part(const json& node, const char* name) {
  static const json nothing = json::object();
  const auto found = node.find(name);
  return found != node.end() && found->is_object() ? *found : nothing;
}

std::vector<std::pair<std::string, std::string>> fields_of(const json& headers) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, value] : headers.items()) {
    if (!value.is_string()) continue;
    // Several fields of one name are lines of one value.
    std::string rest = value.get<std::string>();
    for (std::size_t end = 0; (end = rest.find('\n')) != std::string::npos; rest.erase(0, end + 1))
      out.emplace_back(name, rest.substr(0, end));
    out.emplace_back(name, rest);
  }
  return out;
}

// Kinds of requests that say nothing about whether a page is ready: they go on for ever, or nobody waits for them.
bool is_background(std::string_view type) {
  return type == "WebSocket" || type == "EventSource" || type == "Ping" || type == "Prefetch" || type == "Media" ||
         type == "Manifest" || type == "CSPViolationReport";
}

}  // namespace

void NavigationLog::clear() {
  window_.clear();
  hops_.clear();
  pending_.clear();
  activity_ = 0;
}

const NavigationHop* NavigationLog::page() const {
  for (auto hop = hops_.rbegin(); hop != hops_.rend(); ++hop)
    if (!hop->by_script) return &*hop;
  return nullptr;
}

NavigationHop* NavigationLog::last_of(std::string_view id) {
  for (auto hop = hops_.rbegin(); hop != hops_.rend(); ++hop)
    if (hop->id == id) return &*hop;
  return nullptr;
}

void NavigationLog::answered(const json& answer, NavigationHop& hop) {
  const auto status = answer.find("status");
  if (status != answer.end() && status->is_number_integer()) hop.status = status->get<int>();
  hop.answer_fields = fields_of(part(answer, "headers"));
}

void NavigationLog::began(const json& parameters) {
  const auto& request = part(parameters, "request");
  const auto url = word(request, "url"), type = word(parameters, "type"), id = word(parameters, "requestId");
  if (url.starts_with("data:") || url.starts_with("blob:") || url.starts_with("chrome")) return;
  ++activity_;
  if (!is_background(type)) pending_.insert(id);
  const bool redirected = parameters.contains("redirectResponse");
  if (redirected)
    if (auto* before = last_of(id)) answered(part(parameters, "redirectResponse"), *before);
  const auto frame = word(parameters, "frameId"), method = word(request, "method");
  const bool page = type == "Document";
  if (page && window_.empty()) window_ = frame;
  const bool by_script = (type == "XHR" || type == "Fetch") && method != "GET" && method != "OPTIONS";
  if (!(page && frame == window_) && !by_script) return;
  NavigationHop hop;
  hop.id = id;
  hop.method = method;
  hop.url = url + word(request, "urlFragment");
  hop.body = word(request, "postData");
  hop.request_fields = fields_of(part(request, "headers"));
  hop.by_script = by_script;
  hop.redirected = redirected;
  hops_.push_back(std::move(hop));
}

void NavigationLog::read(const json& event) {
  const auto name = word(event, "method");
  const auto& parameters = part(event, "params");
  if (name == "Network.requestWillBeSent") return began(parameters);
  const auto id = word(parameters, "requestId");
  if (name == "Network.responseReceived") {
    ++activity_;
    if (auto* hop = last_of(id)) answered(part(parameters, "response"), *hop);
  } else if (name == "Network.loadingFinished" || name == "Network.loadingFailed") {
    if (pending_.erase(id) > 0) ++activity_;
    auto* hop = last_of(id);
    if (hop && !hop->done()) hop->error = name == "Network.loadingFailed" ? word(parameters, "errorText") : "no answer";
  }
}

}  // namespace assay::engine
