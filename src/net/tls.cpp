// A BIO of our own reads from and appends to the session's strings; OpenSSL's memory BIO would copy every byte once
// more.
#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <climits>
#include <cstring>

#include <fmt/format.h>

#include "base/text.hpp"

namespace assay::net {
namespace {

std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "unknown reason" : base::lower(reason);
}

// SSL_get_error() takes any older error of this thread for the session's. Looking first is 10 times cheaper than
// clearing.
void forget_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

base::Failure failure(std::string doing) {
  doing += ": " + openssl_reason();
  ERR_clear_error();
  return {base::FailureCode::tls, std::move(doing), ""};
}

// RFC 7301: say that HTTP/1.1 is what will be spoken.
constexpr unsigned char alpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int select_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, alpn, sizeof alpn, in, in_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

struct TlsSession::Bio {
  static int read(BIO* bio, char* out, int size) {
    auto& session = *static_cast<TlsSession*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    std::string_view available = session.input_;
    if (session.left_begin_ < session.left_.size())
      available = std::string_view(session.left_).substr(session.left_begin_);
    if (available.empty()) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const std::size_t copied = available.copy(out, static_cast<std::size_t>(size));
    if (session.left_begin_ < session.left_.size()) {
      session.left_begin_ += copied;
      if (session.left_begin_ == session.left_.size()) {
        session.left_.clear();
        session.left_begin_ = 0;
      }
    } else {
      session.input_.remove_prefix(copied);
    }
    return static_cast<int>(copied);
  }

  static int write(BIO* bio, const char* bytes, int size) {
    static_cast<TlsSession*>(BIO_get_data(bio))->output_.append(bytes, static_cast<std::size_t>(size));
    BIO_clear_retry_flags(bio);
    return size;
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static int create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
  }

  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      BIO_METHOD* bio = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "assay strings");
      BIO_meth_set_read(bio, read);
      BIO_meth_set_write(bio, write);
      BIO_meth_set_ctrl(bio, control);
      BIO_meth_set_create(bio, create);
      return bio;
    }();
    return made;
  }
};

TlsResumption::~TlsResumption() { SSL_SESSION_free(session); }

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

void TlsSession::Free::operator()(ssl_st* session) const { SSL_free(session); }

int TlsSession::keep_session(ssl_st* ssl, ssl_session_st* session) {
  auto* const self = static_cast<TlsSession*>(SSL_get_app_data(ssl));
  if (self == nullptr || self->resumption_ == nullptr) return 0;
  SSL_SESSION_free(self->resumption_->session);
  self->resumption_->session = session;
  return 1;  // the reference is ours
}

std::expected<TlsContext, base::Failure> TlsContext::client(const std::string& ca_file, bool verify) {
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const native = context.native();
  if (native == nullptr) return std::unexpected(failure("set up TLS"));
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(native, TlsSession::keep_session);
  SSL_CTX_set_alpn_protos(native, alpn, sizeof alpn);
  // Each connection holds a buffer for the longest record that it sends: 16 KB, where a request is hardly ever longer than this.
  SSL_CTX_set_max_send_fragment(native, 4096);
  SSL_CTX_set_verify(native, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!ca_file.empty() && SSL_CTX_load_verify_locations(native, ca_file.c_str(), nullptr) != 1)
    return std::unexpected(failure(fmt::format("read certificates from {}", ca_file)));
  if (ca_file.empty() && verify) SSL_CTX_set_default_verify_paths(native);
  return context;
}

std::expected<TlsContext, base::Failure> TlsContext::server(const std::string& certificate_file,
                                                            const std::string& key_file) {
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const native = context.native();
  if (native == nullptr) return std::unexpected(failure("set up TLS"));
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_alpn_select_cb(native, select_alpn, nullptr);
  if (SSL_CTX_use_certificate_chain_file(native, certificate_file.c_str()) != 1)
    return std::unexpected(failure(fmt::format("read the certificate {}", certificate_file)));
  if (SSL_CTX_use_PrivateKey_file(native, key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return std::unexpected(failure(fmt::format("read the private key {}", key_file)));
  return context;
}

TlsSession::TlsSession(const TlsContext& context) : session_(SSL_new(context.native())) {
  attach();
  SSL_set_accept_state(session_.get());
}

TlsSession::TlsSession(const TlsContext& context, const std::string& host, TlsResumption* resumption)
    : session_(SSL_new(context.native())), resumption_(resumption) {
  attach();
  SSL* const ssl = session_.get();
  // RFC 6066 section 3: addresses are not sent as server names.
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) != 1) {
    SSL_set_tlsext_host_name(ssl, host.c_str());
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl, host.c_str());
  }
  ERR_clear_error();
  if (resumption != nullptr && resumption->session != nullptr) SSL_set_session(ssl, resumption->session);
  SSL_set_connect_state(ssl);
}

TlsSession::~TlsSession() {
  // Otherwise OpenSSL takes the session for broken and would not resume it.
  SSL_set_shutdown(session_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void TlsSession::attach() {
  SSL_set_app_data(session_.get(), this);
  BIO* const bio = BIO_new(Bio::method());
  BIO_set_data(bio, this);
  SSL_set_bio(session_.get(), bio, bio);
}

void TlsSession::settle() {
  if (input_.empty()) return;
  left_.erase(0, left_begin_);
  left_begin_ = 0;
  left_ += input_;
  input_ = {};
}

TlsSession::Step TlsSession::fail(int result) {
  SSL* const ssl = session_.get();
  const int error = SSL_get_error(ssl, result);
  if (error == SSL_ERROR_WANT_READ) return Step::more;
  if (error == SSL_ERROR_ZERO_RETURN) return Step::closed;
  const unsigned long code = ERR_peek_last_error();
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    error_ =
        fmt::format("certificate refused: {}", base::lower(X509_verify_cert_error_string(SSL_get_verify_result(ssl))));
  } else {
    error_ = openssl_reason();
    if (ERR_GET_LIB(code) == ERR_LIB_SSL &&
        (ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER || ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST))
      error_ += " (does the other side speak plain HTTP?)";
  }
  ERR_clear_error();
  return Step::failed;
}

void TlsSession::hold_no_buffers() { SSL_set_mode(session_.get(), SSL_MODE_RELEASE_BUFFERS); }

TlsSession::Step TlsSession::handshake() {
  forget_errors();
  const int result = SSL_do_handshake(session_.get());
  return result == 1 ? Step::done : fail(result);
}

TlsSession::Step TlsSession::read(std::span<char> room, std::size_t& size) {
  size = 0;
  forget_errors();
  const int result =
      SSL_read(session_.get(), room.data(), static_cast<int>(std::min<std::size_t>(room.size(), INT_MAX)));
  if (result <= 0) return fail(result);
  size = static_cast<std::size_t>(result);
  return Step::done;
}

std::string_view TlsSession::encrypt(std::string_view bytes) {
  forget_errors();
  while (!bytes.empty()) {
    const int result =
        SSL_write(session_.get(), bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX)));
    if (result <= 0) break;  // the session is over; the next read says why
    bytes.remove_prefix(static_cast<std::size_t>(result));
  }
  return output_;
}

void TlsSession::say_goodbye() {
  forget_errors();
  SSL_shutdown(session_.get());
  forget_errors();
}

bool TlsSession::has_pending() const {
  return !input_.empty() || !left_.empty() || SSL_has_pending(session_.get()) == 1;
}

bool TlsSession::resumed() const { return SSL_session_reused(session_.get()) == 1; }

}  // namespace assay::net
