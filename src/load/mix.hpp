// Which rule the next flow runs. Pure. Shares are kept exactly, not by luck: a mix of 8 to 2 over ten flows is eight and two.
#pragma once
#include <span>
#include <vector>

#include "rules/load_plan.hpp"

namespace assay::load {

class Mix {
 public:
  // `part`: which worker this is, of `parts`; workers begin at different places of the same sequence.
  Mix(const rules::LoadPlan& plan, unsigned part, unsigned parts) {
    double sum = 0;
    for (const auto& journey : plan.journeys) sum += journey.weight;
    for (const auto& journey : plan.journeys) {
      shares_.push_back(journey.weight / sum);
      credit_.push_back(shares_.back() * part);
    }
    for (const auto& one : plan.beside) {
      beside_.push_back(one.share);
      due_.push_back(static_cast<double>(part) / parts);
    }
  }

  // The journey whose turn it is: the one that lags its share most.
  std::size_t next() {
    std::size_t best = 0;
    for (std::size_t i = 0; i < shares_.size(); ++i) {
      credit_[i] += shares_[i];
      if (credit_[i] > credit_[best]) best = i;
    }
    credit_[best] -= 1;
    return best;
  }

  // After a flow was planned: how many flows of the i-th rule beside are due with it.
  unsigned beside(std::size_t i) {
    due_[i] += beside_[i];
    const auto count = static_cast<unsigned>(due_[i]);
    due_[i] -= count;
    return count;
  }

 private:
  std::vector<double> shares_, credit_;  // of the journeys
  std::vector<double> beside_, due_;     // of the rules beside them
};

}  // namespace assay::load
