#include "engine/product.hpp"

#include <algorithm>

#include "base/json_walk.hpp"
#include "base/text.hpp"

namespace assay::engine {
namespace {

using rules::ProductSign;

// What one answer shows, in lower case.
struct Shown {
  std::vector<std::pair<std::string, std::string>> headers;
  std::string title, error;
};

Shown shown_by(const record::Exchange& exchange) {
  Shown out;
  const std::string_view response = exchange.response;
  const auto end = response.find("\r\n\r\n");
  auto head = response.substr(0, end);
  for (const auto line : base::split(head, '\n')) {
    const auto colon = line.find(':');
    if (colon != std::string_view::npos)
      out.headers.emplace_back(base::lower(line.substr(0, colon)), base::lower(base::trim(line.substr(colon + 1))));
  }
  if (end == std::string_view::npos) return out;
  const auto body = response.substr(end + 4);
  if (const auto error = base::find_json(body, "/error_description"); error.type == base::JsonType::string)
    out.error = base::lower(error.unescaped());
  const auto begin = base::lower(body.substr(0, 4096));
  if (const auto open = begin.find("<title"); open != std::string::npos)
    if (const auto from = begin.find('>', open), to = begin.find("</title", open); from < to && to != std::string::npos)
      out.title = base::trim(std::string_view(begin).substr(from + 1, to - from - 1));
  return out;
}

class Evidence {
 public:
  Evidence(std::string_view issuer, const std::optional<oauth::Metadata>& metadata,
           const std::vector<record::Exchange>& exchanges)
      : issuer_(base::lower(issuer)), metadata_(metadata) {
    for (const auto& exchange : exchanges)
      if (exchange.outcome == "ok") shown_.push_back(shown_by(exchange));
  }

  bool shows(const ProductSign& sign) const {
    const auto like = [&](std::string_view text) { return base::matches_glob(sign.like, text); };
    switch (sign.where) {
      case ProductSign::Where::issuer: return like(issuer_);
      case ProductSign::Where::endpoint: return metadata_ && any_endpoint(sign);
      case ProductSign::Where::metadata: return metadata_ && any_member(sign);
      case ProductSign::Where::header:
        return std::ranges::any_of(shown_, [&](const Shown& shown) {
          return std::ranges::any_of(shown.headers,
                                     [&](const auto& field) { return field.first == sign.name && like(field.second); });
        });
      case ProductSign::Where::title:
        return std::ranges::any_of(shown_,
                                   [&](const Shown& shown) { return !shown.title.empty() && like(shown.title); });
      case ProductSign::Where::error:
        return std::ranges::any_of(shown_,
                                   [&](const Shown& shown) { return !shown.error.empty() && like(shown.error); });
    }
    return false;
  }

 private:
  bool any_endpoint(const ProductSign& sign) const {
    return std::ranges::any_of(metadata_->advertised, [&](const auto& member) {
      return (member.first.ends_with("_endpoint") || member.first == "jwks_uri") && !member.second.empty() &&
             base::matches_glob(sign.like, base::lower(member.second[0]));
    });
  }

  bool any_member(const ProductSign& sign) const {
    return std::ranges::any_of(metadata_->advertised, [&](const auto& member) {
      return base::lower(member.first) == sign.name &&
             (sign.like.empty() || std::ranges::any_of(member.second, [&](const auto& word) {
                return base::matches_glob(sign.like, base::lower(word));
              }));
    });
  }

  std::string issuer_;
  const std::optional<oauth::Metadata>& metadata_;
  std::vector<Shown> shown_;
};

constexpr int kEnough = 2;  // one strong sign or two weak ones

}  // namespace

Recognised recognise(const std::map<std::string, rules::Product>& products, std::string_view issuer,
                     const std::optional<oauth::Metadata>& metadata, const std::vector<record::Exchange>& exchanges) {
  const Evidence evidence(issuer, metadata, exchanges);
  Recognised best;
  int most = kEnough - 1;
  for (const auto& [id, product] : products) {
    int weight = 0;
    std::string because;
    for (const auto& sign : product.signs) {
      if (!evidence.shows(sign)) continue;
      weight += sign.weak ? 1 : 2;
      because += (because.empty() ? "" : ", ") + sign.says;
    }
    if (weight == most) best = {};  // as likely as another: a wrong guess is worse than none
    if (weight <= most) continue;
    most = weight;
    best = {&product, because};
  }
  return best;
}

void add_product_words(const std::map<std::string, rules::Product>& products,
                       const std::optional<oauth::Metadata>& metadata, record::Run& run) {
  const auto found = recognise(products, run.issuer, metadata, run.exchanges);
  if (!found.product) return;
  run.product = found.product->name;
  run.product_because = found.because;
  for (auto& check : run.preflight)
    if (const auto advice = found.product->advice.find(check.problem); advice != found.product->advice.end())
      check.product_hint = advice->second;
}

}  // namespace assay::engine
