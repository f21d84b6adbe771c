#include "tests/model/portal.hpp"

#include "api/handlers/common.hpp"
#include "tests/model/memory_store.hpp"
#include "tests/model/text.hpp"

namespace erario::model {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kClientTimeOut{10};
constexpr std::string_view kOwner = "portal-ficticio";

// What a payer is told, one line: compared byte for byte when it is told again.
Answer told(const CommandOutcome& outcome) {
  const Payment& payment = *outcome.payment;
  return Answer{201, payment.id.text() + " " + std::to_string(payment.amount.centavos) + " " +
                         std::string(to_text(payment.currency)) + " " + payment.reference + " " +
                         (payment.clabe.empty() ? "-" : payment.clabe)};
}

}  // namespace

Portal::Portal(Stage& stage, Records& records, std::function<Engine*()> engine, Random& random)
    : stage_(stage),
      records_(records),
      engine_(std::move(engine)),
      random_(random),
      dice_(stage.seed, "portal") {}

void Portal::open(std::int64_t payments, std::chrono::microseconds span) {
  to_come_ = payments;
  pause_ = span / std::max<std::int64_t>(payments, 1);
  stage_.kernel.after(seconds(1), Owner::kWorld, [this] { next_payer(); });
}

void Portal::next_payer() {
  if (to_come_ == 0) return;
  --to_come_;
  Order order;
  order.reference = "orden-" + std::to_string(++payers_);
  order.quote = quote();
  const std::string reference = order.reference;
  orders_.emplace(reference, std::move(order));
  ++waiting_;
  send_create(reference);
  stage_.kernel.after(dice_.between(std::chrono::microseconds(0), 2 * pause_), Owner::kWorld,
                      [this] { next_payer(); });
}

Quote Portal::quote() {
  static const std::vector<std::string> kAgencies{"SRE", "SEMARNAT", "SICT"};
  Quote quote;
  quote.id = id<QuoteId>();
  quote.catalogue_version = "cat_0000000000000000";
  quote.on = to_mexico_city(stage_.clock.now()).date;
  quote.issued_at = stage_.clock.now();
  quote.expires_at = quote.issued_at + std::chrono::hours(1);
  const std::int64_t items = dice_.chance(2'000) ? 2 : 1;
  const std::int64_t first = dice_.below(3);
  for (std::int64_t i = 0; i < items; ++i) {
    QuoteItem item;
    item.agency = kAgencies[static_cast<std::size_t>((first + i) % 3)];
    item.service = item.agency + ".tramite";
    item.title = "Trámite ficticio";
    item.agency_name = "Secretaría Ficticia";
    item.receipt_series = item.agency;
    for (std::int64_t fee = 0; fee < dice_.between(1, 2); ++fee) {
      QuoteLine line;
      line.fee = item.agency + ".derecho" + std::to_string(fee);
      line.description = "Derecho ficticio";
      line.amount = Money::from_pesos(dice_.between(20, 4'000));
      item.allocations.push_back({item.agency, line.fee, "", "", line.amount});
      item.total += line.amount;
      item.lines.push_back(std::move(line));
    }
    quote.total += item.total;
    quote.items.push_back(std::move(item));
  }
  return quote;
}

CreatePayment Portal::create_command(const Order& order) {
  CreatePayment create;
  create.id = id<PaymentId>();
  create.owner = kOwner;
  create.quote = order.quote;
  create.method = order.method;
  create.payer.name = "Ana Loro Ficticia";
  create.reference = order.reference;
  create.expires_at = stage_.clock.now() + minutes(30);
  const AttemptId attempt = id<AttemptId>();
  create.charge =
      CardCharge{attempt, Psp::kName, api::handlers::gateway_reference("EA", attempt.bytes),
                 "tok_1", "",         false};
  return create;
}

void Portal::send_create(const std::string& reference) {
  Order& order = orders_.at(reference);
  ++order.tries;
  const auto again = [this, reference](std::chrono::microseconds pause) {
    stage_.kernel.after(pause, Owner::kWorld, [this, reference] {
      if (!orders_.at(reference).payment) send_create(reference);
    });
  };
  Engine* engine = engine_();
  if (engine == nullptr) return again(seconds(2));
  Command command;
  command.id = id<CommandId>();
  command.body = PaymentCommand{create_command(order)};
  command.idempotency =
      Command::Idempotency{{std::string(kOwner), "llave-" + reference}, sha256(reference)};
  command.render = told;
  const auto time_out = stage_.kernel.after(kClientTimeOut, Owner::kWorld, [this, reference] {
    if (!orders_.at(reference).payment) send_create(reference);
  });
  engine->request(std::move(command), [this, reference, time_out, again](Reply reply) {
    stage_.kernel.cancel(time_out);
    Order& answered = orders_.at(reference);
    stage_.kernel.note("answer " + reference + " " +
                       (reply.answer ? reply.answer->body : reply.outcome.error().detail));
    if (!reply.answer) return again(seconds(1));
    answered.answers.insert(reply.answer->body);
    if (answered.payment) return;
    answered.payment = *PaymentId::parse(words(reply.answer->body).at(0));
    answered.acknowledged_at = stage_.kernel.now();
    --waiting_;
  });
}

}  // namespace erario::model
