// Client and server over TLS, with certificates made here: what is accepted, what is refused and why, resumption, plain
// HTTP on the wrong port.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <filesystem>
#include <fstream>

#include "net/client.hpp"
#include "net/server.hpp"
#include "tests/unit/net/raw_socket.hpp"

namespace assay::net {
namespace {

using ::testing::HasSubstr;
using testing::RawSocket;
using testing::ScriptedServer;
using ::testing::StartsWith;
using namespace std::chrono_literals;

constexpr std::string_view get = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";

// A self-signed P-256 certificate for localhost and 127.0.0.1 (or `names`), as two PEM files that live as long as it
// does.
class Certificate {
 public:
  explicit Certificate(const char* names = "DNS:localhost,IP:127.0.0.1", long valid_seconds = 3600) {
    static int number = 0;
    const auto base = std::filesystem::temp_directory_path() /
                      ("assay-tls-test-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
    certificate_ = base.string() + ".pem";
    key_ = base.string() + ".key";
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    X509* const certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), number);
    X509_gmtime_adj(X509_getm_notBefore(certificate), std::min(0L, valid_seconds * 2));
    X509_gmtime_adj(X509_getm_notAfter(certificate), valid_seconds);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("assay test"), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_set_pubkey(certificate, key);
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, names);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(certificate, key, EVP_sha256());
    write(certificate_, [&](std::FILE* file) { PEM_write_X509(file, certificate); });
    write(key_, [&](std::FILE* file) { PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr); });
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~Certificate() {
    std::filesystem::remove(certificate_);
    std::filesystem::remove(key_);
  }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
  const std::string& certificate() const { return certificate_; }
  const std::string& key() const { return key_; }

 private:
  template <class Write>
  static void write(const std::string& path, Write write_to) {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr);
    write_to(file);
    std::fclose(file);
  }
  std::string certificate_, key_;
};

std::unique_ptr<Server> start(const Certificate& certificate) {
  ServerOptions options;
  options.threads = 1;
  options.max_body = 10'000'000;
  options.certificate_file = certificate.certificate();
  options.private_key_file = certificate.key();
  auto server = Server::start(options, [](const ServerRequest& request, ServerResponse& response) {
    if (request.path == "/large") response.body.assign(2'000'000, 'x');
    else if (request.path == "/truncates") response.fault = WireFault::truncate_body, response.body = "some body";
    else if (request.path == "/closes") response.fault = WireFault::close_without_answer;
    else response.body = std::string(request.path) + " " + std::to_string(request.body.size());
  });
  if (!server) throw std::runtime_error(server.error().doing);
  return std::move(*server);
}

class Tls : public ::testing::Test {
 protected:
  void use(const std::string& ca_file, bool verify = true, bool resume = true) {
    ClientOptions options;
    options.ca_file = ca_file;
    options.verify_certificate = verify;
    options.resume_tls = resume;
    options.timeout = 3s;
    client_.reset();
    context_ = std::move(*ClientContext::create(io_, options));
    client_ = std::make_unique<Client>(*context_);
  }
  Answer exchange(const std::string& host, std::uint16_t port, std::string_view request = get) {
    const Origin origin{.tls = true, .host = host, .port = port};
    Answer answer;
    boost::asio::co_spawn(io_, client_->exchange(origin, request, answer), boost::asio::detached);
    io_.restart();
    io_.run();
    return answer;
  }

  boost::asio::io_context io_{1};
  std::unique_ptr<ClientContext> context_;
  std::unique_ptr<Client> client_;
};

TEST_F(Tls, AcceptsACertificateItTrusts) {
  const Certificate certificate;
  const auto server = start(certificate);
  use(certificate.certificate());
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const Answer first = exchange(host, server->port());
    ASSERT_TRUE(first.ok()) << first.detail;
    EXPECT_EQ(first.body(), "/hello 0");
    EXPECT_GT(first.handshake_time.count(), 0);
    const Answer second = exchange(host, server->port());
    EXPECT_TRUE(second.reused_connection);
    EXPECT_EQ(second.handshake_time.count(), 0);
  }
}

TEST_F(Tls, CarriesMoreThanOneRecord) {
  const Certificate certificate;
  const auto server = start(certificate);
  use(certificate.certificate());
  EXPECT_EQ(exchange("localhost", server->port(), "GET /large HTTP/1.1\r\nHost: x\r\n\r\n").body().size(), 2'000'000U);
  const std::string body(5'000'000, 'y');
  const Answer answer =
      exchange("localhost", server->port(), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n" + body);
  EXPECT_EQ(answer.body(), "/ 5000000") << answer.detail;
  EXPECT_TRUE(answer.reused_connection);
  const Answer truncated = exchange("localhost", server->port(), "GET /truncates HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(truncated.outcome, Outcome::truncated);
  EXPECT_EQ(exchange("localhost", server->port(), "POST /closes HTTP/1.1\r\nHost: x\r\n\r\n").outcome, Outcome::closed);
}

// From some number on, connections hold no buffers of their own.
TEST_F(Tls, CarriesMoreThanOneRecordOnManyConnections) {
  const Certificate certificate;
  const auto server = start(certificate);
  use(certificate.certificate());
  const Origin origin{.tls = true, .host = "localhost", .port = server->port()};
  constexpr std::size_t connections = 140, each = 50'000;
  const std::string request =
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(each) + "\r\n\r\n" + std::string(each, 'y');
  for (const bool again : {false, true}) {
    std::vector<Answer> answers(connections);
    for (auto& answer : answers)
      boost::asio::co_spawn(io_, client_->exchange(origin, request, answer), boost::asio::detached);
    io_.restart();
    io_.run();
    for (const auto& answer : answers) {
      ASSERT_EQ(answer.body(), "/ " + std::to_string(each)) << answer.detail;
      EXPECT_EQ(answer.reused_connection, again);
    }
  }
}

TEST_F(Tls, RefusesACertificateAndSaysWhy) {
  const Certificate certificate, expired("DNS:localhost", -3600), elsewhere("DNS:other.example,IP:127.0.0.2");
  const auto server = start(certificate);
  use("");
  const Answer unknown = exchange("localhost", server->port());
  EXPECT_EQ(unknown.outcome, Outcome::tls_failed);
  EXPECT_EQ(unknown.detail,
            "TLS with localhost:" + std::to_string(server->port()) + ": certificate refused: self-signed certificate");
  const auto expired_server = start(expired);
  use(expired.certificate());
  EXPECT_THAT(exchange("localhost", expired_server->port()).detail,
              HasSubstr("certificate refused: certificate has expired"));
  const auto elsewhere_server = start(elsewhere);
  use(elsewhere.certificate());
  EXPECT_THAT(exchange("localhost", elsewhere_server->port()).detail,
              HasSubstr("certificate refused: hostname mismatch"));
  EXPECT_THAT(exchange("127.0.0.1", elsewhere_server->port()).detail,
              HasSubstr("certificate refused: ip address mismatch"));
  use("", false);
  EXPECT_TRUE(exchange("127.0.0.1", elsewhere_server->port()).ok()) << "not asked to verify";
}

TEST_F(Tls, ResumesSessions) {
  const Certificate certificate;
  const auto server = start(certificate);
  for (const bool resume : {true, false}) {
    use(certificate.certificate(), true, resume);
    for (int i = 0; i < 3; ++i) {
      const Answer answer = exchange("localhost", server->port());
      EXPECT_TRUE(answer.ok()) << answer.detail;
      EXPECT_EQ(answer.tls_resumed, resume && i > 0);
      client_->close_connections();
    }
  }
}

TEST_F(Tls, HoldsTheLastByteOfAWaveInARecordOfItsOwn) {
  const Certificate certificate;
  const auto server = start(certificate);
  use(certificate.certificate());
  const Origin origin{.tls = true, .host = "localhost", .port = server->port()};
  const std::vector<std::string> requests(8, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  for (int round = 0; round < 2; ++round) {
    std::vector<Answer> answers(requests.size());
    const WavePlan plan;
    WaveTiming timing;
    boost::asio::co_spawn(io_, client_->wave(origin, requests, plan, answers, timing), boost::asio::detached);
    io_.restart();
    io_.run();
    for (const Answer& answer : answers) {
      EXPECT_EQ(answer.body(), "/x 5") << answer.detail;
      EXPECT_GT(answer.handshake_time.count(), 0);
    }
    for (const SteadyTime released : timing.released) EXPECT_NE(released, SteadyTime{});
  }
}

TEST_F(Tls, NoticesPlainHttp) {
  const ScriptedServer plain([](RawSocket& socket) {
    socket.read_some();
    socket.write("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  use("");
  const Answer answer = exchange("127.0.0.1", plain.port());
  EXPECT_EQ(answer.outcome, Outcome::tls_failed);
  EXPECT_THAT(answer.detail, HasSubstr("wrong version number (does the other side speak plain HTTP?)"));
  const ScriptedServer closes([](RawSocket& socket) { socket.read_some(); });
  EXPECT_THAT(exchange("127.0.0.1", closes.port()).detail, HasSubstr("closed during the handshake"));
  // The other way round: a plain client at the TLS port gets no HTTP.
  const Certificate certificate;
  const auto server = start(certificate);
  RawSocket client = RawSocket::connect(server->port());
  client.write(get);
  EXPECT_THAT(client.read_all(), ::testing::Not(HasSubstr("HTTP/1.1")));
}

// Certificates that were read once serve many contexts.
TEST_F(Tls, SharesWhatWasPrepared) {
  const Certificate certificate;
  const auto server = start(certificate);
  ClientOptions options;
  options.timeout = 3s;
  options.ca_file = certificate.certificate();
  auto prepared = prepare_tls(options);
  ASSERT_TRUE(prepared);
  options.tls = std::move(*prepared);
  options.ca_file = "/nonexistent.pem";  // not read any more
  for (int i = 0; i < 2; ++i) {
    client_.reset();
    context_ = std::move(*ClientContext::create(io_, options));
    client_ = std::make_unique<Client>(*context_);
    const Answer answer = exchange("localhost", server->port());
    EXPECT_TRUE(answer.ok()) << answer.detail;
  }
}

// The system's certificates are read when they are needed: they know nobody here.
TEST_F(Tls, TrustsTheSystemOnlyOnceItIsAsked) {
  const Certificate certificate;
  const auto server = start(certificate);
  use("");
  const Answer answer = exchange("localhost", server->port());
  EXPECT_EQ(answer.outcome, Outcome::tls_failed);
  EXPECT_THAT(answer.detail, HasSubstr("certificate refused"));
}

TEST_F(Tls, SaysWhichFileItCannotUse) {
  ClientOptions options;
  options.ca_file = "/nonexistent.pem";
  EXPECT_THAT(ClientContext::create(io_, options).error().doing,
              StartsWith("read certificates from /nonexistent.pem: "));
  const Certificate one, other;
  ServerOptions server;
  server.certificate_file = one.certificate();
  server.private_key_file = other.key();
  EXPECT_THAT(Server::start(server, {}).error().doing, HasSubstr("key values mismatch"));
  server.certificate_file = "/nonexistent.pem";
  EXPECT_THAT(Server::start(server, {}).error().doing, StartsWith("read the certificate /nonexistent.pem: "));
}

}  // namespace
}  // namespace assay::net
