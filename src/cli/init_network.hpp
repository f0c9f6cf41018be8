// The parts of `assay init` that send something, each with connections of its own, bounded and interruptible.
#pragma once
#include <functional>

#include "cli/checked.hpp"
#include "engine/recorder.hpp"

namespace assay::cli {

using NetworkTask = std::function<net::awaitable<void>(net::Transport&, engine::Recorder&)>;

// Runs `task` with the TLS settings and the time limit of `target`; what is sent is kept in `session`, which also learns of an
// interrupt.
std::expected<void, Stop> in_network(const rules::Target& target, Checked& session, const NetworkTask& task);

}  // namespace assay::cli
