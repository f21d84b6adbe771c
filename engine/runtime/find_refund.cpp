#include <algorithm>

#include "engine/base/calendar.hpp"
#include "engine/runtime/outbox.hpp"

namespace erario {

Result<RefundSubject> find_refund(Reader& reader, const std::string& subject,
                                  const std::string& target) {
  RefundSubject found;
  RefundOrder& order = found.order;
  if (const auto deposit_id = DepositId::parse(subject); deposit_id.ok()) {
    TRY(const Deposit deposit, reader.deposit(*deposit_id));
    if (!deposit.return_order || deposit.return_order->id.text() != target) {
      return Error{ErrorCode::kNotFound, "the deposit has no such return"};
    }
    found.refund = *deposit.return_order;
    order.charge_gateway_id = deposit.gateway_id;
    order.charge_reference = deposit.key.tracking_key;
    // Only a transfer to a CLABE of ours can go back as such, and to nobody else.
    if (!deposit.attempt && found.refund.destination == deposit.sender)
      order.returned_deposit = deposit.key;
  } else {
    TRY(const PaymentId payment_id, PaymentId::parse(subject));
    TRY(const Payment payment, reader.payment(payment_id));
    const auto at = std::find_if(payment.refunds.begin(), payment.refunds.end(),
                                 [&](const Refund& refund) { return refund.id.text() == target; });
    if (at == payment.refunds.end()) {
      return Error{ErrorCode::kNotFound, "the payment has no such refund"};
    }
    found.refund = *at;
    if (const Attempt* paying = paying_attempt(payment)) {
      order.charge_gateway_id = paying->gateway_id;
      order.charge_reference = paying->reference;
    }
  }
  order.reference = found.refund.reference;
  order.amount = found.refund.amount;
  order.reason = found.refund.reason;
  order.destination = found.refund.destination;
  order.operating_date = spei_operating_date(found.refund.created_at);
  order.gateway_id = found.refund.gateway_id;
  return found;
}

}  // namespace erario
