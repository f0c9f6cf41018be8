// The control API below /_assay/, for tests of clients: clock, defects, keys, request log, reset. Only there when it was asked for, and
// only for who has the token that was printed at the start.
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "mock-provider/answers.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/endpoints/endpoints.hpp"

namespace assay::mock {
namespace {

using Tree = nlohmann::ordered_json;

constexpr std::string_view control_prefix = "/_assay/";

void answer_control(Call& call, const Tree& tree, int status = 200) {
  call.response.status = status;
  call.response.add_field("Content-Type", "application/json");
  call.response.add_field("Cache-Control", "no-store");
  call.response.body += tree.dump(-1, ' ', false, Tree::error_handler_t::replace) + '\n';
}

void refuse_control(Call& call, int status, const std::string& what, const std::string& hint = {}) {
  Tree tree = {{"error", what}};
  if (!hint.empty()) tree["hint"] = hint;
  answer_control(call, tree, status);
}

bool has_control_token(const Call& call) {
  constexpr std::string_view scheme = "Bearer ";
  const auto field = call.request.header("Authorization").value_or("");
  return field.starts_with(scheme) &&
         crypto::constant_time_equal(call.application.control_token(), field.substr(scheme.size()));
}

Tree defects_now(const Call& call) {
  Tree out = Tree::array();
  const auto on = call.application.defects.read();
  for (std::size_t i = 0; i < defects().size(); ++i)
    if (on.has(static_cast<Defect>(i))) out.push_back(defects()[i].name);
  return Tree{{"defects", out}};
}

void move_clock(Call& call, const Tree& wish) {
  constexpr std::chrono::hours most{24 * 366 * 10};
  const auto by = wish.contains("advance") && wish["advance"].is_string()
                      ? base::parse_duration(wish["advance"].get<std::string>())
                      : std::nullopt;
  if (!by || by->count() < 0 || *by > most)
    return refuse_control(call, 400, "\"advance\" must be a duration, such as \"10m\"",
                          "up to ten years, and only forward");
  call.application.clock.advance(*by);
  answer_control(call, {{"now", numeric_date(call.application.clock.now())}});
}

void switch_defects(Call& call, const Tree& wish) {
  std::vector<std::string> names;
  const auto list = wish.find("defects");
  if (list == wish.end() || !list->is_array()) return refuse_control(call, 400, "\"defects\" must be a list of names");
  for (const auto& name : *list) {
    if (!name.is_string()) return refuse_control(call, 400, "\"defects\" must be a list of names");
    names.push_back(name.get<std::string>());
  }
  if (const auto changed = call.application.set_defects(names); !changed)
    return refuse_control(call, 400, changed.error().doing, changed.error().hint);
  answer_control(call, defects_now(call));
}

void rotate_keys(Call& call, const Tree& wish) {
  const auto keep = wish.find("keep");
  if (keep != wish.end() && !keep->is_boolean()) return refuse_control(call, 400, "\"keep\" must be true or false");
  const auto& key = call.application.rotate_key(keep == wish.end() || keep->get<bool>());
  answer_control(call, {{"kid", key.id()}});
}

void tell_requests(Call& call) {
  std::uint64_t after = 0;
  const auto text = call.query.value("after");
  if (!text.empty() && std::from_chars(text.data(), text.data() + text.size(), after).ec != std::errc())
    return refuse_control(call, 400, "\"after\" must be the number of a request");
  Tree list = Tree::array();
  for (const auto& request : call.application.request_log.read(after)) {
    Tree entry = {{"number", request.number},
                  {"time", numeric_date(request.time)},
                  {"method", request.method},
                  {"path", request.path}};
    if (!request.client.empty()) entry["client_id"] = request.client;
    if (!request.grant_type.empty()) entry["grant_type"] = request.grant_type;
    entry["parameters"] = request.parameters;
    entry["status"] = request.status;
    if (!request.error.empty()) entry["error"] = request.error;
    list.push_back(std::move(entry));
  }
  answer_control(call, {{"requests", list}});
}

}  // namespace

bool is_control(const Call& call) {
  return !call.application.control_token().empty() && call.request.path.starts_with(control_prefix);
}

void control(Call& call) {
  if (!has_control_token(call)) {
    call.response.add_field("WWW-Authenticate", "Bearer realm=\"assay control\"");
    return refuse_control(call, 401, "the token that assay mock --control printed is needed");
  }
  const auto name = call.request.path.substr(control_prefix.size());
  const bool reads = call.request.method == "GET";
  const auto wish = call.request.body.empty() ? Tree::object() : Tree::parse(call.request.body, nullptr, false);
  if (!reads && call.request.method != "POST") return refuse_method(call, "GET, POST");
  if (!wish.is_object()) return refuse_control(call, 400, "the body must be a JSON object");
  call.query.read(call.request.query);
  if (reads && name == "requests") return tell_requests(call);
  if (reads && name == "defects") return answer_control(call, defects_now(call));
  if (reads && name == "clock") return answer_control(call, {{"now", numeric_date(call.now)}});
  if (!reads && name == "clock") return move_clock(call, wish);
  if (!reads && name == "defects") return switch_defects(call, wish);
  if (!reads && name == "keys") return rotate_keys(call, wish);
  if (!reads && name == "reset") {
    call.application.reset();
    return answer_control(call, defects_now(call));
  }
  refuse_control(
      call, 404,
      "there is nothing to " + std::string(reads ? "read" : "change") + " at " + base::printable(call.request.path, 60),
      "GET clock, defects, requests; POST clock, defects, keys, reset");
}

}  // namespace assay::mock
