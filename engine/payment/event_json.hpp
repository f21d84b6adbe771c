// JSON of the values events are made of, as the log and the store keep them. What is written here
// can always be read back: auditors re-derive the books from it, so a member is never renamed and
// never changes its meaning. Amounts are whole centavos, ids texts with their prefix, instants RFC
// 3339 in UTC with microseconds. Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json_writer.hpp"
#include "engine/payment/event.hpp"

namespace erario {

Result<std::vector<Allocation>> allocations_from_json(const boost::json::value& value);

void write_json(JsonWriter& out, const TransferAccount& account);
Result<TransferAccount> transfer_account_from_json(const boost::json::value& value);
void write_json(JsonWriter& out, const BankAccount& account);
Result<BankAccount> bank_account_from_json(const boost::json::value& value);
void write_json(JsonWriter& out, const Refund& refund);
Result<Refund> refund_from_json(const boost::json::value& value);
void write_json(JsonWriter& out, const Deposit& deposit);
Result<Deposit> deposit_from_json(const boost::json::value& value);

void write_json(JsonWriter& out, const EventBody& body);
// Reads what was written, by the name event_name gave. Fails with kFieldInvalid,
// kFieldMissing or kFieldUnknown and a pointer.
Result<EventBody> event_from_json(std::string_view name, const boost::json::value& body);

}  // namespace erario
