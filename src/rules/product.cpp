#include "rules/product.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "rules/selection_files.hpp"

namespace assay::rules {
namespace {

constexpr std::string_view kSignPlaces[] = {"issuer", "endpoint", "metadata", "header", "title", "error"};

void read_sign(const Node& node, Product& product) {
  if (!node.expect_members({"in", "name", "like", "says", "weak"}) && !node.is_object()) return;
  ProductSign sign;
  const auto place = node.required("in");
  const auto word = place ? place->word(kSignPlaces, "place of a sign") : std::nullopt;
  if (!word) return;
  sign.where = static_cast<ProductSign::Where>(*word);
  const bool named = sign.where == ProductSign::Where::header || sign.where == ProductSign::Where::metadata;
  if (named) sign.name = base::lower(text_of(node, "name"));
  else if (node.has("name")) node.member("name")->problem("only headers and members of metadata have names");
  // A member of the metadata may be enough by being there.
  if (sign.where != ProductSign::Where::metadata || node.has("like")) sign.like = base::lower(text_of(node, "like"));
  sign.says = text_of(node, "says");
  if (const auto weak = node.member("weak")) sign.weak = weak->boolean().value_or(false);
  product.signs.push_back(std::move(sign));
}

}  // namespace

void load_product(const SourceFile& file, std::map<std::string, Product>& products, base::Diagnostics& problems) {
  Json tree;
  Document document{file.path, {}, problems};
  if (!parse(file, document, tree, problems)) return;
  const Node root(document, tree, "");
  if (!root.expect_members({"$schema", "id", "name", "signs", "advice"}) && !root.is_object()) return;
  Product product;
  product.path = file.path;
  product.id = text_of(root, "id");
  product.name = text_of(root, "name");
  if (const auto stem = std::filesystem::path(file.path).stem().string(); product.id != stem && root.has("id"))
    root.member("id")->problem("the id is not the file's name", "write \"" + stem + "\"");
  if (const auto signs = root.required("signs")) {
    for (const auto& sign : signs->elements()) read_sign(sign, product);
    const auto weight = std::ranges::count(product.signs, false, &ProductSign::weak) * 2 +
                        std::ranges::count(product.signs, true, &ProductSign::weak);
    if (signs->is_array() && weight < 2) signs->problem("one weak sign is not enough to recognise a product");
  }
  if (const auto advice = root.required("advice"))
    for (const auto& [name, text] : advice->members()) {
      if (std::ranges::find(kProblems, name) == std::end(kProblems)) {
        const std::vector<std::string> known(std::begin(kProblems), std::end(kProblems));
        text.problem("unknown problem \"" + name + "\"", suggestion(name, known), true);
      } else if (const auto words = text.string()) {
        product.advice[name] = *words;
      }
    }
  products[product.id] = std::move(product);
}

}  // namespace assay::rules
