// May this server be loaded, and how hard? Loopback always; anything else needs the permission block of the target file. Pure.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "load/feasible.hpp"
#include "load/load_run.hpp"

namespace assay::load {

// Why not, or "". `today`: "2026-11-22".
std::string refuse_permission(const rules::LoadPlan& plan, const rules::Target& target, const std::string& foreign,
                              std::string_view today);
// Once it is known how many requests a flow takes.
std::string refuse_rate(const rules::LoadPlan& plan, const rules::Target& target, const std::string& foreign,
                        std::span<const Trial> trials);

// What the permission leaves to the preparation of flows, which no plan's rate has in it; nullopt: there is no limit.
std::optional<PreparingLimit> preparing_limit(const rules::LoadPlan& plan, const rules::Target& target,
                                              const std::string& foreign, std::span<const Trial> trials);

}  // namespace assay::load
