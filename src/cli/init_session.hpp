// One `assay init` under way: what was wished, found, registered and asked so far.
#pragma once
#include "cli/dialogue.hpp"
#include "cli/init_network.hpp"
#include "cli/init_proposal.hpp"
#include "cli/init_wishes.hpp"
#include "engine/product.hpp"
#include "engine/target_text.hpp"

namespace assay::cli {

class InitSession {
 public:
  InitSession(const Options& options, const rules::Library& library, InitWishes wishes);

  // The steps, in this order; each says why it cannot go on.
  std::optional<Stop> find_server();
  std::optional<Stop> find_clients();
  std::optional<Stop> ask_rest();

  // The draft tried as `assay doctor` would.
  std::expected<void, Stop> preflight(Checked& tried);
  // Asks for the name and password of a user; false when nothing was said.
  bool ask_user(std::size_t index);
  // Takes a registered client out of the draft; it is removed from the server by remove_left_out().
  void leave_out(const std::string& role);
  void remove_left_out();
  void remove_replaced();  // clients of the file that was overwritten
  void remove_all();

  void say(const std::string& text) const;

  const Options& options;
  InitWishes wishes;
  Dialogue dialogue;
  engine::TargetDraft draft;
  std::map<std::string, rules::TargetClient> registered;  // role -> client, of those in the draft

 private:
  std::optional<Stop> look_around(Checked& session);
  std::optional<Stop> ask_endpoints(const Checked& session);
  std::optional<Stop> doubt(const oauth::Metadata& metadata);
  std::optional<Stop> register_clients();
  std::optional<Stop> register_one(const engine::ClientWish& wish, bool asked_for_token = false);
  std::optional<Stop> ask_clients();
  bool ask_client(const std::string& role, const std::string& what, bool with_secret, bool needed);
  void add_client(const std::string& role, const WishedClient& wished);
  void put_user(std::size_t index, const std::string& name, const WishedSecret& password);
  // Where a secret is to be found: `secret`'s variable, or one that the file of secrets gets.
  void remember(const std::string& of, const std::string& suffix, const WishedSecret& secret);
  std::optional<Stop> what_is_missing(const std::vector<std::string>& missing) const;
  void remember_replaced();
  void remove(std::vector<std::pair<std::string, rules::TargetClient>> clients);
  bool can_register() const;
  std::optional<Stop> stopped() const;

  const rules::Library& library_;
  std::optional<oauth::Metadata> metadata_;
  engine::Recognised product_;
  ScopeProposal scopes_;
  std::vector<Elsewhere> doubtful_;
  std::vector<std::pair<std::string, rules::TargetClient>> left_out_, replaced_;
  Checked asked_;  // what registration sent
};

int init_remove(const Options& options);

}  // namespace assay::cli
