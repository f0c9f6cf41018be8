// A Secret cannot end up in a text by accident: whoever writes it into one by any usual way does not get past the compiler.
#include "base/secret.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <gtest/gtest.h>

#include <concepts>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

namespace assay::base {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };
template <class T>
concept Appendable = requires(std::string& out, const T& value) { out += value; };
template <class T>
concept Joinable = requires(const T& value) { std::string() + value; };

static_assert(Streamable<std::string> && Appendable<std::string> && Joinable<std::string>);
static_assert(!Streamable<Secret> && !Appendable<Secret> && !Joinable<Secret>);
static_assert(fmt::is_formattable<std::string>::value && !fmt::is_formattable<Secret>::value);
static_assert(!std::convertible_to<Secret, std::string> && !std::convertible_to<Secret, std::string_view>);
static_assert(!std::constructible_from<std::string, Secret> && !std::constructible_from<std::string_view, Secret>);
static_assert(std::constructible_from<nlohmann::json, std::string> && !std::constructible_from<nlohmann::json, Secret>);
// Neither is it made by accident, nor compared where it would show by its time.
static_assert(!std::convertible_to<std::string, Secret> && !std::equality_comparable<Secret>);

TEST(Secret, ShowsItselfOnlyWhenAsked) {
  const Secret secret("s3cret");
  EXPECT_EQ(secret.reveal(), "s3cret");
  EXPECT_EQ(secret.size(), 6u);
  EXPECT_TRUE(Secret().empty());
}

}  // namespace
}  // namespace assay::base
