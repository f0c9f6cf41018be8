#include "html/submission.hpp"

#include <gtest/gtest.h>

namespace assay::html {
namespace {

const auto page_url = *base::parse_url("https://as.example/o/login?next=%2Fa&x=1#frag");

std::optional<Submission> submit(std::string_view html, std::size_t button = SIZE_MAX) {
  static Page page;
  page = read_page(html);
  const auto& form = page.forms.at(0);
  const auto* pressed = button < form.buttons.size() ? &form.buttons[button] : nullptr;
  auto out = build_submission(page_url, page.base, form, pressed);
  static Submission used;  // nothing of the one before is left over
  EXPECT_EQ(build_submission(page_url, page.base, form, pressed, used), out.has_value());
  if (out) {
    EXPECT_EQ(used.method, out->method);
    EXPECT_EQ(used.url.text(), out->url.text());
    EXPECT_EQ(used.content_type, out->content_type);
    EXPECT_EQ(used.body, out->body);
  }
  return out;
}

TEST(Submission, AnEmptyActionIsThePageWithItsQuery) {
  EXPECT_EQ(submit("<form method=post></form>")->url.text(), "https://as.example/o/login?next=%2Fa&x=1");
  EXPECT_EQ(submit("<form method=post action=''></form>")->url.text(), "https://as.example/o/login?next=%2Fa&x=1");
  EXPECT_EQ(submit("<form method=post action='#'></form>")->url.text(), "https://as.example/o/login?next=%2Fa&x=1");
  EXPECT_EQ(submit("<form method=post action='?y'></form>")->url.text(), "https://as.example/o/login?y");
}

TEST(Submission, ActionsAreResolved) {
  EXPECT_EQ(submit("<form method=post action=consent></form>")->url.text(), "https://as.example/o/consent");
  EXPECT_EQ(submit("<form method=post action=../x></form>")->url.text(), "https://as.example/x");
  EXPECT_EQ(submit("<base href=/b/><form method=post action=x></form>")->url.text(), "https://as.example/b/x");
  EXPECT_FALSE(submit("<form method=post action=javascript:void(0)></form>"));
}

TEST(Submission, SendsWhatABrowserSends) {
  const auto html =
      R"(<form method=post><input type=hidden name=_method value=put><input name="user[login]" value="a b&amp;ä">
    <input type=hidden name=r value=0><input type=checkbox name=r value=1 checked><input type=checkbox name=s>
    <button name=deny value=1>Deny</button><input disabled name=d value=1><input value=nameless>
    <button name=go value=yes>Go</button><input type=hidden name=last value="x"></form>)";
  const auto out = submit(html, 1);
  EXPECT_EQ(out->method, "POST");
  EXPECT_EQ(out->content_type, "application/x-www-form-urlencoded");
  EXPECT_EQ(out->body, "_method=put&user%5Blogin%5D=a+b%26%C3%A4&r=0&r=1&go=yes&last=x");
  EXPECT_EQ(submit(html)->body, "_method=put&user%5Blogin%5D=a+b%26%C3%A4&r=0&r=1&last=x");
}

TEST(Submission, GetReplacesTheQuery) {
  const auto out = submit("<form action='/next?old=1#f'><input name=a value='1 2'></form>");
  EXPECT_EQ(out->method, "GET");
  EXPECT_EQ(out->url.text(), "https://as.example/next?a=1+2");
  EXPECT_EQ(out->body, "");
  EXPECT_EQ(submit("<form><input name=a value=1></form>")->url.text(), "https://as.example/o/login?a=1");
}

TEST(Submission, TheButtonMayChangeEverything) {
  const auto out = submit(
      "<form action=/a><input name=a value=1><button formaction=/b formmethod=post name=k value=v>Go</button></form>",
      0);
  EXPECT_EQ(out->method, "POST");
  EXPECT_EQ(out->url.path, "/b");
  EXPECT_EQ(out->body, "a=1&k=v");
  EXPECT_EQ(submit("<form method=post><input type=image name=i></form>", 0)->body, "i.x=0&i.y=0");
}

TEST(Submission, Multipart) {
  const auto out = submit(
      "<form method=post enctype=multipart/form-data><input name='a\"b' value='----assay-form-boundary-0'></form>");
  EXPECT_EQ(out->content_type, "multipart/form-data; boundary=----assay-form-boundary-1");
  EXPECT_EQ(out->body,
            "------assay-form-boundary-1\r\nContent-Disposition: form-data; name=\"a%22b\"\r\n\r\n"
            "----assay-form-boundary-0\r\n------assay-form-boundary-1--\r\n");
}

TEST(Submission, PlainTextAndLineEnds) {
  const auto out = submit("<form method=post enctype=text/plain><textarea name=t>a\nb</textarea></form>");
  EXPECT_EQ(out->content_type, "text/plain");
  EXPECT_EQ(out->body, "t=a\r\nb\r\n");
}

}  // namespace
}  // namespace assay::html
