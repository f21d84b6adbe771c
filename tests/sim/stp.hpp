// STP: takes signed orders, settles or returns them, answers queries and the conciliation report,
// and delivers deposits that a test makes as a payer would. It keeps its own truth.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/agenda.hpp"
#include "tests/sim/clock.hpp"
#include "tests/sim/journal.hpp"
#include "tests/sim/router.hpp"

namespace erario::sim {

inline constexpr std::int64_t kStpInstitution = 90646;

// An RSA public key, read once. Thread safe.
class ClientKey {
 public:
  // A PEM public key or certificate. Throws std::runtime_error when it is neither.
  explicit ClientKey(const std::string& pem_file);
  // RSA PKCS#1 v1.5 over SHA-256, standard base64.
  bool verifies(const std::string& signed_text, const std::string& base64_signature) const;

 private:
  std::shared_ptr<void> key_;
};

// "||…||" over the 34 fields of an order in signing order.
std::string order_signing_text(const Json& order);
// A field as it is signed: amounts with two decimals.
std::string signed_value(const Json& order, std::string_view name);
// The SPEI code of the bank that a CLABE names, or 0.
std::int64_t institution_of_clabe(std::string_view clabe);
bool institution_known(std::int64_t code);
std::vector<std::int64_t> institution_codes();

struct StpError {
  std::int64_t id = 0;
  std::string description;
};

struct StpOrder {
  std::int64_t id = 0;
  std::string tracking_key;
  std::string operating_date;  // AAAAMMDD
  std::string state;           // A, LQ, TLQ, D, CN, TCL
  std::int64_t amount = 0;
  std::int64_t return_cause = 0;
  std::int64_t captured_ms = 0;
  std::int64_t settled_ms = 0;
  Json fields;  // as registered

  template <class Self, class Visit>
  static void fields_of(Self& self, Visit&& visit) {
    visit("id", self.id);
    visit("tracking_key", self.tracking_key);
    visit("operating_date", self.operating_date);
    visit("state", self.state);
    visit("amount", self.amount);
    visit("return_cause", self.return_cause);
    visit("captured_ms", self.captured_ms);
    visit("settled_ms", self.settled_ms);
    visit("fields", self.fields);
  }
};

struct StpDeposit {
  std::int64_t id = 0;
  std::string tracking_key;
  std::string operating_date;
  std::string state;  // R until answered, then CCO or TLQ, or D; RE once it was given back
  std::int64_t amount = 0;
  std::int64_t return_cause = 0;
  std::int64_t captured_ms = 0;
  bool delivered_here = true;  // false: the return of an own order, which is not announced
  std::string returned_tracking_key;
  std::int64_t proof_amount = 0;  // what the proof says instead; 0: the truth
  Json payload;                   // the abono
  Json answers = Json::array();

  template <class Self, class Visit>
  static void fields_of(Self& self, Visit&& visit) {
    visit("id", self.id);
    visit("tracking_key", self.tracking_key);
    visit("operating_date", self.operating_date);
    visit("state", self.state);
    visit("amount", self.amount);
    visit("return_cause", self.return_cause);
    visit("captured_ms", self.captured_ms);
    visit("delivered_here", self.delivered_here);
    visit("returned_tracking_key", self.returned_tracking_key);
    visit("proof_amount", self.proof_amount);
    visit("payload", self.payload);
    visit("answers", self.answers);
  }
};

// An account of ours at STP, and whose it is.
struct StpAccount {
  std::string number;  // CLABE
  std::string kind;    // fisica or moral
  bool removed = false;
  Json fields;  // as registered

  template <class Self, class Visit>
  static void fields_of(Self& self, Visit&& visit) {
    visit("number", self.number);
    visit("kind", self.kind);
    visit("removed", self.removed);
    visit("fields", self.fields);
  }
};

struct StpOptions {
  std::string company = "PRUEBAFICTICIA";  // empresa
  std::string client_key;                  // PEM file
  int settle_ms = 500;
  std::int64_t page_size = 50;
  Receiver abono;
  Receiver estado;
  std::string bank_url;
  std::string state_folder;
};

class Stp {
 public:
  Stp(StpOptions options, SimClock* clock);
  Response handle(const Request& request) { return router_.handle(request); }

 private:
  using Lock = std::lock_guard<std::mutex>;

  void add_routes();
  void replay();

  Response register_order(const Call& call);
  Response return_deposit(const Call& call);
  Response query_order(const Call& call);
  Response query_orders_2020(const Call& call);
  Response conciliation(const Call& call);
  Response register_account(const Call& call);
  Response register_accounts(const Call& call);
  Response remove_account(const Call& call);
  Response list_institutions(const Call& call);
  Response set_institution(const Call& call);
  Response ask_for_proof(const Call& call);
  Response download_proof(const Call& call);
  Response make_deposit(const Call& call);
  Response show_deposit(const Call& call);
  Response resend_deposit(const Call& call);
  Response decide_order(const Call& call);
  Response set_callbacks(const Call& call);
  Json state();

  std::optional<StpError> check_signature(const Json& order) const;
  bool account_signed(const Json& account) const;

  // All below: with mutex_ held.
  std::optional<StpError> check_duplicate(const StpOrder& order) const;
  Json take_account(const Json& account, bool firm);
  Json account_rows() const;
  void schedule(const StpOrder& order);
  struct Outcome {
    std::string state;  // LQ, D, CN; A: stays until told otherwise
    std::int64_t return_cause = 0;
  };
  bool allowed(const StpOrder& order, const std::string& state) const;
  void apply(StpOrder& order, const Outcome& outcome);
  void book_return(const StpOrder& order);
  void announce(const StpOrder& order, const std::string& state);
  // `copies`: how many more times it is sent after an answer settled it.
  void deliver(const StpDeposit& deposit, int copies);
  bool take_answer(const std::string& key, const OutgoingAnswer& answer);
  void save(const StpOrder& order);
  void save(const StpDeposit& deposit);
  Json find_row(const std::string& kind, const std::string& day,
                const std::string& tracking_key) const;
  std::vector<Json> rows_of_day(const std::string& kind, const std::string& day) const;
  std::string today() const;
  std::string day_asked_about(const std::string& date) const;
  Json order_row(const StpOrder& order) const;
  Json deposit_row(const StpDeposit& deposit) const;
  struct BankNews {
    std::string id;
    std::string reference;
    std::string counterparty;
    std::string operating_date;
    std::string detail;
    std::int64_t amount = 0;
  };
  void tell_bank(const BankNews& news);

  StpOptions options_;
  SimClock* clock_;
  ClientKey key_;
  Router router_;
  Journal journal_;
  std::mutex mutex_;
  std::int64_t next_id_ = 9'300'001;
  std::map<std::string, StpOrder> orders_;  // by operating date and tracking key
  std::vector<std::string> order_sequence_;
  std::map<std::string, StpDeposit> deposits_;  // by id
  std::vector<std::string> deposit_sequence_;
  std::map<std::string, StpAccount> accounts_;         // by number
  std::map<std::string, Json> institutions_;           // those a test changed, by code
  std::map<std::string, Outcome> plans_;               // by tracking key or beneficiary account
  std::map<std::string, std::string> proof_sessions_;  // cookie -> what descarga.do answers
  Agenda agenda_;
  Courier courier_;
};

}  // namespace erario::sim
