// How the parts of the engine send a request: through the session, which records every exchange.
#pragma once
#include <string_view>

#include "net/answer.hpp"
#include "net/awaitable.hpp"
#include "net/transport.hpp"

namespace assay::engine {

// Sends one request and records it; implemented by the session.
class Wire {
 public:
  virtual ~Wire() = default;
  // `purpose` says for the report what the request is for: "login form", "token endpoint". All arguments outlive the call.
  virtual net::awaitable<void> send(const net::Origin& origin, std::string_view request, net::Answer& answer,
                                    std::string_view purpose) = 0;
  // A secret that occurs in what was sent or answered, of a kind as record::Redactor::add() takes it.
  virtual void on_secret(std::string_view /*kind*/, std::string_view /*value*/) {}
  // Records an exchange that a browser or another program had in our place.
  virtual void note(std::string_view /*request*/, const net::Answer& /*answer*/, std::string_view /*purpose*/) {}
};

}  // namespace assay::engine
