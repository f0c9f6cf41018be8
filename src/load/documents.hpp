// Fetches the metadata and the keys again and again while a load run goes on, each time over a new connection, which another
// node may answer. What they say is for Invariants to judge.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "engine/bound_target.hpp"
#include "net/client.hpp"

namespace assay::load {

class DocumentWatch {
 public:
  // `take(keys, body)` is called for every copy that came with status 200.
  DocumentWatch(net::ClientContext& context, const engine::BoundTarget& target, std::chrono::nanoseconds pause,
                std::function<void(bool, std::string_view)> take);

  // Runs until stop(); what is under way then is not taken any more.
  net::awaitable<void> run();
  void stop();

 private:
  struct Source {
    bool keys = false;
    net::Origin origin;
    std::string request;
  };
  void add(bool keys, const std::string& url);

  net::Client client_;
  net::RealTime time_;
  std::chrono::nanoseconds pause_;
  std::function<void(bool, std::string_view)> take_;
  std::vector<Source> sources_;
  bool stopped_ = false;
};

}  // namespace assay::load
