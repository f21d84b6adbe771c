// Whole payments and deposits out of their rows. Throw StoreFailure.
#pragma once

#include "engine/ports/store.hpp"
#include "ledger/store/session.hpp"

namespace erario::store {

// The payments of these ids that exist, with attempts and refunds, in the order of the ids.
std::vector<Payment> load_payments(Session& session, const std::vector<PaymentId>& ids);
// The ids a statement selects in its first column.
std::vector<PaymentId> select_payment_ids(Session& session, const Statement& statement,
                                          const Rows& rows);
// Postings for entries that were read without them.
void load_postings(Session& session, std::vector<Entry*> entries);
std::vector<Balance> load_balances(Session& session);
// The last entry of the chain.
ChainHead load_chain_head(Session& session, std::int64_t lane);

}  // namespace erario::store
