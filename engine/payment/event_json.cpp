// One list of fields for each value, used in both directions, so that writing and reading cannot
// drift apart.
#include "engine/payment/event_json.hpp"

#include <array>
#include <boost/json.hpp>
#include <concepts>
#include <cstdio>
#include <type_traits>
#include <utility>

namespace erario {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, std::variant_size_v<EventBody>> kNames{
    "payment.created",          "payment.expired",
    "payment.cancelled",        "attempt.started",
    "attempt.needs_action",     "attempt.pending",
    "attempt.unknown",          "attempt.declined",
    "payment.captured",         "capture.held",
    "deposit.applied",          "deposit.held",
    "deposit.return_requested", "deposit.return_settled",
    "deposit.return_failed",    "refund.requested",
    "refund.pending",           "refund.unknown",
    "refund.settled",           "refund.failed",
    "refund.returned",          "receipt.issued",
    "settlement.matched",
};

// An Instant keeps its microseconds in the log; to_rfc3339 is for people and trims them.
std::string exact_text(Instant instant) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const auto micros = (instant - day).count();
  char time[32];
  std::snprintf(time, sizeof time, "T%02d:%02d:%02d.%06dZ",
                static_cast<int>(micros / 3'600'000'000),
                static_cast<int>(micros / 60'000'000 % 60),
                static_cast<int>(micros / 1'000'000 % 60), static_cast<int>(micros % 1'000'000));
  return to_text(Date{day}) + time;
}

template <class T, class Plain>
concept Either = std::same_as<std::remove_const_t<T>, Plain>;

// ---- The fields of every value ----

template <class A>
void fields(A& a, Either<Allocation> auto& it) {
  a("agency", it.agency)("fee", it.fee)("clave_referencia", it.clave_referencia)(
      "cadena_dependencia", it.cadena_dependencia)("amount", it.amount);
}
template <class A>
void fields(A& a, Either<BankAccount> auto& it) {
  a("clabe", it.clabe)("holder", it.holder)("rfc_curp", it.rfc_curp);
}
template <class A>
void fields(A& a, Either<DepositKey> auto& it) {
  a("sending_bank", it.sending_bank)("tracking_key", it.tracking_key)("operating_date",
                                                                      it.operating_date);
}
template <class A>
void fields(A& a, Either<Attempt> auto& it) {
  a("id", it.id)("ordinal", it.ordinal)("gateway", it.gateway)("reference", it.reference)(
      "state", it.state)("amount", it.amount)("gateway_id", it.gateway_id)(
      "authorization", it.authorization)("redirect_url", it.redirect_url)(
      "decline_reason", it.decline_reason)("created_at", it.created_at)("updated_at",
                                                                        it.updated_at);
}
template <class A>
void fields(A& a, Either<Refund> auto& it) {
  a("id", it.id)("gateway", it.gateway)("reference", it.reference)("state", it.state)(
      "amount", it.amount)("allocations", it.allocations)("reason", it.reason)(
      "destination", it.destination)("gateway_id", it.gateway_id)(
      "failure_reason", it.failure_reason)("created_at", it.created_at)("updated_at",
                                                                        it.updated_at);
}
template <class A>
void fields(A& a, Either<Deposit> auto& it) {
  a("id", it.id)("key", it.key)("state", it.state)("suspense", it.suspense)("amount", it.amount)(
      "clabe", it.clabe)("sender", it.sender)("concept", it.concept_text)("gateway", it.gateway)(
      "gateway_id", it.gateway_id)("payment", it.payment)("return_order", it.return_order)(
      "received_at", it.received_at)("version", it.version);
}

template <class A>
void fields(A& a, Either<PaymentCreated> auto& it) {
  a("amount", it.amount)("method", it.method);
}
template <class A>
void fields(A&, Either<PaymentExpired> auto&) {}
template <class A>
void fields(A& a, Either<PaymentCancelled> auto& it) {
  a("reason", it.reason);
}
template <class A>
void fields(A& a, Either<AttemptStarted> auto& it) {
  a("attempt", it.attempt);
}
template <class A>
void fields(A& a, Either<AttemptNeedsAction> auto& it) {
  a("attempt", it.attempt)("gateway_id", it.gateway_id)("redirect_url", it.redirect_url);
}
template <class A>
void fields(A& a, Either<AttemptPending> auto& it) {
  a("attempt", it.attempt)("gateway_id", it.gateway_id);
}
template <class A>
void fields(A& a, Either<AttemptUnknown> auto& it) {
  a("attempt", it.attempt)("why", it.why);
}
template <class A>
void fields(A& a, Either<AttemptDeclined> auto& it) {
  a("attempt", it.attempt)("gateway_id", it.gateway_id)("reason", it.reason);
}
template <class A>
void fields(A& a, Either<PaymentCaptured> auto& it) {
  a("attempt", it.attempt)("gateway", it.gateway)("gateway_id", it.gateway_id)(
      "reference", it.reference)("authorization", it.authorization)("amount", it.amount)(
      "allocations", it.allocations);
}
template <class A>
void fields(A& a, Either<CaptureHeld> auto& it) {
  a("attempt", it.attempt)("gateway", it.gateway)("gateway_id", it.gateway_id)(
      "reference", it.reference)("kind", it.kind)("amount", it.amount);
}
template <class A>
void fields(A& a, Either<DepositApplied> auto& it) {
  a("deposit", it.deposit)("payment", it.payment)("allocations", it.allocations);
}
template <class A>
void fields(A& a, Either<DepositHeld> auto& it) {
  a("deposit", it.deposit);
}
template <class A>
void fields(A& a, Either<DepositReturnRequested> auto& it) {
  a("deposit", it.deposit)("kind", it.kind)("order", it.order);
}
template <class A>
void fields(A& a, Either<DepositReturnSettled> auto& it) {
  a("deposit", it.deposit)("order", it.order);
}
template <class A>
void fields(A& a, Either<DepositReturnFailed> auto& it) {
  a("deposit", it.deposit)("kind", it.kind)("order", it.order)("was_settled", it.was_settled);
}
template <class A>
void fields(A& a, Either<RefundRequested> auto& it) {
  a("refund", it.refund);
}
template <class A>
void fields(A& a, Either<RefundPending> auto& it) {
  a("refund", it.refund)("gateway_id", it.gateway_id);
}
template <class A>
void fields(A& a, Either<RefundUnknown> auto& it) {
  a("refund", it.refund)("why", it.why);
}
template <class A>
void fields(A& a, Either<RefundSettled> auto& it) {
  a("refund", it.refund)("full", it.full);
}
template <class A>
void fields(A& a, Either<RefundFailed> auto& it) {
  a("refund", it.refund);
}
template <class A>
void fields(A& a, Either<RefundReturned> auto& it) {
  a("refund", it.refund);
}
template <class A>
void fields(A& a, Either<ReceiptIssued> auto& it) {
  a("receipt", it.receipt)("series", it.series)("folio", it.folio)("amount", it.amount);
}
template <class A>
void fields(A& a, Either<SettlementMatched> auto& it) {
  a("gateway", it.gateway)("bank_account", it.bank_account)("reference", it.reference)(
      "statement_line", it.statement_line)("amount", it.amount)("booking_date", it.booking_date);
}

// ---- Writing ----

class Writer {
 public:
  template <class T>
  Writer& operator()(std::string_view name, const T& value) {
    object_.emplace(name, json_of(value));
    return *this;
  }
  template <class T>
  static json::value json_of(const T& value) {
    if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, bool> ||
                  std::is_same_v<T, std::int64_t>) {
      return json::value(value);
    } else if constexpr (std::is_same_v<T, int>) {
      return json::value(std::int64_t{value});
    } else if constexpr (std::is_same_v<T, Money>) {
      return json::value(value.centavos);
    } else if constexpr (std::is_same_v<T, Instant>) {
      return json::value(exact_text(value));
    } else if constexpr (std::is_same_v<T, Date>) {
      return json::value(to_text(value));
    } else if constexpr (std::is_enum_v<T>) {
      return json::value(to_text(value));
    } else if constexpr (requires { T::prefix(); }) {
      return json::value(value.text());
    } else {
      Writer writer;
      fields(writer, value);
      return std::move(writer.object_);
    }
  }
  template <class T>
  static json::value json_of(const std::optional<T>& value) {
    return value ? json_of(*value) : json::value(nullptr);
  }
  template <class T>
  static json::value json_of(const std::vector<T>& values) {
    json::array array;
    array.reserve(values.size());
    for (const T& value : values)
      array.push_back(json_of(value));
    return array;
  }

 private:
  json::object object_;
};

// ---- Reading ----

Result<void> parse(std::string_view text, Method& into) {
  TRY(into, parse_method(text));
  return {};
}
Result<void> parse(std::string_view text, AttemptState& into) {
  TRY(into, parse_attempt_state(text));
  return {};
}
Result<void> parse(std::string_view text, RefundState& into) {
  TRY(into, parse_refund_state(text));
  return {};
}
Result<void> parse(std::string_view text, DepositState& into) {
  TRY(into, parse_deposit_state(text));
  return {};
}
Result<void> parse(std::string_view text, SuspenseKind& into) {
  TRY(into, parse_suspense_kind(text));
  return {};
}
Result<void> parse(std::string_view text, Instant& into) {
  TRY(into, parse_rfc3339(text));
  return {};
}
Result<void> parse(std::string_view text, Date& into) {
  TRY(into, parse_date(text));
  return {};
}
template <class Tag>
Result<void> parse(std::string_view text, Id<Tag>& into) {
  TRY(into, Id<Tag>::parse(text));
  return {};
}

class Reader {
 public:
  Reader(const json::object& object, std::string pointer)
      : object_(object), pointer_(std::move(pointer)) {}

  // The first failure is kept; what follows it is not read.
  template <class T>
  Reader& operator()(std::string_view name, T& into) {
    seen_ += 1;
    if (!result_.ok()) return *this;
    const auto* value = object_.if_contains(name);
    const std::string at = pointer_ + "/" + std::string(name);
    result_ = value == nullptr
                  ? Result<void>(field_error(at, "is required", ErrorCode::kFieldMissing))
                  : read(*value, at, into);
    return *this;
  }

  Result<void> finish() const {
    if (result_.ok() && object_.size() != seen_) {
      return field_error(pointer_, "has a field that is not known", ErrorCode::kFieldUnknown);
    }
    return result_;
  }

  template <class T>
  static Result<void> read(const json::value& value, const std::string& at, T& into) {
    if constexpr (std::is_same_v<T, std::string>) {
      const auto* text = value.if_string();
      if (text == nullptr) return field_error(at, "must be a text");
      into.assign(text->data(), text->size());
      return {};
    } else if constexpr (std::is_same_v<T, bool>) {
      const bool* flag = value.if_bool();
      if (flag == nullptr) return field_error(at, "must be true or false");
      into = *flag;
      return {};
    } else if constexpr (std::is_integral_v<T> || std::is_same_v<T, Money>) {
      const std::int64_t* number = value.if_int64();
      if (number == nullptr) return field_error(at, "must be a whole number");
      return keep(*number, at, into);
    } else if constexpr (requires(std::string_view text) { parse(text, into); }) {
      const auto* text = value.if_string();
      if (text == nullptr) return field_error(at, "must be a text");
      auto parsed = parse(*text, into);
      if (!parsed.ok()) return field_error(at, parsed.error().detail);
      return parsed;
    } else {
      const auto* object = value.if_object();
      if (object == nullptr) return field_error(at, "must be an object");
      Reader reader(*object, at);
      fields(reader, into);
      return reader.finish();
    }
  }
  template <class T>
  static Result<void> read(const json::value& value, const std::string& at,
                           std::optional<T>& into) {
    if (value.is_null()) return {};
    return read(value, at, into.emplace());
  }
  template <class T>
  static Result<void> read(const json::value& value, const std::string& at, std::vector<T>& into) {
    const auto* array = value.if_array();
    if (array == nullptr) return field_error(at, "must be a list");
    for (std::size_t index = 0; index < array->size(); ++index) {
      TRY_VOID(read((*array)[index], at + "/" + std::to_string(index), into.emplace_back()));
    }
    return {};
  }

 private:
  static Result<void> keep(std::int64_t number, const std::string&, std::int64_t& into) {
    into = number;
    return {};
  }
  static Result<void> keep(std::int64_t number, const std::string&, Money& into) {
    into.centavos = number;
    return {};
  }
  static Result<void> keep(std::int64_t number, const std::string& at, int& into) {
    if (!std::in_range<int>(number)) return field_error(at, "is out of range");
    into = static_cast<int>(number);
    return {};
  }

  const json::object& object_;
  std::string pointer_;
  std::size_t seen_ = 0;
  Result<void> result_;
};

template <class T>
Result<T> read_value(const json::value& value) {
  T into{};
  TRY_VOID(Reader::read(value, "", into));
  return into;
}

template <std::size_t... Index>
Result<EventBody> read_body(std::size_t wanted, const json::value& body,
                            std::index_sequence<Index...>) {
  Result<EventBody> result = EventBody{};
  const auto read_as = [&]<std::size_t I>() {
    auto read = read_value<std::variant_alternative_t<I, EventBody>>(body);
    result = read.ok() ? Result<EventBody>(EventBody(std::in_place_index<I>, std::move(*read)))
                       : Result<EventBody>(std::move(read).error());
  };
  ((Index == wanted ? read_as.template operator()<Index>() : void()), ...);
  return result;
}

}  // namespace

std::string_view event_name(const EventBody& body) {
  return kNames[body.index()];
}

json::value event_to_json(const EventBody& body) {
  return std::visit([](const auto& it) { return Writer::json_of(it); }, body);
}

Result<EventBody> event_from_json(std::string_view name, const json::value& body) {
  for (std::size_t index = 0; index < kNames.size(); ++index) {
    if (kNames[index] != name) continue;
    return read_body(index, body, std::make_index_sequence<std::variant_size_v<EventBody>>{});
  }
  return Error{ErrorCode::kFieldInvalid, "there is no event of this name"};
}

json::value allocations_to_json(const std::vector<Allocation>& allocations) {
  return Writer::json_of(allocations);
}
Result<std::vector<Allocation>> allocations_from_json(const json::value& value) {
  return read_value<std::vector<Allocation>>(value);
}

json::value refund_to_json(const Refund& refund) {
  return Writer::json_of(refund);
}
Result<Refund> refund_from_json(const json::value& value) {
  return read_value<Refund>(value);
}

}  // namespace erario
