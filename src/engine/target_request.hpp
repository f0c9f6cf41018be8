// Sends requests that a target file describes itself, and tokens that such requests bring. Knows nothing of what they are for.
#pragma once
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/wire.hpp"
#include "rules/target_requests.hpp"

namespace assay::engine {

// The value of a hole; lists as blank-separated words.
using RequestValue = std::function<std::string(std::string_view name)>;

std::string filled(const rules::RequestText& text, const RequestValue& value);

// Sends the request; `url` is where it goes when the target file names no address, `body` what it holds when that names none
// (JSON). False: nothing could be sent, because the address is no URL.
net::awaitable<bool> send_target_request(Wire& wire, const rules::RequestTemplate& request, std::string_view url,
                                         std::string_view body, std::string_view bearer, const RequestValue& value,
                                         net::Answer& answer, std::string_view purpose);

// A string or number of a JSON answer, at a JSON pointer; empty if there is none.
std::string string_at(const net::Answer& answer, std::string_view pointer);

// The token: as given, or as a request brings it. The error says what came instead.
net::awaitable<std::expected<std::string, std::string>> obtain_bearer(Wire& wire, const rules::TargetBearer& bearer,
                                                                      const RequestValue& value, net::Answer& answer,
                                                                      std::string_view purpose);

// "status 403, error forbidden", or why there is no answer. Shows no other member of it.
std::string describe_plainly(const net::Answer& answer);

}  // namespace assay::engine
