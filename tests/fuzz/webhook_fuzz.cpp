// What gateways call us with. The first line of an input says who calls and on which route
// ("openpay webhook", "stp abono"); the rest is the body. Calls carry the right password or
// signature: without it nothing is read at all. "conekta answer" and "stp answer" are what those
// answer to a call of ours.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>

#include "engine/base/card_number.hpp"
#include "engine/base/clabe.hpp"
#include "gateways/card/conekta/dispute.hpp"
#include "gateways/card/conekta/errors.hpp"
#include "gateways/card/conekta/order.hpp"
#include "gateways/card/conekta/settlement.hpp"
#include "gateways/card/openpay/dispute.hpp"
#include "gateways/registry.hpp"
#include "gateways/rsa.hpp"
#include "gateways/spei/stp/accounts.hpp"
#include "gateways/spei/stp/generations.hpp"
#include "gateways/spei/stp/tables.hpp"
#include "tests/fuzz/errors.hpp"
#include "tests/fuzz/target.hpp"

using namespace erario;

namespace {

namespace fs = std::filesystem;

// "fuzz:a password for tests".
constexpr const char* kAuthorization = "Basic ZnV6ejphIHBhc3N3b3JkIGZvciB0ZXN0cw==";

std::string taken_from(BIO* bio) {
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<std::size_t>(length));
  BIO_free(bio);
  return pem;
}

// A key of its own for every run: no key lies in the repository.
struct MadeKey {
  std::string private_pem;
  std::string public_pem;
};
MadeKey made_key() {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  BIO* secret = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(secret, key, nullptr, nullptr, 0, nullptr, nullptr);
  BIO* open = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(open, key);
  EVP_PKEY_free(key);
  return {taken_from(secret), taken_from(open)};
}

// The adapters, built as main builds them. Their address is never called.
class Adapters {
 public:
  Adapters() : folder_(fs::temp_directory_path() / ("erario-fuzz-" + std::to_string(getpid()))) {
    fs::create_directory(folder_);
    GatewayConfig openpay = config_of("openpay");
    openpay.private_key_file = file("openpay.key", "sk_a_key_for_tests");
    openpay.merchant = "mfuzzfuzzfuzzfuzzfuz";
    GatewayConfig stp = config_of("stp");
    const MadeKey key = made_key();
    stp.private_key_file = file("stp.pem", key.private_pem);
    stp.empresa = "FUZZ";
    stp.clabe_prefix = "646180";
    stp.ordering_account =
        std::string("64618011040000000") + clabe_check_digit("64618011040000000");
    stp.ordering_name = "Agencia Ficticia";
    stp.ordering_rfc = "XAXX010101000";
    GatewayConfig conekta = config_of("conekta");
    conekta.private_key_file = file("conekta.key", "key_for_tests");
    conekta.webhook_keys_file = file("conekta.pem", key.public_pem);
    conekta.contact_email = "fuzz@example.invalid";
    conekta.contact_phone = "5500000000";
    auto signer = RsaPrivateKey::from_pem_file(stp.private_key_file, Secret());
    fuzz::holds(signer.ok(), "the key is read");
    signer_ = std::make_unique<RsaPrivateKey>(std::move(signer).value());
    auto built = build_registry({openpay, conekta, stp}, context_.get_executor());
    if (!built.ok()) std::fprintf(stderr, "%s\n", built.error().detail.c_str());
    fuzz::holds(built.ok(), "the adapters are built");
    registry_ = std::move(built).value();
    fs::remove_all(folder_);
  }

  Gateway* find(std::string_view name) const {
    const auto* row = registry_->gateways().find(name);
    return row == nullptr ? nullptr : row->gateway;
  }

  std::string digest_of(std::string_view body) const { return signer_->sign_base64(body); }

 private:
  std::string file(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name) << text << '\n';
    fs::permissions(folder_ / name, fs::perms::owner_read | fs::perms::owner_write);
    return (folder_ / name).string();
  }
  GatewayConfig config_of(const std::string& kind) const {
    GatewayConfig config;
    config.kind = kind;
    config.name = kind;
    config.base_url = "http://127.0.0.1:9";
    config.inbound_user = "fuzz";
    config.confirm_above_pesos = 1'000;
    config.inbound_password_file = file(kind + ".password", "a password for tests");
    return config;
  }

  boost::asio::io_context context_;
  fs::path folder_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<RsaPrivateKey> signer_;
};

void check(const GatewayResult& result) {
  if (result.outcome == Outcome::kApproved) {
    fuzz::holds(result.found && !result.gateway_id.empty(), "what was approved has an id");
  }
  fuzz::holds(result.amount >= Money{} && result.amount <= kAmountMax, "amounts are bounded");
  fuzz::holds(result.reason != "malformed_reply" || (result.unread && !result.unread->what.empty()),
              "what cannot be read says which rule it breaks");
  fuzz::holds(!result.unread || result.outcome == Outcome::kUnknown, "and decides nothing");
  if (result.pay_to) {
    const std::string& clabe = result.pay_to->clabe;
    fuzz::holds(result.outcome == Outcome::kNeedsAction, "an account is something to act on");
    fuzz::holds(clabe.size() == 18 && clabe.back() == clabe_check_digit(clabe.substr(0, 17)),
                "nobody is told an account that cannot be paid to");
  }
  if (result.paid_from) {
    fuzz::holds(!contains_card_number(result.paid_from->clabe + " " + result.paid_from->holder),
                "no card is kept as a payer's account");
  }
}

// What Conekta answers is read as every answer it might be.
void read_answer(std::string_view body) {
  const std::string reference = "att1";
  check(conekta::read_order(body, reference));
  if (const auto page = conekta::read_search(body, reference); page.ok()) check(page->best);
  RefundOrder wanted;
  wanted.amount = Money{550};
  for (const bool said : {false, true}) {
    if (said) wanted.other_refunds.emplace();
    const auto refund = conekta::read_refund(body, wanted);
    check(refund);
    fuzz::holds(refund.outcome != Outcome::kApproved || refund.amount == wanted.amount,
                "a refund has the amount it was looked for by");
  }
  for (const auto& news : {conekta::read_dispute(body, ""), openpay::read_dispute(body, "")}) {
    fuzz::holds(news.stage != DisputeStage::kUnknown || !news.reason.empty(),
                "what cannot be read of a dispute says why");
  }
  const auto refused = conekta::result_of_error(402, body);
  fuzz::holds(refused.outcome != Outcome::kApproved, "no error approves a charge");
  const Date day = *parse_date("2026-03-02");
  if (const auto page = conekta::read_transactions(body, day); page.ok()) {
    for (const auto& row : page->rows)
      fuzz::holds(row.line.operating_date == day && row.line.fee >= Money{}, "lines are the day's");
  }
  conekta::NamesByCharge names;
  (void)conekta::read_charge_names(body, names).ok();
}

// What STP answers is read as every generation of its queries might have sent it.
void read_stp_answer(std::string_view body) {
  const Date day = *parse_date("2026-03-02");
  Deposit claimed;
  claimed.key = {"40012", "MBAN01002603020001", day};
  claimed.amount = Money{244'000};
  claimed.clabe = "646180110400000010";
  (void)stp::read_answer(body);
  (void)stp::read_institutions(body).ok();
  for (const std::size_t count : {1U, 2U}) {
    const auto answers = stp::read_account_answers(body, count);
    fuzz::holds(answers.size() == count, "every account has an answer");
    for (const auto& answer : answers) {
      const bool told = answer.kind == AccountAnswer::Kind::kRefused ||
                        answer.kind == AccountAnswer::Kind::kUnknown;
      fuzz::holds(told != answer.reason.empty(), "what was not taken says why");
      fuzz::holds(fuzz::is_showable(answer.reason), "a reason can be shown");
    }
  }
  for (const stp::Generation& generation : stp::generations()) {
    auto rows = generation.read(body);
    if (!rows.ok()) {
      fuzz::holds(!rows.error().detail.empty(), "an answer that cannot be read says why");
      continue;
    }
    const auto sent = stp::read_order(*rows, {claimed.key.tracking_key, true});
    fuzz::holds(sent.amount >= Money{} && sent.amount <= kAmountMax, "amounts are bounded");
    const auto received = stp::read_received(*rows, {claimed.key.tracking_key, false}, claimed);
    fuzz::holds(received.outcome != Outcome::kApproved || received.amount == claimed.amount,
                "a deposit is confirmed with its amount");
    for (const auto direction : {stp::Direction::kSent, stp::Direction::kReceived})
      (void)stp::read_movements(*rows, direction, 0).ok();
    stp::keep_day(*rows, day);
  }
}

void check(const InboundMeaning& meaning) {
  using Kind = InboundMeaning::Kind;
  if (meaning.kind == Kind::kReadCharge || meaning.kind == Kind::kReadDispute) {
    fuzz::holds(!meaning.gateway_id.empty(), "a charge to read has an id");
  }
  if (meaning.kind != Kind::kDeposit && meaning.kind != Kind::kClaimedDeposit) return;
  const Deposit& deposit = meaning.deposit;
  fuzz::holds(deposit.amount > Money{} && deposit.amount <= kAmountMax, "a deposit has an amount");
  fuzz::holds(check_clabe(deposit.clabe, built_in_banks()).ok(), "a deposit has a CLABE");
  fuzz::holds(!deposit.key.tracking_key.empty(), "a deposit has its tracking key");
  fuzz::holds(deposit.key.operating_date.ok(), "a deposit has its date");
  fuzz::holds(!contains_card_number(deposit.concept_text), "no card number stays in the concept");
  fuzz::holds(!contains_card_number(deposit.sender.holder), "no card number stays in the name");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Adapters adapters;
  const fuzz::Choice choice = fuzz::choice_of(fuzz::text_of(data, size));
  const auto blank = choice.name.find(' ');
  if (blank == std::string_view::npos) return 0;
  if (choice.name == "conekta answer") read_answer(choice.rest);
  if (choice.name == "stp answer") read_stp_answer(choice.rest);
  Gateway* gateway = adapters.find(choice.name.substr(0, blank));
  if (gateway == nullptr) return 0;
  InboundCall call;
  call.route = choice.name.substr(blank + 1);
  call.headers = {{"content-type", "application/json"}, {"authorization", kAuthorization}};
  call.body = choice.rest;
  if (gateway->name() == "conekta") call.headers.emplace("digest", adapters.digest_of(call.body));
  const auto meaning = gateway->parse(call);
  if (meaning.ok()) {
    check(*meaning);
  } else {
    fuzz::check(meaning.error());
  }
  const std::string_view why = meaning.ok() ? "" : code_name(meaning.error().code);
  fuzz::holds(why != code_name(ErrorCode::kSignatureInvalid),
              "password and signature are the right ones");
  const auto answer = gateway->answer(call, meaning.ok(), why);
  fuzz::holds(answer.status >= 200 && answer.status < 600, "the caller gets an answer");
  return 0;
}
