// Workload: what a load consists of. It writes requests and judges answers; the load (load.hpp)
// decides when. A unit of work (a payment) takes one connection from its first request to its last
// answer. Single-threaded like the load that drives it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/http_connection.hpp"

namespace erario::bench {

// Between two looks at something that takes its time.
inline constexpr std::chrono::milliseconds kPause{10};

// What an answer means for the unit it belongs to.
struct Verdict {
  enum class Next {
    kSend,       // the unit's next request has been written
    kSendLater,  // it has, and is sent after kPause
    kDone,       // the unit succeeded
    kFailed,     // it did not; the connection goes on with another one
  };
  std::size_t step = 0;  // which of steps() the answer was of
  Next next = Next::kFailed;
};

class Workload {
 public:
  virtual ~Workload() = default;

  virtual std::vector<std::string> steps() const = 0;
  // Writes the first request of a new unit for the connection `slot`. False: nothing is left to do.
  virtual bool start(std::size_t slot, std::string& request) = 0;
  virtual Verdict answered(std::size_t slot, const HttpAnswer& answer, std::string& request) = 0;
  // What the answers said in all, by name, to be compared with what the store then holds.
  virtual std::map<std::string, std::int64_t> counts() const { return {}; }
};

}  // namespace erario::bench
