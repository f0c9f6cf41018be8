// How a target wants its users logged in: which driver gets from an authorization request to the answer, and what the driver
// has to be told. Compiled when the target is read; knows neither requests nor answers.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"

namespace assay::rules {

enum class LoginDriver : std::uint8_t { form, steps, cookie, command, browser, manual };
std::string_view to_string(LoginDriver driver);

// A piece of a text that is put together when it is needed. `name` is the literal text, or which one of a kind.
struct LoginPiece {
  enum class Kind : std::uint8_t {
    literal,
    user_name,          // ${user.name}
    user_password,      // ${user.password}
    authorization_url,  // ${authorization_url}: the whole request
    redirect_uri,       // ${redirect_uri}: the one in the request
    request,            // ${request}: all parameters of the request, as JSON or as a form
    parameter,          // ${request.NAME}: one of them
    page_url,           // ${page.url}: of the page that the browser is at
    page_path,          // ${page.path}
    page_query,         // ${page.query}: as it stands in the URL
    page_parameter,     // ${page.query.NAME}: one of it, decoded
    page_field,         // ${page.field.NAME}: the value of a form field
    cookie,             // ${cookie.NAME}: which a request to this place would send
    taken               // ${NAME}: out of an earlier answer
  };
  enum class Encoding : std::uint8_t { plain, json, form, url };  // what the place where it stands asks for
  Kind kind = Kind::literal;
  Encoding encoding = Encoding::plain;
  std::string name;
};
using LoginText = std::vector<LoginPiece>;

// Where a value stands in an answer.
struct LoginSource {
  enum class Where : std::uint8_t {
    json,    // at a JSON pointer in the body
    header,  // of the answer
    query,   // a parameter of the query, or of the fragment, of the URL in Location; without one, of the request's
    cookie,  // set by the answer, or by one before it
    field    // of a form on the page
  };
  Where where = Where::json;
  std::string name;
};

struct LoginTake {
  std::string name;
  std::vector<LoginSource> sources;  // the first that is there and not empty
};

struct LoginCall {
  std::string method = "POST";
  LoginText url;  // resolved against that of the page
  std::vector<std::pair<std::string, LoginText>> headers;
  std::string content_type;  // empty: no body
  LoginText body;
  bool sends_password = false;
  std::vector<int> status;  // which mean success; empty: all below 400
  std::vector<LoginTake> take;
};

// What a page's script would do, or what is done before the authorization request.
struct LoginStep {
  std::string
      page;  // a glob for the page's path, or for the whole URL when it begins with http; empty: at the beginning
  bool once = false;            // only until someone is logged in
  bool refused = false;         // this page says no: it is where the authorization ends
  std::vector<LoginTake> take;  // from the page
  std::vector<LoginCall> calls;
  LoginText go;  // a URL; empty: where the last answer redirects to, otherwise the authorization request again
};

// A cookie that the user of the program brought along.
struct LoginCookie {
  std::string name, path = "/", origin;  // origin: empty for the authorization endpoint's
  base::Secret value;
};

// CSS selectors of what a person would use on the pages. Empty: found as in forms.
struct LoginSelectors {
  std::string user, password, submit, consent;
};

struct TargetLogin {
  LoginDriver driver = LoginDriver::form;
  bool once = false;                                          // one login of each user serves all of a run
  std::chrono::nanoseconds timeout{std::chrono::minutes(1)};  // for one authorization with everything in between
  std::string user_field, password_field;                     // form, steps: overrides of what the form shows
  std::vector<std::string> allow;                             // form, steps: labels of the button that consents
  std::vector<std::string> origins;                           // further origins that belong to the server
  std::vector<LoginStep> steps;                               // steps
  std::vector<LoginCookie> cookies;                           // cookie; form and steps may have some too
  LoginSelectors selectors;                                   // browser
  std::string webdriver;                                      // browser: URL of one that runs; empty: it is started
  std::string chromedriver = "chromedriver";                  // browser: the program, in that case
  std::vector<std::string> command;                           // command: the program and its arguments
  bool open = false;                                          // manual: open the URL with xdg-open
  std::vector<base::Secret> secrets;  // what came from outside the file: never to be shown, wherever it occurs
};

}  // namespace assay::rules
