#include "tests/model/evidence.hpp"

#include <algorithm>
#include <cstring>

namespace erario::model {
namespace {

constexpr std::uint64_t kStart = 0xCBF29CE484222325ULL;

void mix(std::uint64_t& hash, std::int64_t number) {
  hash = (hash ^ static_cast<std::uint64_t>(number)) * 0x9E3779B97F4A7C15ULL;
  hash ^= hash >> 29;
}
void mix(std::uint64_t& hash, std::string_view bytes) {
  mix(hash, static_cast<std::int64_t>(bytes.size()));
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::int64_t)) {
    std::int64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min(sizeof(word), bytes.size() - at));
    mix(hash, word);
  }
}
template <class Tag>
void mix(std::uint64_t& hash, const Id<Tag>& id) {
  mix(hash, std::string_view(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()));
}

void mix(std::uint64_t& hash, const EventRow& event) {
  mix(hash, event.id);
  mix(hash, to_epoch_micros(event.at));
  mix(hash, event.subject);
  mix(hash, event.name);
  mix(hash, event.body_json);
}

void mix(std::uint64_t& hash, const Entry& entry) {
  mix(hash, entry.id);
  mix(hash, entry.ordinal);
  mix(hash, as_bytes(entry.hash));
  for (const Posting& posting : entry.postings) {
    mix(hash, posting.account);
    mix(hash, posting.amount.centavos);
    mix(hash, posting.reference);
  }
}

std::uint64_t hash_of(const Payment& payment) {
  std::uint64_t hash = kStart;
  mix(hash, payment.id);
  mix(hash, static_cast<std::int64_t>(payment.state));
  mix(hash, payment.amount.centavos);
  mix(hash, payment.refunded.centavos);
  mix(hash, payment.version);
  for (const Attempt& attempt : payment.attempts) {
    mix(hash, attempt.reference);
    mix(hash, static_cast<std::int64_t>(attempt.state));
  }
  for (const Refund& refund : payment.refunds) {
    mix(hash, refund.reference);
    mix(hash, static_cast<std::int64_t>(refund.state));
  }
  return hash;
}

}  // namespace

Checkpoint LogReader::read_on(const Records& records, std::size_t events, std::size_t entries) {
  if (!started_) at_.hash = kStart;
  started_ = true;
  for (; at_.events < events; ++at_.events)
    mix(at_.hash, records.events[at_.events]);
  for (; at_.entries < entries; ++at_.entries)
    mix(at_.hash, records.entries[at_.entries]);
  return at_;
}

std::uint64_t digest_of(const Records& records, bool and_inbound) {
  std::uint64_t hash = kStart;
  std::uint64_t payments = 0;  // whatever their order
  for (const auto& [id, payment] : records.payments)
    payments += hash_of(payment);
  mix(hash, static_cast<std::int64_t>(payments));
  for (const auto& [id, deposit] : records.deposits) {
    mix(hash, id);
    mix(hash, static_cast<std::int64_t>(deposit.state));
    mix(hash, deposit.version);
  }
  for (const auto& [id, dispute] : records.disputes) {
    mix(hash, id);
    mix(hash, static_cast<std::int64_t>(dispute.state));
    mix(hash, dispute.version);
  }
  mix(hash, static_cast<std::int64_t>(records.events.size()));
  mix(hash, static_cast<std::int64_t>(records.entries.size()));
  if (!records.entries.empty()) mix(hash, as_bytes(records.entries.back().hash));
  for (const auto& [account, balance] : records.balances) {
    mix(hash, account.first);
    mix(hash, balance.debits.centavos);
    mix(hash, balance.credits.centavos);
  }
  mix(hash, static_cast<std::int64_t>(records.receipts.size()));
  mix(hash, static_cast<std::int64_t>(records.answers.size()));
  if (and_inbound) {
    mix(hash, static_cast<std::int64_t>(records.inbound.size()));
    mix(hash, static_cast<std::int64_t>(records.jobs.size()));
    mix(hash, static_cast<std::int64_t>(records.batches.size()));
  }
  return hash;
}

}  // namespace erario::model
