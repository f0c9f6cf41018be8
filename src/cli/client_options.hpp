// How the target file's settings reach the network client.
#pragma once
#include "net/client.hpp"
#include "rules/target_hosts.hpp"

namespace assay::cli {

inline net::ClientOptions client_options(const rules::Target& target) {
  net::ClientOptions out;
  out.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(target.timeout);
  out.hosts = rules::named_hosts(target);
  out.ca_file = target.ca_file;
  out.verify_certificate = target.verify_certificate;
  return out;
}

}  // namespace assay::cli
