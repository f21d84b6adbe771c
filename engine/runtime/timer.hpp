// The machine's timers behind the port.
#pragma once

#include "engine/ports/timer.hpp"

namespace erario {

class SystemTimers final : public Timers {
 public:
  std::unique_ptr<Timer> make(boost::asio::any_io_executor executor) override;
};

// A timer of `timers`; of the machine where that is null.
std::unique_ptr<Timer> make_timer(Timers* timers, boost::asio::any_io_executor executor);

}  // namespace erario
