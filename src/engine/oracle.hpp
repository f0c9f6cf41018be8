// Is this access token still accepted? Asks introspection, userinfo or the protected resource, in the order the target
// allows. An oracle that never said yes to a fresh token proves nothing by saying no.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/bound_target.hpp"
#include "engine/judge.hpp"
#include "engine/request_body.hpp"
#include "engine/wire.hpp"

namespace assay::engine {

class Oracle {
 public:
  explicit Oracle(const BoundTarget& target);

  bool available() const { return !means_.empty(); }
  std::size_t count() const { return means_.size(); }
  std::string_view name(std::size_t index) const;
  // Whether it may check a JWT without asking the server, so that it cannot know of a revocation (RFC 9068 section 4).
  bool checks_offline(std::size_t index) const { return means_[index].kind == EndpointKind::resource; }
  // yes: accepted; no: refused (inactive, or 401); unknown: no usable answer. `answer` keeps what was said.
  net::awaitable<Truth> ask(std::size_t index, Wire& wire, std::string_view token, net::Answer& answer) const;
  // The first oracle that accepts `token`, or nullopt if none does.
  net::awaitable<std::optional<std::size_t>> find_accepting(Wire& wire, std::string_view token,
                                                            net::Answer& answer) const;

 private:
  struct Means {
    EndpointKind kind;
    const Endpoint* endpoint;
    std::string head;  // with the line `line` before it, if the parameters go into the query
    std::string line;
    BodyPlan parameters;  // introspection: the token is the only hole
  };

  void add(const BoundTarget& target, EndpointKind kind, std::string_view role);

  std::vector<Means> means_;
};

}  // namespace assay::engine
