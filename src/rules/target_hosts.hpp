// Where requests go by what a target file says: no other host is sent anything, whatever the server says of itself. Pure.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "rules/target.hpp"

namespace assay::rules {

// The addresses of the server.
std::vector<std::string> urls_of(const Target& target);

// The first host among `urls` that is not this machine; empty: there is none.
std::string foreign_host(std::span<const std::string> urls);

// Every host that the file names: those of the server, of its login, and those in "hosts". Never empty in a good file.
std::vector<std::string> named_hosts(const Target& target);

}  // namespace assay::rules
