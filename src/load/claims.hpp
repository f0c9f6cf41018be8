// Reads the few claims of a JWT that invariants are about (RFC 7519 section 3), into a buffer that is used again and again. No
// signature is looked at: that is for the rules of oidc/.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/json_walk.hpp"

namespace assay::load {

class Claims {
 public:
  // False: `token` is no JWT with a JSON object in it (opaque, encrypted). Views are valid until the next call.
  bool read(std::string_view token);

  std::string_view sub() const { return sub_; }  // empty: there is none
  std::string_view jti() const { return jti_; }
  std::optional<std::string_view> nonce() const { return nonce_; }
  std::optional<std::int64_t> iat() const { return iat_; }

 private:
  std::string payload_, unescaped_[3];
  std::string_view sub_, jti_;
  std::optional<std::string_view> nonce_;
  std::optional<std::int64_t> iat_;
};

}  // namespace assay::load
