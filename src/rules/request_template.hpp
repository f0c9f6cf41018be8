// A request that a target file writes down itself: method, URL, headers, a body, with holes that whoever sends it fills. Knows
// nothing of what the request is for.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.hpp"
#include "rules/reader.hpp"
#include "rules/request_format.hpp"

namespace assay::rules {

// The value of an environment variable, or nullopt.
using Environment = std::function<std::optional<std::string>(const std::string&)>;

// A stretch of text as it is sent, or a hole: the value of this name goes there, written as the place wants it.
struct RequestPiece {
  enum class As : std::uint8_t { plain, percent, form, json, json_list };
  std::string text;
  std::string name = {};  // "user.name"; empty: no hole
  As as = As::plain;      // json_list: the blank-separated words of the value, as an array of strings
};
using RequestText = std::vector<RequestPiece>;

struct RequestTemplate {
  std::string method = "POST";
  RequestText url;
  std::vector<std::pair<std::string, RequestText>> headers;
  std::optional<RequestText> body;
  RequestFormat format = RequestFormat::json;  // of the body
  std::vector<base::Secret> secrets;           // what came from the environment
};

// The names that holes may have. Those of `lists` stand alone in a string and become an array in JSON.
struct RequestNames {
  std::span<const std::string_view> values, lists;
};

// The members of an object that make a request. Others are the caller's, who has to know `kRequestMembers`.
inline constexpr std::string_view kRequestMembers[] = {"method", "url", "headers", "body", "format"};
RequestTemplate read_request_template(const Node& node, const Environment& environment, const RequestNames& names);

// What stands in place of ${env:NAME} or ${file:PATH}, a path being relative to the file that is read; nullopt after a complaint at
// `node`. It is added to `secrets`.
bool is_outside_name(std::string_view name);
std::optional<std::string> outside_value(const Node& node, const std::string& name, const Environment& environment,
                                         std::vector<base::Secret>* secrets = nullptr);

// A string with these filled; nullopt (said at `node`) when that cannot be done. What was filled in is added to `secrets`.
std::optional<std::string> fill_environment(const Node& node, const Environment& environment,
                                            std::vector<base::Secret>* secrets = nullptr);

}  // namespace assay::rules
