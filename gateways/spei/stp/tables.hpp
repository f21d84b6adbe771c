// What STP's numbers and words mean to us: order states, answers to an order, payment types and
// causes of return (domain spei §§1, 3, 7, 8). One table each.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/payment/outcome.hpp"

namespace erario::stp {

// Banxico's code of STP, in every order of ours.
inline constexpr std::string_view kStpCode = "90646";

struct StateRow {
  std::string_view state;
  Outcome sent;           // of an order of ours
  bool received_settled;  // of money to us: it is ours
};
std::span<const StateRow> state_table();
const StateRow* find_state(std::string_view state);

// The result of an order of ours in this state. `return_cause` is 0 when there is none. States that
// neither confirm nor deny are kUnknown, "review_<state>".
struct OrderState {
  std::string state;
  int return_cause = 0;
};
GatewayResult result_of_state(const OrderState& order);

struct AnswerRow {
  int id;
  Outcome outcome;
  std::string_view reason;
};
std::span<const AnswerRow> answer_table();
// The result of registraOrden's answer body. An accepted order is kPending with its id. A tracking
// key used before is kUnknown, kReferenceUsed: the order exists, ask for it.
inline constexpr std::string_view kReferenceUsed = "reference_used";
GatewayResult read_answer(std::string_view body);

// Returns of our own orders come back as movements of these types: no new deposits.
bool is_return_payment_type(std::string_view type);

// Why a bank sends an order back, or STP cancels one (domain spei §7).
struct ReturnCauseRow {
  int cause;
  std::string_view reason;
};
std::span<const ReturnCauseRow> return_cause_table();
// "account_blocked"; a cause that is not in the table keeps its number: "return_cause_18".
std::string return_reason(int cause);

// The cause told to STP when a deposit is sent back, for the reasons of Gateway::answer that are
// about the deposit itself; 0 for all others: money is never sent back for a fault of ours.
int return_cause_for(std::string_view why);

}  // namespace erario::stp
