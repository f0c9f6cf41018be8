#include "load/flow_facts.hpp"

#include <algorithm>
#include <set>

namespace assay::load {
namespace {

using rules::Field;
using rules::Piece;
using rules::Verb;

// The slot whose field of that name, and nothing else, is the value; -1: something else.
int slot_of(const rules::Template& value, Field field) {
  if (value.size() != 1 || value[0].kind != Piece::Kind::field || value[0].field != field ||
      value[0].filter != rules::Filter::none)
    return -1;
  return value[0].slot;
}

const rules::Template* only(const rules::Step& step, std::string_view name) {
  const rules::Template* found = nullptr;
  for (const auto& parameter : step.parameters) {
    if (parameter.name != name) continue;
    if (found) return nullptr;
    found = &parameter.value;
  }
  return found;
}

bool is_literal(const rules::Template* value, std::string_view text) {
  return value && value->size() == 1 && (*value)[0].kind == Piece::Kind::literal && (*value)[0].text == text;
}

// A number that is the same in all rules.
std::uint16_t number_of(const std::string& role) {
  std::uint16_t out = 1;
  for (const char c : role) out = static_cast<std::uint16_t>(out * 131 + static_cast<unsigned char>(c));
  return out;
}

bool wants_success(const rules::Step& step) {
  if (step.optional) return false;
  return !step.expect || std::ranges::any_of(*step.expect, [](const rules::Condition& condition) {
    return condition.kind == rules::Condition::Kind::denied && !condition.flag;
  });
}

}  // namespace

std::vector<StepFacts> facts_of(const rules::Rule& rule) {
  std::vector<StepFacts> out(static_cast<std::size_t>(rule.slots));
  const auto at = [&](int slot) -> StepFacts& { return out[static_cast<std::size_t>(slot)]; };
  std::set<int> redeemed;
  const rules::Step* browser = nullptr;  // the last authorize step
  const auto of_grant = [&](StepFacts& facts, int slot) {
    if (slot < 0) return;
    facts.authorize = at(slot).authorize;
    facts.user = at(slot).user;
    facts.client = at(slot).client;
  };
  for (const auto* block : {&rule.arrange, &rule.act})
    for (const auto& step : *block) {
      StepFacts& facts = at(step.slot);
      facts.client = number_of(step.client);
      const bool plain = !step.race && step.body.empty() && step.append.empty() && !step.get;
      if (step.verb == Verb::authorize) {
        // In a session that another user began, nobody knows who will be asked.
        const bool own =
            !step.kept_session || (browser && browser->user == step.user && at(browser->slot).authorize >= 0);
        facts.authorize = own ? step.slot : -1;
        facts.user = step.user;
        const auto* state = only(step, "state");
        facts.sends_state = state && slot_of(*state, Field::sent_state) == step.slot;
        browser = &step;
      } else if (step.verb == Verb::token && plain) {
        const auto* code = only(step, "code");
        const auto* token = only(step, "refresh_token");
        if (code && is_literal(only(step, "grant_type"), "authorization_code")) {
          facts.code_of = slot_of(*code, Field::code);
          of_grant(facts, facts.code_of);
          facts.must_work = facts.code_of >= 0 && redeemed.insert(facts.code_of).second &&
                            step.auth == rules::Auth::configured &&
                            (block == &rule.arrange ? wants_success(step) : rule.has_tag("journey"));
        } else if (token && is_literal(only(step, "grant_type"), "refresh_token")) {
          facts.refresh_of = slot_of(*token, Field::refresh_token);
          of_grant(facts, facts.refresh_of);
        }
      } else if (step.verb == Verb::userinfo) {
        of_grant(facts, slot_of(step.bearer, Field::access_token));
      } else if (step.verb == Verb::introspect && plain) {
        if (const auto* token = only(step, "token")) {
          const int slot = slot_of(*token, Field::access_token);
          of_grant(facts, slot >= 0 ? slot : slot_of(*token, Field::refresh_token));
        }
      }
    }
  return out;
}

}  // namespace assay::load
