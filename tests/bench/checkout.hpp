// The requests of a checkout, as a portal and STP send them: rendered once, with the places that
// differ filled in for each payment. Shared by the workloads. Not thread safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/bench/quote_mint.hpp"

namespace erario::bench {

// What the confirm step needs of a payment that waits for its transfer.
struct AwaitedPayment {
  std::string clabe;
  std::int64_t centavos = 0;
};

class Checkout {
 public:
  // `run` makes keys and tracking keys differ from those of other runs: 8 letters or digits.
  Checkout(const Installation& installation, QuoteMint& mint, std::string run);

  // POST /v1/payments, by SPEI or with a card's token. `key` is the Idempotency-Key's number.
  void write_spei_payment(const MintedQuote& quote, std::int64_t key, std::string& out) const;
  void write_card_payment(const MintedQuote& quote, std::int64_t key, std::string_view token,
                          std::string& out) const;
  // The authenticated call by which STP tells of a transfer. `number` makes its tracking key.
  void write_transfer(const AwaitedPayment& payment, std::int64_t number, std::string& out) const;
  // POST /v1/payments/{payment}/refunds with the finance key: all of it.
  void write_refund(std::string_view payment, std::int64_t key, std::string& out) const;

  // GET /v1/payments/{payment}.
  void write_look(std::string_view payment, std::string& out) const;

  // Of the answer to write_spei_payment. False where it is not one.
  static bool read_awaited(std::string_view body, AwaitedPayment& payment);
  // The payment's id, "pay_…"; empty where the answer has none.
  static std::string_view payment_id(std::string_view body);
  // The payment's state, "paid"; empty where the answer has none.
  static std::string_view payment_state(std::string_view body);
  // STP's word for "we keep the money".
  static bool is_confirmed(const HttpAnswer& answer);

 private:
  void write_payment(const MintedQuote& quote, std::int64_t key, std::string_view method,
                     std::string& out) const;
  void write_key(char letter, std::int64_t number, std::string& out) const;

  QuoteMint& mint_;
  std::string run_;
  std::string portal_headers_;
  std::string payment_head_;
  std::string transfer_head_;
  std::string refund_headers_;
};

}  // namespace erario::bench
