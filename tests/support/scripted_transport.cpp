#include "tests/support/scripted_transport.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

#include "base/text.hpp"

namespace assay::support {
namespace {

ScriptedRequest parse(const net::Origin& origin, std::string_view text) {
  ScriptedRequest out;
  out.origin = origin;
  out.text = text;
  const auto line = text.substr(0, text.find("\r\n"));
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  out.method = line.substr(0, first);
  out.target = line.substr(first + 1, last - first - 1);
  const auto mark = out.target.find('?');
  out.path = out.target.substr(0, mark);
  if (mark != std::string::npos) out.query = base::parse_form(std::string_view(out.target).substr(mark + 1));
  if (const auto end = text.find("\r\n\r\n"); end != std::string_view::npos) out.body = text.substr(end + 4);
  out.form = base::parse_form(out.body);
  return out;
}

}  // namespace

std::string ScriptedRequest::header(std::string_view name) const {
  const auto head = std::string_view(text).substr(0, text.find("\r\n\r\n"));
  for (const auto line : base::split(head, '\n')) {
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && base::equals_ignoring_case(line.substr(0, colon), name))
      return std::string(base::trim(line.substr(colon + 1)));
  }
  return "";
}

void ScriptedTransport::on(std::string where, Responder responder) {
  responders_[std::move(where)] = std::move(responder);
}

void ScriptedTransport::on(std::string where, std::string response) {
  on(std::move(where), [response = std::move(response)](const ScriptedRequest&) { return response; });
}

net::awaitable<void> ScriptedTransport::exchange(const net::Origin& origin, std::string_view request,
                                                 net::Answer& answer) {
  requests.push_back(parse(origin, request));
  const auto sent = requests.back();
  answer.clear();
  most_under_way = std::max(most_under_way, ++under_way);
  if (yields) co_await boost::asio::post(boost::asio::use_awaitable_t<net::Executor>());
  --under_way;
  if (outcome != net::Outcome::ok) {
    answer.outcome = outcome;
    answer.detail = "by the script";
    co_return;
  }
  const auto wanted = sent.method + " " + sent.path;
  const Responder* best = nullptr;
  std::size_t best_size = 0;
  for (const auto& [where, responder] : responders_) {
    const bool prefix = where.ends_with('*');
    const bool fits =
        prefix ? wanted.starts_with(std::string_view(where).substr(0, where.size() - 1)) : wanted == where;
    const auto size = where.size() + (prefix ? 0 : 1);
    if (!fits || size <= best_size) continue;
    best = &responder;
    best_size = size;
  }
  answer.assign(best ? (*best)(sent) : response(404, "text/html", "<title>Not Found</title>no such page: " + wanted));
  co_return;
}

net::awaitable<void> ScriptedWire::send(const net::Origin& origin, std::string_view request, net::Answer& answer,
                                        std::string_view purpose) {
  purposes.emplace_back(purpose);
  co_await transport_.exchange(origin, request, answer);
}

std::string response(int status, std::string_view content_type, std::string_view body, std::string_view fields) {
  std::string out = "HTTP/1.1 " + std::to_string(status) + " Scripted\r\n";
  if (!content_type.empty()) out.append("Content-Type: ").append(content_type).append("\r\n");
  out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  out.append(fields).append("\r\n").append(body);
  return out;
}

std::string json(std::string_view body, int status, std::string_view fields) {
  return response(status, "application/json;charset=UTF-8", body, fields);
}

std::string page(std::string_view html, std::string_view fields) {
  return response(200, "text/html; charset=utf-8", html, fields);
}

std::string redirect(std::string_view location, std::string_view fields, int status) {
  return response(status, "", "", "Location: " + std::string(location) + "\r\n" + std::string(fields));
}

void run(net::awaitable<void> work) {
  boost::asio::io_context io(1);
  std::exception_ptr failure;
  boost::asio::co_spawn(io.get_executor(), std::move(work), [&](std::exception_ptr thrown) { failure = thrown; });
  io.run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace assay::support
