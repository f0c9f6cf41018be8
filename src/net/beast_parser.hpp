// Beast's response parser behind a small interface: the reader of uncommon responses and the oracle of the framing's
// tests. Internal to src/net.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/framing.hpp"

namespace assay::net {

class BeastParser {
 public:
  enum class State : std::uint8_t { more, done, malformed, too_large, truncated };

  BeastParser(bool head_request, FramingLimits limits);
  ~BeastParser();

  // Reads data[0, size), everything received and not yet consumed; adds what it consumed to `consumed`.
  State put(std::string_view data, std::size_t& consumed);
  // The peer has closed.
  State finish();

  std::size_t head_size() const;      // once the head was read, else 0
  std::size_t head_consumed() const;  // bytes of the head that were consumed so far
  const char* why() const;            // of malformed
  // Writes status, version, keep_alive, body and fields into `answer`, whose buffer holds the head; body and the text
  // of the fields (folded lines unfolded) go behind it.
  void fill(Answer& answer) const;

 private:
  struct Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace assay::net
