// Compact JWS: dots and base64url around Key::sign and Key::verify.
#include "crypto/jws.hpp"

#include <array>

#include "base/encoding.hpp"
#include "base/json_walk.hpp"

namespace assay::crypto {

std::string jws_sign(const Key& key, std::string_view header_json, std::string_view payload) {
  std::string compact;
  compact.reserve((header_json.size() + payload.size() + 256) * 4 / 3 + 8);
  base::append_base64url(compact, header_json);
  compact += '.';
  base::append_base64url(compact, payload);
  const std::string signature = key.sign(compact);
  compact += '.';
  base::append_base64url(compact, signature);
  return compact;
}

std::optional<CompactJws> parse_jws(std::string_view compact) {
  const auto first = compact.find('.');
  const auto second = first == std::string_view::npos ? first : compact.find('.', first + 1);
  if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  auto header = base::decode_base64url(compact.substr(0, first));
  auto payload = base::decode_base64url(compact.substr(first + 1, second - first - 1));
  auto signature = base::decode_base64url(compact.substr(second + 1));
  if (!header || !payload || !signature) return std::nullopt;
  return CompactJws{*std::move(header), *std::move(payload), *std::move(signature), compact.substr(0, second)};
}

std::string_view to_string(JwsProblem problem) {
  switch (problem) {
    case JwsProblem::malformed: return "not a compact JWS with a readable header";
    case JwsProblem::wrong_algorithm: return "signed with another algorithm than the key's";
    case JwsProblem::critical: return "its header has critical extensions that are not understood";
    case JwsProblem::bad_signature: return "the signature is not the key's";
  }
  return "";
}

std::expected<std::string, JwsProblem> jws_verify(const Key& key, std::string_view compact) {
  auto jws = parse_jws(compact);
  if (!jws) return std::unexpected(JwsProblem::malformed);
  std::array<base::JsonWanted, 2> wanted{{{"alg", {}}, {"crit", {}}}};
  if (base::walk_json(jws->header, wanted) != base::JsonShape::object) return std::unexpected(JwsProblem::malformed);
  const auto& [algorithm, critical] = wanted;
  if (algorithm.value.type != base::JsonType::string || algorithm.value.repeated)
    return std::unexpected(JwsProblem::malformed);
  if (!names(algorithm.value.unescaped(), key.algorithm())) return std::unexpected(JwsProblem::wrong_algorithm);
  if (critical.value.type != base::JsonType::absent) return std::unexpected(JwsProblem::critical);
  if (!key.verify(jws->signed_part, jws->signature)) return std::unexpected(JwsProblem::bad_signature);
  return std::move(jws->payload);
}

}  // namespace assay::crypto
