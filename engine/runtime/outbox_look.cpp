// Which due calls start now: looking for them, and the room that is left for each gateway.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "engine/runtime/outbox.hpp"
#include "engine/runtime/timer.hpp"

namespace erario {

namespace asio = boost::asio;

namespace {

// The shortest wait for a rate to let the next call start.
constexpr std::chrono::milliseconds kRatePauseMin{10};

}  // namespace

Task<void> Outbox::run() {
  while (!stopping_ || !in_flight_.empty()) {
    pause_ = kOutboxPollPause;
    // A call whose answer cannot be recorded would be made again and again.
    if (!stopping_ && with_.lane->healthy()) start_due_jobs();
    tell_gateways();
    co_await timer_->wait(pause_);
  }
}

void Outbox::start_due_jobs() {
  more_due_ = false;
  std::vector<std::string> full;
  // A gateway that is behind fills a look with jobs that find no room: the next leaves it out.
  for (std::size_t known = 0; start_due_jobs(full) && full.size() > known;)
    known = full.size();
}

bool Outbox::start_due_jobs(std::vector<std::string>& full) {
  const int places = kOutboxCallsMax - static_cast<int>(in_flight_.size());
  // Those in flight are still due in the store: ask for as many more.
  const int looked_at_max = kOutboxCallsMax + places;
  auto due = with_.reader->jobs_due(with_.clock->now(), looked_at_max, full);
  if (!due.ok()) {
    spdlog::error("outbox: {}", due.error().detail);
    return false;
  }
  // A full answer has left others out, which the end of a call makes room for.
  const bool more = static_cast<int>(due->size()) == looked_at_max;
  more_due_ = more_due_ || more;
  for (Job& job : *due) {
    const auto busy = in_flight_.find(job.target);
    if (busy != in_flight_.end() && busy->second == job.id) continue;
    if (busy != in_flight_.end() || in_flight_.size() >= kOutboxCallsMax) {
      more_due_ = true;
      continue;
    }
    if (must_wait(job, full)) continue;
    if (CallGate* gate = gate_of(job.gateway)) gate->enter(with_.clock->now());
    in_flight_.emplace(job.target, job.id);
    asio::co_spawn(executor_, work(std::move(job)), asio::detached);
  }
  return more;
}

CallGate* Outbox::gate_of(const std::string& gateway) {
  const auto known = gates_.find(gateway);
  if (known != gates_.end()) return &known->second;
  const auto* row = with_.gateways->find(gateway);
  return row == nullptr ? nullptr : &gates_.emplace(gateway, CallGate(row->limits)).first->second;
}

bool Outbox::must_wait(const Job& job, std::vector<std::string>& full) {
  if (std::find(full.begin(), full.end(), job.gateway) != full.end()) return true;
  const CallGate* gate = gate_of(job.gateway);
  if (gate == nullptr) return false;
  const Instant now = with_.clock->now();
  const CallLimit limit = gate->limit(now);
  if (limit == CallLimit::kNone) return false;
  full.push_back(job.gateway);
  with_.metrics->count("erario_gateway_limit_waits_total",
                       {{"gateway", job.gateway}, {"limit", to_text(limit)}});
  if (limit == CallLimit::kAtOnce) more_due_ = true;
  if (limit == CallLimit::kRate) {
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(gate->wait(now));
    pause_ = std::clamp(wait, kRatePauseMin, pause_);
  }
  return true;
}

void Outbox::tell_gateways() {
  for (const auto& [name, row] : with_.gateways->rows) {
    const CallGate* gate = gate_of(name);
    with_.metrics->gauge("erario_gateway_calls_in_flight", {{"gateway", name}}, gate->in_flight());
    const bool open = row.circuit != nullptr && row.circuit->is_open();
    with_.metrics->gauge("erario_gateway_circuit_open", {{"gateway", name}}, open ? 1 : 0);
    if (with_.router == nullptr) continue;
    const bool healthy = with_.router->healthy(name);
    with_.metrics->gauge("erario_gateway_healthy", {{"gateway", name}}, healthy ? 1 : 0);
  }
}

}  // namespace erario
