// What we know about a product that speaks OAuth: how it is recognised, and what it calls the things that are usually wrong.
// Data; engine/product decides whether a server is one.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rules/reader.hpp"

namespace assay::rules {

// Something that a server shows. Two weak ones are as good as one strong one.
struct ProductSign {
  enum class Where : std::uint8_t { issuer, endpoint, metadata, header, title, error };
  Where where = Where::issuer;
  std::string name;  // header: its name; metadata: the member
  std::string like;  // glob, lower case; of metadata: of one of its words, or empty: it is there
  std::string says;  // "realms in the issuer URL"
  bool weak = false;
};

struct Product {
  std::string id, name, path;
  std::vector<ProductSign> signs;
  std::map<std::string, std::string> advice;  // problem -> what to do
};

// What can be wrong with a target, in words that advice goes by.
inline constexpr std::string_view kProblems[] = {
    "redirect-uri",   "grant", "credentials", "auth-method", "pkce",          "consent-prompt", "consent",
    "http-forbidden", "scope", "login",       "account",     "refresh-token", "introspection",  "registration"};

void load_product(const SourceFile& file, std::map<std::string, Product>& products, base::Diagnostics& problems);

}  // namespace assay::rules
