// The bytes of the server's responses: status line, the fields every response has, the Date of this second. Internal to
// src/net.
#pragma once
#include <ctime>
#include <string>
#include <string_view>

#include "net/server.hpp"

namespace assay::net {

std::string_view reason_phrase(int status);  // RFC 9110 section 15; "Unknown" for others

// "Sun, 06 Nov 1994 08:49:37 GMT", RFC 9110 section 5.6.7.
std::string http_date(std::time_t time);

struct ResponseFrame {
  std::string_view date;
  bool close = false;          // the connection ends after this response
  bool keep_alive_10 = false;  // the client speaks HTTP/1.0 and asked to keep the connection
  bool head_only = false;      // the answer to HEAD
  bool half_body = false;      // WireFault::truncate_body
};

void append_response(std::string& out, const ServerResponse& response, const ResponseFrame& frame);

}  // namespace assay::net
