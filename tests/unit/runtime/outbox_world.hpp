// The outbox on the real lane and store, with a gateway that answers from a script.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

#include "engine/runtime/outbox.hpp"
#include "tests/unit/runtime/support.hpp"

namespace erario::test {

inline constexpr Money kFee = Money::from_pesos(900);

inline GatewayResult said(Outcome outcome, Money amount = {}) {
  GatewayResult result;
  result.outcome = outcome;
  result.amount = amount;
  result.gateway_id = outcome == Outcome::kUnknown ? "" : "tr_1";
  result.reason = std::string(to_text(outcome));
  return result;
}
inline GatewayResult approved() {
  return said(Outcome::kApproved, kFee);
}
inline GatewayResult timed_out() {
  return said(Outcome::kUnknown);
}
inline GatewayResult not_sent() {
  GatewayResult result = said(Outcome::kUnknown);
  result.not_sent = true;
  return result;
}
inline GatewayResult not_found() {
  GatewayResult result = said(Outcome::kUnknown);
  result.found = false;
  return result;
}

// Answers from a script and remembers what it was asked: "submit EA…". Without a script it times
// out.
class ScriptedGateway final : public Gateway,
                              public CaptureGateway,
                              public ReleaseGateway,
                              public RefundGateway,
                              public DepositGateway {
 public:
  std::string_view name() const override { return "cards"; }
  Capabilities capabilities() const override { return {}; }
  Task<GatewayResult> submit(ChargeRequest request) override {
    last_charge = request;
    return answer("submit", std::move(request.reference));
  }
  Task<GatewayResult> query(ChargeQuery query) override {
    return answer("query", std::move(query.reference));
  }
  Task<GatewayResult> capture(std::string gateway_id, Money amount) override {
    last_captured = amount;
    return answer("capture", std::move(gateway_id));
  }
  Task<GatewayResult> release(std::string gateway_id) override {
    return answer("release", std::move(gateway_id));
  }
  Task<GatewayResult> refund(RefundOrder order) override {
    last_order = order;
    return answer("refund", std::move(order.reference));
  }
  Task<GatewayResult> query_refund(RefundOrder order) override {
    return answer("query_refund", std::move(order.reference));
  }
  Task<GatewayResult> confirm_deposit(Deposit claimed) override {
    return answer("confirm_deposit", std::move(claimed.key.tracking_key));
  }
  Result<InboundMeaning> parse(const InboundCall&) override { return InboundMeaning{}; }
  InboundAnswer answer(const InboundCall&, bool, std::string_view) override { return {}; }

  std::deque<GatewayResult> script;
  std::vector<std::string> calls;       // "submit", "query", …
  std::vector<std::string> references;  // of each call
  RefundOrder last_order;
  ChargeRequest last_charge;
  Money last_captured;
  int in_flight_max = 0;
  bool throws = false;

 private:
  Task<GatewayResult> answer(std::string call, std::string reference) {
    in_flight_ += 1;
    in_flight_max = std::max(in_flight_max, in_flight_);
    const auto executor = co_await boost::asio::this_coro::executor;
    co_await boost::asio::post(executor, boost::asio::use_awaitable);
    in_flight_ -= 1;
    calls.push_back(std::move(call));
    references.push_back(std::move(reference));
    if (throws) throw std::runtime_error("a bug in the adapter");
    GatewayResult result = timed_out();
    if (!script.empty()) {
      result = script.front();
      script.pop_front();
    }
    co_return result;
  }

  int in_flight_ = 0;
};

// Timers that end only when they are cancelled.
class PatientTimers final : public Timers {
 public:
  std::unique_ptr<Timer> make(boost::asio::any_io_executor executor) override {
    return std::make_unique<Patient>(executor);
  }

 private:
  class Patient final : public Timer {
   public:
    explicit Patient(const boost::asio::any_io_executor& executor) : timer_(executor) {}
    Task<void> wait(std::chrono::milliseconds) override {
      timer_.expires_at(boost::asio::steady_timer::time_point::max());
      boost::system::error_code cancelled;
      co_await timer_.async_wait(
          boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    }
    void cancel() override { timer_.cancel(); }

   private:
    boost::asio::steady_timer timer_;
  };
};

class OutboxWorld : public World {
 public:
  explicit OutboxWorld(Timers* timers = nullptr) : timers_(timers) {
    gateways.rows["cards"] = {
        .gateway = &gateway, .capture = &gateway, .release = &gateway, .refunds = &gateway};
    gateways.rows["spei"] = {.gateway = &gateway, .refunds = &gateway, .deposits = &gateway};
    start();
  }
  ~OutboxWorld() {
    stop();
    end_lane();  // it wakes the outbox until then
  }

  void start() {
    outbox = std::make_unique<Outbox>(
        OutboxDependencies{&reader(), &lane(), &gateways, &clock, &random, &metrics, timers_},
        io.get_executor());
    lane().on_new_jobs([this] { outbox->wake(); });
    boost::asio::co_spawn(io, outbox->run(), boost::asio::detached);
  }
  void stop() {
    outbox->stop();
    io.restart();
    io.run_for(std::chrono::seconds(5));
    EXPECT_TRUE(io.stopped()) << "the outbox did not end";
  }

  // Works until nothing is due at this instant.
  void settle() {
    for (int round = 0; round < 2'000; ++round) {
      const auto due = *reader().jobs_due(clock.now(), 200);
      if (due.empty()) return;
      outbox->wake();
      io.restart();
      io.run_for(std::chrono::milliseconds(1));
    }
    ADD_FAILURE() << "jobs stay due";
  }
  // Works for a while, whatever stays due.
  void pump(int milliseconds = 50) {
    io.restart();
    io.run_for(std::chrono::milliseconds(milliseconds));
  }
  // Lets time pass until nothing is owed, or for the longest that anything is tried.
  void settle_for_good() {
    settle();
    for (int hour = 0; hour < 40 && reader().stats()->jobs_due > 0; ++hour) {
      for (int part = 0; part < 4 && reader().stats()->jobs_due > 0; ++part) {
        clock.advance(std::chrono::minutes(15));
        settle();
      }
    }
  }
  void pass(std::chrono::seconds time) {
    clock.advance(time);
    settle();
  }

  Payment pay_by_card() { return created(card({{"a", kFee}})); }
  Payment now(const Payment& payment) { return *reader().payment(payment.id); }
  Attempt attempt(const Payment& payment) { return now(payment).attempts.at(0); }
  Payment paid_by_card() {
    gateway.script = {approved()};
    const Payment payment = pay_by_card();
    settle();
    gateway.calls.clear();
    gateway.references.clear();
    return now(payment);
  }
  RequestRefund card_refund(const Payment& payment) {
    RequestRefund request = refund(payment.id, kFee);
    request.gateway = "cards";
    return request;
  }
  Refund refund_of(const Payment& payment) { return now(payment).refunds.at(0); }

  ScriptedGateway gateway;
  GatewaySet gateways;
  boost::asio::io_context io;
  std::unique_ptr<Outbox> outbox;

 private:
  Timers* timers_;
};

}  // namespace erario::test
