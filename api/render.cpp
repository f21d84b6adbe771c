#include "api/render.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "engine/base/card_number.hpp"
#include "engine/base/digest.hpp"
#include "engine/base/json.hpp"
#include "engine/fees/inputs.hpp"
#include "engine/payment/decide.hpp"
#include "engine/payment/decline.hpp"
#include "engine/payment/event_json.hpp"

namespace erario::api {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

// Of the contract's list, whatever an earlier version stored.
json::value decline_code(const std::string& reason) {
  return reason.empty() ? json::value(nullptr) : json::value(decline_reason(reason).code);
}

// Both languages: one attempt is read by portals, and shown to payers, of either.
json::value decline_message(const std::string& reason) {
  if (reason.empty()) return nullptr;
  const DeclineReason& told = decline_reason(reason);
  return json::object{{"es", told.spanish}, {"en", told.english}};
}

template <class T>
json::value instant_or_null(const std::optional<T>& instant) {
  return instant ? json::value(to_rfc3339(*instant)) : json::value(nullptr);
}

bool is_finished(PaymentState state) {
  return state != PaymentState::kAwaiting && state != PaymentState::kProcessing;
}

// A contested charge goes back through the payer's bank or not at all.
bool may_be_refunded(const Payment& payment) {
  return payment.state == PaymentState::kPaid || payment.state == PaymentState::kPartiallyRefunded;
}

json::array allocations_json(const std::vector<Allocation>& allocations) {
  json::array array;
  for (const Allocation& it : allocations)
    array.push_back({{"agency", it.agency},
                     {"fee", it.fee},
                     {"clave_referencia", it.clave_referencia},
                     {"cadena_dependencia", it.cadena_dependencia},
                     {"amount", it.amount.centavos}});
  return array;
}

json::object payer_json(const Payer& payer) {
  return {{"name", payer.name},
          {"email", text_or_null(payer.email)},
          {"rfc", text_or_null(payer.rfc)},
          {"curp", text_or_null(payer.curp)}};
}

std::string_view level_name(AgencyLevel level) {
  switch (level) {
    case AgencyLevel::kFederal: return "federal";
    case AgencyLevel::kState: return "state";
    case AgencyLevel::kMunicipal: return "municipal";
  }
  CHECK(false);
}

std::string_view input_kind_name(InputKind kind) {
  switch (kind) {
    case InputKind::kInteger: return "integer";
    case InputKind::kCentavos: return "centavos";
    case InputKind::kDate: return "date";
    case InputKind::kChoice: return "choice";
  }
  CHECK(false);
}

std::string_view fee_kind_name(FeeKind kind) {
  switch (kind) {
    case FeeKind::kDerecho: return "derecho";
    case FeeKind::kProducto: return "producto";
    case FeeKind::kAprovechamiento: return "aprovechamiento";
  }
  CHECK(false);
}

json::object citation_json(const Citation& citation) {
  return {{"law", citation.law},
          {"article", citation.article},
          {"fraction", citation.fraction},
          {"publication", citation.publication}};
}

json::object relief_json(const Relief& relief) {
  return {{"id", relief.id},
          {"kind", relief.kind == ReliefKind::kDiscount ? "discount" : "exemption"},
          {"title", relief.title},
          {"percent", relief.percent.text()},
          {"evidence", relief.evidence},
          {"citation", citation_json(relief.citation)}};
}

json::object input_json(const InputSpec& input) {
  json::object object{{"name", input.name},
                      {"kind", input_kind_name(input.kind)},
                      {"required", input.required},
                      {"title", input.title}};
  if (input.kind == InputKind::kInteger || input.kind == InputKind::kCentavos) {
    object["minimum"] = input.minimum;
    object["maximum"] = input.maximum;
  }
  if (input.kind == InputKind::kChoice) {
    json::array choices;
    for (const std::string& choice : input.choices)
      choices.emplace_back(choice);
    object["choices"] = std::move(choices);
  }
  return object;
}

json::object fee_json(const Fee& fee, Date on) {
  json::array reliefs;
  for (const Relief& relief : fee.reliefs)
    reliefs.push_back(relief_json(relief));
  json::object object{{"id", fee.id},
                      {"title", fee.title},
                      {"kind", fee_kind_name(fee.kind)},
                      {"clave_referencia", fee.clave_referencia},
                      {"cadena_dependencia", fee.cadena_dependencia},
                      {"rate", nullptr},
                      {"reliefs", std::move(reliefs)}};
  for (const Rate& rate : fee.rates) {
    if (on < rate.valid_from || (rate.valid_to && *rate.valid_to < on)) continue;
    object["rate"] = json::object{
        {"valid_from", to_text(rate.valid_from)},
        {"valid_to", rate.valid_to ? json::value(to_text(*rate.valid_to)) : json::value(nullptr)},
        {"citation", citation_json(rate.citation)}};
  }
  return object;
}

}  // namespace

namespace {

std::string last_four(std::string_view account) {
  constexpr std::size_t kShown = 4;
  if (account.size() <= kShown) return std::string(account.size(), '*');
  const std::size_t hidden = account.size() - kShown;
  return std::string(hidden, '*') + std::string(account.substr(hidden));
}

void hide_account(json::value& value) {
  auto* account = value.if_object();
  if (account == nullptr) return;
  for (auto& member : *account) {
    const auto* text = member.value().if_string();
    if (member.key() == "clabe" && text != nullptr) member.value() = last_four(*text);
    if (member.key() == "holder") member.value() = nullptr;
  }
}

bool sees_destination(const Viewer& viewer, std::string_view named_by) {
  return viewer.sees_accounts || (!named_by.empty() && named_by == viewer.owner);
}

// Where an order sends money, a refund's or a deposit's.
json::value destination_json(const Refund& order, const Viewer& viewer) {
  if (order.destination.clabe.empty()) return nullptr;
  json::value destination = {{"clabe", order.destination.clabe},
                             {"holder", text_or_null(order.destination.holder)}};
  if (!sees_destination(viewer, order.named_by.value_or(""))) hide_account(destination);
  return destination;
}

json::value named_by_json(const Refund& order, const Viewer& viewer) {
  const std::string named_by = order.named_by.value_or("");
  return text_or_null(sees_destination(viewer, named_by) ? named_by : "");
}

// The same of everything an event holds, as it was logged.
void hide_accounts(json::value& value, const Viewer& viewer) {
  if (viewer.sees_accounts) return;
  if (auto* array = value.if_array()) {
    for (json::value& element : *array)
      hide_accounts(element, viewer);
  }
  auto* object = value.if_object();
  if (object == nullptr) return;
  const auto* name = object->if_contains("named_by");
  const auto* named_by = name == nullptr ? nullptr : name->if_string();
  const bool named = named_by != nullptr && sees_destination(viewer, *named_by);
  if (!named) object->erase("named_by");
  object->erase("rfc_curp");
  for (auto& member : *object) {
    const std::string_view key(member.key().data(), member.key().size());
    const bool hidden = key == "sender" || key == "paid_from" || (key == "destination" && !named);
    if (hidden) hide_account(member.value());
    hide_accounts(member.value(), viewer);
  }
}

}  // namespace

json::object money_json(Money amount) {
  return {{"centavos", amount.centavos}, {"currency", to_text(Currency::kMxn)}};
}

// Portals are not told whose account a transfer came from.
json::object attempt_json(const Attempt& attempt) {
  json::value pay_to = nullptr;
  if (attempt.pay_to)
    pay_to = {{"clabe", attempt.pay_to->clabe},
              {"bank", text_or_null(attempt.pay_to->bank)},
              {"expires_at", instant_or_null(attempt.pay_to->expires_at)}};
  return {{"id", attempt.id.text()},
          {"ordinal", attempt.ordinal},
          {"gateway", attempt.gateway},
          {"reference", attempt.reference},
          {"gateway_id", text_or_null(attempt.gateway_id)},
          {"state", to_text(attempt.state)},
          {"amount", money_json(attempt.amount)},
          {"three_d_secure", attempt.three_d_secure},
          {"instalments",
           attempt.instalments == 0 ? json::value(nullptr) : json::value(attempt.instalments)},
          {"capture_by", instant_or_null(attempt.capture_by)},
          {"authorization", text_or_null(attempt.authorization)},
          {"redirect_url", text_or_null(attempt.redirect_url)},
          {"pay_to", std::move(pay_to)},
          {"decline_reason", decline_code(attempt.decline_reason)},
          {"decline_message", decline_message(attempt.decline_reason)},
          {"deposit", text_or_null(held_as(attempt) ? deposit_of(attempt.id).text() : "")},
          {"created_at", to_rfc3339(attempt.created_at)},
          {"updated_at", to_rfc3339(attempt.updated_at)}};
}

json::object refund_json(const Refund& refund, PaymentId payment, const Viewer& viewer) {
  return {{"id", refund.id.text()},
          {"payment", payment.text()},
          {"gateway", refund.gateway},
          {"reference", refund.reference},
          {"gateway_id", text_or_null(refund.gateway_id)},
          {"state", to_text(refund.state)},
          {"amount", money_json(refund.amount)},
          {"allocations", allocations_json(refund.allocations)},
          {"reason", refund.reason},
          {"destination", destination_json(refund, viewer)},
          {"named_by", named_by_json(refund, viewer)},
          {"failure_reason", text_or_null(refund.failure_reason)},
          {"created_at", to_rfc3339(refund.created_at)},
          {"updated_at", to_rfc3339(refund.updated_at)}};
}

json::object payment_json(const Payment& payment, const Viewer& viewer) {
  json::array attempts;
  for (const Attempt& attempt : payment.attempts)
    attempts.push_back(attempt_json(attempt));
  json::array refunds;
  for (const Refund& refund : payment.refunds)
    refunds.push_back(refund_json(refund, payment.id, viewer));
  return {{"id", payment.id.text()},
          {"state", to_text(payment.state)},
          {"finished", is_finished(payment.state)},
          {"method", to_text(payment.method)},
          {"amount", money_json(payment.amount)},
          {"refunded", money_json(payment.refunded)},
          {"refundable", money_json(may_be_refunded(payment) ? refundable(payment) : Money{})},
          {"clabe", text_or_null(clabe_to_pay(payment))},
          {"quote", payment.quote.text()},
          {"reference", text_or_null(payment.reference)},
          {"return_url", text_or_null(payment.return_url)},
          {"payer", payer_json(payment.payer)},
          {"allocations", allocations_json(payment.allocations)},
          {"attempts", std::move(attempts)},
          {"refunds", std::move(refunds)},
          {"created_at", to_rfc3339(payment.created_at)},
          {"expires_at", to_rfc3339(payment.expires_at)},
          {"paid_at", instant_or_null(payment.paid_at)},
          {"version", payment.version}};
}

json::object deposit_json(const Deposit& deposit, const Viewer& viewer) {
  json::value payment = nullptr;
  if (deposit.payment) payment = deposit.payment->text();
  json::value return_order = nullptr;
  if (deposit.return_order) {
    const Refund& order = *deposit.return_order;
    return_order = {{"id", order.id.text()},
                    {"gateway", order.gateway},
                    {"reference", order.reference},
                    {"state", to_text(order.state)},
                    {"amount", money_json(order.amount)},
                    {"reason", order.reason},
                    {"destination", destination_json(order, viewer)},
                    {"named_by", named_by_json(order, viewer)},
                    {"failure_reason", text_or_null(order.failure_reason)}};
  }
  json::value sender = {{"clabe", text_or_null(deposit.sender.clabe)},
                        {"holder", text_or_null(deposit.sender.holder)}};
  if (!viewer.sees_accounts) hide_account(sender);
  const auto held = held_as(deposit);
  // A charge has a reference of ours in the place of a bank, a clave and a day.
  const bool charged = deposit.attempt.has_value();
  const auto unless_charged = [&](const std::string& text) {
    return charged ? json::value(nullptr) : json::value(text);
  };
  return {{"id", deposit.id.text()},
          {"state", to_text(deposit.state)},
          {"suspense", held ? json::value(to_text(*held)) : json::value(nullptr)},
          {"amount", money_json(deposit.amount)},
          {"sending_bank", unless_charged(deposit.key.sending_bank)},
          {"tracking_key", unless_charged(deposit.key.tracking_key)},
          {"operating_date", unless_charged(to_text(deposit.key.operating_date))},
          {"clabe", text_or_null(deposit.clabe)},
          {"sender", std::move(sender)},
          {"concept", text_or_null(deposit.concept_text)},
          {"gateway", deposit.gateway},
          {"gateway_id", text_or_null(deposit.gateway_id)},
          {"payment", std::move(payment)},
          {"attempt", text_or_null(charged ? deposit.attempt->text() : "")},
          {"reference", text_or_null(charged ? deposit.key.tracking_key : "")},
          {"return_order", std::move(return_order)},
          {"received_at", to_rfc3339(deposit.received_at)},
          {"version", deposit.version}};
}

json::object proof_json(const TransferProof& proof, const Deposit& deposit) {
  const auto party = [](const BankAccount& account, const std::string& bank) {
    return json::object{{"account", mask_card_numbers(account.clabe)},
                        {"holder", text_or_null(account.holder)},
                        {"bank", text_or_null(bank)}};
  };
  json::array differ;
  for (const std::string& field : differences(proof, deposit))
    differ.emplace_back(field);
  const bool matches = differ.empty();
  return {{"deposit", deposit.id.text()},
          {"matches", matches},
          {"differences", std::move(differ)},
          {"amount", money_json(proof.amount)},
          {"tracking_key", proof.key.tracking_key},
          {"sending_bank", proof.key.sending_bank},
          {"operating_date", to_text(proof.key.operating_date)},
          {"credited_at", proof.credited_at},
          {"sender", party(proof.sender, proof.sending_bank_name)},
          {"beneficiary", party(proof.beneficiary, proof.receiving_bank_name)},
          {"concept", text_or_null(proof.concept_text)},
          {"certificate_number", proof.certificate_number},
          {"document", proof.document}};
}

json::object dispute_json(const Dispute& dispute) {
  return {{"id", dispute.id.text()},
          {"payment", dispute.payment.text()},
          {"attempt", dispute.attempt.text()},
          {"state", to_text(dispute.state)},
          {"amount", money_json(dispute.amount)},
          {"gateway", dispute.gateway},
          {"gateway_id", text_or_null(dispute.gateway_id)},
          {"reference", dispute.reference},
          {"reason", text_or_null(dispute.reason)},
          {"suspense", dispute.held ? json::value(to_text(*dispute.held)) : json::value(nullptr)},
          {"allocations", allocations_json(dispute.allocations)},
          {"evidence", text_or_null(dispute.evidence)},
          {"opened_at", to_rfc3339(dispute.opened_at)},
          {"updated_at", to_rfc3339(dispute.updated_at)},
          {"version", dispute.version}};
}

namespace {

// What paid waited for nothing, though the record of a deposit always has a kind: see held_as().
void tell_no_suspense(json::value& body) {
  auto* object = body.if_object();
  auto* member = object == nullptr ? nullptr : object->if_contains("deposit");
  auto* deposit = member == nullptr ? nullptr : member->if_object();
  if (deposit == nullptr) return;
  const std::string_view state = deposit->at("state").as_string();
  if (state == to_text(DepositState::kApplied)) deposit->at("suspense") = nullptr;
}

}  // namespace

json::object event_json(const EventRow& row, const Viewer& viewer) {
  auto body = parse_json(row.body_json);
  CHECK(body.ok());  // we wrote it
  tell_no_suspense(*body);
  hide_accounts(*body, viewer);
  return {{"id", row.id.text()},
          {"at", to_rfc3339(row.at)},
          {"subject", row.subject},
          {"name", row.name},
          {"body", *std::move(body)}};
}

json::object entry_json(const Entry& entry) {
  json::array postings;
  for (const Posting& posting : entry.postings)
    postings.push_back(
        {{"account", posting.account},
         {"side", posting.amount.centavos > 0 ? "debit" : "credit"},
         {"amount", money_json(posting.amount.centavos > 0 ? posting.amount : -posting.amount)},
         {"reference", text_or_null(posting.reference)}});
  return {{"id", entry.id.text()},
          {"lane", entry.lane},
          {"ordinal", entry.ordinal},
          {"at", to_rfc3339(entry.at)},
          {"operating_date", to_text(entry.operating_date)},
          {"description", entry.description},
          {"subject", entry.subject},
          {"event", entry.event.text()},
          {"postings", std::move(postings)},
          {"previous", to_hex(entry.previous)},
          {"hash", to_hex(entry.hash)}};
}

json::object balance_json(const Balance& balance) {
  return {{"account", balance.account},
          {"debits", money_json(balance.debits)},
          {"credits", money_json(balance.credits)},
          {"balance", money_json(balance.debits - balance.credits)}};
}

json::object run_json(const RunRow& run) {
  json::value summary = nullptr;
  if (auto parsed = parse_json(run.summary_json); parsed.ok()) summary = *std::move(parsed);
  return {{"id", run.id.text()},
          {"date", to_text(run.date)},
          {"started_at", to_rfc3339(run.started_at)},
          {"rules_version", run.rules_version},
          {"inputs_digest", run.inputs_digest},
          {"matched", run.matched},
          {"breaks", run.broken},
          {"summary", std::move(summary)}};
}

json::object break_json(const BreakRow& row) {
  json::value entry = nullptr;
  if (row.entry) entry = row.entry->text();
  json::value expected = nullptr;
  if (row.expected) expected = money_json(*row.expected);
  json::value found = nullptr;
  if (row.found) found = money_json(*row.found);
  return {{"id", row.id.text()},        {"run", row.run.text()},
          {"kind", row.kind},           {"side", row.side},
          {"reference", row.reference}, {"line", text_or_null(row.line)},
          {"entry", std::move(entry)},  {"expected", std::move(expected)},
          {"found", std::move(found)},  {"date", to_text(row.date)},
          {"detail", row.detail},       {"age_business_days", row.age_business_days}};
}

json::object service_json(const Service& service, const Catalogue& catalogue) {
  const auto agency = catalogue.agencies.find(service.agency);
  CHECK(agency != catalogue.agencies.end());
  return {{"id", service.id},
          {"homoclave", service.homoclave},
          {"title", service.title},
          {"agency", json::object{{"id", agency->second.id},
                                  {"name", agency->second.name},
                                  {"level", level_name(agency->second.level)}}},
          {"sample", service.sample}};
}

json::object service_detail_json(const Service& service, const Catalogue& catalogue, Date on) {
  json::object object = service_json(service, catalogue);
  json::array inputs;
  for (const InputSpec& input : service.inputs)
    inputs.push_back(input_json(input));
  bool may_be_late = false;
  json::array fees;
  for (const std::string& id : service.fees) {
    const auto fee = catalogue.fees.find(id);
    CHECK(fee != catalogue.fees.end());
    may_be_late = may_be_late || fee->second.late_payment;
    fees.push_back(fee_json(fee->second, on));
  }
  if (may_be_late) {
    InputSpec due;
    due.name = kDueDateInput;
    due.kind = InputKind::kDate;
    due.title = "Fecha en que debió pagarse";
    inputs.push_back(input_json(due));
  }
  object["on"] = to_text(on);
  object["catalogue_version"] = catalogue.version;
  object["inputs"] = std::move(inputs);
  object["fees"] = std::move(fees);
  return object;
}

}  // namespace erario::api
