#include "mock-provider/provider.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace assay::mock {
namespace {

using testing::HasSubstr;

// Sends one request to 127.0.0.1 and reads until the server closes.
std::string ask(std::uint16_t port, const std::string& request) {
  const int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{10, 0};
  setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string answer;
  if (connect(handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      send(handle, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
    char buffer[4096];
    for (ssize_t got = 0; (got = recv(handle, buffer, sizeof buffer, 0)) > 0;)
      answer.append(buffer, static_cast<std::size_t>(got));
  }
  close(handle);
  return answer;
}

std::string get(std::uint16_t port, const std::string& path) {
  return ask(port, "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
}

ProviderOptions with_threads(unsigned threads) {
  ProviderOptions options;
  options.threads = threads;
  return options;
}

TEST(Provider, ServesOnAFreePort) {
  auto provider = Provider::start(with_threads(2));
  ASSERT_TRUE(provider) << provider.error().doing;
  const auto port = (*provider)->port();
  EXPECT_EQ((*provider)->issuer(), "http://127.0.0.1:" + std::to_string(port));
  const auto metadata = get(port, "/.well-known/openid-configuration");
  EXPECT_TRUE(metadata.starts_with("HTTP/1.1 200 "));
  EXPECT_THAT(metadata, HasSubstr("\"issuer\":\"" + (*provider)->issuer() + "\""));

  const std::string body = "grant_type=client_credentials&client_id=service&client_secret=service-secret";
  EXPECT_THAT(ask(port,
                  "POST /token HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                  "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
                      std::to_string(body.size()) + "\r\n\r\n" + body),
              HasSubstr("\"access_token\":"));
  (*provider)->stop();
  (*provider)->stop();
  EXPECT_EQ(get(port, "/jwks"), "");
}

TEST(Provider, KeepsTheIssuerItIsGiven) {
  auto options = with_threads(1);
  options.issuer = "https://issuer.example";
  auto provider = Provider::start(options);
  ASSERT_TRUE(provider);
  EXPECT_EQ((*provider)->issuer(), "https://issuer.example");
}

TEST(Provider, RefusesUnknownDefects) {
  ProviderOptions options;
  options.defects = {"no-such-defect"};
  EXPECT_FALSE(Provider::start(options));
  auto provider = Provider::start(with_threads(1));
  ASSERT_TRUE(provider);
  EXPECT_FALSE((*provider)->set_defects(options.defects));
  EXPECT_TRUE((*provider)->set_defects({}));
}

TEST(Provider, SaysWhyItCannotStart) {
  auto options = with_threads(1);
  options.address = "not an address";
  EXPECT_FALSE(Provider::start(options));
}

TEST(Defects, HaveNamesSentencesAndClauses) {
  for (const auto& defect : defects()) {
    EXPECT_FALSE(defect.name.empty());
    EXPECT_TRUE(defect.breaks.ends_with('.')) << defect.name;
    EXPECT_FALSE(defect.clause.empty()) << defect.name;
    EXPECT_EQ(std::ranges::count(defects(), defect.name, &DefectInfo::name), 1) << defect.name;
  }
}

}  // namespace
}  // namespace assay::mock
