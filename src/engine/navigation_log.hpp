// What a browser did on the network, read from events of the DevTools protocol (domain Network): which pages it asked for and
// what came, and whether anything is still under way. Pure; knows nothing about logins.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::engine {

// One request of the window itself, or one by which a script of its page changed something.
struct NavigationHop {
  std::string id;                 // of the request; hops of one redirect chain have the same
  std::string method, url, body;  // the URL with its fragment
  std::vector<std::pair<std::string, std::string>> request_fields, answer_fields;
  int status = 0;           // 0: no answer yet
  std::string error;        // why none came, as Chromium calls it: "net::ERR_CONNECTION_REFUSED"
  bool by_script = false;   // of a script; the page stays
  bool redirected = false;  // it follows from the answer to the hop before

  bool done() const { return status != 0 || !error.empty(); }
};

class NavigationLog {
 public:
  // Forgets everything; the next page that is asked for is the window's.
  void clear();
  void read(const nlohmann::json& event);

  // In the order in which they began.
  const std::vector<NavigationHop>& hops() const { return hops_; }
  // The last one that is not of a script; nullptr: none yet.
  const NavigationHop* page() const;
  // Requests of any kind that are under way.
  std::size_t pending() const { return pending_.size(); }
  // Grows with each event that says that something happens.
  std::size_t activity() const { return activity_; }

 private:
  void began(const nlohmann::json& parameters);
  void answered(const nlohmann::json& answer, NavigationHop& hop);
  NavigationHop* last_of(std::string_view id);

  std::string window_;  // id of the frame
  std::vector<NavigationHop> hops_;
  std::set<std::string, std::less<>> pending_;
  std::size_t activity_ = 0;
};

}  // namespace assay::engine
