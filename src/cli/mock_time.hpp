// Waiting for the bundled mock means moving its clock: no rule takes real time in process.
#pragma once
#include "mock-provider/provider.hpp"
#include "net/transport.hpp"

namespace assay::cli {

class MockTime final : public net::Timekeeper {
 public:
  explicit MockTime(mock::Provider& mock) : mock_(mock) {}
  net::awaitable<void> wait(std::chrono::nanoseconds duration) override {
    mock_.advance_clock(duration);
    co_return;
  }
  std::chrono::system_clock::time_point now() const override { return mock_.now(); }
  bool real() const override { return false; }

 private:
  mock::Provider& mock_;
};

}  // namespace assay::cli
