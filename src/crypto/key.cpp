// Keys over OpenSSL's EVP_PKEY. The rest of the project sees JWK texts and raw signatures only.
#include "crypto/key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/encoding.hpp"
#include "base/json_walk.hpp"
#include "crypto/digest.hpp"
#include "crypto/openssl_error.hpp"

namespace assay::crypto {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Pkey = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using MdContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freer<BN_clear_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>>;
using ParameterBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD_free>>;
using ParameterArray = std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM_free>>;

constexpr int coordinate_size = 32;  // P-256: both coordinates, r and s; Ed25519: both parts of a key

const unsigned char* data(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* data(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

Number read_number(std::string_view bytes) {
  return Number(BN_bin2bn(data(bytes), static_cast<int>(bytes.size()), nullptr));
}

// Big-endian; at least `size` bytes.
std::string number_bytes(const BIGNUM* number, int size = 0) {
  std::string bytes(static_cast<std::size_t>(std::max(size, BN_num_bytes(number))), '\0');
  require(BN_bn2binpad(number, data(bytes), static_cast<int>(bytes.size())) >= 0, "write a number");
  return bytes;
}

std::string number_of(EVP_PKEY* pkey, const char* name, int size = 0) {
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(pkey, name, &number) == 1, "read a key");
  const Number owner(number);
  return base::base64url(number_bytes(number, size));
}

std::string bare_jwk_of(EVP_PKEY* pkey, Algorithm algorithm) {
  if (algorithm == Algorithm::eddsa) {
    std::string x(coordinate_size, '\0');
    std::size_t size = x.size();
    require(EVP_PKEY_get_raw_public_key(pkey, data(x), &size) == 1 && size == x.size(), "read a key");
    return R"({"crv":"Ed25519","kty":"OKP","x":")" + base::base64url(x) + R"("})";
  }
  if (algorithm == Algorithm::rs256)
    return R"({"e":")" + number_of(pkey, OSSL_PKEY_PARAM_RSA_E) + R"(","kty":"RSA","n":")" +
           number_of(pkey, OSSL_PKEY_PARAM_RSA_N) + R"("})";
  return R"({"crv":"P-256","kty":"EC","x":")" + number_of(pkey, OSSL_PKEY_PARAM_EC_PUB_X, coordinate_size) +
         R"(","y":")" + number_of(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, coordinate_size) + R"("})";
}

// The numbers of a key on their way into EVP_PKEY_fromdata; they must outlive the parameters built from them.
class KeyMaterial {
 public:
  explicit KeyMaterial(std::string_view json) : json_(json), builder_(require(OSSL_PARAM_BLD_new(), "read a key")) {}

  std::optional<std::string> bytes(std::string_view pointer) const {
    const auto value = base::find_json(json_, pointer);
    if (value.type != base::JsonType::string || value.repeated || value.text.empty()) return std::nullopt;
    return base::decode_base64url(value.text);
  }
  bool push_number(const char* name, std::string_view pointer) {
    const auto raw = bytes(pointer);
    if (!raw) return false;
    numbers_.push_back(read_number(*raw));
    return OSSL_PARAM_BLD_push_BN(builder_.get(), name, numbers_.back().get()) == 1;
  }
  OSSL_PARAM_BLD* builder() const { return builder_.get(); }

  Pkey make(const char* type, bool is_private) const {
    const ParameterArray parameters(OSSL_PARAM_BLD_to_param(builder_.get()));
    const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* pkey = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
    EVP_PKEY_fromdata(context.get(), &pkey, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, parameters.get());
    return Pkey(pkey);
  }

 private:
  std::string_view json_;
  ParameterBuilder builder_;
  std::vector<Number> numbers_;
};

Pkey read_ec(std::string_view json, bool is_private) {
  KeyMaterial material(json);
  const auto x = material.bytes("/x"), y = material.bytes("/y");
  // RFC 7518 section 6.2.1.2: the octets are the full size of a coordinate.
  if (base::find_json(json, "/crv").text != "P-256" || !x || !y || x->size() != coordinate_size ||
      y->size() != coordinate_size)
    return nullptr;
  const std::string point = '\x04' + *x + *y;
  OSSL_PARAM_BLD_push_utf8_string(material.builder(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(material.builder(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  if (is_private && !material.push_number(OSSL_PKEY_PARAM_PRIV_KEY, "/d")) return nullptr;
  return material.make("EC", is_private);
}

Pkey read_rsa(std::string_view json, bool is_private) {
  KeyMaterial material(json);
  if (!material.push_number(OSSL_PKEY_PARAM_RSA_N, "/n") || !material.push_number(OSSL_PKEY_PARAM_RSA_E, "/e"))
    return nullptr;
  if (is_private) {
    if (!material.push_number(OSSL_PKEY_PARAM_RSA_D, "/d")) return nullptr;
    constexpr std::array<std::pair<const char*, const char*>, 5> speed_ups{{{OSSL_PKEY_PARAM_RSA_FACTOR1, "/p"},
                                                                            {OSSL_PKEY_PARAM_RSA_FACTOR2, "/q"},
                                                                            {OSSL_PKEY_PARAM_RSA_EXPONENT1, "/dp"},
                                                                            {OSSL_PKEY_PARAM_RSA_EXPONENT2, "/dq"},
                                                                            {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, "/qi"}}};
    // RFC 7518 section 6.3.2: all of them or none.
    if (material.bytes("/p"))
      for (const auto& [name, pointer] : speed_ups)
        if (!material.push_number(name, pointer)) return nullptr;
  }
  return material.make("RSA", is_private);
}

// RFC 8037 section 2.
Pkey read_okp(std::string_view json, bool is_private) {
  const KeyMaterial material(json);
  const auto x = material.bytes("/x"), d = material.bytes("/d");
  if (base::find_json(json, "/crv").text != "Ed25519" || !x || x->size() != coordinate_size ||
      (is_private && (!d || d->size() != coordinate_size)))
    return nullptr;
  if (!is_private)
    return Pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, data(std::string_view(*x)), x->size()));
  return Pkey(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, data(std::string_view(*d)), d->size()));
}

// RFC 7518 section 3.4: JOSE wants r || s of fixed size where OpenSSL speaks DER.
std::string raw_from_der(std::string_view der) {
  const unsigned char* next = data(der);
  const EcdsaSignature signature(
      require(d2i_ECDSA_SIG(nullptr, &next, static_cast<long>(der.size())), "read a signature"));
  return number_bytes(ECDSA_SIG_get0_r(signature.get()), coordinate_size) +
         number_bytes(ECDSA_SIG_get0_s(signature.get()), coordinate_size);
}

// Ed25519 hashes by itself (RFC 8032 section 5.1).
const char* digest_of(Algorithm algorithm) { return algorithm == Algorithm::eddsa ? nullptr : "SHA256"; }

std::string der_from_raw(std::string_view raw) {
  const EcdsaSignature signature(require(ECDSA_SIG_new(), "make a signature"));
  Number r = read_number(raw.substr(0, coordinate_size)), s = read_number(raw.substr(coordinate_size));
  require(ECDSA_SIG_set0(signature.get(), r.release(), s.release()) == 1, "make a signature");
  unsigned char* encoded = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &encoded);
  require(size > 0, "make a signature");
  std::string der(reinterpret_cast<char*>(encoded), static_cast<std::size_t>(size));
  OPENSSL_free(encoded);
  return der;
}

}  // namespace

struct Key::Native {
  Pkey pkey;
  Algorithm algorithm;
  bool can_sign;
  std::string bare_jwk, id, public_jwk;

  Native(Pkey made, Algorithm chosen, bool is_private)
      : pkey(std::move(made)), algorithm(chosen), can_sign(is_private), bare_jwk(bare_jwk_of(pkey.get(), algorithm)),
        id(sha256_base64url(bare_jwk)) {
    public_jwk = bare_jwk.substr(0, bare_jwk.size() - 1) + R"(,"kid":")" + id + R"(","alg":")" +
                 std::string(to_string(algorithm)) + R"(","use":"sig"})";
  }
};

std::string_view to_string(Algorithm algorithm) {
  return algorithm == Algorithm::es256 ? "ES256" : algorithm == Algorithm::rs256 ? "RS256" : "EdDSA";
}

bool names(std::string_view alg, Algorithm algorithm) {
  return alg == to_string(algorithm) || (algorithm == Algorithm::eddsa && alg == "Ed25519");
}

Key::Key(std::shared_ptr<const Native> native) : native_(std::move(native)) {}

Key Key::generate(Algorithm algorithm) {
  Pkey pkey(algorithm == Algorithm::es256   ? EVP_EC_gen("P-256")
            : algorithm == Algorithm::eddsa ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                            : EVP_RSA_gen(2048u));
  require(pkey != nullptr, "generate a key");
  return Key(std::make_shared<const Native>(std::move(pkey), algorithm, true));
}

std::expected<Key, base::Failure> Key::from_jwk(std::string_view json) {
  const auto refuse = [](std::string_view why) {
    ERR_clear_error();
    return std::unexpected(
        base::Failure{base::FailureCode::bad_argument, "read a JSON Web Key: " + std::string(why), ""});
  };
  const auto type = base::find_json(json, "/kty");
  const bool is_private = base::find_json(json, "/d").type != base::JsonType::absent;
  if (type.text != "EC" && type.text != "RSA" && type.text != "OKP")
    return refuse("its kty is none of EC, OKP and RSA");
  const auto algorithm = type.text == "EC"    ? Algorithm::es256
                         : type.text == "OKP" ? Algorithm::eddsa
                                              : Algorithm::rs256;
  Pkey pkey = algorithm == Algorithm::es256   ? read_ec(json, is_private)
              : algorithm == Algorithm::eddsa ? read_okp(json, is_private)
                                              : read_rsa(json, is_private);
  if (!pkey)
    return refuse(algorithm == Algorithm::es256   ? "no point on P-256"
                  : algorithm == Algorithm::eddsa ? "no Ed25519 key"
                                                  : "no usable RSA numbers");
  return Key(std::make_shared<const Native>(std::move(pkey), algorithm, is_private));
}

Algorithm Key::algorithm() const { return native_->algorithm; }
bool Key::can_sign() const { return native_->can_sign; }
const std::string& Key::id() const { return native_->id; }
const std::string& Key::public_jwk() const { return native_->public_jwk; }
const std::string& Key::bare_jwk() const { return native_->bare_jwk; }

std::string Key::sign(std::string_view bytes) const {
  if (!native_->can_sign) throw std::logic_error("cannot sign with a public key");
  const MdContext context(require(EVP_MD_CTX_new(), "make a signing context"));
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(native_->pkey.get())), '\0');
  std::size_t size = signature.size();
  require(EVP_DigestSignInit_ex(context.get(), nullptr, digest_of(native_->algorithm), nullptr, nullptr,
                                native_->pkey.get(), nullptr) == 1 &&
              EVP_DigestSign(context.get(), data(signature), &size, data(bytes), bytes.size()) == 1,
          "sign");
  signature.resize(size);
  return native_->algorithm == Algorithm::es256 ? raw_from_der(signature) : signature;
}

bool Key::verify(std::string_view bytes, std::string_view signature) const {
  std::string der;
  if (native_->algorithm == Algorithm::es256) {
    if (signature.size() != 2 * coordinate_size) return false;
    der = der_from_raw(signature);
    signature = der;
  }
  const MdContext context(require(EVP_MD_CTX_new(), "make a verifying context"));
  const bool good = EVP_DigestVerifyInit_ex(context.get(), nullptr, digest_of(native_->algorithm), nullptr, nullptr,
                                            native_->pkey.get(), nullptr) == 1 &&
                    EVP_DigestVerify(context.get(), data(signature), signature.size(), data(bytes), bytes.size()) == 1;
  ERR_clear_error();  // a wrong signature is an answer, not an error
  return good;
}

std::string jwk_set(std::span<const Key> keys) {
  std::string set = R"({"keys":[)";
  for (const auto& key : keys) {
    if (&key != keys.data()) set += ',';
    set += key.public_jwk();
  }
  return set + "]}";
}

std::optional<Key> find_key(std::string_view set_json, std::string_view kid) {
  std::optional<Key> found;
  for (std::size_t index = 0;; ++index) {
    const auto entry = base::find_json(set_json, "/keys/" + std::to_string(index));
    if (entry.type != base::JsonType::object) return found;
    if (!kid.empty() && base::find_json(entry.text, "/kid").unescaped() != kid) continue;
    auto key = Key::from_jwk(entry.text);
    if (!key) continue;
    if (found) return std::nullopt;  // more than one fits: no way to tell
    found = *std::move(key);
  }
}

}  // namespace assay::crypto
