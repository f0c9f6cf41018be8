// Pages that are read by memory come out as read_page() gives them, and nothing but what is proven harmless is taken for the same.
#include "html/page_memory.hpp"

#include <gtest/gtest.h>

#include <string>

namespace assay::html {
namespace {

std::string login(const std::string& flow, const std::string& csrf, const std::string& more = "") {
  return "<!DOCTYPE html><title>Sign in</title><p>Hello</p>" + more +
         "<form method=\"post\" action=\"/login?flow=" + flow + "\"><input type=\"hidden\" name=\"csrf\" value=\"" +
         csrf +
         "\"><input name=\"username\"><input type=\"password\" name=\"password\"><button>Sign in</button></form>";
}

// Reads it by memory; it must be what a first reading gives.
void expect_same(PageMemory& memory, const std::string& html) {
  const Page& page = memory.read(html);
  EXPECT_EQ(page, read_page(html)) << html;
  const Page fresh = read_page(html);
  const auto expected = choose_form(fresh);
  const auto& choice = memory.choose({});
  ASSERT_EQ(choice.has_value(), expected.has_value());
  if (!choice) return;
  EXPECT_EQ(choice->form - page.forms.data(), expected->form - fresh.forms.data());
  EXPECT_EQ(choice->kind, expected->kind);
  EXPECT_EQ(choice->intent, expected->intent);
  if (choice->button)
    EXPECT_EQ(choice->button - choice->form->buttons.data(), expected->button - expected->form->buttons.data());
}

TEST(PageMemory, ReadsNewValuesOfAKnownPage) {
  PageMemory memory;
  expect_same(memory, login("aaaaaaaaaaaa", "k1k1k1k1k1k1"));
  expect_same(memory, login("bbbbbbbbbbbb", "longer-than-before-2222"));
  EXPECT_EQ(memory.read(login("cccccccccccc", "k3k3k3k3k3k3")).forms[0].action, "/login?flow=cccccccccccc");
  EXPECT_EQ(memory.read(login("dddddddddddd", "k4k4k4k4k4k4")).forms[0].fields[0].value, "k4k4k4k4k4k4");
}

TEST(PageMemory, ReadsAnotherPageAnew) {
  PageMemory memory;
  expect_same(memory, login("aaaaaaaaaaaa", "k1k1k1k1k1k1"));
  expect_same(memory, login("bbbbbbbbbbbb", "k2k2k2k2k2k2", "<p>Wrong password"));
  expect_same(memory, login("bbbbbbbbbbbb", "k2k2k2k2k2k2"));
  expect_same(memory, "<p>Nothing");
  expect_same(memory, "");
}

// What means something to HTML is read by the parser.
TEST(PageMemory, ReadsValuesWithMarkupAnew) {
  PageMemory memory;
  expect_same(memory, login("aaaaaaaaaaaa", "k1k1k1k1k1k1"));
  expect_same(memory, login("bbbbbbbbbbbb", "k2k2&amp;k2k2k2"));
  expect_same(memory, login("bbbbbbbbbbbb&amp;x=1", "k2k2k2k2k2k2"));
  expect_same(memory, login("bbbbbbbbbbbb", "k2k2k2k2k2k2\" disabled x=\"yyyyyyyyyyyy"));
  expect_same(memory, login("bbbbbbbbbbbb", "'><input type=hidden>"));
}

// A value that stands in two places, or somewhere else than in the field.
TEST(PageMemory, TakesNoOtherValueForTheField) {
  PageMemory memory;
  const auto twice = [](const std::string& value) {
    return "<form method=post action=\"/a\"><input type=hidden name=a value=\"" + value +
           "\"><input type=hidden name=b value=\"" + value + "\"><button>Continue</button></form>";
  };
  expect_same(memory, twice("aaaaaaaaaaaa"));
  expect_same(memory, twice("bbbbbbbbbbbb"));
  const auto elsewhere = [](const std::string& data, const std::string& value) {
    return "<form method=post action=\"/a\"><div data-x=\"" + data + "\"></div><input type=hidden name=a value='" +
           value + "'><button>Continue</button></form>";
  };
  expect_same(memory, elsewhere("aaaaaaaaaaaa", "&#97;aaaaaaaaaaa"));
  expect_same(memory, elsewhere("bbbbbbbbbbbb", "&#97;aaaaaaaaaaa"));
}

std::string consent(const std::string& name, const std::string& csrf, const std::string& text = "reads your mail") {
  return "<!DOCTYPE html><html><head><meta name=\"csrf-token\" content=\"" + csrf + "\"><!-- made for x at " + csrf +
         " --><title>" + name + ": allow?</title><script nonce='" + csrf +
         "'>var x = 1;</script></head><body><p>Signed in as <b>" + name + "</b>.</p><p>" + text +
         "</p><form method=post action=\"/interaction/" + csrf + "/consent\"><input type=hidden name=csrf value=\"" +
         csrf + "\"><input type=hidden name=user value=\"" + name +
         "\"><button name=no>Deny</button><button name=yes>Allow</button></form><p>Not " + name + "? Log out.</body>";
}

// After two pages that differ in such values, others are recognized without parsing.
TEST(PageMemory, LearnsNamesAndTokensFromTwoPages) {
  PageMemory memory;
  expect_same(memory, consent("alice", "aaaaaaaaaaaa"));
  expect_same(memory, consent("bob", "ab"));
  expect_same(memory, consent("Carol of the Hill", "cccc-ccc_cccc=="));
  expect_same(memory, consent("user-1", "dddddddddddd"));
  PageShape shape(consent("alice", "a1"), read_whole_page(consent("alice", "a1")));
  EXPECT_FALSE(shape.read(consent("bob", "a2")));
  EXPECT_TRUE(shape.learn(consent("bob", "a2"), read_whole_page(consent("bob", "a2"))));
  const auto third = consent("Dave Lister", "zzzz");
  EXPECT_TRUE(shape.read(third));
  EXPECT_EQ(shape.page(), read_page(third));
}

// The beginning of the text is kept, wherever a name moves its end.
TEST(PageMemory, CutsOffTextWhereAFirstReadingDoes) {
  PageMemory memory;
  std::string text;
  for (int i = 0; i < 60; ++i) text += "w\u00f6rter ";
  for (std::size_t size = 1; size < 30; ++size) expect_same(memory, consent(std::string(size, 'x'), "token", text));
  for (std::size_t size = 170; size < 210; ++size) expect_same(memory, consent(std::string(size, 'x'), "token"));
}

// What an attribute or a label says may decide which form is filled in, and which button is pressed.
TEST(PageMemory, LearnsNothingThatDecides) {
  const auto button = [](const std::string& label) {
    return "<form method=post action=\"/a\"><input type=hidden name=a value=b><button name=x>" + label +
           "</button><button name=y>Continue</button></form>";
  };
  const auto meta = [](const std::string& kind) {
    return "<meta http-equiv=\"" + kind + "\" content=\"0;url=/x\"><form method=post><input type=password></form>";
  };
  const auto kind = [](const std::string& type) {
    return "<form method=post><input type=password><button type=\"" + type + "\">Go on</button></form>";
  };
  const auto script = [](const std::string& call) {
    return "<form method=post><input type=hidden name=a value=b></form><script>document.forms[0]." + call +
           "()</script>";
  };
  const auto path = [](const std::string& place) {
    return "<form method=post action=\"/" + place + "/go\"><button>Continue</button></form>";
  };
  const auto method = [](const std::string& name) {
    return "<form method=post><input type=hidden name=_method value=\"" + name + "\"><button>Continue</button></form>";
  };
  PageMemory memory;
  for (const char* value : {"Agree", "Cancel", "Allow", "Deny", "Continue"}) expect_same(memory, button(value));
  for (const char* value : {"x-one", "x-two", "refresh", "x-three"}) expect_same(memory, meta(value));
  for (const char* value : {"submit", "submitt", "reset", "button"}) expect_same(memory, kind(value));
  for (const char* value : {"focus", "blur", "submit", "click"}) expect_same(memory, script(value));
  for (const char* value : {"one", "two", "search", "logout", "three"}) expect_same(memory, path(value));
  for (const char* value : {"put", "patch", "delete", "put"}) expect_same(memory, method(value));
}

// Values with markup, blanks or nothing in them, where plain ones were learned.
TEST(PageMemory, ReadsOddValuesOfALearnedPageAnew) {
  PageMemory memory;
  expect_same(memory, consent("alice", "aaaaaaaaaaaa"));
  expect_same(memory, consent("bob", "bbbbbbbbbbbb"));
  for (const char* name :
       {"", " ", "a  b", " a", "a ", "<b>", "&lt;", "M\u00fcller", "O'Neill", "\"", "a(b", "\n", "a,b;c", "\xff"})
    for (const char* token : {"cccccccccccc", "", "x y", "a;b", "&#97;"}) expect_same(memory, consent(name, token));
}

// Many shapes, more than are kept, by turns.
TEST(PageMemory, ForgetsTheOldest) {
  PageMemory memory;
  for (int round = 0; round < 4; ++round)
    for (int shape = 0; shape < 12; ++shape)
      expect_same(memory, login("flow" + std::to_string(round), "token" + std::to_string(round),
                                std::string(static_cast<std::size_t>(shape), '!')));
}

// Pages that are alike, with bits of markup thrown in anywhere: whatever is learned of them, a first reading is the judge.
TEST(PageMemory, AgreesWithAFirstReadingOfMutatedPages) {
  const std::vector<std::string> bits{
      "<",  ">",   "\"",   "'",   "&",          "alice",        "bob",    "-->",    "<!--", "submit(", "=",
      "/>", "<p>", "</p>", "<b ", "type=text ", " http-equiv=", "<form>", "hidden", ";",    "search",  " "};
  std::uint32_t state = 1;
  const auto random = [&](std::size_t below) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % below;
  };
  PageMemory memory;
  for (int i = 0; i < 1500; ++i) {
    if (i % 50 == 0) memory = {};
    auto html =
        consent(random(2) ? "alice" : "bob jones", std::string(1 + random(12), static_cast<char>('a' + random(26))));
    for (auto changes = random(3); changes > 0; --changes)
      html.insert(random(html.size() + 1), bits[random(bits.size())]);
    expect_same(memory, html);
  }
}

TEST(PageMemory, ChoosesByTheHintsItIsGiven) {
  PageMemory memory;
  const auto page = [](const std::string& value) {
    return "<form method=post action=\"/a\"><input type=hidden name=a value=\"" + value +
           "\"><button name=x>Zustimmen</button><button name=y>Weltfrieden</button></form>";
  };
  const std::string label = "weltfrieden";
  for (const char* value : {"aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc"}) {
    memory.read(page(value));
    ASSERT_TRUE(memory.choose({}));
    EXPECT_EQ(memory.choose({})->button->name, "x");
    Hints hints;
    hints.allow_labels = {&label, 1};
    EXPECT_EQ(memory.choose(hints)->intent, Intent::allow);
  }
}

}  // namespace
}  // namespace assay::html
