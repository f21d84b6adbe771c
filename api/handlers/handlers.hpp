// Every handler of the table in api/routes.cpp. Those that change something go through the commit
// lane and are coroutines; the rest reads and returns.
#pragma once

#include "api/context.hpp"
#include "api/http.hpp"

namespace erario::api::handlers {

// services.cpp
Result<Response> list_services(ApiContext& context, const Request& request);
Result<Response> get_service(ApiContext& context, const Request& request);
// quotes.cpp
Result<Response> create_quote(ApiContext& context, const Request& request);
// routing.cpp
Result<Response> choose_gateway(ApiContext& context, const Request& request);
// payments.cpp, payment_commands.cpp
Task<Result<Response>> create_payment(ApiContext& context, Request request);
Result<Response> list_payments(ApiContext& context, const Request& request);
Result<Response> get_payment(ApiContext& context, const Request& request);
Result<Response> get_payment_quote(ApiContext& context, const Request& request);
Result<Response> list_payment_events(ApiContext& context, const Request& request);
Result<Response> list_payment_receipts(ApiContext& context, const Request& request);
Task<Result<Response>> create_attempt(ApiContext& context, Request request);
Task<Result<Response>> capture_payment(ApiContext& context, Request request);
Task<Result<Response>> release_payment(ApiContext& context, Request request);
Task<Result<Response>> cancel_payment(ApiContext& context, Request request);
// checkouts.cpp
Result<Response> create_checkout(ApiContext& context, const Request& request);
Result<Response> get_checkout(ApiContext& context, const Request& request);
// checkout_page.cpp
Result<Response> checkout_page(ApiContext& context, const Request& request);
Result<Response> checkout_status(ApiContext& context, const Request& request);
Result<Response> checkout_receipt_pdf(ApiContext& context, const Request& request);
Result<Response> checkout_asset(ApiContext& context, const Request& request);
Task<Result<Response>> checkout_card(ApiContext& context, Request request);
Task<Result<Response>> checkout_spei(ApiContext& context, Request request);
Task<Result<Response>> checkout_change(ApiContext& context, Request request);
// refunds.cpp
Task<Result<Response>> create_refund(ApiContext& context, Request request);
Result<Response> list_refunds(ApiContext& context, const Request& request);
Result<Response> get_refund(ApiContext& context, const Request& request);
// receipts.cpp
Result<Response> get_receipt(ApiContext& context, const Request& request);
Result<Response> get_receipt_pdf(ApiContext& context, const Request& request);
Result<Response> verify_receipt_document(ApiContext& context, const Request& request);
Result<Response> verify_page(ApiContext& context, const Request& request);
Result<Response> verify_json(ApiContext& context, const Request& request);
Result<Response> receipt_keys(ApiContext& context, const Request& request);
// ledger.cpp
Result<Response> list_accounts(ApiContext& context, const Request& request);
Result<Response> list_account_entries(ApiContext& context, const Request& request);
Result<Response> list_entries(ApiContext& context, const Request& request);
Result<Response> get_entry(ApiContext& context, const Request& request);
// deposits.cpp
Result<Response> list_deposits(ApiContext& context, const Request& request);
Result<Response> get_deposit(ApiContext& context, const Request& request);
Task<Result<Response>> get_deposit_proof(ApiContext& context, Request request);
Task<Result<Response>> return_deposit(ApiContext& context, Request request);
// disputes.cpp
Result<Response> list_disputes(ApiContext& context, const Request& request);
Result<Response> get_dispute(ApiContext& context, const Request& request);
Task<Result<Response>> send_evidence(ApiContext& context, Request request);
// webhooks.cpp
Result<Response> create_webhook_endpoint(ApiContext& context, const Request& request);
Result<Response> list_webhook_endpoints(ApiContext& context, const Request& request);
Result<Response> get_webhook_endpoint(ApiContext& context, const Request& request);
Result<Response> delete_webhook_endpoint(ApiContext& context, const Request& request);
Result<Response> rotate_webhook_secret(ApiContext& context, const Request& request);
Result<Response> enable_webhook_endpoint(ApiContext& context, const Request& request);
Result<Response> list_webhook_deliveries(ApiContext& context, const Request& request);
Result<Response> get_webhook_delivery(ApiContext& context, const Request& request);
Task<Result<Response>> resend_webhook_delivery(ApiContext& context, Request request);
// reconciliation.cpp
Task<Result<Response>> create_run(ApiContext& context, Request request);
Result<Response> list_runs(ApiContext& context, const Request& request);
Result<Response> get_run(ApiContext& context, const Request& request);
Result<Response> get_run_html(ApiContext& context, const Request& request);
Result<Response> get_run_csv(ApiContext& context, const Request& request);
Result<Response> list_breaks(ApiContext& context, const Request& request);
// gateways.cpp
Task<Result<Response>> receive_inbound(ApiContext& context, Request request);
// operations.cpp
Result<Response> healthz(ApiContext& context, const Request& request);
Result<Response> readyz(ApiContext& context, const Request& request);
Result<Response> metrics(ApiContext& context, const Request& request);
Result<Response> openapi_document(ApiContext& context, const Request& request);
Result<Response> docs_page(ApiContext& context, const Request& request);

}  // namespace erario::api::handlers
