// Makes evidence of what a browser did: the bytes that a request and its answer would have been. Their bodies, cookies and exact
// fields stay in the browser; what is told is method, address, form, status and the fields that the page may know of.
#pragma once
#include <string_view>

#include "engine/navigation_log.hpp"
#include "engine/wire.hpp"

namespace assay::engine {

void record_hop(Wire& wire, const NavigationHop& hop, std::string_view purpose);

}  // namespace assay::engine
