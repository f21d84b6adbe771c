#include "gateways/spei/stp/tables.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <charconv>

#include "engine/base/result.hpp"
#include "gateways/json_fields.hpp"
#include "gateways/outcomes.hpp"

namespace erario::stp {
namespace {

// Only what STP's clients treat as final is final; the rest waits or goes to a person.
// clang-format off
constexpr std::array kStates{
    StateRow{"C",   Outcome::kPending,  false},  // captured
    StateRow{"PL",  Outcome::kPending,  false},  // waits to be released
    StateRow{"L",   Outcome::kPending,  false},  // released
    StateRow{"PA",  Outcome::kPending,  false},  // waits to be authorized
    StateRow{"A",   Outcome::kPending,  false},  // authorized
    StateRow{"E",   Outcome::kPending,  false},  // sent
    StateRow{"EA",  Outcome::kPending,  false},  // sent by the adapter
    StateRow{"LQ",  Outcome::kApproved, true},   // settled
    StateRow{"CN",  Outcome::kDeclined, false},  // cancelled
    StateRow{"TC",  Outcome::kPending,  false},  // STP to STP: captured
    StateRow{"TL",  Outcome::kPending,  false},  // released
    StateRow{"TA",  Outcome::kPending,  false},  // authorized
    StateRow{"TLQ", Outcome::kApproved, true},   // settled
    StateRow{"TCL", Outcome::kDeclined, false},  // cancelled
    StateRow{"R",   Outcome::kPending,  false},  // received
    StateRow{"XD",  Outcome::kPending,  false},  // to be returned
    StateRow{"D",   Outcome::kDeclined, false},  // returned
    StateRow{"CXO", Outcome::kPending,  false},  // confirmation to be sent
    StateRow{"CCE", Outcome::kPending,  false},  // confirmation sent
    StateRow{"CCO", Outcome::kApproved, true},   // confirmed by the receiver
    StateRow{"CCR", Outcome::kUnknown,  false},  // confirmation refused
    StateRow{"XC",  Outcome::kPending,  false},  // to be cancelled
    StateRow{"CL",  Outcome::kUnknown,  false},  // cancelled locally
    StateRow{"CR",  Outcome::kDeclined, false},  // cancelled after refusal
    StateRow{"CA",  Outcome::kDeclined, false},  // cancelled by the adapter
    StateRow{"RL",  Outcome::kUnknown,  false},  // refused locally
    StateRow{"RA",  Outcome::kUnknown,  false},  // refused by the adapter
    StateRow{"RB",  Outcome::kUnknown,  false},  // refused by Banxico
    StateRow{"EL",  Outcome::kUnknown,  false},  // deleted
    StateRow{"XR",  Outcome::kPending,  false},  // to be given back
    StateRow{"RE",  Outcome::kUnknown,  false},  // given back
    StateRow{"EP",  Outcome::kUnknown,  false},  // export POA
    StateRow{"EC",  Outcome::kUnknown,  false},  // export CEP
};

constexpr std::array kAnswers{
    AnswerRow{-1,   Outcome::kUnknown,  kReferenceUsed},
    AnswerRow{-7,   Outcome::kDeclined, "ordering_account_unknown"},
    AnswerRow{-9,   Outcome::kDeclined, "institution_invalid"},
    AnswerRow{-11,  Outcome::kDeclined, "account_type_invalid"},
    AnswerRow{-20,  Outcome::kDeclined, "amount_invalid"},
    AnswerRow{-22,  Outcome::kDeclined, "account_institution_mismatch"},
    AnswerRow{-24,  Outcome::kDeclined, "same_account"},
    AnswerRow{-34,  Outcome::kDeclined, "tracking_key_invalid"},
    AnswerRow{-200, Outcome::kDeclined, "ordering_account_missing"},
};

// Answer 0 carries its meaning in words alone.
struct WordsRow { std::string_view words; Outcome outcome; std::string_view reason; };
constexpr std::array kZeroAnswers{
    WordsRow{"respuesta del servicio", Outcome::kUnknown,  "no_response"},
    WordsRow{"validando la firma",     Outcome::kDeclined, "signature_refused"},
    WordsRow{"es obligatorio",         Outcome::kDeclined, "field_missing"},
};

// 18 and others are in use, but nobody says what for.
constexpr std::array kReturnCauses{
    ReturnCauseRow{1,  "account_unknown"},
    ReturnCauseRow{2,  "account_blocked"},
    ReturnCauseRow{3,  "account_cancelled"},
    ReturnCauseRow{5,  "account_in_other_currency"},
    ReturnCauseRow{6,  "account_of_another_bank"},
    ReturnCauseRow{14, "information_missing"},
    ReturnCauseRow{15, "payment_type_wrong"},
    ReturnCauseRow{16, "operation_type_wrong"},
    ReturnCauseRow{17, "account_type_mismatch"},
    ReturnCauseRow{19, "character_invalid"},
    ReturnCauseRow{20, "balance_limit"},
    ReturnCauseRow{21, "month_limit"},
    ReturnCauseRow{22, "phone_not_registered"},
    ReturnCauseRow{23, "additional_account_refused"},
    ReturnCauseRow{26, "protection_agreement"},
    ReturnCauseRow{27, "optional_payment_refused"},
    ReturnCauseRow{28, "codi_not_announced"},
    ReturnCauseRow{30, "tracking_key_repeated"},
    ReturnCauseRow{31, "certificate_expired"},
};

// Why we send a deposit back, in the words of Gateway::answer.
struct RefusalRow { std::string_view why; int cause; };
constexpr std::array kRefusals{
    RefusalRow{"field.missing",   14},
    RefusalRow{"field.invalid",   14},
    RefusalRow{"account.unknown", 1},
    RefusalRow{"account.blocked", 2},
    RefusalRow{"account.closed",  3},
    RefusalRow{"currency.other",  5},
    RefusalRow{"amount.limit",    20},
};
// clang-format on

constexpr std::array<std::string_view, 6> kReturnPaymentTypes{"0", "16", "17", "18", "23", "24"};

GatewayResult result_of_refusal(int id, std::string_view description) {
  if (id == 0) {
    for (const auto& row : kZeroAnswers) {
      if (description.find(row.words) != std::string_view::npos) {
        return outcome_of(row.outcome, row.reason);
      }
    }
  }
  for (const auto& row : kAnswers) {
    if (row.id == id) return outcome_of(row.outcome, row.reason);
  }
  // Not in the table: whether the order exists is found out by asking for it.
  return unknown("answer_" + std::to_string(id));
}

}  // namespace

std::span<const StateRow> state_table() {
  return kStates;
}

std::span<const AnswerRow> answer_table() {
  return kAnswers;
}

const StateRow* find_state(std::string_view state) {
  const auto at = std::find_if(kStates.begin(), kStates.end(),
                               [&](const StateRow& row) { return row.state == state; });
  return at == kStates.end() ? nullptr : &*at;
}

GatewayResult result_of_state(const OrderState& order) {
  const auto* row = find_state(order.state);
  if (row == nullptr) return unknown("state_unknown");
  GatewayResult result = outcome_of(row->sent, "");
  if (row->sent == Outcome::kUnknown) result.reason = "review_" + order.state;
  if (row->sent == Outcome::kDeclined) {
    result.reason = order.return_cause == 0 ? order.state == "D" ? "returned" : "cancelled"
                                            : return_reason(order.return_cause);
  }
  return result;
}

GatewayResult read_answer(std::string_view body) {
  const auto parsed = parse_object(body);
  const auto* outcome = parsed.ok() ? object_of(*parsed, "resultado") : nullptr;
  if (outcome == nullptr) return unreadable(body, "/resultado: is required");
  const std::string id_text = text_of(*outcome, "id");
  int id = 0;
  const auto read = std::from_chars(id_text.data(), id_text.data() + id_text.size(), id);
  if (read.ec == std::errc::invalid_argument || read.ptr != id_text.data() + id_text.size()) {
    return unreadable(body, "/resultado/id: must be a whole number");
  }
  // Order ids have more digits than any error code, and may have more than an int holds.
  const bool small = read.ec == std::errc() && id > -1000 && id < 1000;
  if (has_field(*outcome, "descripcionError") || small) {
    return small ? result_of_refusal(id, text_of(*outcome, "descripcionError"))
                 : unknown("answer_unknown");
  }
  GatewayResult accepted = outcome_of(Outcome::kPending, "");
  accepted.gateway_id = id_text;
  return accepted;
}

bool is_return_payment_type(std::string_view type) {
  return std::find(kReturnPaymentTypes.begin(), kReturnPaymentTypes.end(), type) !=
         kReturnPaymentTypes.end();
}

std::span<const ReturnCauseRow> return_cause_table() {
  return kReturnCauses;
}

std::string return_reason(int cause) {
  for (const auto& row : kReturnCauses) {
    if (row.cause == cause) return std::string(row.reason);
  }
  return "return_cause_" + std::to_string(cause);
}

int return_cause_for(std::string_view why) {
  for (const auto& row : kRefusals) {
    if (row.why == why) return row.cause;
  }
  return 0;
}

}  // namespace erario::stp
