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
