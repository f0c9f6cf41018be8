// Knows by sight what stops a login: a captcha, a page that a script makes, a question to which no button says yes. Looked at only
// where the browser cannot go on.
#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "engine/browser_visit.hpp"
#include "html/choice.hpp"

namespace assay::engine {
namespace {

struct Marker {
  std::string_view text;  // lower case
  std::string_view name;
};

// As their documentation tells sites to embed them.
constexpr std::array<Marker, 15> kCaptchas = {{{"g-recaptcha", "reCAPTCHA"},
                                               {"recaptcha/api.js", "reCAPTCHA"},
                                               {"recaptcha/enterprise.js", "reCAPTCHA"},
                                               {"h-captcha", "hCaptcha"},
                                               {"hcaptcha.com", "hCaptcha"},
                                               {"cf-turnstile", "Cloudflare Turnstile"},
                                               {"challenges.cloudflare.com", "Cloudflare Turnstile"},
                                               {"_cf_chl_opt", "a Cloudflare challenge"},
                                               {"friendlycaptcha", "Friendly Captcha"},
                                               {"frc-captcha", "Friendly Captcha"},
                                               {"arkoselabs.com", "Arkose Labs"},
                                               {"geetest", "GeeTest"},
                                               {"altcha-widget", "ALTCHA"},
                                               {"mcaptcha", "mCaptcha"},
                                               {"captcha", "a captcha"}}};
// A challenge that stands in front of the server and takes the place of its answers.
constexpr std::string_view kChallenge = "_cf_chl_opt";
// Where the usual frameworks hang what their scripts make.
constexpr std::array<std::string_view, 9> kRoots = {"id=\"root\"", "id=root",        "id=\"app\"",
                                                    "id=app",      "id=\"__next\"",  "id=\"__nuxt\"",
                                                    "<app-root",   "data-reactroot", "ng-app"};
constexpr std::array<std::string_view, 12> kConsentWords = {"permission", "authorize", "authorise", "consent",
                                                            "would like", "allow",     "grant",     "approve",
                                                            "requesting", "access to", "zugriff",   "erlaub"};
constexpr std::array<std::string_view, 12> kErrorWords = {"error",    "invalid",   "denied",      "not allowed",
                                                          "mismatch", "unknown",   "wrong",       "unauthorized",
                                                          "failed",   "not found", "unsupported", "fehler"};
constexpr std::size_t kShellText = 120;  // bytes; what a page shows without its script

template <std::size_t N>
bool holds_any(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::ranges::any_of(words, [&](auto word) { return text.find(word) != std::string_view::npos; });
}

}  // namespace

std::optional<Sight> see_captcha(std::string_view html) {
  const auto text = base::lower(html);
  for (const auto& [marker, name] : kCaptchas)
    if (text.find(marker) != std::string::npos)
      return Sight{Obstacle::captcha, "the page asks for what only a person can answer (" + std::string(name) + ")"};
  return std::nullopt;
}

bool see_challenge(std::string_view html) { return base::lower(html).find(kChallenge) != std::string::npos; }

std::optional<Sight> see_script_page(const html::Page& page, std::string_view html) {
  if (page.scripts == 0 || !page.forms.empty()) return std::nullopt;
  const auto seen = base::lower(page.text);
  const bool asks_for_script = seen.find("javascript") != std::string::npos;
  const bool shell = seen.empty() || seen == base::lower(page.title) ||
                     (seen.size() <= kShellText && holds_any(std::string_view(base::lower(html)), kRoots));
  if (!asks_for_script && !shell) return std::nullopt;
  return Sight{Obstacle::needs_script,
               "the page is empty without JavaScript: no form, " + base::plural(page.scripts, "script")};
}

std::optional<Sight> see_consent(const html::Page& page) {
  const auto text = base::lower(page.title + " " + page.text);
  if (!holds_any(std::string_view(text), kConsentWords) || holds_any(std::string_view(text), kErrorWords))
    return std::nullopt;
  std::string labels;
  for (const auto& form : page.forms)
    for (const auto& button : form.buttons)
      labels += (labels.empty() ? "\"" : ", \"") + base::printable(button.label, 30) + "\"";
  if (labels.empty()) return std::nullopt;
  return Sight{Obstacle::consent_not_found, "none of its buttons is known to say yes: " + labels};
}

}  // namespace assay::engine
