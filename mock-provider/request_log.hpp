// What was asked of the provider, for tests of clients: the last requests without their values. Only names of parameters are kept, so
// that no code, token or password can be read here.
#pragma once
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "mock-provider/call.hpp"

namespace assay::mock {

struct LoggedRequest {
  std::uint64_t number = 0;  // from 1 on; of all requests since the start or the last reset
  Time time;
  std::string method, path, client, grant_type, error;  // empty: none
  std::vector<std::string> parameters;                  // names, in the order of the request
  int status = 0;
};

class RequestLog {
 public:
  static constexpr std::size_t capacity = 1000;

  // Of a request that has been answered.
  void add(const Call& call);
  // A copy of those with a number above `after`.
  std::vector<LoggedRequest> read(std::uint64_t after) const;
  void clear();

 private:
  mutable std::mutex mutex_;
  std::uint64_t count_ = 0;
  std::deque<LoggedRequest> requests_;
};

}  // namespace assay::mock
