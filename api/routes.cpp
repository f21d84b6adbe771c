// THE table of routes. A new resource is a handler file and its rows here, and its paths in
// openapi.yaml: a test compares the two.
#include "api/handlers/handlers.hpp"
#include "api/router.hpp"

namespace erario::api {
namespace {

using enum Scope;
namespace to = handlers;

const std::vector<Scope> kPublic = {};
const std::vector<Scope> kAnybody = {kPortal, kFinance, kApprover, kAuditor, kOperator};
const std::vector<Scope> kCheckout = {kPortal};
const std::vector<Scope> kReaders = {kPortal, kFinance, kApprover, kAuditor};
const std::vector<Scope> kRefunders = {kPortal, kFinance};
const std::vector<Scope> kBooks = {kFinance, kApprover, kAuditor};
const std::vector<Scope> kTreasury = {kFinance};
const std::vector<Scope> kTold = {kPortal, kFinance, kOperator};

template <class Handler>
Route get(std::string_view path, const std::vector<Scope>& scopes, Handler handler) {
  Route route;
  route.method = "GET";
  route.path = path;
  route.scopes = scopes;
  route.handler = handler;
  return route;
}

Route get_by_query(std::string_view path, const std::vector<Scope>& scopes, SyncHandler handler) {
  Route route = get(path, scopes, handler);
  route.takes_query = true;
  return route;
}

Route remove(std::string_view path, const std::vector<Scope>& scopes, SyncHandler handler) {
  Route route = get(path, scopes, handler);
  route.method = "DELETE";
  return route;
}

template <class Handler>
Route post(std::string_view path, const std::vector<Scope>& scopes, Handler handler,
           BodyKind body = BodyKind::kJson, std::vector<std::string_view> card_check_exempt = {}) {
  Route route;
  route.method = "POST";
  route.path = path;
  route.scopes = scopes;
  route.body = body;
  route.card_check_exempt = std::move(card_check_exempt);
  route.handler = handler;
  return route;
}

// For people's browsers, or for gateways: whatever else the query says is passed over.
Route with_any_query(Route route) {
  route.passes_over_query = true;
  return route;
}

template <class Handler>
Route page(std::string_view path, Handler handler) {
  return with_any_query(get(path, kPublic, handler));
}

// A button of a page.
Route step(std::string_view path, AsyncHandler handler) {
  return with_any_query(post(path, kPublic, handler, BodyKind::kNone));
}

// Changes something: the answer is kept under the request's Idempotency-Key.
Route change(std::string_view path, const std::vector<Scope>& scopes, AsyncHandler handler,
             std::vector<std::string_view> card_check_exempt = {}) {
  Route route = post(path, scopes, handler);
  route.idempotent_key = true;
  route.card_check_exempt = std::move(card_check_exempt);
  return route;
}

// clang-format off
const std::vector<Route> kTable = {
    get_by_query("/v1/services", kAnybody, to::list_services),
    get_by_query("/v1/services/{service}", kAnybody, to::get_service),
    post("/v1/quotes", kRefunders, SyncHandler{to::create_quote}),

    post("/v1/routes", kCheckout, SyncHandler{to::choose_gateway}, BodyKind::kJson, {"quote"}),
    change("/v1/payments", kCheckout, to::create_payment, {"quote", "card"}),
    get_by_query("/v1/payments", kReaders, to::list_payments),
    get("/v1/payments/{payment}", kReaders, to::get_payment),
    get("/v1/payments/{payment}/quote", kReaders, to::get_payment_quote),
    change("/v1/payments/{payment}/attempts", kCheckout, to::create_attempt, {"card"}),
    change("/v1/payments/{payment}/capture", kCheckout, to::capture_payment),
    change("/v1/payments/{payment}/release", kCheckout, to::release_payment),
    change("/v1/payments/{payment}/cancel", kCheckout, to::cancel_payment),
    change("/v1/payments/{payment}/refunds", kRefunders, to::create_refund),
    get("/v1/payments/{payment}/refunds", kReaders, to::list_refunds),
    get("/v1/payments/{payment}/refunds/{refund}", kReaders, to::get_refund),
    get("/v1/payments/{payment}/events", kReaders, to::list_payment_events),
    get("/v1/payments/{payment}/receipts", kReaders, to::list_payment_receipts),

    post("/v1/checkouts", kCheckout, SyncHandler{to::create_checkout}, BodyKind::kJson, {"quote"}),
    get("/v1/checkouts/{checkout}", kReaders, to::get_checkout),
    page("/checkout/{link}", to::checkout_page),
    page("/checkout/{link}/status", to::checkout_status),
    step("/checkout/{link}/card", to::checkout_card),
    step("/checkout/{link}/spei", to::checkout_spei),
    step("/checkout/{link}/change", to::checkout_change),
    page("/checkout/{link}/receipts/{receipt}.pdf", to::checkout_receipt_pdf),
    page("/checkout/assets/{asset}", to::checkout_asset),

    get("/v1/receipts/{receipt}", kReaders, to::get_receipt),
    get("/v1/receipts/{receipt}.pdf", kReaders, to::get_receipt_pdf),
    post("/v1/receipts/verify", kPublic, SyncHandler{to::verify_receipt_document}, BodyKind::kRaw),
    page("/verify/{receipt}", to::verify_page),
    get("/verify/{receipt}.json", kPublic, to::verify_json),
    get("/keys/receipts.pem", kPublic, to::receipt_keys),

    get("/v1/ledger/accounts", kBooks, to::list_accounts),
    get_by_query("/v1/ledger/accounts/{account}/entries", kBooks, to::list_account_entries),
    get_by_query("/v1/ledger/entries", kBooks, to::list_entries),
    get("/v1/ledger/entries/{entry}", kBooks, to::get_entry),

    get_by_query("/v1/deposits", kBooks, to::list_deposits),
    get("/v1/deposits/{deposit}", kBooks, to::get_deposit),
    get("/v1/deposits/{deposit}/cep", kBooks, AsyncHandler{to::get_deposit_proof}),
    change("/v1/deposits/{deposit}/return", kTreasury, to::return_deposit),

    get_by_query("/v1/disputes", kBooks, to::list_disputes),
    get("/v1/disputes/{dispute}", kBooks, to::get_dispute),
    change("/v1/disputes/{dispute}/evidence", kTreasury, to::send_evidence),

    post("/v1/reconciliation/runs", kTreasury, AsyncHandler{to::create_run}),
    get_by_query("/v1/reconciliation/runs", kBooks, to::list_runs),
    get("/v1/reconciliation/runs/{run}", kBooks, to::get_run),
    get("/v1/reconciliation/runs/{run}/report.html", kBooks, to::get_run_html),
    get("/v1/reconciliation/runs/{run}/report.csv", kBooks, to::get_run_csv),
    get("/v1/reconciliation/runs/{run}/breaks", kBooks, to::list_breaks),

    post("/v1/webhook-endpoints", kTold, SyncHandler{to::create_webhook_endpoint}),
    get("/v1/webhook-endpoints", kTold, to::list_webhook_endpoints),
    get("/v1/webhook-endpoints/{endpoint}", kTold, to::get_webhook_endpoint),
    remove("/v1/webhook-endpoints/{endpoint}", kTold, to::delete_webhook_endpoint),
    post("/v1/webhook-endpoints/{endpoint}/rotate", kTold, SyncHandler{to::rotate_webhook_secret}, BodyKind::kOptionalJson),
    post("/v1/webhook-endpoints/{endpoint}/enable", kTold, SyncHandler{to::enable_webhook_endpoint}, BodyKind::kNone),
    get_by_query("/v1/webhook-deliveries", kTold, to::list_webhook_deliveries),
    get("/v1/webhook-deliveries/{delivery}", kTold, to::get_webhook_delivery),
    post("/v1/webhook-deliveries/{delivery}/resend", kTold, AsyncHandler{to::resend_webhook_delivery}, BodyKind::kNone),

    // Authenticated by the gateway's own protocol.
    with_any_query(post("/v1/gateways/{gateway}/{route}", kPublic, AsyncHandler{to::receive_inbound}, BodyKind::kRaw)),

    get("/healthz", kPublic, to::healthz),
    get("/readyz", kPublic, to::readyz),
    get("/metrics", kPublic, to::metrics),
    get("/openapi.json", kPublic, to::openapi_document),
    page("/", to::docs_page),
};
// clang-format on

}  // namespace

std::span<const Route> routes() {
  return kTable;
}

}  // namespace erario::api
