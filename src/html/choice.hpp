// Decides what a willing user would do on a page: which form, which button, what goes where. By labels, names and types in
// several languages, never by position, because "Deny" often comes first. Pure; it must not know about HTTP.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "html/page.hpp"

namespace assay::html {

// What pressing a button would mean.
enum class Intent : std::uint8_t {
  allow,    // "Authorize", "Erlauben"
  proceed,  // "Continue", "Sign in", "OK"
  unknown,
  other,  // somewhere else: "Sign in with Example"
  deny,   // "Cancel", "Back", "Log out", "Forgot password?"
};

// What the user of the program told us about the pages; all may be empty.
struct Hints {
  std::string user_field;                     // name of the field for the user name
  std::string password_field;                 // name of the field for the password
  std::span<const std::string> allow_labels;  // labels of buttons to press, besides those we know
};

enum class FormKind : std::uint8_t {
  login,         // asks for a password
  identifier,    // asks for the user name only; the password comes on the next page
  consent,       // has a button that says yes
  interstitial,  // has a button that goes on, or submits itself
};

struct Choice {
  const Form* form = nullptr;  // of the page
  FormKind kind = FormKind::interstitial;
  const Button* button = nullptr;  // of the form; nullptr: submit without one
  Intent intent = Intent::unknown;
  std::optional<std::size_t> user_field = {};  // index of the form's field for the user name; of login and identifier
};

Intent intent_of_label(std::string_view label, std::span<const std::string> allow_labels = {});
Intent intent_of(const Button& button, std::span<const std::string> allow_labels = {});

// The form to fill and the button to press; nullopt when nothing on the page leads on: no form, or only ways back, searches,
// log-outs and the like.
std::optional<Choice> choose_form(const Page& page, const Hints& hints = {});

// Index of the field for the user name, or nullopt.
std::optional<std::size_t> find_user_field(const Form& form, const Hints& hints = {});

// Puts the user name into that field and the password where it belongs; leaves the rest as the page had it.
void fill_login(Form& form, std::optional<std::size_t> user_field, const Hints& hints, std::string_view user,
                std::string_view password);

// Ticks what must be ticked: boxes that are required, a single box that is the form's way to say yes, scopes to grant of which
// none is picked, and in groups of radio buttons the one that means yes. `insist` ticks every box: for a form that came back.
void tick_consent(Form& form, Intent intent, bool insist);

}  // namespace assay::html
