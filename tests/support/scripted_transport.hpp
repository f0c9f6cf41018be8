// A server that exists only in a test: answers to requests are written down or computed, and every request is kept.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.hpp"
#include "engine/wire.hpp"
#include "net/transport.hpp"

namespace assay::support {

struct ScriptedRequest {
  net::Origin origin;
  std::string text;  // as sent
  std::string method;
  std::string target;
  std::string path;  // of the target
  base::Parameters query;
  base::Parameters form;  // the body, read as a form
  std::string body;

  std::string header(std::string_view name) const;  // "" without one
};

// Answers by "METHOD /path", or by "METHOD /prefix*"; the longest entry that fits wins.
class ScriptedTransport final : public net::Transport {
 public:
  using Responder = std::function<std::string(const ScriptedRequest&)>;

  void on(std::string where, Responder responder);
  void on(std::string where, std::string response);

  net::awaitable<void> exchange(const net::Origin& origin, std::string_view request, net::Answer& answer) override;
  void close_connections() override { ++closed; }

  std::vector<ScriptedRequest> requests;
  net::Outcome outcome = net::Outcome::ok;  // of every exchange; others than ok give no answer
  int closed = 0;
  bool yields = false;  // lets others work between request and answer, as a network does
  std::size_t under_way = 0, most_under_way = 0;

 private:
  std::map<std::string, Responder, std::less<>> responders_;
};

// Sends by a transport and keeps what each request was for.
class ScriptedWire final : public engine::Wire {
 public:
  explicit ScriptedWire(net::Transport& transport) : transport_(transport) {}
  net::awaitable<void> send(const net::Origin& origin, std::string_view request, net::Answer& answer,
                            std::string_view purpose) override;
  void on_secret(std::string_view, std::string_view value) override { secrets.emplace_back(value); }
  std::vector<std::string> purposes, secrets;

 private:
  net::Transport& transport_;
};

// Whole responses. `fields` are header lines, each with its CRLF.
std::string response(int status, std::string_view content_type, std::string_view body, std::string_view fields = "");
std::string json(std::string_view body, int status = 200, std::string_view fields = "");
std::string page(std::string_view html, std::string_view fields = "");
std::string redirect(std::string_view location, std::string_view fields = "", int status = 302);

// Runs one coroutine to its end; what it throws comes out here.
void run(net::awaitable<void> work);

}  // namespace assay::support
