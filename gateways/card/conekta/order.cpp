#include "gateways/card/conekta/order.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "engine/base/card_number.hpp"
#include "engine/base/clabe.hpp"
#include "engine/base/json_writer.hpp"
#include "gateways/card/conekta/errors.hpp"
#include "gateways/card/conekta/pages.hpp"
#include "gateways/json_fields.hpp"
#include "gateways/outcomes.hpp"

namespace erario::conekta {
namespace {

namespace json = boost::json;

struct StatusRow {
  std::string_view status;
  Outcome outcome;
  std::string_view reason;
};
// Words of an order's payment_status and of a charge's status. Refunded and disputed charges were
// approved once: refunds and disputes have their own records. A charge that Conekta calls
// fraudulent or reversed is not here: whether its money stays is for a person to find out.
// clang-format off
constexpr std::array kStatuses{
    StatusRow{"paid",               Outcome::kApproved, ""},
    StatusRow{"partially_refunded", Outcome::kApproved, "refunded"},
    StatusRow{"refunded",           Outcome::kApproved, "refunded"},
    StatusRow{"charged_back",       Outcome::kApproved, "chargeback_pending"},
    StatusRow{"pre_authorized",     Outcome::kAuthorized, "authorized"},
    StatusRow{"preauthorized",      Outcome::kAuthorized, "authorized"},
    StatusRow{"pending_payment",    Outcome::kPending,  "awaiting_payer"},
    StatusRow{"pending_confirmation", Outcome::kPending, "awaiting_payer"},
    StatusRow{"under_fraud_review", Outcome::kPending,  "under_review"},
    StatusRow{"declined",           Outcome::kDeclined, "declined"},
    StatusRow{"expired",            Outcome::kDeclined, "expired"},
    StatusRow{"canceled",           Outcome::kDeclined, "cancelled"},
    StatusRow{"voided",             Outcome::kDeclined, "cancelled"},
};
struct RefundStatusRow {
  std::string_view status;
  Outcome outcome;
};
constexpr std::array kRefundStatuses{
    RefundStatusRow{"",         Outcome::kApproved},  // cards: given back at once
    RefundStatusRow{"refunded", Outcome::kApproved},
    RefundStatusRow{"paid",     Outcome::kApproved},
    RefundStatusRow{"pending",  Outcome::kPending},
    RefundStatusRow{"declined", Outcome::kDeclined},
    RefundStatusRow{"failed",   Outcome::kDeclined},
    RefundStatusRow{"expired",  Outcome::kDeclined},
    RefundStatusRow{"canceled", Outcome::kDeclined},
};
// clang-format on

template <class Rows>
auto find_status(const Rows& rows, std::string_view status) -> decltype(rows.data()) {
  const auto at =
      std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.status == status; });
  return at == rows.end() ? nullptr : &*at;
}

// Conekta wraps lists as {"object":"list","data":[…]}; some versions write a plain array.
const json::array* items_of(const json::object& object, std::string_view key) {
  if (const auto* list = object_of(object, key)) return array_of(*list, "data");
  return array_of(object, key);
}

}  // namespace

// An order of ours has one charge. Where a panel added another, the one that was paid counts.
const json::object* charge_of(const json::object& order) {
  const json::object* found = nullptr;
  const auto* charges = items_of(order, "charges");
  if (charges == nullptr) return nullptr;
  for (const auto& item : *charges) {
    const auto* charge = item.if_object();
    if (charge == nullptr) continue;
    found = charge;
    if (text_of(*charge, "status") == "paid") return charge;
  }
  return found;
}

namespace {

std::string redirect_of(const json::object& order) {
  const auto* action = object_of(order, "next_action");
  const auto* redirect = action == nullptr ? nullptr : object_of(*action, "redirect_to_url");
  return redirect == nullptr ? std::string() : text_of(*redirect, "url");
}

// The order's word, unless it says nothing yet or its charge is over already.
const StatusRow* status_of(const json::object& order, const json::object* charge) {
  const std::string said = text_of(order, "payment_status");
  const std::string by_charge = charge == nullptr ? "" : text_of(*charge, "status");
  const bool open = said.empty() || said == "pending_payment";
  if (open && !by_charge.empty() && (said.empty() || by_charge == "declined")) {
    return find_status(kStatuses, by_charge);
  }
  return find_status(kStatuses, said);
}

bool is_clabe(std::string_view text) {
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && text.size() == 18 && clabe_check_digit(text.substr(0, 17)) == text.back();
}

constexpr std::int64_t kSecondsMax = 4'102'444'800;  // the year 2100

// Where a transfer is to go, and the transfer itself once it came. Where Conekta wants a payer sent
// and the account is none, nobody can pay: the order is asked about again.
void read_transfer(const json::object& method, GatewayResult& result) {
  result.authorization = text_of(method, "tracking_code");
  if (result.outcome == Outcome::kApproved) {
    BankAccount sender;
    sender.clabe = text_of(method, "issuing_account_number");
    if (!is_clabe(sender.clabe)) sender.clabe.clear();  // a card's or a telephone's number
    sender.holder = mask_card_numbers(text_of(method, "issuing_account_holder_name"));
    sender.rfc_curp = text_of(method, "issuing_account_tax_id");
    if (!(sender == BankAccount{})) result.paid_from = std::move(sender);
    return;
  }
  if (result.outcome != Outcome::kPending) return;
  TransferAccount account;
  account.clabe = text_of(method, "clabe");
  account.bank = text_of(method, "bank");
  if (!is_clabe(account.clabe)) {
    result.outcome = Outcome::kUnknown;
    result.reason = "account_malformed";
    result.unread = unread(canonical_json(method), "/payment_method/clabe: must be a CLABE");
    return;
  }
  const auto* expires = method.if_contains("expires_at");
  const auto* seconds = expires == nullptr ? nullptr : expires->if_int64();
  if (seconds != nullptr && *seconds > 0 && *seconds < kSecondsMax) {
    account.expires_at = from_epoch_micros(*seconds * 1'000'000);
  }
  result.outcome = Outcome::kNeedsAction;
  result.reason.clear();
  result.pay_to = std::move(account);
}

struct FoundRefund {
  std::string id;
  Money amount;  // positive
  Outcome outcome = Outcome::kUnknown;
  std::string authorization;
};

Result<std::vector<FoundRefund>> refunds_of(const json::object& order) {
  std::vector<FoundRefund> found;
  const auto* charge = charge_of(order);
  const auto* items = charge == nullptr ? nullptr : items_of(*charge, "refunds");
  if (items == nullptr) return found;
  for (const auto& item : *items) {
    const auto* refund = item.if_object();
    if (refund == nullptr) return field_error("/refunds", "must hold objects");
    FoundRefund row;
    row.id = text_of(*refund, "id");
    TRY(const Money amount, centavos_of(*refund, "amount"));
    row.amount = amount < Money{} ? -amount : amount;  // written with a minus in some versions
    row.authorization = text_of(*refund, "auth_code");
    if (const auto* status = find_status(kRefundStatuses, text_of(*refund, "status"))) {
      row.outcome = status->outcome;
    }
    if (row.id.empty()) return field_error("/id", "is required", ErrorCode::kFieldMissing);
    found.push_back(std::move(row));
  }
  return found;
}

GatewayResult result_of_refund(const FoundRefund& refund) {
  GatewayResult result;
  result.outcome = refund.outcome;
  result.gateway_id = refund.id;
  result.amount = refund.amount;
  result.authorization = refund.authorization;
  if (refund.outcome == Outcome::kDeclined) result.reason = "declined";
  if (refund.outcome == Outcome::kUnknown) result.reason = "status_unknown";
  return result;
}

bool is_another(const RefundOrder& wanted, const std::string& id) {
  if (!wanted.other_refunds) return false;
  const auto& others = *wanted.other_refunds;
  return std::find(others.begin(), others.end(), id) != others.end();
}

}  // namespace

std::string reference_of(const json::object& order) {
  if (const auto* metadata = object_of(order, "metadata")) {
    std::string reference = text_of(*metadata, "reference");
    if (!reference.empty()) return reference;
  }
  const auto* charge = charge_of(order);
  return charge == nullptr ? std::string() : text_of(*charge, "reference_id");
}

Result<GatewayResult> result_of_order(const json::object& order) {
  const auto* charge = charge_of(order);
  GatewayResult result;
  result.gateway_id = text_of(order, "id");
  if (result.gateway_id.empty()) {
    return field_error("/id", "is required", ErrorCode::kFieldMissing);
  }
  TRY(result.amount, charged_centavos_of(charge == nullptr ? order : *charge, "amount"));
  if (const auto* method = charge == nullptr ? nullptr : object_of(*charge, "payment_method")) {
    result.authorization = text_of(*method, "auth_code");
  }
  const std::string currency = text_of(order, "currency");
  if (!currency.empty() && currency != "MXN") {
    result.reason = "currency_mismatch";
    return result;
  }
  const auto* row = status_of(order, charge);
  if (row == nullptr) {
    result.reason = "status_unknown";
    return result;
  }
  result.outcome = row->outcome;
  result.reason = row->reason;
  if (row->status == "declined" && charge != nullptr) {
    explain_decline(text_of(*charge, "failure_code"), result);
  }
  const auto* method = charge == nullptr ? nullptr : object_of(*charge, "payment_method");
  if (method != nullptr && text_of(*method, "type") == "spei") {
    read_transfer(*method, result);
  } else if (row->outcome == Outcome::kPending && row->reason == "awaiting_payer") {
    result.redirect_url = redirect_of(order);
    if (!result.redirect_url.empty()) {
      result.outcome = Outcome::kNeedsAction;
      result.reason.clear();
    }
  }
  return result;
}

GatewayResult read_order(std::string_view body, std::string_view reference) {
  const auto order = parse_object(body);
  if (!order.ok()) return unreadable(body, order.error().detail);
  if (!reference.empty() && reference_of(*order) != reference) return unknown("reference_mismatch");
  auto result = result_of_order(*order);
  return result.ok() ? *std::move(result) : unreadable(body, result.error().detail);
}

Result<SearchPage> read_search(std::string_view body, std::string_view reference) {
  TRY(ListPage list, parse_list(body));
  SearchPage page;
  page.best = not_found();
  page.next_page_url = std::move(list.next_page_url);
  for (const auto& item : list.rows) {
    const auto& order = item.get_object();
    if (reference_of(order) != reference) continue;  // the search looks at other fields too
    auto read = result_of_order(order);
    GatewayResult result =
        read.ok() ? *std::move(read) : unreadable(canonical_json(order), read.error().detail);
    const bool better = !page.best.found || page.best.outcome == Outcome::kDeclined ||
                        result.outcome == Outcome::kApproved;
    // A try that may still succeed says more than one that failed.
    if (better && page.best.outcome != Outcome::kApproved) page.best = std::move(result);
  }
  return page;
}

GatewayResult read_refund(std::string_view body, const RefundOrder& wanted) {
  const auto order = parse_object(body);
  if (!order.ok()) return unreadable(body, order.error().detail);
  if (text_of(*order, "id").empty()) return unreadable(body, "/id: is required");
  const auto refunds = refunds_of(*order);
  const auto* charge = charge_of(*order);
  if (!refunds.ok()) return unreadable(body, refunds.error().detail);
  if (charge == nullptr) return unreadable(body, "/charges: is required");
  const auto charged = charged_centavos_of(*charge, "amount");
  if (!charged.ok()) return unreadable(body, charged.error().detail);

  const FoundRefund* found = nullptr;
  for (const auto& refund : *refunds) {
    if (!wanted.gateway_id.empty()) {
      if (refund.id == wanted.gateway_id) return result_of_refund(refund);
      continue;
    }
    if (refund.amount != wanted.amount || is_another(wanted, refund.id)) continue;
    if (found != nullptr) return unknown("refund_ambiguous");
    found = &refund;
  }
  if (found == nullptr) return not_found();
  const bool only_one_fits = wanted.amount > *charged - wanted.amount;
  const bool declined_once = found->outcome == Outcome::kDeclined;
  if (!wanted.other_refunds && (!only_one_fits || declined_once)) {
    return unknown("refund_ambiguous");
  }
  return result_of_refund(*found);
}

Result<ChargeNames> names_of_charge(const json::object& order) {
  ChargeNames names;
  const auto* charge = charge_of(order);
  if (charge == nullptr) return names;
  names.charge_id = text_of(*charge, "id");
  names.order_id = text_of(order, "id");
  names.reference = reference_of(order);
  TRY(const auto refunds, refunds_of(order));
  for (const auto& refund : refunds)
    names.refunds.push_back({refund.id, refund.amount});
  return names;
}

std::vector<std::string> refund_ids(std::string_view body) {
  std::vector<std::string> ids;
  const auto order = parse_object(body);
  if (!order.ok()) return ids;
  const auto refunds = refunds_of(*order);
  if (!refunds.ok()) return ids;
  for (const auto& refund : *refunds)
    ids.push_back(refund.id);
  return ids;
}

}  // namespace erario::conekta
