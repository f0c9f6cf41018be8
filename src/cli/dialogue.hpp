// Asks a person at a terminal. Whoever is not there is never waited for: without a terminal, after the end of the input or an
// interrupt, every question is answered with nothing at once. Knows nothing of what the questions are about.
#pragma once
#include <string>
#include <string_view>

namespace assay::cli {

class Dialogue {
 public:
  // `wanted`: ask at all, if there is somebody.
  explicit Dialogue(bool wanted);

  bool possible() const { return possible_ && !ended_; }
  bool interrupted() const { return interrupted_; }
  bool ended() const { return ended_; }

  void tell(std::string_view text) const;
  // The answer without blanks around it; `otherwise`, which is shown, when nothing was typed.
  std::string ask(std::string_view question, const std::string& otherwise = "");
  std::string ask_secret(std::string_view question);  // what is typed is not shown
  bool yes(std::string_view question, bool otherwise);

 private:
  std::string read_line();

  bool possible_ = false, ended_ = false, interrupted_ = false;
};

}  // namespace assay::cli
