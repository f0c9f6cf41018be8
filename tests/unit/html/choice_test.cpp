#include "html/choice.hpp"

#include <gtest/gtest.h>

namespace assay::html {
namespace {

std::string chosen(std::string_view html, const Hints& hints = {}) {
  const auto page = read_page(html);
  const auto choice = choose_form(page, hints);
  if (!choice) return "nothing";
  static constexpr std::string_view kinds[] = {"login", "identifier", "consent", "interstitial"};
  return std::string(kinds[static_cast<std::size_t>(choice->kind)]) + ":" +
         (choice->button ? choice->button->label : "-") + ":" + choice->form->action;
}

Button button(std::string name, std::string value, std::string label) {
  Button out;
  out.name = std::move(name);
  out.value = std::move(value);
  out.label = std::move(label);
  return out;
}

TEST(Intent, OfLabelsInSeveralLanguages) {
  for (const auto label : {"Allow", "ALLOW ACCESS", "Authorize application", "Authorise", "Yes, continue", "Grant",
                           "I agree", "Approve", "Erlauben", "Zulassen", "Autoriser", "Permitir", "Autorizza",
                           "Aceitar", "Toestaan", "Разрешить", "允许", "許可する", "허용"})
    EXPECT_EQ(intent_of_label(label), Intent::allow) << label;
  for (const auto label : {"Deny",
                           "Cancel",
                           "Don't allow",
                           "Don\u2019t allow",
                           "Disallow",
                           "No",
                           "No, thanks",
                           "Do not authorize",
                           "Log out",
                           "Sign out",
                           "Logout",
                           "Back",
                           "Use another account",
                           "Forgot password?",
                           "Nicht erlauben",
                           "Abbrechen",
                           "Ablehnen",
                           "Refuser",
                           "Ne pas autoriser",
                           "Cancelar",
                           "Отмена",
                           "取消",
                           "拒否する",
                           "キャンセル",
                           "Accept all cookies",
                           "Register",
                           "Try again"})
    EXPECT_EQ(intent_of_label(label), Intent::deny) << label;
  for (const auto label : {"Continue", "Sign in", "Sign-in", "Log in", "LOGIN", "Submit", "OK", "Weiter", "Anmelden",
                           "Se connecter", "Iniciar sesión", "Войти", "登录"})
    EXPECT_EQ(intent_of_label(label), Intent::proceed) << label;
  EXPECT_EQ(intent_of_label("Sign in with Google"), Intent::other);
  for (const auto label : {"", "  ", "Znorf", "Northern"}) EXPECT_EQ(intent_of_label(label), Intent::unknown) << label;
}

TEST(Intent, FallsBackToValueAndName) {
  EXPECT_EQ(intent_of(button("allow", "Znorf", "Znorf")), Intent::allow);
  EXPECT_EQ(intent_of(button("action", "deny", "Znorf")), Intent::deny);
  EXPECT_EQ(intent_of(button("cancel", "1", "Submit")), Intent::deny);
  EXPECT_EQ(intent_of(button("x", "1", "Submit")), Intent::proceed);
  const std::string labels[] = {"znorf"};
  EXPECT_EQ(intent_of(button("", "", "Znorf!"), labels), Intent::allow);
}

TEST(Choice, TheRefusalMayComeFirst) {
  EXPECT_EQ(chosen("<form method=post><input type=hidden name=a><input type=submit value=Cancel>"
                   "<input type=submit name=allow value=Authorize></form>"),
            "consent:Authorize:");
  EXPECT_EQ(chosen("<form action=/a method=post><input type=hidden name=_method value=delete><input type=submit "
                   "value=Deny></form>"
                   "<form action=/a method=post><input type=submit value=Authorize></form>"),
            "consent:Authorize:/a");
}

TEST(Choice, AFormThatDeletesNeedsAClearYes) {
  EXPECT_EQ(chosen("<form action=/a method=post><input type=hidden name=_method value=delete><input type=submit "
                   "value=Znorf></form>"
                   "<form action=/b method=post><input type=hidden name=_method value=put><input type=submit "
                   "value=Blarg></form>"),
            "interstitial:Blarg:/b");
}

TEST(Choice, PasswordFormsGoFirst) {
  EXPECT_EQ(
      chosen(
          "<form action=/search><input name=q><button>Go</button></form><form action=/google method=post><button>Sign "
          "in "
          "with Google</button></form><form action=/new method=post><input name=user><input type=password "
          "name=a><input "
          "type=password name=b><button>Continue</button></form><form action=/in method=post><input name=user><input "
          "type=password name=a><button name=x>Forgot password?</button><button>Sign in</button></form>"),
      "login:Sign in:/in");
  EXPECT_EQ(chosen("<form><input type=password name=a></form>"), "login:-:");
}

TEST(Choice, IdentifierFirst) {
  EXPECT_EQ(chosen("<form action=/id method=post><input type=email name=identifier><button>Next</button></form>"),
            "identifier:Next:/id");
  EXPECT_EQ(chosen("<form action=/id method=post><input name=quantity><button>Next</button></form>"),
            "interstitial:Next:/id");
}

TEST(Choice, NothingLeadsOn) {
  for (const auto html :
       {"", "<p>error</p>", "<form action=/><button>Back</button></form>", "<form><button>Cancel</button></form>",
        "<form method=post action=/logout><button>OK</button></form>",
        "<form role=search><input name=x><button>Go</button></form>",
        "<form action=/find><input type=search name=term><button>Submit</button></form>",
        "<form action=/set-language method=post><select name=l><option>en</select><button>OK</button></form>",
        "<form><input type=hidden name=a><button>Znorf</button></form>",
        "<form method=post><input type=hidden name=a></form>", "<form method=dialog><button>OK</button></form>",
        "<form method=post><button disabled>Allow</button></form>",
        "<form method=post action=/cookies><button>Accept all</button></form>"})
    EXPECT_EQ(chosen(html), "nothing") << html;
}

TEST(Choice, InterstitialsAndFormsThatSubmitThemselves) {
  EXPECT_EQ(chosen("<form method=post action=/go><button>Continue</button></form>"), "interstitial:Continue:/go");
  EXPECT_EQ(chosen("<form method=post action=/go><input type=hidden name=a "
                   "value=b></form><script>document.forms[0].submit()</script>"),
            "interstitial:-:/go");
}

TEST(Choice, ConfiguredLabelsWin) {
  const std::string labels[] = {"Nope"};
  EXPECT_EQ(
      chosen("<form method=post><button>Allow</button></form><form action=/n method=post><button>Nope</button></form>"),
      "consent:Allow:");
  EXPECT_EQ(chosen("<form action=/n method=post><button>Cancel</button><button>Nope, go on</button></form>",
                   {.user_field = {}, .password_field = {}, .allow_labels = labels}),
            "consent:Nope, go on:/n");
}

std::string user_field(std::string_view html, const Hints& hints = {}) {
  const auto page = read_page(html);
  const auto at = find_user_field(page.forms.at(0), hints);
  return at ? page.forms[0].fields[*at].name : "";
}

TEST(Login, FindsTheUserNameField) {
  EXPECT_EQ(user_field("<form><input name=otp><input name='user[login]'><input type=password name=p></form>"),
            "user[login]");
  EXPECT_EQ(
      user_field(
          "<form><input name=company><input name=f2 autocomplete='section-a username'><input type=password></form>"),
      "f2");
  EXPECT_EQ(user_field("<form><input name=f1><input type=password name=f2></form>"), "f1");
  EXPECT_EQ(user_field("<form><input type=email name=f1><input name=captcha><input type=password></form>"), "f1");
  EXPECT_EQ(user_field("<form><input name=user readonly value=alice><input type=password></form>"), "");
  EXPECT_EQ(user_field("<form><input name=tenant><input name=x><input type=password></form>",
                       {.user_field = "x", .password_field = {}, .allow_labels = {}}),
            "x");
}

TEST(Login, FillsWhatBelongs) {
  auto page = read_page(
      "<form><input type=hidden name=csrf value=t><input name=user><input type=password name=pw>"
      "<input type=checkbox name=remember><input type=checkbox name=terms required></form>");
  auto& form = page.forms.at(0);
  fill_login(form, find_user_field(form), {}, "alice", "secret");
  EXPECT_EQ(form.fields[0].value, "t");
  EXPECT_EQ(form.fields[1].value, "alice");
  EXPECT_EQ(form.fields[2].value, "secret");
  EXPECT_FALSE(form.fields[3].checked);
  EXPECT_TRUE(form.fields[4].checked);
}

std::string ticked(std::string_view html, bool insist = false) {
  auto page = read_page(html);
  const auto choice = choose_form(page);
  auto form = *choice->form;
  tick_consent(form, choice->intent, insist);
  std::string out;
  for (const auto& f : form.fields)
    if (f.checked) out += f.name + "=" + f.value + " ";
  return out;
}

TEST(Consent, TicksOnlyWhatIsNeeded) {
  EXPECT_EQ(
      ticked("<form method=post><input type=checkbox name=confirm value=yes>Consent?<button>Submit</button></form>"),
      "confirm=yes ");
  EXPECT_EQ(ticked("<form method=post><input type=checkbox name=remember><button>Allow</button></form>"), "");
  // The box is the consent, whatever stands on the button; scopes of which none is picked are all meant.
  EXPECT_EQ(ticked("<form method=post><input type=checkbox name=confirm>Yes<button>Consent</button></form>"),
            "confirm=on ");
  EXPECT_EQ(
      ticked("<form method=post><label><input type=checkbox name=c1> I agree</label><button>Allow</button></form>"),
      "c1=on ");
  EXPECT_EQ(ticked("<form method=post><label><input type=checkbox name=remember_consent> Remember</label>"
                   "<button>Allow</button></form>"),
            "");
  EXPECT_EQ(ticked("<form method=post><input type=checkbox name=scope value=a><input type=checkbox name=scope value=b>"
                   "<button>Allow</button></form>"),
            "scope=a scope=b ");
  EXPECT_EQ(
      ticked(
          "<form method=post><input type=checkbox name=scope value=a checked><input type=checkbox name=scope value=b>"
          "<button>Allow</button></form>"),
      "scope=a ");
  EXPECT_EQ(ticked("<form method=post><input type=checkbox "
                   "name=remember><button>Continue</button><button>Cancel</button></form>"),
            "");
  EXPECT_EQ(ticked("<form method=post><input type=checkbox name=a><input type=checkbox name=b "
                   "required><button>OK</button></form>"),
            "b=on ");
  EXPECT_EQ(
      ticked("<form method=post><input type=checkbox name=a><input type=checkbox name=b><button>Allow</button></form>",
             true),
      "a=on b=on ");
}

TEST(Consent, ChoosesTheRadioButtonThatSaysYes) {
  EXPECT_EQ(ticked("<form method=post><label><input type=radio name=r value=0 checked>Deny</label><label><input "
                   "type=radio name=r "
                   "value=9>Allow</label><button>Submit</button></form>"),
            "r=9 ");
}

}  // namespace
}  // namespace assay::html
