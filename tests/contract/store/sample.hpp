// Made-up payments, deposits and books for store tests. Everybody here is fictional.
#pragma once

#include <string>
#include <vector>

#include "engine/ports/store.hpp"
#include "ledger/posting_rules.hpp"

namespace erario::sample {

inline const Instant kNoon = *parse_rfc3339("2026-03-02T12:00:00-06:00");

// Ids in the order they are asked for, all different.
template <class IdType>
IdType id(std::uint64_t number) {
  IdType made;
  std::array<std::uint8_t, 10> tail{};
  for (std::size_t i = 0; i < 8; ++i)
    tail[9 - i] = static_cast<std::uint8_t>(number * 0x9E3779B97F4A7C15ULL >> 8 * i);
  made.bytes = make_uuid_v7(kNoon + std::chrono::milliseconds(number), tail);
  return made;
}

inline std::string clabe(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return "646180" + std::string(12 - digits.size(), '0') + digits;
}

inline std::vector<Allocation> allocations(Money amount) {
  return {{"sre", "sre.pasaporte.10", "104000500", "0401800101001", amount - Money{100}},
          {"inm", "inm.copia", "154000123", "0401800202002", Money{100}}};
}

inline Payment payment(std::uint64_t number) {
  Payment it;
  it.id = id<PaymentId>(number);
  it.owner = "portal-norte";
  it.quote = id<QuoteId>(number);
  it.quote_json = R"({"items":[],"note":"año «ñ» \"10\""})";
  it.amount = Money::from_pesos(3'770);
  it.allocations = allocations(it.amount);
  it.method = Method::kCard;
  it.reference = "orden-" + std::to_string(number);
  it.return_url = "https://portal.example/vuelta";
  it.payer = {"ANA LORO FICTICIO", "ana@correo.example", "XAXX010101000", ""};
  it.created_at = kNoon;
  it.expires_at = kNoon + std::chrono::hours(1);
  it.version = 1;
  return it;
}

inline Attempt attempt(std::uint64_t number) {
  Attempt it;
  it.id = id<AttemptId>(number);
  it.ordinal = 1;
  it.gateway = "openpay";
  it.reference = "ORD" + std::to_string(number);
  it.state = AttemptState::kNeedsAction;
  it.amount = Money::from_pesos(3'770);
  it.three_d_secure = true;
  it.instalments = 6;
  it.capture_by = kNoon + std::chrono::hours(120);
  it.gateway_id = "trx" + std::to_string(number);
  it.redirect_url = "https://banco.example/3ds";
  it.created_at = kNoon + std::chrono::microseconds(7);
  it.updated_at = kNoon + std::chrono::microseconds(8);
  return it;
}

inline Refund refund(std::uint64_t number, Money amount) {
  Refund it;
  it.id = id<RefundId>(number);
  it.gateway = "openpay";
  it.reference = "DEV" + std::to_string(number);
  it.amount = amount;
  it.allocations = {{"sre", "sre.pasaporte.10", "104000500", "0401800101001", amount}};
  it.reason = "trámite no realizado";
  it.destination = {clabe(number), "ANA LORO FICTICIO", "XAXX010101000"};
  it.gateway_id = "dev" + std::to_string(number);
  it.created_at = kNoon;
  it.updated_at = kNoon;
  if (number % 2 == 0) it.named_by = "finanzas";
  return it;
}

inline Deposit deposit(std::uint64_t number) {
  Deposit it;
  it.id = id<DepositId>(number);
  it.key = {"40012", "CLAVE" + std::to_string(number), *parse_date("2026-03-02")};
  it.state = DepositState::kHeld;
  it.suspense = SuspenseKind::kShort;
  it.amount = Money::from_pesos(100);
  it.clabe = clabe(number);
  it.sender = {clabe(900 + number), "LUIS GATO FICTICIO", "XAXX010101000"};
  it.concept_text = "pago de trámite";
  it.gateway = "stp";
  it.gateway_id = std::to_string(number);
  it.received_at = kNoon;
  it.version = 1;
  return it;
}

inline Dispute dispute(std::uint64_t number, Money amount) {
  Dispute it;
  it.id = id<DisputeId>(number);
  it.payment = id<PaymentId>(number);
  it.attempt = id<AttemptId>(number);
  it.gateway = "openpay";
  it.reference = "ORD" + std::to_string(number);
  it.gateway_id = "trx" + std::to_string(number);
  it.amount = amount;
  it.reason = "no reconoce el cargo";
  it.opened_at = kNoon;
  it.updated_at = kNoon;
  it.version = 1;
  return it;
}

inline SealedReceipt receipt(std::uint64_t number, const std::string& series, std::int64_t folio) {
  SealedReceipt sealed;
  Receipt& it = sealed.receipt;
  it.id = id<ReceiptId>(number);
  it.series = series;
  it.folio = folio;
  it.payment = id<PaymentId>(number);
  it.quote = id<QuoteId>(number);
  it.catalogue_version = std::string(64, 'a');
  it.agency = "sre";
  it.agency_name = "Secretaría de Relaciones Exteriores";
  it.payer = {"ANA LORO FICTICIO", "ana@correo.example", "XAXX010101000", ""};
  it.gateway = "openpay";
  it.authorization = "123456";
  it.services = {{"pasaporte-10",
                  "SRE-02-001",
                  "Pasaporte de 10 años",
                  false,
                  {{"sre.pasaporte.10", "Expedición", "LFD art. 20", "104000500", "0401800101001",
                    Money::from_pesos(3'770)}},
                  Money::from_pesos(3'770)}};
  it.total = Money::from_pesos(3'770);
  it.paid_at = kNoon;
  it.issued_at = kNoon;
  sealed.seal = {
      "ed25519:0123456789abcdef", to_base64(std::string(64, 'x')), 2, 1, {sha256("neighbour")}};
  return sealed;
}

// Puts payments into a batch that the store does not have yet.
inline void create(Changes& changes, const std::vector<Payment>& payments) {
  for (const Payment& payment : payments) {
    changes.payments.push_back(payment);
    changes.created.insert(payment.id);
  }
}

// Collects one batch: events with their entries, chained.
class Batch {
 public:
  explicit Batch(std::uint64_t number) {
    changes.batch = id<CommandId>(number), changes.at = kNoon;
  }

  // Goes on counting the events of a subject after those of earlier batches.
  void follow(const std::string& subject, std::int64_t last_ordinal) {
    ordinals_[subject] = last_ordinal;
  }
  Event& record(std::uint64_t number, std::string subject, EventBody body, Instant at = kNoon) {
    const std::int64_t ordinal = ++ordinals_[subject];
    changes.events.push_back(
        {id<EventId>(number), changes.batch, at, std::move(subject), std::move(body), ordinal});
    auto entry = rules_.entry_for(changes.events.back(), id<EntryId>(number));
    if (entry) changes.entries.push_back(std::move(*entry));
    return changes.events.back();
  }
  Event& capture(std::uint64_t number, const Payment& paid, Instant at = kNoon) {
    return record(
        number, paid.id.text(),
        PaymentCaptured{id<AttemptId>(number), "openpay", "trx", "ORD" + std::to_string(number),
                        "123456", paid.amount, paid.allocations},
        at);
  }
  // Chains the entries behind the loaded head.
  Changes& chained(ChainHead head) {
    for (Entry& entry : changes.entries)
      rules_.chain(entry, head);
    return changes;
  }

  Changes changes;

 private:
  PostingRules rules_;
  std::map<std::string, std::int64_t> ordinals_;
};

}  // namespace erario::sample
