// The mock's request side: pipelined requests in pieces, what the provider answers to each of them, and whether our own client can
// read that. The first byte chooses the persona, the second the size of the pieces. Nobody guesses a code or a cookie: "$code" in a
// request stands for what an earlier answer to the same input held, so that whole logins can be tried.
#include <deque>

#include "mock-provider/application.hpp"
#include "net/framing.hpp"
#include "net/request_framing.hpp"
#include "net/response_text.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

mock::Application& provider(std::uint8_t choice) {
  static const auto make = [](const char* persona, mock::LoginMode login) {
    mock::ProviderOptions options;
    options.issuer = "http://127.0.0.1:4100";
    options.persona = persona;
    options.login = login;
    options.control = true;
    return options;
  };
  static mock::Application all[] = {mock::Application(make("strict", mock::LoginMode::form)),
                                    mock::Application(make("strict", mock::LoginMode::auto_)),
                                    mock::Application(make("github", mock::LoginMode::form)),
                                    mock::Application(make("authmaster", mock::LoginMode::form)),
                                    mock::Application(make("api-v1", mock::LoginMode::auto_))};
  return all[choice % std::size(all)];
}

class Learned {
 public:
  explicit Learned(std::string_view control_token) { known_.emplace_back("$control", control_token); }

  void look_at(const net::ServerResponse& response) {
    for (const auto& [name, mark] : in_fields) keep(name, response.fields, mark);
    for (const auto& [name, mark] : in_body) keep(name, response.body, mark);
  }
  // `request` with what is known in it; views of this object.
  void fill_in(net::ServerRequest& request) {
    texts_.clear();
    request.target = filled(request.target);
    const auto question = request.target.find('?');
    request.path = request.target.substr(0, question);
    request.query = question == std::string_view::npos ? std::string_view() : request.target.substr(question + 1);
    request.body = filled(request.body);
    for (auto& field : request.fields) field.value = filled(field.value);
  }

 private:
  using Marks = std::pair<std::string_view, std::string_view>;
  static constexpr Marks in_fields[] = {{"$code", "code="}, {"$flow", "flow="}, {"$cookie", "assay_session="}};
  static constexpr Marks in_body[] = {{"$csrf", "name=\"csrf\" value=\""},  {"$access", "\"access_token\":\""},
                                      {"$refresh", "\"refresh_token\":\""}, {"$pushed", "\"request_uri\":\""},
                                      {"$client", "\"client_id\":\""},      {"$secret", "\"client_secret\":\""}};

  void keep(std::string_view name, std::string_view text, std::string_view mark) {
    const auto at = text.find(mark);
    if (at == std::string_view::npos) return;
    const auto rest = text.substr(at + mark.size());
    known_.emplace_back(name, rest.substr(0, rest.find_first_of("&;\"\r\n ")));
  }
  std::string_view filled(std::string_view text) {
    if (!text.contains('$')) return text;
    std::string out(text);
    for (auto known = known_.rbegin(); known != known_.rend(); ++known)
      for (std::size_t at = 0; (at = out.find(known->first, at)) != std::string::npos; at += known->second.size())
        out.replace(at, known->first.size(), known->second);
    return texts_.emplace_back(std::move(out));
  }

  std::vector<std::pair<std::string, std::string>> known_;  // the latest last
  std::deque<std::string> texts_;
};

// An answer that a client would misread, because something foreign got into its head.
void require_well_framed(const net::ServerResponse& response, bool head_only) {
  std::string bytes;
  net::append_response(bytes, response,
                       {.date = "Sun, 06 Nov 1994 08:49:37 GMT", .close = true, .head_only = head_only});
  net::Answer answer;
  answer.clear();
  net::ResponseFramer framer(answer, head_only, {.max_head = 1u << 18, .max_body = 1u << 21});
  for (std::string_view rest = bytes; !rest.empty();) {
    const auto room = framer.room();
    const auto size = rest.copy(room.data(), room.size());
    rest.remove_prefix(size);
    if (framer.received(size) == net::ResponseFramer::Step::done) break;
  }
  require(answer.ok() && answer.status == response.status, "the answer is well framed");
  if (!head_only) require(answer.body() == response.body, "and has the body that was meant");
  require(answer.fields().size() >= 3 && answer.fields().size() < 20, "and no fields that came from outside");
  for (const auto& field : answer.fields())
    for (const char c : field.value)
      require(static_cast<unsigned char>(c) >= 0x20, "a field holds no control characters");
}

void http_request(std::string_view input) {
  auto& application = provider(take_byte(input));
  const auto choice = take_byte(input);
  const std::size_t piece = choice == 0 ? input.size() + 1 : choice;
  application.reset();
  Learned learned(application.control_token());
  net::RequestFramer framer(4096, 1u << 16);
  net::ServerRequest request;
  net::ServerResponse response;
  while (!input.empty()) {
    const auto room = framer.room();
    require(!room.empty(), "there is room for more");
    const auto size = std::min({room.size(), piece, input.size()});
    input.copy(room.data(), size);
    input.remove_prefix(size);
    framer.received(size);
    for (;;) {
      const auto step = framer.next(request);
      if (step == net::RequestFramer::Step::need_more) break;
      if (step == net::RequestFramer::Step::refuse) {
        require(framer.refusal() >= 400 && framer.refusal() < 600, "a refusal is an error status");
        return;
      }
      response.clear();
      learned.fill_in(request);
      if (request.path == "/_assay/defects") continue;  // what is wrong on purpose proves nothing
      application.handle(request, response);
      learned.look_at(response);
      require(response.status >= 200 && response.status < 500, "nothing foreign makes the provider fail");
      require(response.body.size() < (1u << 20), "answers stay small");
      require_well_framed(response, framer.is_head());
    }
  }
}

const Target http_request_target("http_request", http_request);

}  // namespace
}  // namespace assay::fuzz
