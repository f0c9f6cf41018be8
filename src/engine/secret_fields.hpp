// Which values of a run must never be shown, and the kind that stands in their place: the one list of them. What the target
// file holds, cookies, and what filters make of values are told apart from these.
#pragma once
#include <optional>
#include <string_view>

#include "engine/step_result.hpp"

namespace assay::engine {

struct SecretField {
  std::string_view kind;              // as record::Redactor::add() takes it
  std::optional<rules::Field> field;  // of a step's result
  std::string_view member = {};       // of a JSON answer, whatever the step makes of it; empty: a common word
};

inline constexpr SecretField kSecretFields[] = {{"access", rules::Field::access_token, "access_token"},
                                                {"refresh", rules::Field::refresh_token, "refresh_token"},
                                                {"id-token", rules::Field::id_token, "id_token"},
                                                {"client-secret", rules::Field::client_secret, "client_secret"},
                                                {"registration", std::nullopt, "registration_access_token"},
                                                {"code", rules::Field::code},
                                                {"verifier", rules::Field::code_verifier}};
inline constexpr std::string_view kDerivedSecret = "derived";  // made from another value by a filter

// tell(kind, value) for every secret of `result`.
void each_secret(const StepResult& result, auto&& tell) {
  for (const auto& secret : kSecretFields)
    if (secret.field && !result.text(*secret.field).empty()) tell(secret.kind, result.text(*secret.field));
}

}  // namespace assay::engine
