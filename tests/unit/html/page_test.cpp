#include "html/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::html {
namespace {

const Field* field(const Form& form, std::string_view name) {
  for (const auto& candidate : form.fields)
    if (candidate.name == name) return &candidate;
  return nullptr;
}

TEST(Page, TellsTitleTextAndScripts) {
  const auto page = read_page(
      "<title> Sign\n in </title><style>p{}</style><script>var x='no text'</script>"
      "<body><p>Hello <b>there</b></p><template><form></form></template><p hidden>unseen</p>");
  EXPECT_EQ(page.title, "Sign in");
  EXPECT_EQ(page.text, "Hello there");
  EXPECT_EQ(page.scripts, 1u);
  EXPECT_TRUE(page.forms.empty());
  EXPECT_FALSE(page.submits_itself);
}

TEST(Page, ReadsAFormWithAllItsControls) {
  const auto page = read_page(R"(<form action=" /login?x=1&amp;y=2 " METHOD=Post id=f enctype="Multipart/Form-Data">
    <input type=hidden name=csrf value="a&quot;b">
    <label for=u>User name</label><input id=u name=user autocomplete="Username">
    <label>Secret <input type=PASSWORD name=pw required></label>
    <input type=checkbox name=remember><input type=radio name=r value=1 checked>
    <select name=lang><option>de<option value=EN selected>English</select>
    <select name=first><option value=a>A<option value=b>B</select>
    <select name=many multiple><option selected>x<option>y<option selected>z</select>
    <textarea name=t>
one
two</textarea>
    <fieldset disabled><input name=off value=1></fieldset><input name=off2 disabled>
    <button type=button>Script</button><input type=reset><button name=go value=1>Sign <i>in</i></button>
    <input type=submit name=other value=Other formaction=/elsewhere formmethod=GET><input type=image alt=Go name=img></form>)");
  ASSERT_EQ(page.forms.size(), 1u);
  const auto& form = page.forms[0];
  EXPECT_EQ(form.action, "/login?x=1&y=2");
  EXPECT_EQ(form.method, "post");
  EXPECT_EQ(form.enctype, "multipart/form-data");
  EXPECT_TRUE(form.looks_like_login());
  EXPECT_EQ(field(form, "csrf")->value, "a\"b");
  EXPECT_EQ(field(form, "user")->label, "User name");
  EXPECT_EQ(field(form, "user")->autocomplete, "username");
  EXPECT_EQ(field(form, "pw")->type, "password");
  EXPECT_EQ(field(form, "pw")->label, "Secret");
  EXPECT_TRUE(field(form, "pw")->required);
  EXPECT_EQ(field(form, "remember")->value, "on");
  EXPECT_FALSE(field(form, "remember")->checked);
  EXPECT_TRUE(field(form, "r")->checked);
  EXPECT_EQ(field(form, "lang")->value, "EN");
  EXPECT_EQ(field(form, "first")->value, "a");
  EXPECT_EQ(std::ranges::count(form.fields, "many", &Field::name), 2);
  EXPECT_EQ(field(form, "t")->value, "one\ntwo");
  EXPECT_TRUE(field(form, "off")->disabled);
  EXPECT_TRUE(field(form, "off2")->disabled);
  ASSERT_EQ(form.buttons.size(), 3u);
  EXPECT_EQ(form.buttons[0].label, "Sign in");
  EXPECT_EQ(form.buttons[1].formaction, "/elsewhere");
  EXPECT_EQ(form.buttons[1].formmethod, "get");
  EXPECT_TRUE(form.buttons[2].image);
  EXPECT_EQ(form.buttons[2].label, "Go");
}

TEST(Page, ControlsMayStandOutsideTheirForm) {
  const auto page = read_page(
      "<form id=a action=/a></form><form id=b><input name=x></form>"
      "<input name=y form=a><button form=a>Go</button><input name=z form=none><input name=lost>");
  ASSERT_EQ(page.forms.size(), 2u);
  ASSERT_EQ(page.forms[0].fields.size(), 1u);
  EXPECT_EQ(page.forms[0].fields[0].name, "y");
  EXPECT_EQ(page.forms[0].buttons.size(), 1u);
  EXPECT_EQ(page.forms[1].fields.size(), 1u);
}

TEST(Page, AFormBetweenTableCellsKeepsItsControls) {
  const auto page = read_page(
      "<table><form action=/in method=post><tr><td><input name=u></td></tr><tr><td><input type=password "
      "name=p></td></tr></form></table><input name=lost>");
  ASSERT_EQ(page.forms.size(), 1u);
  EXPECT_EQ(page.forms[0].fields.size(), 2u);
}

TEST(Page, AFormIsReadInsideNoscript) {
  const auto page = read_page(
      "<body onload=\"document.forms[0].submit()\"><form method=post action=http://c/cb><input type=hidden "
      "name=code value=1><noscript><button>Go on</button></noscript></form></body>");
  ASSERT_EQ(page.forms.size(), 1u);
  EXPECT_EQ(page.forms[0].fields.size(), 1u);
  EXPECT_EQ(page.forms[0].buttons.size(), 1u);
  EXPECT_TRUE(page.submits_itself);
}

TEST(Page, FindsRefreshAndBase) {
  const auto page = read_page("<base href=/x/><meta http-equiv=Refresh content=\"3; URL='next?a=1&amp;b=2'\">");
  EXPECT_EQ(page.base, "/x/");
  ASSERT_TRUE(page.refresh);
  EXPECT_EQ(page.refresh->seconds, 3);
  EXPECT_EQ(page.refresh->url, "next?a=1&b=2");
  EXPECT_EQ(parse_refresh("0;/go")->url, "/go");
  EXPECT_EQ(parse_refresh("5, url = \"/go\" ")->url, "/go");
  EXPECT_FALSE(parse_refresh("30"));
  EXPECT_FALSE(parse_refresh("30; url="));
  EXPECT_FALSE(parse_refresh(""));
}

TEST(Page, SurvivesDepth) {
  for (const auto* tag : {"<div>", "<b>", "<table>", "<form><p>", "<a href=x>", "<button>"}) {
    std::string html;
    while (html.size() < 1'500'000) html += tag;
    const auto page = read_page(html + "<form><input type=password>");
    EXPECT_LE(page.text.size(), 500u) << tag;
  }
}

TEST(Page, SurvivesPagesThatGrowQuadratically) {
  std::string html;  // every <p> opens all the formatting elements again
  for (int i = 0; i < 20'000; ++i) html += "<b id=" + std::to_string(i) + ">";
  for (int i = 0; i < 50'000; ++i) html += "<p>x";
  EXPECT_TRUE(read_page(html).unreadable);
  std::string attributes = "<p";
  for (int i = 0; i < 150'000; ++i) attributes += " a" + std::to_string(i);
  read_page(attributes + ">");
}

TEST(Page, SurvivesManyControlsAndBinary) {
  std::string html = "<form>";
  for (int i = 0; i < 60'000; ++i) html += "<input name=x>";
  const auto page = read_page(html);
  EXPECT_LE(page.unreadable ? 0u : page.forms.at(0).fields.size(), 5000u);
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += static_cast<char>(i * 7919 % 256);
  read_page(bytes);
  read_page("");
  EXPECT_TRUE(read_page("\xEF\xBB\xBF<title>t").title == "t");
}

}  // namespace
}  // namespace assay::html
