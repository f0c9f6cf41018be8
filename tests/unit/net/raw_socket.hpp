// Blocking sockets for tests: a raw client that says exactly these bytes, and a server that follows a script. Knows
// nothing of the code under test.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace assay::net::testing {

// A connected TCP socket; every wait ends after five seconds.
class RawSocket {
 public:
  explicit RawSocket(int descriptor) : descriptor_(descriptor) {}
  static RawSocket connect(std::uint16_t port);
  ~RawSocket();
  RawSocket(RawSocket&& other) noexcept;
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  bool write(std::string_view bytes);             // false if the peer is gone
  std::string read_some();                        // empty at the end
  std::string read_until(std::string_view mark);  // up to and with the first `mark`, or what came before the end
  std::string read_all();
  void reset();  // closes with RST
  void finish_writing();

 private:
  int descriptor_;
  std::string left_;
};

// Accepts connections on a free loopback port, one after the other; the n-th runs the n-th script, further ones the
// last.
class ScriptedServer {
 public:
  using Script = std::function<void(RawSocket&)>;
  explicit ScriptedServer(std::vector<Script> scripts);
  explicit ScriptedServer(Script script) : ScriptedServer(std::vector<Script>{std::move(script)}) {}
  ~ScriptedServer();
  std::uint16_t port() const { return port_; }
  int accepted() const { return accepted_.load(); }

 private:
  void set_current(int descriptor);

  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_{0};
  std::mutex mutex_;
  int current_ = -1;  // the connection whose script runs; the destructor ends its waits
  std::jthread thread_;
};

}  // namespace assay::net::testing
