#include "tests/sim/bank.hpp"

#include <algorithm>

#include "tests/sim/rows.hpp"

namespace erario::sim {
namespace {

constexpr std::int64_t kAmountMax = 1'000'000'000'000'00;

Json movement_view(const Movement& movement) {
  return Json::object({{"id", movement.id},
                       {"number", movement.number},
                       {"reference", movement.reference},
                       {"amount_centavos", movement.amount},
                       {"counterparty", movement.counterparty},
                       {"booking_date", movement.booking_date},
                       {"detail", movement.detail}});
}

std::string read_movement(const Json& body, Days today, Movement& out) {
  out.reference = body.text_at("reference");
  if (out.reference.empty() || out.reference.size() > 140) {
    return "reference must have 1 to 140 characters";
  }
  out.amount = body.integer_at("amount_centavos").value_or(0);
  if (out.amount == 0 || out.amount > kAmountMax || out.amount < -kAmountMax) {
    return "amount_centavos must be a signed integer other than zero";
  }
  const auto text = body.text_at("booking_date");
  const auto day = text.empty() ? std::optional(today) : parse_date(text);
  if (!day) return "booking_date must be a date";
  out.booking_date = iso_date(*day);
  out.id = body.has("id") ? body.text_at("id") : "movement-" + random_id(20);
  out.counterparty = body.has("counterparty") ? body.text_at("counterparty") : "NO IDENTIFICADO";
  out.detail = body.text_at("detail");
  return {};
}

}  // namespace

Bank::Bank(BankOptions options, SimClock* clock)
    : options_(std::move(options)), clock_(clock), journal_(options_.state_folder, "bank") {
  journal_.replay([this](const std::string& table, const Json& row) {
    if (table == "movements") keep(from_row<Movement>(row));
    if (table == "plants") plant(row);
  });
  router_.add("GET", "/statements/camt.053", "statements",
              [this](const Call& call) { return statement(call); });
  router_.add("POST", "/sim/movements", "movements",
              [this](const Call& call) { return add_movement(call); });
  router_.add_controls({clock_, [this] { return state(); },
                        [this](const Json& request) {
                          const auto problem = plant(request);
                          if (problem.empty()) journal_.append("plants", request);
                          return problem;
                        }});
}

void Bank::keep(const Movement& movement) {
  movements_.push_back(movement);
  known_.insert(movement.id);
}

Response Bank::add_movement(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body || !body->is_object()) return refuse(400, "the body is not JSON");
  Movement movement;
  const auto problem = read_movement(*body, local_day(clock_->now_ms()), movement);
  if (!problem.empty()) return refuse(400, problem);
  const Lock lock(mutex_);
  if (known_.contains(movement.id)) return json_response(200, Json::object({{"known", true}}));
  movement.number = static_cast<std::int64_t>(movements_.size()) + 1;
  keep(movement);
  journal_.append("movements", row_of(movement));
  return json_response(201, movement_view(movement));
}

std::string Bank::plant(const Json& request) {
  const auto omit = request.text_at("omit_reference");
  const auto repeat = request.text_at("repeat_reference");
  const auto alter = request.text_at("alter_reference");
  const auto heal = request.text_at("heal_reference");
  const auto by = request.integer_at("by_centavos");
  const Lock lock(mutex_);
  if (!omit.empty()) {
    omitted_.insert(omit);
  } else if (!repeat.empty()) {
    repeated_.insert(repeat);
  } else if (!alter.empty() && by && *by != 0) {
    altered_[alter] = *by;
  } else if (!heal.empty()) {
    omitted_.erase(heal);
    repeated_.erase(heal);
    altered_.erase(heal);
  } else {
    return "one of omit_reference, repeat_reference, heal_reference, or alter_reference with "
           "by_centavos, is needed";
  }
  return {};
}

std::vector<Movement> Bank::shown() const {
  std::vector<Movement> out;
  for (auto line : movements_) {
    if (omitted_.contains(line.reference)) continue;
    if (const auto change = altered_.find(line.reference); change != altered_.end()) {
      line.amount += change->second;
    }
    out.push_back(line);
    if (repeated_.contains(line.reference)) out.push_back(line);
  }
  const auto earlier = [](const Movement& one, const Movement& other) {
    return one.booking_date < other.booking_date;
  };
  std::stable_sort(out.begin(), out.end(), earlier);
  return out;
}

Response Bank::statement(const Call& call) {
  const auto day = parse_date(find_pair(call.request.query, "date"));
  if (!day) return refuse(400, "date must be a date");
  if (find_pair(call.request.query, "account") != options_.account) {
    return refuse(404, "no such account");
  }
  Statement statement{options_.account, options_.holder, *day, options_.opening, {}};
  const auto date = iso_date(*day);
  {
    const Lock lock(mutex_);
    for (const auto& line : shown()) {
      if (line.booking_date < date) statement.opening += line.amount;
      if (line.booking_date == date) statement.lines.push_back(line);
    }
  }
  Response out;
  out.content_type = "application/xml; charset=utf-8";
  out.body = camt053(statement);
  return out;
}

Json Bank::state() {
  const Lock lock(mutex_);
  auto movements = Json::array();
  auto balance = options_.opening;
  for (const auto& movement : movements_) {
    movements.push(movement_view(movement));
    balance += movement.amount;
  }
  const auto list = [](const std::set<std::string>& texts) {
    auto out = Json::array();
    for (const auto& text : texts)
      out.push(text);
    return out;
  };
  auto altered = Json::object();
  for (const auto& [reference, by] : altered_)
    altered.set(reference, by);
  return Json::object({{"account", options_.account},
                       {"opening_centavos", options_.opening},
                       {"balance_centavos", balance},
                       {"movements", std::move(movements)},
                       {"omitted", list(omitted_)},
                       {"repeated", list(repeated_)},
                       {"altered", std::move(altered)}});
}

}  // namespace erario::sim
