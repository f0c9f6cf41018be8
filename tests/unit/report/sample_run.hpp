// Runs for tests of record/ and report/: one with every verdict, one that passes, one under load, one from a hostile server.
#pragma once
#include <string>

#include "record/redaction.hpp"
#include "record/run.hpp"

namespace assay::test {

using namespace std::chrono_literals;

inline record::WallTime sample_time(std::chrono::nanoseconds after = 0ns) {
  return record::WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 14)) + 9h + 26min + 53s + 589793238ns +
         after;
}

// The secrets of the sample, known to its redactor; the first is a password, the last a token that looks like base64url.
inline constexpr const char* kPassword = "corr&ct h/rse \"b@ttery\" stäple";
inline constexpr const char* kClientSecret = "S3cr3t+of/the=web~client";
inline constexpr const char* kCode = "SplxlOBeZQQYbYS6WxSbIAcanary";
inline constexpr const char* kAccess = "2YotnFZFEjr1zCsicMWpAAcanaryaccess0123456789";
inline constexpr const char* kRefresh = "tGzv3JOkF0XG5Qx2TlKWIAcanaryrefresh-_9876543";

inline record::Redactor sample_redactor() {
  record::Redactor redactor;
  redactor.add("password", kPassword);
  redactor.add("client-secret", kClientSecret);
  redactor.add("code", kCode);
  redactor.add("access", kAccess);
  redactor.add("refresh", kRefresh);
  return redactor;
}

inline record::Check sample_check(std::string name, record::Level level, record::Verdict verdict) {
  record::Check check;
  check.name = std::move(name);
  check.clause = "rfc6749/4.1.2/reuse-denied";
  check.reference = "RFC 6749 section 4.1.2";
  check.url = "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2";
  check.requirement = "A code that was used before is refused.";
  check.level = level;
  check.verdict = verdict;
  check.expected = "status 4xx, no access_token, no refresh_token";
  check.actual = "status 400, error invalid_grant";
  return check;
}

inline record::Rule sample_rule(std::string id, std::string title, record::Verdict verdict) {
  record::Rule rule;
  rule.path = "scenarios/rules/" + id + ".jsonc";
  rule.id = std::move(id);
  rule.title = std::move(title);
  rule.story =
      "Codes travel through browsers, logs and Referer headers. Whoever copies one must not be able to use it too.";
  rule.verdict = verdict;
  rule.took = 213ms;
  return rule;
}

inline record::Exchange sample_exchange(int id, std::string step, int status, std::string body) {
  record::Exchange exchange;
  exchange.id = id;
  exchange.rule = "code/single-use";
  exchange.step = std::move(step);
  exchange.purpose = "token endpoint";
  exchange.request =
      "POST /token HTTP/1.1\r\nHost: login.staging.test\r\nAuthorization: Basic "
      "d2ViOlMzY3IzdCUyQm9mJTJGdGhlJTNEd2ViJTdFY2xpZW50\r\n"
      "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
      "grant_type=authorization_code&code=" +
      std::string(kCode) + "&redirect_uri=https%3A%2F%2Fapp.test%2Fcallback";
  exchange.response = "HTTP/1.1 " + std::to_string(status) + (status == 200 ? " OK" : " Bad Request") +
                      "\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n\r\n" + body;
  exchange.response_size = exchange.response.size();
  exchange.status = status;
  exchange.started = sample_time(std::chrono::milliseconds(12 * id));
  exchange.took = 11ms;
  exchange.reused_connection = id > 1;
  return exchange;
}

inline std::string token_body() {
  return "{\"access_token\":\"" + std::string(kAccess) +
         "\",\"token_type\":\"Bearer\",\"expires_in\":3600,\"refresh_token\":\"" + kRefresh + "\"}";
}

inline record::Run empty_run() {
  record::Run run;
  run.tool_version = "0.1.0";
  run.command = "check";
  run.profile = "oauth2-bcp";
  run.profile_title = "OAuth 2.0 with the security best current practice";
  run.profile_frozen = "2026-03-01";
  run.ruleset_hash = "sha256:4f1c0d8e";
  run.target_name = "staging";
  run.target_file = "targets/staging.jsonc";
  run.issuer = "https://login.staging.test";
  run.clients = {"web (client_secret_basic)", "spa (public)", "service (private_key_jwt)"};
  run.login_driver = "form";
  run.seed = 0xfedcba9876543210ull;
  run.started = sample_time();
  run.took = 31400ms;
  run.environment = {{"cpus", "4"}, {"os", "Linux 6.1 x86_64"}};
  run.capabilities = {{"grant.refresh_token", true}, {"endpoint.par", false}};
  run.preflight = {{"metadata", record::Verdict::pass, "200, 24 members", "", {1}},
                   {"clients authenticate", record::Verdict::pass, "3 of 3", "", {}}};
  run.verdict = record::Verdict::pass;
  run.result = "PASS";
  run.exits = {0};
  return run;
}

inline record::Run passing_run() {
  auto run = empty_run();
  for (const char* id : {"code/single-use", "code/bound-to-client", "pkce/s256", "token/no-store"}) {
    run.rules.push_back(sample_rule(id, "A code is good for one thing", record::Verdict::pass));
    run.rules.back().checks.push_back(sample_check("holds", record::Level::must, record::Verdict::pass));
  }
  return run;
}

// Every verdict once, a rule with cases, two failing checks in one rule.
inline record::Run mixed_run() {
  using enum record::Verdict;
  using enum record::Level;
  auto run = passing_run();
  run.rules.clear();
  run.exchanges = {sample_exchange(1, "metadata", 200, "{\"issuer\":\"https://login.staging.test\"}"),
                   sample_exchange(2, "grant", 302, ""), sample_exchange(3, "first", 200, token_body()),
                   sample_exchange(4, "second", 200, token_body())};
  run.exchanges[0].rule = "";
  run.exchanges[1].response = "HTTP/1.1 302 Found\r\nLocation: https://app.test/callback?code=" + std::string(kCode) +
                              "&state=xyz\r\nSet-Cookie: sid=abcdefabcdef0123; HttpOnly; Secure\r\n\r\n";

  auto single = sample_rule("code/single-use", "An authorization code buys tokens only once", fail);
  single.exchanges = {2, 3, 4};
  single.threat =
      record::Threat{"account-takeover", "Whoever copies a code redeems it after the client.", {"second-use-denied"}};
  auto denied = sample_check("second-use-denied", must, fail);
  denied.actual = "status 200, access_token " + std::string(kAccess);
  denied.advice = "Mark the code as used in the same transaction that reads it.";
  denied.evidence = {3, 4};
  auto revoked = sample_check("first-token-revoked", should, not_judged);
  revoked.reason = "follows from second-use-denied";
  single.checks = {denied, revoked};
  run.rules.push_back(single);

  for (const char* vector : {"trailing-slash", "extra-path", "other-port", "upper-case", "query-added"}) {
    auto exact = sample_rule("redirect/exact-path", "The redirect URI is compared character by character",
                             std::string_view(vector) == "upper-case" ? pass : fail);
    exact.case_name = vector;
    exact.checks = {sample_check("not-redirected", must, exact.verdict)};
    if (exact.verdict == fail) exact.checks[0].actual = "302 to https://app.test/callback/";
    run.rules.push_back(exact);
  }

  auto warned = sample_rule("token/no-store", "Responses with tokens are not cached", warn);
  warned.checks = {sample_check("pragma", should, warn), sample_check("cache-control", must, pass)};
  warned.checks[0].actual = "no Pragma header";
  warned.checks[0].advice = "Send Pragma: no-cache beside Cache-Control: no-store.";
  run.rules.push_back(warned);

  auto noted = sample_rule("refresh/rotation", "Does the server rotate refresh tokens?", note);
  noted.checks = {sample_check("rotates", observe, note)};
  noted.checks[0].actual = "yes, each use returns a new one";
  run.rules.push_back(noted);
  run.rules.push_back(sample_rule("pkce/s256", "A wrong verifier is refused", pass));
  run.rules.push_back(sample_rule("pkce/plain", "The plain method is refused", waived));
  run.rules.back().reason = "until 2027-01-31: old clients (identity-team)";
  run.rules.push_back(sample_rule("par/request-uri-once", "A pushed request is used once", not_applicable));
  run.rules.back().reason = "the server does not claim endpoint.par";
  run.rules.push_back(sample_rule("par/bound-to-client", "A pushed request belongs to its client", not_applicable));
  run.rules.back().reason = "the server does not claim endpoint.par";
  run.rules.push_back(
      sample_rule("client/second-client-code", "A code belongs to the client it was issued to", blocked));
  run.rules.back().reason = "no second confidential client: add one under \"clients\" in targets/staging.jsonc";
  run.rules.push_back(sample_rule("revoke/access-token", "A revoked access token is dead", inconclusive));
  run.rules.back().reason = "no oracle can tell whether an access token is alive";
  run.rules.push_back(sample_rule("state/echoed", "The state comes back unchanged", interrupted));
  run.rules.push_back(sample_rule("jwt/at-typ", "Access tokens say that they are access tokens", harness_error));
  run.rules.back().reason = "unexpected end of variable ${t0.access_token}";
  run.rules.push_back(sample_rule("token/later", "Judged by another rule", not_judged));
  run.rules.back().reason = "left out by --only";
  run.verdict = fail;
  run.result = "FAIL";
  run.exits = {1, 3};
  return run;
}

// The set-up does not work, so nothing was asked.
inline record::Run blocked_run() {
  auto run = empty_run();
  run.preflight.push_back({"login works",
                           record::Verdict::blocked,
                           "the page at /login has no form with a password field",
                           "set login.driver to \"command\" in targets/staging.jsonc, or check login.url",
                           {}});
  run.product = "Keycloak";
  run.product_because = "realms in the issuer URL";
  run.preflight.back().problem = "login";
  run.preflight.back().product_hint = "Users > the user > Credentials: set a password that is not temporary.";
  run.preflight.push_back(
      {"clock agrees", record::Verdict::warn, "the server's Date is 42 s ahead", "set target.clockSkew", {}});
  run.preflight.push_back({"endpoint.par", record::Verdict::not_applicable, "not in the metadata", "", {}});
  run.rules.push_back(
      sample_rule("code/single-use", "An authorization code buys tokens only once", record::Verdict::blocked));
  run.rules.push_back(sample_rule("pkce/s256", "A wrong verifier is refused", record::Verdict::blocked));
  for (auto& rule : run.rules) rule.reason = "the preflight stopped at: login works";
  run.verdict = record::Verdict::blocked;
  run.result = "BLOCKED";
  run.exits = {3};
  return run;
}

inline std::vector<record::LoadJourney> sample_journeys(const record::Load& load) {
  std::vector<record::LoadJourney> out(3);
  out[0] = {.rule = "flow/sign-in", .share = 0.8, .planned = 19200, .started = 19200, .done = 19198, .failed = 1};
  out[1] = {.rule = "refresh/success", .share = 0.2, .planned = 4800, .started = 4800, .done = 4800, .failed = 1};
  out[0].response = load.flow_response;
  out[0].service = load.flow_service;
  out[0].steps = load.steps;
  out[0].checks = {{"tokens-come", 19197, 0, 1}};
  out[1].response = out[1].service = load.flow_service;
  out[2] = {.rule = "race/code", .share = 0.0125, .beside = true, .planned = 300, .started = 300, .done = 300};
  out[2].inconclusive = 1;
  out[2].race = record::Race{
      .planned = 300, .trials = 299, .inconclusive = 1, .ended = "all trials", .copies = {8}, .one_winner = true};
  out[2].race->denials = 2;
  out[2].race->requests = 2392;
  out[2].race->median_spread = 31us;
  return out;
}

inline std::vector<record::Invariant> sample_invariants() {
  std::vector<record::Invariant> out(4);
  out[0] = {
      .id = "load/token-unique", .check = "never-issued-twice", .title = "No token is issued twice", .held = 23998};
  out[1] = {.id = "load/state-comes-back",
            .check = "own-state",
            .title = "Each flow gets its own state",
            .held = 23997,
            .broken = 1};
  out[1].finding = "state of another flow, second 61";
  out[1].advice = "Keep the request's parameters with the request.";
  out[1].reference = "RFC 6749 section 4.1.2";
  out[2] = {.id = "load/no-store",
            .check = "cache-control",
            .title = "Answers with tokens are not stored",
            .level = record::Level::should,
            .held = 24002};
  out[3] = {.id = "load/id-token-subject",
            .check = "own-subject",
            .title = "The subject is who signed in",
            .not_judged = "no ID token was issued"};
  return out;
}

inline record::Limit sample_limit() {
  return {.curve = {{.rate = 100,
                     .achieved = 100,
                     .met = true,
                     .why = {},
                     .p50_ns = 18'000'000,
                     .p99_ns = 41'000'000,
                     .done = 1000},
                    {.rate = 200,
                     .achieved = 199.8,
                     .met = true,
                     .why = {},
                     .p50_ns = 19'000'000,
                     .p99_ns = 77'000'000,
                     .done = 1998},
                    {.rate = 400,
                     .achieved = 312,
                     .met = false,
                     .why = "p99 < 250ms: 1.31 s",
                     .p50_ns = 410'000'000,
                     .p99_ns = 1'310'000'000,
                     .done = 3120,
                     .failed = 12}},
          .rate = 200};
}

inline record::Run load_run(bool open = true) {
  auto run = empty_run();
  run.command = "load";
  run.target_name = "the bundled mock";
  run.target_file = "";
  record::Load load;
  load.plan = open ? "steady-sign-in" : "";
  load.title = open ? "People sign in, and stay" : "";
  load.journey = "flow/sign-in";
  load.model = open ? "open" : "closed";
  load.arrivals = open ? "poisson" : "";
  load.rate = open ? 200 : 0;
  load.users = 16;
  load.workers = 2;
  load.planned_duration = load.measured_duration = 120s;
  load.warm_up = 10s;
  load.planned = load.started = 24000;
  load.done = 23998;
  load.cut_off = 2;
  load.failed = 2;
  load.requests = 71996;
  load.cpu_seconds = 48.25;
  for (std::uint64_t i = 0; i < 23998; ++i) {
    const std::uint64_t ns = 18'000'000 + (i * 7919 % 1000) * 60'000 + (i % 997 == 0 ? 300'000'000 : 0);
    load.flow_response.record(ns);
    load.flow_service.record(ns - 700'000);
    if (open) load.lateness.record(300'000 + i % 100 * 5'000);
    if (open) load.queue_wait.record(i % 50 == 0 ? 400'000 : 0);
  }
  for (const char* name : {"authorize + login", "token (code)", "token (refresh)"}) {
    record::StepTimes step;
    step.name = name;
    step.done = 23998;
    step.failed = name[0] == 't' ? 2 : 0;
    for (std::uint64_t i = 0; i < step.done; ++i) step.service.record(400'000 + (i * 6007 % 1000) * 38'000);
    load.steps.push_back(step);
  }
  for (std::uint64_t i = 0; i < 120; ++i)
    load.seconds.push_back({.planned = 200,
                            .started = 200,
                            .done = 195 + i % 11,
                            .failed = i == 60 ? 2u : 0u,
                            .violations = i == 61 ? 1u : 0u,
                            .p50_ns = 18'000'000 + i * 10'000,
                            .p90_ns = 60'000'000 + i % 7 * 1'000'000,
                            .p99_ns = 70'000'000 + i % 17 * 2'000'000,
                            .late_p99_ns = open ? 700'000 + i % 5 * 40'000 : 0,
                            .in_flight = 16});
  if (open) {
    load.journeys = sample_journeys(load);
    load.invariants = sample_invariants();
    load.objectives = {{.text = "p99(token) < 250ms", .met = true, .actual = "38 ms"},
                       {.text = "errors < 0.001%", .met = false, .actual = "0.0083 %"},
                       {.text = "p99 < 60ms", .met = false, .actual = "78 ms at 20 s, 3 of 12 windows", .window = 10s}};
  }
  load.generator = {.worker_cpu = {0.31, 0.96},
                    .machine_steal = 0.01,
                    .machine_busy = 0.71,
                    .most_descriptors = 51,
                    .descriptor_limit = 1024,
                    .most_ports = 18,
                    .port_range = 28232,
                    .connections = 20};
  load.errors = {{"status 503", 2}};
  load.violations = {{"code/single-use#second-use-denied", 1}};
  if (open) load.examples = {{"code/single-use", "second-use-denied", 61s, {}}};
  load.trust = "suspect";
  load.trust_reasons = {"the client used 96 % of a core"};
  load.doubts = {{"p99.9 rests on 24 samples", "run longer"}};
  run.load = load;
  return run;
}

// A search for the limit; its numbers are those of the best step.
inline record::Run limit_run() {
  auto run = load_run();
  run.load->limit = sample_limit();
  run.load->plan = "find-limit";
  return run;
}

// What a server can send to whoever reads about it: markup, terminal control, ends of quotations, broken encodings.
inline constexpr char kHostileBytes[] =
    "</script><script>alert(1)</script>\x1b[31m\x1b]0;owned\x07 ]]> -- \" ' & \xe2\x80\xae"
    "evil\xe2\x80\x8f \0 \xff\xfe\xc0\xaf"
    " \xed\xa0\x80 \xef\xbf\xbf \xf4\x90\x80\x80 \xc2\x9b"
    "31m";
inline const std::string kHostile(kHostileBytes, sizeof kHostileBytes - 1);

inline record::Run hostile_run() {
  auto run = mixed_run();
  run.target_name += kHostile;
  run.issuer += kHostile;
  run.preflight[0].seen = kHostile;
  run.preflight[0].hint = kHostile;
  run.preflight[0].problem = run.preflight[0].product_hint = run.product = run.product_because = kHostile;
  run.preflight[0].verdict = record::Verdict::blocked;
  run.environment["server"] = kHostile;
  for (auto& rule : run.rules) {
    rule.title += kHostile;
    rule.reason += kHostile;
    for (auto& check : rule.checks) check.actual = check.expected = check.advice = check.reason = kHostile;
  }
  for (auto& exchange : run.exchanges) {
    exchange.request += kHostile;
    exchange.response += kHostile;
    exchange.step += kHostile;
    exchange.detail = kHostile;
    exchange.outcome = "malformed";
  }
  run.waivers = {{.rule = kHostile,
                  .check = kHostile,
                  .reason = kHostile,
                  .owner = kHostile,
                  .link = "https://x/" + kHostile,
                  .until = "2026-05-01",
                  .state = "stale",
                  .hides = {kHostile},
                  .file = kHostile}};
  run.since =
      record::Since{.started = sample_time(), .tool_version = kHostile, .ruleset_hash = kHostile, .changes = {}};
  for (const char* kind : {"new-failure", "fixed", "lost-proof"})
    run.since->changes.push_back({.kind = kind,
                                  .rule = kHostile,
                                  .case_name = kHostile,
                                  .check = kHostile,
                                  .was = "pass",
                                  .is = "fail",
                                  .before = kHostile,
                                  .now = kHostile});
  run.load = load_run().load;
  run.load->errors[kHostile] = 3;
  run.load->steps[0].name = kHostile;
  run.load->doubts.push_back({kHostile, kHostile});
  run.load->trust_reasons.push_back(kHostile);
  run.load->plan = run.load->title = kHostile;
  run.load->limit = sample_limit();
  run.load->limit->curve.back().why = kHostile;
  run.load->journeys.at(1).rule = kHostile;
  for (auto& one : run.load->objectives) one.text = one.actual = kHostile;
  for (auto& one : run.load->invariants) one.title = one.finding = one.not_judged = one.advice = kHostile;
  return run;
}

}  // namespace assay::test
