#include "tests/sim/agenda.hpp"

#include <algorithm>

#include "tests/sim/http_post.hpp"

namespace erario::sim {

Agenda::Agenda(int threads) {
  for (int i = 0; i < threads; ++i)
    threads_.emplace_back([this] { work(); });
}

Agenda::~Agenda() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

void Agenda::after(int delay_ms, Job job) {
  const auto due = std::chrono::steady_clock::now() + std::chrono::milliseconds(delay_ms);
  {
    const std::lock_guard lock(mutex_);
    jobs_.emplace(due, std::move(job));
  }
  changed_.notify_one();
}

void Agenda::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (jobs_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto due = jobs_.begin()->first;
    if (due > std::chrono::steady_clock::now()) {
      changed_.wait_until(lock, due);
      continue;
    }
    auto job = std::move(jobs_.begin()->second);
    jobs_.erase(jobs_.begin());
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
}

struct Courier::Parcel {
  Receiver receiver;
  std::string body;
  std::string route;
  Accepts accepts;
  int attempt = 0;
};

void Courier::send(Receiver receiver, std::string body, std::string route, Accepts accepts,
                   int delay_ms) {
  if (receiver.url.empty()) return;
  auto parcel = std::make_shared<Parcel>(
      Parcel{std::move(receiver), std::move(body), std::move(route), std::move(accepts)});
  agenda_->after(delay_ms, [this, parcel] { attempt(parcel); });
}

void Courier::attempt(const std::shared_ptr<Parcel>& parcel) {
  const auto mode = faults_->take(parcel->route);
  OutgoingRequest request;
  request.url = parcel->receiver.url;
  request.body = parcel->body;
  request.user = parcel->receiver.user;
  request.password = parcel->receiver.password;
  request.certificate_authority = parcel->receiver.certificate_authority;
  request.dripped = mode == FaultMode::kSlowDrip;
  if (mode == FaultMode::kMalformed) request.body.resize(request.body.size() / 2);

  const auto post = [&] {
    const auto& headers = parcel->receiver.headers;
    if (!headers) return send_out(request, agenda_->stopping());
    return post_with_headers(request, headers(parcel->body), agenda_->stopping());
  };
  OutgoingAnswer answer;
  if (mode != FaultMode::kTimeoutBefore && mode != FaultMode::kHttp503) {
    answer = post();
  }
  if (mode == FaultMode::kDuplicate) post();
  const bool ignored = mode == FaultMode::kTimeoutAfter || mode == FaultMode::kErrorAfter ||
                       mode == FaultMode::kMalformed;
  if (ignored) answer = {0, "", "ignored by request"};
  if (parcel->accepts(answer)) return;

  parcel->attempt += 1;
  if (parcel->attempt >= parcel->receiver.attempts_max) return;
  const int delay_ms =
      std::min(parcel->receiver.retry_ms << std::min(parcel->attempt - 1, 10), 5'000);
  agenda_->after(delay_ms, [this, parcel] { attempt(parcel); });
}

}  // namespace erario::sim
