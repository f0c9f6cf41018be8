// The WebDriver protocol, without a browser: what is sent, what is made of answers, of events and of pages.
#include "engine/webdriver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/navigation_log.hpp"
#include "engine/page_snapshot.hpp"
#include "html/choice.hpp"
#include "tests/support/scripted_transport.hpp"

namespace assay::engine {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class WebDriverTest : public testing::Test {
 protected:
  WebDriverTest() {
    transport.on("POST /wd/session",
                 support::json(
                     R"({"value":{"sessionId":"s1","capabilities":{"browserName":"chrome","browserVersion":"1.2"}}})"));
  }
  template <class Work>
  void run(Work work) {
    support::run(work());
  }
  json sent(std::size_t i) const { return json::parse(transport.requests.at(i).body); }

  support::ScriptedTransport transport;
  base::Url place = *base::parse_url("http://127.0.0.1:9515/wd/");
  WebDriver driver{transport, place};
};

TEST_F(WebDriverTest, OpensASessionAndDrivesIt) {
  transport.on("POST /wd/session/s1/url", support::json(R"({"value":null})"));
  transport.on("POST /wd/session/s1/element",
               support::json(R"({"value":{"element-6066-11e4-a52e-4f735466cecf":"e7"}})"));
  transport.on("POST /wd/session/s1/element/e7/value", support::json(R"({"value":null})"));
  transport.on("GET /wd/session/s1/title", support::json(R"({"value":"A title"})"));
  transport.on("DELETE /wd/session/s1", support::json(R"({"value":null})"));
  run([&]() -> net::awaitable<void> {
    EXPECT_TRUE(co_await driver.open({"--headless=new"}, std::chrono::seconds(5)));
    EXPECT_EQ(driver.browser(), "chrome 1.2");
    EXPECT_TRUE(co_await driver.navigate("http://server/"));
    const auto element = co_await driver.find("#user");
    EXPECT_EQ(element.value_or(""), "e7");
    EXPECT_TRUE(co_await driver.send_keys("e7", "caf\xC3\xA9 \xFF\"\\"));
    EXPECT_EQ((co_await driver.title()).value_or(""), "A title");
    co_await driver.close();
    EXPECT_FALSE(driver.is_open());
  });
  ASSERT_EQ(transport.requests.size(), 6u);
  EXPECT_THAT(sent(0).dump(), HasSubstr(R"("args":["--headless=new"])"));
  EXPECT_EQ(sent(1)["url"], "http://server/");
  EXPECT_EQ(sent(2)["using"], "css selector");
  EXPECT_EQ(sent(3)["text"], "caf\xC3\xA9 \xEF\xBF\xBD\"\\");
  EXPECT_EQ(transport.requests[5].method, "DELETE");
}

TEST_F(WebDriverTest, TellsWhyACommandDidNotWork) {
  transport.on("POST /wd/session/s1/element",
               support::json(R"({"value":{"error":"no such element","message":"it is not there\nStack"}})", 404));
  transport.on("GET /wd/session/s1/url", support::response(502, "text/html", "<h1>Bad gateway</h1>"));
  transport.on("GET /wd/session/s1/title", support::json(R"([1])"));
  transport.on("POST /wd/session/s1/url", support::json(R"({"value":[]})", 500));
  run([&]() -> net::awaitable<void> {
    EXPECT_TRUE(co_await driver.open({}, std::chrono::seconds(5)));
    const auto element = co_await driver.find("#user");
    EXPECT_EQ(element.error().code, "no such element");
    EXPECT_EQ(element.error().message, "it is not there");
    EXPECT_EQ((co_await driver.current_url()).error().message, "status 502, and no JSON object with a \"value\"");
    EXPECT_EQ((co_await driver.title()).error().code, "no answer");
    EXPECT_EQ((co_await driver.navigate("http://server/")).error().message, "status 500");
    transport.outcome = net::Outcome::connect_failed;
    EXPECT_EQ((co_await driver.source()).error().code, "no answer");
  });
}

TEST_F(WebDriverTest, ASessionWithoutAnIdIsNone) {
  transport.on("POST /wd/session", support::json(R"({"value":{}})"));
  run([&]() -> net::awaitable<void> {
    EXPECT_FALSE(co_await driver.open({}, std::chrono::seconds(5)));
    EXPECT_FALSE(driver.is_open());
  });
}

// What Chromium tells of a page whose form leads to a redirect URI by way of another redirect.
json sends(const std::string& id, const std::string& method, const std::string& url, int redirected = 0,
           const std::string& type = "Document", const std::string& frame = "main") {
  json out{{"method", "Network.requestWillBeSent"},
           {"params",
            {{"requestId", id},
             {"type", type},
             {"frameId", frame},
             {"request", {{"method", method}, {"url", url}, {"headers", {{"Accept", "*/*"}}}}}}}};
  if (redirected > 0)
    out["params"]["redirectResponse"] = {{"status", redirected}, {"headers", {{"Set-Cookie", "a=b\nc=d"}}}};
  return out;
}
json ends(const std::string& id, const std::string& event, const json& more) {
  json out{{"method", "Network." + event}, {"params", {{"requestId", id}}}};
  out["params"].update(more);
  return out;
}

TEST(NavigationLog, FollowsTheWindow) {
  NavigationLog log;
  log.read(sends("1", "GET", "http://s/authorize"));
  EXPECT_EQ(log.pending(), 1u);
  log.read(sends("1", "GET", "http://s/login", 303));
  log.read(sends("2", "GET", "http://s/frame", 0, "Document", "inner"));
  log.read(ends("1", "responseReceived", {{"response", {{"status", 401}, {"headers", json::object()}}}}));
  log.read(ends("1", "loadingFinished", json::object()));
  log.read(ends("2", "loadingFinished", json::object()));
  log.read(sends("3", "GET", "data:image/png;base64,AAAA", 0, "Image"));
  log.read(sends("4", "GET", "http://s/events", 0, "EventSource"));
  EXPECT_EQ(log.pending(), 0u);
  log.read(sends("5", "POST", "http://s/api/login", 0, "Fetch"));
  log.read(sends("6", "GET", "http://s/api/me", 0, "XHR"));
  EXPECT_EQ(log.pending(), 2u);
  auto post = sends("7", "POST", "http://s/do");
  post["params"]["request"]["postData"] = "user=a";
  log.read(post);
  auto last = sends("7", "GET", "http://client/cb", 302);
  last["params"]["request"]["urlFragment"] = "#code=1";
  log.read(last);
  log.read(ends("7", "loadingFailed", {{"errorText", "net::ERR_NAME_NOT_RESOLVED"}}));
  ASSERT_EQ(log.hops().size(), 5u);
  EXPECT_EQ(log.hops()[0].status, 303);
  EXPECT_EQ(log.hops()[0].answer_fields.size(), 2u);
  EXPECT_EQ(log.hops()[1].status, 401);
  EXPECT_TRUE(log.hops()[1].redirected);
  EXPECT_TRUE(log.hops()[2].by_script);
  EXPECT_EQ(log.hops()[3].body, "user=a");
  EXPECT_EQ(log.page()->url, "http://client/cb#code=1");
  EXPECT_EQ(log.page()->error, "net::ERR_NAME_NOT_RESOLVED");
  log.clear();
  EXPECT_EQ(log.page(), nullptr);
}

TEST(NavigationLog, PassesOverWhatItDoesNotKnow) {
  NavigationLog log;
  for (const auto* text : {"{}", R"({"method":7})", R"({"method":"Network.requestWillBeSent"})",
                           R"({"method":"Network.responseReceived","params":{"response":{"status":"x"}}})",
                           R"({"method":"Page.loadEventFired","params":[]})"})
    log.read(json::parse(text));
  EXPECT_EQ(log.page(), nullptr);
}

json element(const std::string& id) { return {{"element-6066-11e4-a52e-4f735466cecf", id}}; }

TEST(PageSnapshot, IsReadIntoFormsAndElements) {
  const json value{
      {"url", "http://s/login"},
      {"ready", "complete"},
      {"document", "1"},
      {"title", "Log in"},
      {"text", "Log in"},
      {"scripts", 3},
      {"captcha", false},
      {"picked", {{"consent", element("c")}, {"user", nullptr}}},
      {"forms",
       json::array({{{"id", ""},
                     {"action", ""},
                     {"method", "get"},
                     {"fields", json::array({{{"name", "email"}, {"type", "email"}, {"element", element("f1")}},
                                             {{"name", "field-1"}, {"type", "password"}, {"element", element("f2")}}})},
                     {"buttons", json::array({{{"label", "Cancel"}, {"element", element("b1")}},
                                              {{"label", "Sign in"}, {"element", element("b2")}}})}}})}};
  const auto seen = read_snapshot(value);
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->complete);
  EXPECT_EQ(seen->selected.consent, "c");
  EXPECT_EQ(seen->selected.user, "");
  ASSERT_EQ(seen->page.forms.size(), 1u);
  EXPECT_THAT(seen->elements[0].fields, ElementsAre("f1", "f2"));
  const auto choice = html::choose_form(seen->page);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->kind, html::FormKind::login);
  EXPECT_EQ(seen->elements[0].buttons[static_cast<std::size_t>(choice->button - choice->form->buttons.data())], "b2");
  EXPECT_FALSE(read_snapshot(nullptr));
  EXPECT_FALSE(read_snapshot(json::object()));
}

// "Show password" beside "Sign in" is no way to log in.
TEST(PageSnapshot, PrefersButtonsThatSubmit) {
  const auto seen = read_snapshot(
      {{"forms", json::array({{{"method", "post"},
                               {"buttons",
                                json::array({{{"label", "Show"}, {"element", element("b1")}},
                                             {{"label", "Go"}, {"submits", true}, {"element", element("b2")}}})}}})}});
  ASSERT_TRUE(seen);
  EXPECT_THAT(seen->elements[0].buttons, ElementsAre("b2"));
}

}  // namespace
}  // namespace assay::engine
