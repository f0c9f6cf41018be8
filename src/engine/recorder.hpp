// Keeps the evidence of a run: every exchange, and every secret that must not be shown.
#pragma once
#include <span>
#include <string>

#include "engine/server_clock.hpp"
#include "engine/session.hpp"
#include "record/redaction.hpp"
#include "record/run.hpp"

namespace assay::engine {

class Recorder final : public Observer {
 public:
  Recorder(record::Run& run, record::Redactor& redactor) : run_(run), redactor_(redactor) {}

  // An exchange that is known as a whole; its rule, step and so on are set. Returns its id.
  int keep(record::Exchange exchange, std::string_view body, std::span<const net::HeaderField> fields);

  void begin_rule(std::string full_id) { rule_ = std::move(full_id); }
  // Registers the client secrets and passwords of a target.
  void add_secrets(const BoundTarget& target);

  int on_exchange(const rules::Step* step, std::string_view purpose, std::string_view request,
                  const net::Answer& answer) override;
  void on_secret(std::string_view kind, std::string_view value) override { redactor_.add(kind, value); }
  void begin_trial() override { kept_ = run_.exchanges.size(); }
  void drop_trial() override { run_.exchanges.resize(kept_); }
  // Registers what a session's steps got: codes, tokens, verifiers.
  void add_secrets(const Session& session);

  record::Run& run() { return run_; }
  // By the answers so far.
  const ServerClock& server_clock() const { return server_clock_; }
  record::Redactor& redactor() { return redactor_; }

 private:
  record::Run& run_;
  record::Redactor& redactor_;
  std::string rule_;
  std::size_t kept_ = 0;  // exchanges before the trial that is running
  ServerClock server_clock_;
};

}  // namespace assay::engine
