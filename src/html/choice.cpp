#include "html/choice.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "html/words.hpp"

namespace assay::html {
namespace {

// Lower case, with a typographic apostrophe made plain and underscores made blanks ("allow_access").
std::string normal(std::string_view label) {
  std::string out = base::lower(base::trim(label));
  for (auto at = out.find("\u2019"); at != std::string::npos; at = out.find("\u2019", at)) out.replace(at, 3, "'");
  std::ranges::replace(out, '_', ' ');
  return out;
}

bool holds_any(std::string_view text, std::span<const std::string_view> parts) {
  return std::ranges::any_of(parts, [&](auto part) { return text.find(part) != std::string_view::npos; });
}

// Names that fields for a user name have.
constexpr std::array<std::string_view, 9> user_names{"user", "login", "mail",  "account", "identifier",
                                                     "uid",  "nick",  "logon", "benutzer"};
constexpr std::array<std::string_view, 8> other_names{"otp",  "captcha", "totp",   "token",
                                                      "code", "search",  "domain", "realm"};

bool names_user(const Field& field) {
  const auto name = base::lower(field.name) + " " + base::lower(field.id) + " " + field.autocomplete;
  return holds_any(name, user_names) && !holds_any(name, other_names);
}

bool can_be_typed(const Field& field) { return field.is_text() && !field.disabled && !field.readonly && !field.hidden; }

bool means_delete(const Form& form) {
  return std::ranges::any_of(form.fields, [](const Field& field) {
    return field.name == "_method" && base::equals_ignoring_case(field.value, "delete");
  });
}

// Forms that have nothing to do with authorizing: searching, logging out, choosing a language, accepting cookies.
bool is_unrelated(const Form& form) {
  if (form.method == "dialog" || form.role == "search") return true;
  static constexpr std::array<std::string_view, 12> places{"logout",   "log_out",  "log-out", "signout",
                                                           "sign_out", "sign-out", "search",  "i18n",
                                                           "locale",   "language", "setlang", "cookie"};
  auto action = base::lower(form.action);
  action.resize(std::min(action.size(), action.find('?')));  // the query may carry anything
  if (holds_any(action, places) || holds_any(base::lower(form.id), places)) return true;
  return std::ranges::any_of(form.fields, [](const Field& field) {
    const auto name = base::lower(field.name);
    return field.type == "search" ||
           (field.is_text() && (name == "q" || name == "query" || name == "search" || name == "s"));
  });
}

int rank(Intent intent, FormKind kind) {
  switch (intent) {
    case Intent::allow: return kind == FormKind::login || kind == FormKind::identifier ? 3 : 4;
    case Intent::proceed: return kind == FormKind::login || kind == FormKind::identifier ? 4 : 3;
    case Intent::unknown: return 2;
    case Intent::other: return 1;
    case Intent::deny: return 0;
  }
  return 0;
}

struct Pressed {
  const Button* button = nullptr;
  Intent intent = Intent::unknown;
};

// The best button that is not a refusal; among equals the first, which is also the one that Enter presses.
std::optional<Pressed> best_button(const Form& form, FormKind kind, const Hints& hints) {
  if (form.buttons.empty()) return Pressed{};
  std::optional<Pressed> best;
  for (const auto& button : form.buttons) {
    if (button.disabled) continue;
    const auto intent = intent_of(button, hints.allow_labels);
    if (intent == Intent::deny) continue;
    if (!best || rank(intent, kind) > rank(best->intent, kind)) best = Pressed{&button, intent};
  }
  return best;
}

bool asks_for_password(const Form& form, const Hints& hints) {
  if (form.looks_like_login()) return true;
  return !hints.password_field.empty() && std::ranges::any_of(form.fields, [&](const Field& field) {
    return field.name == hints.password_field && !field.disabled;
  });
}

// Creating an account or changing a password also asks for passwords.
bool is_registration(const Form& form) {
  if (form.password_fields() > 1) return true;
  return std::ranges::any_of(
      form.fields, [](const Field& field) { return field.autocomplete.find("new-password") != std::string::npos; });
}

std::optional<Choice> choose_login(const Page& page, const Hints& hints) {
  std::optional<Choice> best;
  int best_rank = -1;
  for (const auto& form : page.forms) {
    if (!asks_for_password(form, hints) || form.method == "dialog") continue;
    const auto pressed = best_button(form, FormKind::login, hints);
    if (!pressed) continue;
    const int value = (is_registration(form) ? 0 : 100) + (find_user_field(form, hints) ? 10 : 0) +
                      rank(pressed->intent, FormKind::login);
    if (value <= best_rank) continue;
    best_rank = value;
    best = Choice{&form, FormKind::login, pressed->button, pressed->intent};
  }
  return best;
}

std::optional<Choice> choose_identifier(const Page& page, const Hints& hints) {
  for (const auto& form : page.forms) {
    if (is_unrelated(form) || !find_user_field(form, hints)) continue;
    if (const auto pressed = best_button(form, FormKind::identifier, hints))
      return Choice{&form, FormKind::identifier, pressed->button, pressed->intent};
  }
  return std::nullopt;
}

bool only_hidden(const Form& form) {
  return std::ranges::all_of(form.fields, [](const Field& field) { return field.type == "hidden" || field.hidden; });
}

std::optional<Choice> choose_consent(const Page& page, const Hints& hints) {
  std::optional<Choice> best;
  int best_rank = 0;
  for (const auto& form : page.forms) {
    if (is_unrelated(form)) continue;
    const auto pressed = best_button(form, FormKind::consent, hints);
    if (!pressed) continue;
    const bool submits_itself = page.submits_itself && only_hidden(form) && !form.fields.empty();
    // A button we do not understand is pressed only when it posts something; nobody presses a form without buttons.
    const bool meant = pressed->intent == Intent::allow || pressed->intent == Intent::proceed;
    const bool blind = pressed->button && form.method == "post" && !form.fields.empty();
    if (!meant && !submits_itself && !blind) continue;
    if (means_delete(form) && pressed->intent != Intent::allow) continue;
    const int value =
        10 * rank(pressed->intent, FormKind::consent) + (form.method == "post" ? 2 : 0) + (submits_itself ? 1 : 0);
    if (value <= best_rank) continue;
    best_rank = value;
    const bool says_yes = pressed->intent == Intent::allow;
    best = Choice{&form, says_yes ? FormKind::consent : FormKind::interstitial, pressed->button, pressed->intent};
  }
  return best;
}

}  // namespace

Intent intent_of_label(std::string_view label, std::span<const std::string> allow_labels) {
  const auto text = normal(label);
  if (text.empty()) return Intent::unknown;
  for (const auto& wanted : allow_labels)
    if (!wanted.empty() && text.find(normal(wanted)) != std::string::npos) return Intent::allow;
  if (holds_word(text, deny_words())) return Intent::deny;
  if (holds_word(text, allow_words())) return Intent::allow;
  if (!holds_word(text, proceed_words())) return Intent::unknown;
  return holds_word(text, provider_words()) ? Intent::other : Intent::proceed;
}

Intent intent_of(const Button& button, std::span<const std::string> allow_labels) {
  const auto by_label = intent_of_label(button.label, allow_labels);
  if (by_label == Intent::deny || by_label == Intent::allow) return by_label;
  // What a person reads says little ("Submit", an icon, a language we do not know): see what would be sent.
  const auto by_value = intent_of_label(button.value, allow_labels);
  const auto by_name = intent_of_label(button.name, allow_labels);
  if (by_value == Intent::deny || by_name == Intent::deny) return Intent::deny;
  if (by_label != Intent::unknown) return by_label;
  if (by_value == Intent::allow || by_name == Intent::allow) return Intent::allow;
  return by_value != Intent::unknown ? by_value : by_name;
}

std::optional<std::size_t> find_user_field(const Form& form, const Hints& hints) {
  std::optional<std::size_t> best;
  int best_rank = 0;
  bool password_seen = false;
  const bool login = form.looks_like_login();
  for (std::size_t i = 0; i < form.fields.size(); ++i) {
    const auto& field = form.fields[i];
    if (!hints.user_field.empty() && field.name == hints.user_field) return i;
    if (field.type == "password") password_seen = true;
    if (!can_be_typed(field) || field.name.empty()) continue;
    int value = 0;
    if (field.autocomplete.find("username") != std::string::npos) value += 16;
    if (names_user(field)) value += 8;
    if (field.type == "email") value += 4;
    // In front of the password stands the user name, whatever it is called; alone it must say so.
    const auto name = base::lower(field.name);
    if (login && !password_seen && !holds_any(name, other_names)) value += 2;
    if (value > best_rank) {
      best_rank = value;
      best = i;
    }
  }
  return best;
}

std::optional<Choice> choose_form(const Page& page, const Hints& hints) {
  auto asks = choose_login(page, hints);
  if (!asks) asks = choose_identifier(page, hints);
  if (!asks) return choose_consent(page, hints);
  asks->user_field = find_user_field(*asks->form, hints);
  return asks;
}

void fill_login(Form& form, std::optional<std::size_t> user_field, const Hints& hints, std::string_view user,
                std::string_view password) {
  if (user_field) form.fields.at(*user_field).value = user;
  for (auto& field : form.fields) {
    const std::string_view name = field.name, type = field.type;
    const bool wanted = hints.password_field.empty() ? type == "password" : name == hints.password_field;
    if (wanted && !field.disabled) field.value = password;
    if (type == "checkbox" && field.required) field.checked = true;
  }
}

namespace {

// A box that is the consent itself: "I agree". Not one that offers something besides: "Remember me".
bool says_yes_itself(const Field& box) {
  const auto name = base::lower(box.name) + " " + base::lower(box.id);
  static constexpr std::array<std::string_view, 5> others{"remember", "newsletter", "always", "trust", "logins"};
  if (holds_any(name, others)) return false;
  static constexpr std::array<std::string_view, 3> words{"confirm", "consent", "agree"};
  return holds_any(name, words) || intent_of_label(box.name) == Intent::allow ||
         intent_of_label(box.label) == Intent::allow;
}

// One of the boxes with which a person picks what to grant.
bool picks_scope(const Field& box) {
  static constexpr std::array<std::string_view, 3> words{"scope", "permission", "claim"};
  return holds_any(base::lower(box.name), words);
}

}  // namespace

void tick_consent(Form& form, Intent intent, bool insist) {
  std::size_t boxes = 0;
  bool any_scope_checked = false;
  bool any_checked = false;
  for (const auto& field : form.fields) {
    if (field.type != "checkbox" || field.disabled) continue;
    ++boxes;
    any_checked = any_checked || field.checked;
    any_scope_checked = any_scope_checked || (field.checked && picks_scope(field));
  }
  // One box and a button that means neither yes nor no: without the tick the form would say no.
  const bool only_way = boxes == 1 && !any_checked && form.buttons.size() <= 1 && intent != Intent::allow;
  for (auto& field : form.fields) {
    if (field.type != "checkbox" || field.disabled) continue;
    const bool yes = boxes == 1 && says_yes_itself(field);
    const bool scope = !any_scope_checked && picks_scope(field);  // granting nothing would be a refusal
    if (field.required || only_way || yes || scope || insist) field.checked = true;
  }

  // A group of radio buttons of which none, or a refusal, is chosen.
  for (auto& field : form.fields) {
    if (field.type != "radio" || field.disabled || field.checked) continue;
    const auto by_label = intent_of_label(field.label);
    const auto meaning = by_label == Intent::unknown ? intent_of_label(field.value) : by_label;
    const bool says_yes =
        meaning == Intent::allow || field.value == "1" || base::equals_ignoring_case(field.value, "true");
    if (!says_yes) continue;
    for (auto& other : form.fields)
      if (other.type == "radio" && other.name == field.name) other.checked = false;
    field.checked = true;
  }
}

}  // namespace assay::html
