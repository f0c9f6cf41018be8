// The vocabulary of login and consent pages. "stem*" matches words that begin so; a phrase with a blank matches as it
// stands; anything else matches a whole word, or any part of a label when it is written without blanks between words.
#pragma once
#include <span>
#include <string_view>

namespace assay::html {

std::span<const std::string_view> allow_words();
std::span<const std::string_view> proceed_words();
std::span<const std::string_view> deny_words();
std::span<const std::string_view> provider_words();  // in "Sign in with ...": another way to log in

// Whether `label`, in lower case, holds one of the words.
bool holds_word(std::string_view label, std::span<const std::string_view> words);

}  // namespace assay::html
