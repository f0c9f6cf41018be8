// Can the server be reached, step by step, and what does it say about itself?
#include <algorithm>

#include "base/text.hpp"
#include "engine/preflight_trial.hpp"
#include "oauth/request.hpp"

namespace assay::engine {
namespace {

using record::Verdict;

bool is_address(std::string_view host) {
  return host.contains(':') || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

class Discovery {
 public:
  Discovery(const rules::Target& target, net::Transport& transport, Recorder& recorder, PreflightResult& out)
      : target_(target), transport_(transport), recorder_(recorder), out_(out) {}

  net::awaitable<void> run() {
    const bool needed = target_.endpoints.token.empty();
    const auto places = places_to_look();
    if (const auto url = base::parse_url(target_.endpoints.token); places.empty() && url) {
      co_await knock(*url);
      co_return;
    }
    for (const auto& place : places) {
      const auto url = base::parse_url(place);
      if (!url) continue;
      if (!co_await look(place, *url)) co_return;
      if (out_.metadata) break;
    }
    if (!out_.metadata) {
      if (places.empty() || !needed) {
        if (!places.empty())
          say("metadata", Verdict::not_applicable,
              "none found (" + last_ + "); the endpoints of the target file are used");
        co_return;
      }
      stop("metadata", "no usable metadata: " + (last_.empty() ? "no place to look" : last_),
           "check \"issuer\"; or give \"endpoints\" in the target file and \"discovery\": false");
      co_return;
    }
    judge(needed);
  }

 private:
  record::PreflightCheck& say(std::string name, Verdict verdict, std::string seen, std::string hint = "") {
    return out_.checks.emplace_back(record::PreflightCheck{std::move(name),
                                                           verdict,
                                                           std::move(seen),
                                                           std::move(hint),
                                                           {static_cast<int>(recorder_.run().exchanges.size())}});
  }

  void stop(std::string name, std::string seen, std::string hint) {
    out_.reachable = false;
    say(std::move(name), Verdict::blocked, std::move(seen), std::move(hint));
  }

  std::vector<std::string> places_to_look() const {
    if (target_.discovery && target_.discovery->empty()) return {};
    if (target_.discovery) return {*target_.discovery};
    if (const auto issuer = base::parse_url(target_.issuer)) return oauth::metadata_locations(*issuer);
    return {};
  }

  // A server without metadata: whatever it says to this, it is there.
  net::awaitable<void> knock(const base::Url& url) {
    const std::string request = oauth::request_head("GET", url, url.target(), "application/json") + "\r\n";
    const net::Origin origin = origin_of(url);
    net::Answer answer;
    co_await transport_.exchange(origin, request, answer);
    recorder_.on_exchange(nullptr, "is it there?", request, answer);
    say_reached(url, target_.endpoints.token, answer);
  }

  // False: it makes no sense to look any further.
  net::awaitable<bool> look(const std::string& place, const base::Url& url) {
    const std::string request = oauth::request_head("GET", url, url.target(), "application/json") + "\r\n";
    const net::Origin origin = origin_of(url);
    net::Answer answer;
    co_await transport_.exchange(origin, request, answer);
    recorder_.on_exchange(nullptr, "metadata", request, answer);
    if (out_.checks.empty()) {
      say_reached(url, place, answer);
      if (!out_.reachable) co_return false;
    } else if (!answer.ok() && !net::is_server_fault(answer.outcome)) {
      stop("connection", place + ": " + base::printable(answer.detail), connect_hint(answer.outcome));
      co_return false;
    }
    if (!answer.ok() || answer.status != 200) {
      last_ = place + ": " + (answer.ok() ? "status " + std::to_string(answer.status) : base::printable(answer.detail));
      co_return true;
    }
    auto metadata = oauth::parse_metadata(answer.body());
    if (!metadata) {
      last_ = place + ": " + metadata.error();
      co_return true;
    }
    out_.metadata = std::move(*metadata);
    out_.metadata_url = place;
    co_return true;
  }

  // DNS, connection, TLS: how far did the first request get?
  void say_reached(const base::Url& url, const std::string& place, const net::Answer& answer) {
    const bool failed = !answer.ok() && !net::is_server_fault(answer.outcome);
    const auto blocked = [&](const char* name) {
      stop(name, place + ": " + base::printable(answer.detail), connect_hint(answer.outcome));
    };
    const auto outcome = answer.outcome;
    if (failed && outcome == net::Outcome::resolve_failed) return blocked("DNS");
    // Where the time ran out, nobody can say how far it got.
    const bool anywhere = failed && outcome != net::Outcome::connect_failed && outcome != net::Outcome::tls_failed;
    if (anywhere) return blocked("connection");
    if (is_address(url.host)) say("DNS", Verdict::not_applicable, url.host + " is an address");
    else say("DNS", Verdict::pass, base::printable(url.host, 120) + " has an address");
    if (failed && outcome == net::Outcome::connect_failed) return blocked("connection");
    say("connection", Verdict::pass, "port " + std::to_string(url.port) + " answers");
    if (failed) return blocked("TLS");
    if (url.tls())
      say("TLS", Verdict::pass,
          target_.verify_certificate ? "the certificate is good" : "works; the certificate was not checked");
    else say("TLS", Verdict::not_applicable, "plain http");
  }

  void judge(bool needed) {
    const auto& metadata = *out_.metadata;
    if (metadata.token_endpoint.empty() && needed)
      return stop("metadata", out_.metadata_url + " names no token_endpoint",
                  "give \"endpoints\": { \"token\": ... } in the target file");
    if (!target_.issuer.empty() && !oauth::same_issuer(metadata.issuer, target_.issuer))
      return stop(
          "issuer",
          "the metadata's issuer is \"" + base::printable(metadata.issuer, 120) + "\", the target file says \"" +
              target_.issuer + "\"",
          "set \"issuer\" to the one of the two that is right; if the metadata is wrong, mend the server, or use "
          "\"discovery\": false with \"endpoints\"");
    say("metadata", Verdict::pass, out_.metadata_url);
    const auto differs = [&](const char* name, const std::string& given, const std::string& found) {
      if (!given.empty() && !found.empty() && given != found)
        say(std::string("endpoint ") + name, Verdict::warn,
            "the target file says " + given + ", the metadata " + base::printable(found, 120),
            "the target file's is used; remove it unless you mean it");
    };
    const auto& given = target_.endpoints;
    differs("authorization", given.authorization, metadata.authorization_endpoint);
    differs("token", given.token, metadata.token_endpoint);
    differs("introspection", given.introspection, metadata.introspection_endpoint);
    differs("revocation", given.revocation, metadata.revocation_endpoint);
    differs("userinfo", given.userinfo, metadata.userinfo_endpoint);
  }

  const rules::Target& target_;
  net::Transport& transport_;
  Recorder& recorder_;
  PreflightResult& out_;
  std::string last_;  // why there was nothing at the last place
};

}  // namespace

std::string connect_hint(net::Outcome outcome) {
  switch (outcome) {
    case net::Outcome::resolve_failed: return "check the host name in the target file";
    case net::Outcome::connect_failed: return "is the server running, and is the port right?";
    case net::Outcome::tls_failed:
      return "if the certificate is self-signed, name its CA: \"tls\": { \"ca_file\": \"ca.pem\" }; if the server has "
             "no TLS, "
             "write http://";
    case net::Outcome::timed_out:
      return "is the server overloaded, or does a firewall drop the packets? settings.timeout sets the limit";
    default: return "is this an HTTP server? look at the exchange with -v";
  }
}

std::string hosts_hint(const std::vector<std::string>& hosts) {
  std::string out;
  for (const auto& host : hosts) out += (out.empty() ? "" : ", ") + ("\"" + base::printable(host, 120) + "\"");
  return "if that is the server's too, add to the target file: \"hosts\": [" + out + "]";
}

void hold_to_named_hosts(const rules::Target& target, PreflightResult& out) {
  if (!out.metadata || !out.reachable) return;
  const BoundTarget bound(target, out.metadata, out.metadata_url);
  std::vector<std::string> hosts, names;
  for (std::size_t i = 0; i < kEndpointCount; ++i) {
    const auto kind = static_cast<EndpointKind>(i);
    const auto& host = bound.unnamed_host(kind);
    if (host.empty()) continue;
    names.emplace_back(to_string(kind));
    if (std::ranges::find(hosts, host) == hosts.end()) hosts.push_back(host);
    // Without these there is nothing to check.
    if (kind == EndpointKind::authorization || kind == EndpointKind::token) out.reachable = false;
  }
  if (names.empty()) return;
  const auto listed = [](const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ", ") + base::printable(word, 120);
    return text;
  };
  out.checks.push_back({"hosts", out.reachable ? Verdict::warn : Verdict::blocked,
                        "the metadata have the endpoints " + listed(names) + " on " + listed(hosts) +
                            ", which the target file does not name; nothing is sent there",
                        hosts_hint(hosts), out.checks.empty() ? std::vector<int>{} : out.checks.back().evidence});
}

net::awaitable<void> discover(const rules::Target& target, net::Transport& transport, Recorder& recorder,
                              PreflightResult& out) {
  recorder.begin_rule("");
  Discovery discovery(target, transport, recorder, out);
  co_await discovery.run();
}

}  // namespace assay::engine
