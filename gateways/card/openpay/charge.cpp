#include "gateways/card/openpay/charge.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "engine/base/json.hpp"
#include "engine/base/json_writer.hpp"
#include "gateways/card/openpay/errors.hpp"
#include "gateways/json_fields.hpp"
#include "gateways/outcomes.hpp"

namespace erario::openpay {
namespace {

namespace json = boost::json;

struct StatusRow {
  std::string_view status;
  Outcome outcome;
  std::string_view reason;
  bool moved_money;  // a line of the day's report
};
// A refunded or disputed charge was approved once: refunds and disputes have their own records.
// clang-format off
constexpr std::array kStatuses{
    StatusRow{"completed",             Outcome::kApproved, "",                      true},
    StatusRow{"refunded",              Outcome::kApproved, "refunded",              true},
    StatusRow{"chargeback_pending",    Outcome::kApproved, "chargeback_pending",    true},
    StatusRow{"chargeback_accepted",   Outcome::kApproved, "chargeback_accepted",   true},
    StatusRow{"chargeback_adjustment", Outcome::kApproved, "chargeback_adjustment", true},
    StatusRow{"in_progress",           Outcome::kAuthorized, "authorized",          false},
    StatusRow{"charge_pending",        Outcome::kPending,  "awaiting_payer",        false},
    StatusRow{"cancelled",             Outcome::kDeclined, "cancelled",             false},
    StatusRow{"failed",                Outcome::kDeclined, "declined",              false},
};
// clang-format on

const StatusRow* find_status(std::string_view status) {
  for (const auto& row : kStatuses) {
    if (row.status == status) return &row;
  }
  return nullptr;
}

// Makes a result of what failed say why.
void explain_failure(const json::object& failed, GatewayResult& result) {
  const std::string code = text_of(failed, "error_code");
  result.reason = "declined";
  for (const auto& row : error_table()) {
    if (std::to_string(row.code) != code) continue;
    if (row.outcome == Outcome::kDeclined) result.reason = row.reason;
    result.three_d_secure_helps = row.code == kTakenForFraud;
    return;
  }
  if (!code.empty()) result.unlisted_code = declined_by(code, "").unlisted_code;
}

std::string redirect_of(const json::object& charge) {
  const auto* method = object_of(charge, "payment_method");
  return method == nullptr ? std::string() : text_of(*method, "url");
}

// Newer answers list all refunds of a charge, older ones hold the last one alone.
std::vector<const json::object*> refunds_of(const json::object& charge) {
  std::vector<const json::object*> found;
  if (const auto* list = array_of(charge, "refunds")) {
    for (const auto& item : *list) {
      if (const auto* refund = item.if_object()) found.push_back(refund);
    }
  }
  if (found.empty()) {
    if (const auto* refund = object_of(charge, "refund")) found.push_back(refund);
  }
  return found;
}

Result<GatewayResult> result_of_refund(const json::object& refund) {
  const std::string status = text_of(refund, "status");
  GatewayResult result;
  result.gateway_id = text_of(refund, "id");
  result.authorization = text_of(refund, "authorization");
  TRY(result.amount, pesos_of(refund, "amount"));
  if (status == "completed" || status.empty()) {
    result.outcome = Outcome::kApproved;
  } else if (status == "failed" || status == "cancelled") {
    result.outcome = Outcome::kDeclined;
    explain_failure(refund, result);
  } else if (status == "in_progress" || status == "charge_pending") {
    result.outcome = Outcome::kPending;
  } else {
    result.reason = "status_unknown";
  }
  return result;
}

Result<Date> date_of(const json::object& movement) {
  for (const std::string_view key : {"operation_date", "creation_date"}) {
    if (!has_field(movement, key)) continue;
    TRY(const Instant at, parse_rfc3339(text_of(movement, key)));
    return to_mexico_city(at).date;
  }
  return field_error("/creation_date", "is required", ErrorCode::kFieldMissing);
}

Result<ReportLine> line_of_charge(const json::object& charge, Date date) {
  ReportLine line;
  line.reference = text_of(charge, "order_id");
  line.gateway_id = text_of(charge, "id");
  TRY(line.amount, pesos_of(charge, "amount"));
  if (const auto* fee = object_of(charge, "fee")) {
    TRY(line.fee, pesos_of(*fee, "amount"));
    if (has_field(*fee, "tax")) {
      TRY(line.fee_vat, pesos_of(*fee, "tax"));
    }
  }
  line.kind = "charge";
  line.status = text_of(charge, "status");
  line.operating_date = date;
  line.raw = canonical_json(charge);
  return line;
}

Result<ReportLine> line_of_refund(const json::object& refund, Date date) {
  ReportLine line;
  line.reference = text_of(refund, "description");
  line.gateway_id = text_of(refund, "id");
  TRY(const Money amount, pesos_of(refund, "amount"));
  line.amount = -amount;
  line.kind = "refund";
  line.status = text_of(refund, "status");
  line.operating_date = date;
  line.raw = canonical_json(refund);
  return line;
}

Result<ReportCharge> report_of_charge(const json::object& charge, Date wanted) {
  ReportCharge read;
  read.id = text_of(charge, "id");
  if (read.id.empty()) return field_error("/id", "is required", ErrorCode::kFieldMissing);
  const auto* status = find_status(text_of(charge, "status"));
  if (status == nullptr) return field_error("/status", "is not a known word");
  if (status->moved_money) {
    TRY(const Date date, date_of(charge));
    if (date == wanted) {
      TRY(ReportLine line, line_of_charge(charge, date));
      read.lines.push_back(std::move(line));
    }
  }
  for (const auto* refund : refunds_of(charge)) {
    TRY(const GatewayResult result, result_of_refund(*refund));
    if (result.outcome != Outcome::kApproved) continue;
    TRY(const Date date, date_of(*refund));
    if (date != wanted) continue;
    TRY(ReportLine line, line_of_refund(*refund, date));
    read.lines.push_back(std::move(line));
  }
  return read;
}

}  // namespace

Result<GatewayResult> result_of_charge(const json::object& charge) {
  const auto* row = find_status(text_of(charge, "status"));
  const std::string currency = text_of(charge, "currency");
  GatewayResult result;
  result.gateway_id = text_of(charge, "id");
  if (result.gateway_id.empty()) {
    return field_error("/id", "is required", ErrorCode::kFieldMissing);
  }
  TRY(result.amount, pesos_of(charge, "amount"));
  result.authorization = text_of(charge, "authorization");
  if (!currency.empty() && currency != "MXN") {
    result.reason = "currency_mismatch";
    return result;
  }
  if (row == nullptr) {
    result.reason = "status_unknown";
    return result;
  }
  result.outcome = row->outcome;
  result.reason = row->reason;
  if (row->status == "failed") explain_failure(charge, result);
  if (row->status == "charge_pending") {
    result.redirect_url = redirect_of(charge);
    if (!result.redirect_url.empty()) {
      result.outcome = Outcome::kNeedsAction;
      result.reason.clear();
    }
  }
  return result;
}

GatewayResult read_charge(std::string_view body, std::string_view reference) {
  const auto charge = parse_object(body);
  if (!charge.ok()) return unreadable(body, charge.error().detail);
  if (!reference.empty() && text_of(*charge, "order_id") != reference) {
    return unknown("reference_mismatch");
  }
  auto result = result_of_charge(*charge);
  return result.ok() ? *std::move(result) : unreadable(body, result.error().detail);
}

GatewayResult read_search(std::string_view body, std::string_view reference) {
  const auto parsed = parse_json_with_decimals(body);
  if (!parsed.ok()) return unreadable(body, parsed.error().detail);
  if (!parsed->is_array()) return unreadable(body, "the body must be a JSON array");
  GatewayResult best = not_found();
  for (const auto& item : parsed->get_array()) {
    const auto* charge = item.if_object();
    if (charge == nullptr) return unreadable(body, "must hold charges");
    if (text_of(*charge, "order_id") != reference) continue;  // the filter was not honoured
    auto read = result_of_charge(*charge);
    GatewayResult result =
        read.ok() ? *std::move(read) : unreadable(canonical_json(*charge), read.error().detail);
    if (result.outcome == Outcome::kApproved) return result;
    // A try that may still succeed says more than one that failed.
    if (!best.found || best.outcome == Outcome::kDeclined) best = std::move(result);
  }
  return best;
}

GatewayResult read_refund(std::string_view body, std::string_view refund_reference) {
  const auto charge = parse_object(body);
  if (!charge.ok()) return unreadable(body, charge.error().detail);
  if (text_of(*charge, "id").empty()) return unreadable(body, "/id: is required");
  for (const auto* refund : refunds_of(*charge)) {
    if (text_of(*refund, "description") != refund_reference) continue;
    auto result = result_of_refund(*refund);
    return result.ok() ? *std::move(result) : unreadable(body, result.error().detail);
  }
  return not_found();
}

Result<std::vector<ReportCharge>> read_report_page(std::string_view body, Date wanted) {
  const auto malformed = [](std::string detail) {
    return Error{ErrorCode::kStatementMalformed, std::move(detail)};
  };
  const auto parsed = parse_json_with_decimals(body);
  if (!parsed.ok() || !parsed->is_array()) return malformed("the report page is not a JSON array");
  std::vector<ReportCharge> page;
  for (const auto& item : parsed->get_array()) {
    const std::string row = "row " + std::to_string(page.size() + 1);
    const auto* charge = item.if_object();
    if (charge == nullptr) return malformed(row + " is not an object");
    auto read = report_of_charge(*charge, wanted);
    if (!read.ok()) return malformed(row + ": " + read.error().detail);
    page.push_back(std::move(*read));
  }
  return page;
}

}  // namespace erario::openpay
