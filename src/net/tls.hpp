// TLS without I/O: an OpenSSL session between two byte strings, so that one receive and one send carry a whole
// exchange. Knows nothing of sockets; client and server use it alike. Internal to src/net.
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/failure.hpp"

struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;

namespace assay::net {

// A session that may be resumed; filled by the handshake of a later connection to the same origin.
struct TlsResumption {
  ~TlsResumption();
  ssl_session_st* session = nullptr;
};

// Settings of many sessions. Thread-safe once made.
class TlsContext {
 public:
  // `ca_file`: PEM, empty for the system's store. TLS 1.2 or later.
  static std::expected<TlsContext, base::Failure> client(const std::string& ca_file, bool verify);
  static std::expected<TlsContext, base::Failure> server(const std::string& certificate_file,
                                                         const std::string& key_file);
  ssl_ctx_st* native() const { return context_.get(); }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  std::unique_ptr<ssl_ctx_st, Free> context_;
};

class TlsSession {
 public:
  enum class Step : std::uint8_t { done, more, closed, failed };  // more: feed() what the peer sends next

  explicit TlsSession(const TlsContext& context);  // the server's side
  // The client's side: host as name or address, for SNI and for the check of the certificate. `resumption` may be null
  // and must outlive the session.
  TlsSession(const TlsContext& context, const std::string& host, TlsResumption* resumption);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // Bytes received; not copied: they must stay until read() or handshake() says `more`, or settle() was called.
  void feed(std::string_view received) { input_ = received; }
  // Copies what feed() gave and nobody has read.
  void settle();

  // For good: no buffers are held between two records. Costs a few hundred instructions per record.
  void hold_no_buffers();

  Step handshake();  // afterwards, output() has to be sent
  // Decrypts into `room`; `size` > 0 only with done.
  Step read(std::span<char> room, std::size_t& size);
  // Whether read() may have something without another feed().
  bool has_pending() const;
  // Encrypts all of `bytes` and returns everything that has to be sent; valid until the next call.
  std::string_view encrypt(std::string_view bytes);
  std::string_view output() const { return output_; }
  void clear_output() { output_.clear(); }
  void say_goodbye();  // adds close_notify to the output

  bool resumed() const;
  // Why it failed, a lower-case fragment; names the certificate check if it was one.
  const std::string& error() const { return error_; }

 private:
  struct Bio;
  struct Free {
    void operator()(ssl_st* session) const;
  };
  void attach();
  Step fail(int result);
  static int keep_session(ssl_st* ssl, ssl_session_st* session);
  friend class TlsContext;

  std::unique_ptr<ssl_st, Free> session_;
  std::string_view input_;
  std::string left_;  // input that was copied by settle(), from left_begin_ on
  std::size_t left_begin_ = 0;
  std::string output_;
  std::string error_;
  TlsResumption* resumption_ = nullptr;
};

}  // namespace assay::net
