// Which product a server seems to be, by what it has shown so far, and that product's words for what is wrong. Sends nothing.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "oauth/metadata.hpp"
#include "record/run.hpp"
#include "rules/product.hpp"

namespace assay::engine {

struct Recognised {
  const rules::Product* product = nullptr;  // nullptr: nothing that we know, or more than one thing
  std::string because;                      // "realms in the issuer URL"
};

Recognised recognise(const std::map<std::string, rules::Product>& products, std::string_view issuer,
                     const std::optional<oauth::Metadata>& metadata, const std::vector<record::Exchange>& exchanges);

// Fills in run.product, and what that product calls the problems of run.preflight.
void add_product_words(const std::map<std::string, rules::Product>& products,
                       const std::optional<oauth::Metadata>& metadata, record::Run& run);

}  // namespace assay::engine
