// The side of a connection that other threads see: its deadline and its socket. They only shut the
// socket down, upon which the read or write in progress ends; the connection's coroutine closes it.
// Deadlines are set by that coroutine alone.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <chrono>

namespace erario::api {

// What becomes of a connection whose deadline has passed.
enum class Late {
  kHangUp,
  kAnswer,  // it is listened to no longer, so that it can be told
};

class Connection {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Connection(int socket) : socket_(socket) {}

  void expires_after(std::chrono::milliseconds pause, Late what = Late::kHangUp) {
    const Clock::rep at = (Clock::now() + pause).time_since_epoch().count();
    deadline_ = what == Late::kAnswer ? at | kAnswerBit : at & ~kAnswerBit;
  }
  void expires_never() { deadline_ = kNever; }
  bool late() const { return Clock::now().time_since_epoch().count() >= deadline_; }
  void set_idle(bool idle) { idle_ = idle; }

  void hang_up() { ::shutdown(socket_, SHUT_RDWR); }
  void hang_up_if_late(Clock::time_point now) {
    const Clock::rep deadline = deadline_;
    const Clock::rep over = now.time_since_epoch().count() - deadline;
    if (over < 0) return;
    // Who was to be told and still stands somewhere else is hung up on after all.
    const bool answer = (deadline & kAnswerBit) != 0 && over < kAnswerGrace.count();
    answer ? stop_listening() : hang_up();
  }
  // What has arrived already is still read and answered.
  void stop_listening_if_idle() {
    if (idle_) stop_listening();
  }

 private:
  static constexpr Clock::rep kNever = Clock::time_point::max().time_since_epoch().count();
  // A deadline and what follows it are one value, so that nobody sees half of a change.
  static constexpr Clock::rep kAnswerBit = 1;
  static constexpr Clock::duration kAnswerGrace = std::chrono::seconds(2);

  void stop_listening() { ::shutdown(socket_, SHUT_RD); }

  const int socket_;
  std::atomic<Clock::rep> deadline_{kNever};
  std::atomic<bool> idle_{false};
};

}  // namespace erario::api
