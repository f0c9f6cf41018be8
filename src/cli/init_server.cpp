// `assay init`: what the server says of itself. It is shown where it surprises, and believed only by somebody's word.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "base/text.hpp"
#include "cli/init_session.hpp"
#include "rules/target_hosts.hpp"

namespace assay::cli {

std::optional<Stop> InitSession::find_server() {
  const auto& init = options.init;
  if (wishes.issuer.empty() && wishes.endpoints.token.empty()) {
    if (!dialogue.possible())
      return Stop{
          kUsage,
          "assay init: which server? give its issuer's URL: assay init https://login.example\nnothing was sent"};
    const auto answer = dialogue.ask("The issuer's URL");
    if (const auto stop = stopped()) return stop;
    auto issuer = read_issuer(answer);
    if (!issuer) return Stop{kUsage, "assay init: " + issuer.error()};
    wishes.issuer = std::move(*issuer);
  }
  if (auto stop = choose_files(init, wishes)) return stop;
  if (init.force) remember_replaced();
  auto& target = draft.target;
  target.issuer = wishes.issuer;
  target.endpoints = wishes.endpoints;
  // The target file may be read from elsewhere.
  std::error_code error;
  if (!init.ca_file.empty()) target.ca_file = std::filesystem::absolute(init.ca_file, error).string();
  draft.env_file = wishes.env_file.substr(wishes.env_file.rfind('/') + 1);
  Checked session;
  if (auto stop = look_around(session)) return stop;
  if (!metadata_) {
    target.discovery = "";
  } else {
    // As the server writes it: clients compare it to the letter.
    if (!target.issuer.empty() && !metadata_->issuer.empty()) target.issuer = metadata_->issuer;
    if (auto stop = doubt(*metadata_)) return stop;
    scopes_ = propose_scopes(*metadata_);
  }
  if (target.name.empty()) {
    const auto url = base::parse_url(target.issuer.empty() ? target.endpoints.token : target.issuer);
    target.name = url ? url->authority() : "target";
  }
  return std::nullopt;
}

std::optional<Stop> InitSession::look_around(Checked& session) {
  session.run =
      new_run(options, library_, library_.profiles.begin()->second, Subject{draft.target, nullptr, nullptr}, "init");
  session.run.issuer = session.run.target_name = draft.target.issuer;
  say("Reading what " +
      base::printable(draft.target.issuer.empty() ? draft.target.endpoints.token : draft.target.issuer, 120) +
      " says of itself.");
  const auto looked = in_network(draft.target, session, [&](net::Transport& transport, engine::Recorder& recorder) {
    return engine::discover(draft.target, transport, recorder, session.preflight);
  });
  if (!looked) return looked.error();
  if (session.interrupted) return Stop{kInterrupted, "interrupted; nothing was written"};
  metadata_ = session.preflight.metadata;
  if (session.preflight.reachable) {
    if (metadata_) {
      product_ = engine::recognise(library_.products, draft.target.issuer, metadata_, session.run.exchanges);
      say("Found " + session.preflight.metadata_url +
          (product_.product ? "; this looks like " + product_.product->name + " (" + product_.because + ")" : "") +
          ".");
    }
    return std::nullopt;
  }
  const auto& checks = session.preflight.checks;
  const bool only_silent = !metadata_ && !checks.empty() && checks.back().name == "metadata";
  if (only_silent && dialogue.possible()) return ask_endpoints(session);
  session.run.preflight = checks;
  for (auto& check : session.run.preflight) {
    if (check.verdict != record::Verdict::blocked) continue;
    if (check.name == "metadata")
      check.hint =
          "is this the issuer's URL? if the server has no metadata, add --endpoint KIND=URL for authorization and "
          "token";
    if (check.name == "issuer")
      check.hint =
          "nothing is taken from metadata that are somebody else's; if that issuer is the server you mean: assay "
          "init " +
          base::printable(metadata_->issuer, 120);
    if (check.name == "TLS")
      check.hint = "if the certificate is self-signed, add --ca-file ca.pem; if the server has no TLS, write http://";
  }
  std::fputs(report::terminal_doctor(session.run, session.redactor, terminal_style(options, STDOUT_FILENO)).c_str(),
             stdout);
  return Stop{kBlocked, "nothing was registered or written"};
}

// A server without metadata, and somebody who knows it.
std::optional<Stop> InitSession::ask_endpoints(const Checked& session) {
  dialogue.tell("There are no metadata: " + base::printable(session.preflight.checks.back().seen, 300) + ".");
  auto& e = draft.target.endpoints;
  const auto ask = [&](const char* question, std::string& out) {
    for (int attempts = 0; attempts < 3 && !dialogue.ended(); ++attempts) {
      out = dialogue.ask(question);
      if (out.empty() || base::parse_url(out)) return;
      dialogue.tell("That is not an http or https URL.");
    }
    out.clear();
  };
  ask("URL of the token endpoint (empty: give up)", e.token);
  if (!e.token.empty()) {
    ask("URL of the authorization endpoint (empty: none)", e.authorization);
    ask("URL of the introspection endpoint (empty: none)", e.introspection);
  }
  if (auto stop = stopped()) return stop;
  if (e.token.empty()) return Stop{kBlocked, "without a token endpoint there is nothing to check; nothing was written"};
  return std::nullopt;
}

std::optional<Stop> InitSession::doubt(const oauth::Metadata& metadata) {
  const auto allow = [&](const Elsewhere& place) {
    if (const auto known = rules::named_hosts(draft.target); std::ranges::find(known, place.host) == known.end())
      draft.target.hosts.push_back(place.host);
  };
  for (const auto& place : endpoints_elsewhere(draft.target.issuer, metadata)) {
    const auto what = "the metadata of " + draft.target.issuer + " name " + base::printable(place.origin, 120) +
                      " for " + place.names + (place.without_tls ? ", without TLS" : "");
    say("Mind: " + what + ".");
    if (is_trusted(place, options.init.trusted)) {
      allow(place);
      continue;
    }
    if (!dialogue.possible()) {
      doubtful_.push_back(place);
      continue;
    }
    const bool yes = dialogue.yes("Is that right? Secrets will be sent there", false);
    if (auto stop = stopped()) return stop;
    if (!yes) return Stop{kBlocked, "assay init: " + what + "; nothing was registered or written"};
    allow(place);
  }
  return std::nullopt;
}

}  // namespace assay::cli
