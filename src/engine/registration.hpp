// Registers the clients to which a target file gives no id, before anything else is asked: as RFC 7591 says, or with the request
// that the target file describes.
#pragma once
#include "engine/preflight.hpp"

namespace assay::engine {

// The clients of `target` get ids and secrets, and its initial access token is fetched if a request brings it. What went wrong is
// in `out`, whose metadata say where to register.
net::awaitable<void> register_clients(rules::Target& target, net::Transport& transport, Recorder& recorder,
                                      PreflightResult& out);

// Removes those clients again, where the server told how (RFC 7592 section 2.3); their tokens die with them. What cannot be removed
// stays: the run is over.
net::awaitable<void> remove_registered(const rules::Target& target, const std::vector<std::string>& roles,
                                       net::Transport& transport, Recorder& recorder);

}  // namespace assay::engine
