// Builds HTTP/1.1 requests byte for byte into a reused buffer.
#pragma once
#include <string>
#include <string_view>

#include "base/url.hpp"

namespace assay::oauth {

// "POST /token HTTP/1.1", Host, User-Agent and Accept, each with CRLF; the caller adds fields and finish_head().
std::string request_head(std::string_view method, const base::Url& url, std::string_view target,
                         std::string_view accept);

// Appends one header line. Line ends are dropped: a rule must not be able to smuggle a second request.
void append_field(std::string& head, std::string_view name, std::string_view value);

// Appends Content-Length (when there is a body or the method wants one), the empty line, and the body.
void append_body(std::string& request, std::string_view body);

}  // namespace assay::oauth
