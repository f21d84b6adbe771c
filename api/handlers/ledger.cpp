#include "api/handlers/common.hpp"
#include "api/handlers/handlers.hpp"
#include "api/render.hpp"

namespace erario::api::handlers {
namespace {

// An account is there from its first entry on.
Result<void> check_account(ApiContext& context, const std::string& account) {
  TRY(const Paged<Entry> first, context.store.reader().entries(account, Page{1, ""}));
  if (!first.rows.empty()) return {};
  return Error{ErrorCode::kNotFound,
               "no entry touches such an account; GET /v1/ledger/accounts lists those there are"};
}

Result<Response> entries_page(ApiContext& context, const Request& request,
                              const std::string& account) {
  FieldErrors errors;
  QueryFields query(request.head, errors);
  const Page page = query.page();
  query.finish();
  TRY_VOID(errors.result());
  TRY(const Paged<Entry> entries, context.store.reader().entries(account, page));
  if (entries.rows.empty() && !account.empty()) TRY_VOID(check_account(context, account));
  return page_response(entries, entry_json);
}

}  // namespace

Result<Response> list_accounts(ApiContext& context, const Request&) {
  Paged<Balance> balances;
  TRY(balances.rows, context.store.reader().balances());
  return page_response(balances, balance_json);
}

Result<Response> list_account_entries(ApiContext& context, const Request& request) {
  return entries_page(context, request, request.parameter("account"));
}

Result<Response> list_entries(ApiContext& context, const Request& request) {
  return entries_page(context, request, "");
}

Result<Response> get_entry(ApiContext& context, const Request& request) {
  TRY(const EntryId id, path_id<EntryId>(request, "entry"));
  TRY(const Entry entry, context.store.reader().entry(id));
  return json_response(200, entry_json(entry));
}

}  // namespace erario::api::handlers
