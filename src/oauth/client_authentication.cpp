#include "oauth/client_authentication.hpp"

#include "base/encoding.hpp"

namespace assay::oauth {

std::string basic_credentials(std::string_view client_id, std::string_view client_secret, bool raw) {
  std::string pair;
  if (raw) {
    pair.append(client_id).append(":").append(client_secret);
  } else {
    base::append_form_encoded(pair, client_id);
    pair += ':';
    base::append_form_encoded(pair, client_secret);
  }
  std::string out = "Basic ";
  base::append_base64(out, pair);
  return out;
}

}  // namespace assay::oauth
