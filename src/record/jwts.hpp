// The JWTs in the messages of an exchange, decoded: header and claims, never the signature. Whoever has only these can neither
// use nor forge the token (RFC 7515 section 5.2), and they are what a person wants to read of it.
#pragma once
#include <vector>

#include "record/redaction.hpp"
#include "record/run.hpp"

namespace assay::record {

// Those that were read from a record, or else those in the messages, a few of each. Values that the run knows as secrets, values
// under names that are secret, and claims about a person (name, address, ...) are masked. A token without a signature that
// somebody may present is not decoded: its claims are the whole of it.
std::vector<Jwt> jwts_of(const Redactor& redactor, const Exchange& exchange);

}  // namespace assay::record
