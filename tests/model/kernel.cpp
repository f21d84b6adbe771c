#include "tests/model/kernel.hpp"

#include <algorithm>

namespace erario::model {
namespace {

constexpr std::size_t kLinesKept = 60;

}  // namespace

Kernel::Ticket Kernel::after(std::chrono::microseconds pause, Owner owner, Action action) {
  const Ticket ticket{owner, now_ + std::max(pause, std::chrono::microseconds(0)), ++number_};
  queue(owner).emplace(std::pair(ticket.at, ticket.number), std::move(action));
  return ticket;
}

bool Kernel::cancel(const Ticket& ticket) {
  return queue(ticket.owner).erase({ticket.at, ticket.number}) > 0;
}

void Kernel::forget(Owner owner) {
  // What is destroyed may plan something while it goes.
  Queue forgotten;
  forgotten.swap(queue(owner));
}

Instant Kernel::next_at() const {
  Instant next = Instant::max();
  if (!world_.empty()) next = std::min(next, world_.begin()->first.first);
  if (!engine_.empty()) next = std::min(next, engine_.begin()->first.first);
  return next;
}

bool Kernel::run_next() {
  if (world_.empty() && engine_.empty()) return false;
  const bool world =
      engine_.empty() || (!world_.empty() && world_.begin()->first < engine_.begin()->first);
  Queue& from = world ? world_ : engine_;
  auto first = from.extract(from.begin());
  now_ = first.key().first;
  first.mapped()();
  return true;
}

void Kernel::hash(std::string_view bytes) {
  for (const char byte : bytes)
    hash_ = (hash_ ^ static_cast<std::uint8_t>(byte)) * 0x100000001B3ULL;
}

void Kernel::note(std::string line) {
  line.insert(0, std::to_string(to_epoch_micros(now_)) + " ");
  hash(line);
  hash("\n");
  ++lines_;
  last_.push_back(std::move(line));
  if (last_.size() > kLinesKept) last_.pop_front();
}

}  // namespace erario::model
