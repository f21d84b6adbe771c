#include "gateways/spei/stp/rows.hpp"

#include <algorithm>
#include <boost/json/value.hpp>
#include <charconv>

#include "engine/base/json_writer.hpp"
#include "gateways/json_fields.hpp"
#include "gateways/outcomes.hpp"
#include "gateways/spei/stp/fields.hpp"
#include "gateways/spei/stp/tables.hpp"

namespace erario::stp {
namespace {

namespace json = boost::json;

int small_number(const std::string& text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The bank that is not STP; STP's own clients pay each other too.
std::string counterparty_of(const json::object& row) {
  std::string operating = optional_field(row, "institucionOperante");
  if (operating != kStpCode && !operating.empty()) return operating;
  return optional_field(row, "institucionContraparte");
}

std::string raw_row(json::object row) {
  for (const std::string_view name : {"cuentaOrdenante", "cuentaBeneficiario"}) {
    if (const auto* text = row.contains(name) ? row.at(name).if_string() : nullptr) {
      row[name] = masked_account(std::string(text->data(), text->size()));
    }
  }
  return canonical_json(row);
}

// What a row says about money.
enum class Meaning : std::uint8_t { kNothing, kDeposit, kOrder, kOrderReturn };

bool was_settled(const json::object& row) {
  const std::string at = optional_field(row, "tsLiquidacion");
  return !at.empty() && at != "0";
}

// An order that was settled and came back moved money twice: its own row stays an order, and the
// return has a row among the received ones that names it. Returned deposits and what is unfinished
// moved nothing.
Meaning meaning_of(const json::object& row, Direction direction) {
  const auto* state = find_state(optional_field(row, "estado"));
  if (state == nullptr) return Meaning::kNothing;
  if (direction == Direction::kSent) {
    const bool came_back = state->state == "D" && was_settled(row);
    return state->sent == Outcome::kApproved || came_back ? Meaning::kOrder : Meaning::kNothing;
  }
  // Given back later, as a movement of its own: this one happened all the same.
  const bool goes_back = (state->state == "XR" || state->state == "RE") && was_settled(row);
  if (!state->received_settled && !goes_back) return Meaning::kNothing;
  if (!is_return_payment_type(optional_field(row, "tipoPago"))) return Meaning::kDeposit;
  const bool names_order = !optional_field(row, "claveRastreoDevolucion").empty();
  return names_order ? Meaning::kOrderReturn : Meaning::kNothing;
}

Result<ReportLine> line_of(const json::object& row, Meaning meaning) {
  const bool returned = meaning == Meaning::kOrderReturn;
  const std::string_view key_name = returned ? "claveRastreoDevolucion" : "claveRastreo";
  ReportLine line;
  line.reference = optional_field(row, key_name);
  if (!is_tracking_key(line.reference)) {
    return field_error("/" + std::string(key_name), "must be 1 to 30 visible characters");
  }
  line.gateway_id = optional_field(row, "idEF");
  TRY(const Money amount, pesos_of(row, "monto"));
  TRY(line.operating_date, parse_compact_date(optional_field(row, "fechaOperacion")));
  line.amount = meaning == Meaning::kOrder ? -amount : amount;
  line.kind = meaning == Meaning::kOrder ? "order" : returned ? "order_return" : "deposit";
  line.status = optional_field(row, "estado");
  line.counterparty = counterparty_of(row);
  line.raw = raw_row(row);
  return line;
}

// The state, id and amount of one row.
GatewayResult result_of_row(const json::object& row) {
  const auto amount = pesos_of(row, "monto");
  if (!amount.ok()) return unreadable(raw_row(row), amount.error().detail);
  if (*amount <= Money{}) return unreadable(raw_row(row), "/monto: must be more than zero");
  OrderState state;
  state.state = optional_field(row, "estado");
  state.return_cause = small_number(optional_field(row, "causaDevolucion"));
  GatewayResult result = result_of_state(state);
  result.gateway_id = optional_field(row, "idEF");
  result.amount = *amount;
  return result;
}

std::vector<const json::object*> rows_of_key(const Rows& answer, std::string_view tracking_key) {
  std::vector<const json::object*> found;
  for (const json::object& row : answer.rows) {
    if (optional_field(row, "claveRastreo") == tracking_key) found.push_back(&row);
  }
  return found;
}

// Null when there is none.
const json::object* row_of_bank(const std::vector<const json::object*>& rows,
                                std::string_view bank) {
  const auto at = std::find_if(rows.begin(), rows.end(), [&](const json::object* row) {
    return counterparty_of(*row) == bank;
  });
  return at == rows.end() ? nullptr : *at;
}

GatewayResult no_row(const Rows& answer, Wanted wanted) {
  const bool contradicts = wanted.asked_by_key && !answer.rows.empty();
  return contradicts ? unknown("reference_mismatch") : not_found();
}

}  // namespace

std::string_view to_text(Direction direction) {
  return direction == Direction::kSent ? "E" : "R";
}

void keep_day(Rows& answer, Date operating_date) {
  const std::string wanted = to_compact_text(operating_date);
  const auto other = [&](const json::object& row) {
    const std::string day = optional_field(row, "fechaOperacion");
    return !day.empty() && day != wanted;
  };
  answer.rows.erase(std::remove_if(answer.rows.begin(), answer.rows.end(), other),
                    answer.rows.end());
}

GatewayResult read_order(const Rows& answer, Wanted wanted) {
  const auto found = rows_of_key(answer, wanted.tracking_key);
  return found.empty() ? no_row(answer, wanted) : result_of_row(*found.front());
}

GatewayResult read_received(const Rows& answer, Wanted wanted, const Deposit& claimed) {
  const auto found = rows_of_key(answer, wanted.tracking_key);
  if (found.empty()) return no_row(answer, wanted);
  // Two banks may use one key on one day.
  const json::object* row = row_of_bank(found, claimed.key.sending_bank);
  if (row == nullptr) return unknown("another_bank");
  GatewayResult result = result_of_row(*row);
  if (result.reason == "malformed_reply") return result;
  if (result.amount != claimed.amount) return declined("amount_mismatch");
  if (optional_field(*row, "cuentaBeneficiario") != claimed.clabe) {
    return declined("account_mismatch");
  }
  return result;
}

std::string read_received_state(const Rows& answer, const DepositKey& key) {
  const json::object* row = row_of_bank(rows_of_key(answer, key.tracking_key), key.sending_bank);
  return row == nullptr ? std::string() : optional_field(*row, "estado");
}

Result<std::vector<ReportLine>> read_movements(const Rows& answer, Direction direction,
                                               std::size_t rows_before) {
  std::vector<ReportLine> lines;
  for (std::size_t i = 0; i < answer.rows.size(); ++i) {
    const Meaning meaning = meaning_of(answer.rows[i], direction);
    if (meaning == Meaning::kNothing) continue;
    auto line = line_of(answer.rows[i], meaning);
    if (!line.ok()) {
      return Error{ErrorCode::kStatementMalformed,
                   "row " + std::to_string(rows_before + i + 1) + ": " + line.error().detail};
    }
    lines.push_back(std::move(*line));
  }
  return lines;
}

}  // namespace erario::stp
