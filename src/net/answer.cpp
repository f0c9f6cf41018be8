// Lookups in an Answer, and copies whose views point into their own buffer. How bytes become an Answer is in
// framing.cpp.
#include "net/answer.hpp"

#include <utility>

#include "base/text.hpp"

namespace assay::net {
namespace {

constexpr std::size_t kept_room = 256 * 1024;  // bytes of a buffer that stays for the next exchange

// Makes views into the storage at `from` (which may be gone: only its address is used) views into the storage at `to`.
void rebase(std::vector<HeaderField>& fields, const char* from, const char* to) {
  const auto moved = [&](std::string_view view) {
    return view.empty() ? std::string_view() : std::string_view(to + (view.data() - from), view.size());
  };
  for (HeaderField& field : fields) field = {moved(field.name), moved(field.value)};
}

bool is_named(const HeaderField& field, std::string_view name) {
  return field.name.size() == name.size() && base::equals_ignoring_case(field.name, name);  // mostly without a call
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok: return "ok";
    case Outcome::resolve_failed: return "resolve failed";
    case Outcome::connect_failed: return "connect failed";
    case Outcome::tls_failed: return "tls failed";
    case Outcome::timed_out: return "timed out";
    case Outcome::closed: return "closed";
    case Outcome::truncated: return "truncated";
    case Outcome::malformed: return "malformed";
    case Outcome::too_large: return "too large";
    case Outcome::cancelled: return "cancelled";
    case Outcome::not_permitted: return "not permitted";
  }
  return "unknown";
}

bool is_server_fault(Outcome outcome) {
  return outcome == Outcome::truncated || outcome == Outcome::malformed || outcome == Outcome::too_large;
}

Answer::Answer(const Answer& other) { *this = other; }

Answer::Answer(Answer&& other) noexcept { *this = std::move(other); }

Answer& Answer::operator=(const Answer& other) {
  if (this == &other) return *this;
  copy_scalars(other);
  detail = other.detail;
  buffer = other.buffer;
  fields_ = other.fields_;
  rebase(fields_, other.buffer.data(), buffer.data());
  return *this;
}

Answer& Answer::operator=(Answer&& other) noexcept {
  if (this == &other) return *this;
  copy_scalars(other);
  const char* const from = other.buffer.data();
  detail = std::move(other.detail);
  buffer = std::move(other.buffer);
  fields_ = std::move(other.fields_);
  rebase(fields_, from, buffer.data());
  other.clear();
  return *this;
}

void Answer::copy_scalars(const Answer& other) {
  outcome = other.outcome;
  status = other.status;
  version = other.version;
  reused_connection = other.reused_connection;
  tls_resumed = other.tls_resumed;
  keep_alive = other.keep_alive;
  started = other.started;
  first_byte = other.first_byte;
  done = other.done;
  connect_time = other.connect_time;
  handshake_time = other.handshake_time;
  head_begin = other.head_begin;
  head_size = other.head_size;
  body_begin = other.body_begin;
  body_size = other.body_size;
}

std::optional<std::string_view> Answer::header(std::string_view name) const {
  for (const HeaderField& field : fields_)
    if (is_named(field, name)) return field.value;
  return std::nullopt;
}

std::size_t Answer::header_count(std::string_view name) const {
  std::size_t count = 0;
  for (const HeaderField& field : fields_) count += is_named(field, name) ? 1 : 0;
  return count;
}

void Answer::clear() {
  // Who was once sent megabytes does not keep the room for as long as it lives: under load there are thousands.
  if (buffer.size() > kept_room) std::string().swap(buffer);
  outcome = Outcome::cancelled;
  detail.clear();
  status = 0;
  version = 11;
  reused_connection = tls_resumed = keep_alive = false;
  started = first_byte = done = {};
  connect_time = handshake_time = {};
  fields_.clear();
  head_begin = head_size = body_begin = body_size = 0;
}

void Answer::reserve(std::size_t size) {
  if (buffer.size() >= size) return;
  const char* const from = buffer.data();
  buffer.resize(size);
  if (buffer.data() != from) rebase(fields_, from, buffer.data());
}

}  // namespace assay::net
