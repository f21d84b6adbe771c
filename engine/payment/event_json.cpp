// One list of fields for each value, used in both directions, so that writing and reading cannot
// drift apart.
#include "engine/payment/event_json.hpp"

#include <array>
#include <boost/json.hpp>
#include <concepts>
#include <type_traits>
#include <utility>

namespace erario {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, std::variant_size_v<EventBody>> kNames{
    "payment.created",
    "payment.expired",
    "payment.cancelled",
    "attempt.started",
    "attempt.needs_action",
    "attempt.pending",
    "attempt.unknown",
    "attempt.declined",
    "attempt.authorized",
    "attempt.capture_requested",
    "attempt.release_requested",
    "payment.captured",
    "capture.held",
    "deposit.applied",
    "deposit.held",
    "deposit.return_requested",
    "deposit.return_settled",
    "deposit.return_failed",
    "refund.requested",
    "refund.pending",
    "refund.unknown",
    "refund.settled",
    "refund.failed",
    "refund.returned",
    "receipt.issued",
    "settlement.matched",
    "dispute.opened",
    "dispute.evidence_sent",
    "dispute.won",
    "dispute.lost",
    "receipt.superseded",
    "deposit.combined",
};

template <class T, class Plain>
concept Either = std::same_as<std::remove_const_t<T>, Plain>;

// ---- The fields of every value: those of every payment in canonical order ----

template <class A>
void fields(A& a, Either<Allocation> auto& it) {
  a("agency", it.agency)("amount", it.amount)("cadena_dependencia", it.cadena_dependencia)(
      "clave_referencia", it.clave_referencia)("fee", it.fee);
}
template <class A>
void fields(A& a, Either<BankAccount> auto& it) {
  a("clabe", it.clabe)("holder", it.holder)("rfc_curp", it.rfc_curp);
}
template <class A>
void fields(A& a, Either<TransferAccount> auto& it) {
  a("bank", it.bank)("clabe", it.clabe)("expires_at", it.expires_at);
}
template <class A>
void fields(A& a, Either<DepositKey> auto& it) {
  a("operating_date", it.operating_date)("sending_bank", it.sending_bank)("tracking_key",
                                                                          it.tracking_key);
}
template <class A>
void fields(A& a, Either<Attempt> auto& it) {
  a("amount", it.amount)("authorization", it.authorization);
  a.added("capture_by", it.capture_by);
  a("created_at", it.created_at)("decline_reason", it.decline_reason)("gateway", it.gateway)(
      "gateway_id", it.gateway_id)("id", it.id);
  a.added("instalments", it.instalments);
  a("ordinal", it.ordinal);
  a.when_set("paid_from", it.paid_from).when_set("pay_to", it.pay_to);
  a("redirect_url", it.redirect_url)("reference", it.reference)("state", it.state);
  a.added("three_d_secure", it.three_d_secure);
  a("updated_at", it.updated_at);
}
template <class A>
void fields(A& a, Either<Refund> auto& it) {
  a("allocations", it.allocations)("amount", it.amount)("created_at", it.created_at)(
      "destination", it.destination)("failure_reason", it.failure_reason)("gateway", it.gateway)(
      "gateway_id", it.gateway_id)("id", it.id)
      .when_set("named_by", it.named_by);
  a("reason", it.reason)("reference", it.reference)("state", it.state)("updated_at", it.updated_at);
}
template <class A>
void fields(A& a, Either<Deposit> auto& it) {
  a("amount", it.amount).when_set("attempt", it.attempt);
  a("clabe", it.clabe)("concept", it.concept_text)("gateway", it.gateway)(
      "gateway_id", it.gateway_id)("id", it.id)("key", it.key)("payment", it.payment)(
      "received_at", it.received_at)("return_order", it.return_order)("sender", it.sender)(
      "state", it.state)("suspense", it.suspense)("version", it.version);
}
template <class A>
void fields(A& a, Either<Dispute> auto& it) {
  a("allocations", it.allocations)("amount", it.amount)("attempt", it.attempt)(
      "evidence", it.evidence)("gateway", it.gateway)("gateway_id", it.gateway_id)("held", it.held)(
      "id", it.id)("opened_at", it.opened_at)("payment", it.payment)("reason", it.reason)(
      "reference", it.reference)("state", it.state)("updated_at", it.updated_at)("version",
                                                                                 it.version);
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
  a("attempt", it.attempt)("gateway_id", it.gateway_id).when_set("pay_to", it.pay_to);
  a("redirect_url", it.redirect_url);
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
void fields(A& a, Either<AttemptAuthorized> auto& it) {
  a("attempt", it.attempt)("authorization", it.authorization)("gateway_id", it.gateway_id)("why",
                                                                                           it.why);
}
template <class A>
void fields(A& a, Either<CaptureRequested> auto& it) {
  a("amount", it.amount)("attempt", it.attempt);
}
template <class A>
void fields(A& a, Either<ReleaseRequested> auto& it) {
  a("attempt", it.attempt)("reason", it.reason);
}
template <class A>
void fields(A& a, Either<PaymentCaptured> auto& it) {
  a("allocations", it.allocations)("amount", it.amount)("attempt", it.attempt)(
      "authorization", it.authorization)("gateway", it.gateway)("gateway_id", it.gateway_id);
  a.when_set("paid_from", it.paid_from)("reference", it.reference);
}
template <class A>
void fields(A& a, Either<CaptureHeld> auto& it) {
  a("attempt", it.attempt)("gateway", it.gateway)("gateway_id", it.gateway_id)(
      "reference", it.reference)("kind", it.kind)("amount", it.amount);
  a.when_set("paid_from", it.paid_from);
}
template <class A>
void fields(A& a, Either<DepositApplied> auto& it) {
  a("allocations", it.allocations)("deposit", it.deposit)("payment", it.payment);
}
template <class A>
void fields(A& a, Either<DepositHeld> auto& it) {
  a("deposit", it.deposit);
}
template <class A>
void fields(A& a, Either<DepositsCombined> auto& it) {
  a("allocations", it.allocations)("amount", it.amount)("deposits", it.deposits)(
      "gateway", it.gateway)("payment", it.payment);
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
  a("amount", it.amount)("folio", it.folio)("receipt", it.receipt)("series", it.series);
}
template <class A>
void fields(A& a, Either<SettlementMatched> auto& it) {
  a("gateway", it.gateway)("bank_account", it.bank_account)("reference", it.reference)(
      "statement_line", it.statement_line)("amount", it.amount)("booking_date", it.booking_date);
}
template <class A>
void fields(A& a, Either<DisputeOpened> auto& it) {
  a("dispute", it.dispute);
}
template <class A>
void fields(A& a, Either<DisputeEvidenceSent> auto& it) {
  a("dispute", it.dispute)("evidence", it.evidence);
}
template <class A>
void fields(A& a, Either<DisputeWon> auto& it) {
  a("dispute", it.dispute);
}
template <class A>
void fields(A& a, Either<DisputeLost> auto& it) {
  a("dispute", it.dispute).added("sent_back", it.sent_back);
}
template <class A>
void fields(A& a, Either<ReceiptSuperseded> auto& it) {
  a("by", it.by)("receipt", it.receipt);
}

// ---- Writing ----

class Writer {
 public:
  explicit Writer(JsonWriter& out) : members_(out) {}

  template <class T>
  Writer& operator()(std::string_view name, const T& value) {
    members_.with(name, [&](JsonWriter& out) { write(out, value); });
    return *this;
  }

  template <class T>
  Writer& added(std::string_view name, const T& value) {
    return (*this)(name, value);
  }
  template <class T>
  Writer& when_set(std::string_view name, const std::optional<T>& value) {
    return value ? (*this)(name, *value) : *this;
  }

  template <class T>
  static void write(JsonWriter& out, const T& value) {
    if constexpr (requires(Writer & writer) { fields(writer, value); }) {
      Writer writer(out);
      fields(writer, value);
    } else {
      out.value(value);
    }
  }
  template <class T>
  static void write(JsonWriter& out, const std::optional<T>& value) {
    value ? write(out, *value) : out.value(nullptr);
  }
  template <class T>
  static void write(JsonWriter& out, const std::vector<T>& values) {
    out.list(values, [&](const T& value) { write(out, value); });
  }

 private:
  JsonMembers members_;
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
Result<void> parse(std::string_view text, DisputeState& into) {
  TRY(into, parse_dispute_state(text));
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

  // A field that events written by an older version lack: it keeps its default there.
  template <class T>
  Reader& added(std::string_view name, T& into) {
    return object_.contains(name) ? (*this)(name, into) : *this;
  }
  // A field that is not written where there is nothing to say.
  template <class T>
  Reader& when_set(std::string_view name, std::optional<T>& into) {
    return added(name, into);
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

void write_json(JsonWriter& out, const EventBody& body) {
  std::visit([&](const auto& it) { Writer::write(out, it); }, body);
}

Result<EventBody> event_from_json(std::string_view name, const json::value& body) {
  for (std::size_t index = 0; index < kNames.size(); ++index) {
    if (kNames[index] != name) continue;
    return read_body(index, body, std::make_index_sequence<std::variant_size_v<EventBody>>{});
  }
  return Error{ErrorCode::kFieldInvalid, "there is no event of this name"};
}

Result<std::vector<Allocation>> allocations_from_json(const json::value& value) {
  return read_value<std::vector<Allocation>>(value);
}

void write_json(JsonWriter& out, const TransferAccount& account) {
  Writer::write(out, account);
}
Result<TransferAccount> transfer_account_from_json(const json::value& value) {
  return read_value<TransferAccount>(value);
}
void write_json(JsonWriter& out, const BankAccount& account) {
  Writer::write(out, account);
}
Result<BankAccount> bank_account_from_json(const json::value& value) {
  return read_value<BankAccount>(value);
}
void write_json(JsonWriter& out, const Refund& refund) {
  Writer::write(out, refund);
}
Result<Refund> refund_from_json(const json::value& value) {
  return read_value<Refund>(value);
}
void write_json(JsonWriter& out, const Deposit& deposit) {
  Writer::write(out, deposit);
}
Result<Deposit> deposit_from_json(const json::value& value) {
  return read_value<Deposit>(value);
}

}  // namespace erario
