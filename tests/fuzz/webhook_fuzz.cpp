// What gateways call us with. The first line of an input says who calls and on which route
// ("openpay webhook", "stp abono"); the rest is the body. Calls carry the right password: without
// it nothing is read at all.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>

#include "engine/base/card_number.hpp"
#include "engine/base/clabe.hpp"
#include "gateways/registry.hpp"
#include "tests/fuzz/errors.hpp"
#include "tests/fuzz/target.hpp"

using namespace erario;

namespace {

namespace fs = std::filesystem;

// "fuzz:a password for tests".
constexpr const char* kAuthorization = "Basic ZnV6ejphIHBhc3N3b3JkIGZvciB0ZXN0cw==";

// A key of its own for every run: no key lies in the repository.
std::string made_key() {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<std::size_t>(length));
  BIO_free(bio);
  EVP_PKEY_free(key);
  return pem;
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
    stp.private_key_file = file("stp.pem", made_key());
    stp.empresa = "FUZZ";
    stp.clabe_prefix = "646180";
    stp.ordering_account =
        std::string("64618011040000000") + clabe_check_digit("64618011040000000");
    stp.ordering_name = "Agencia Ficticia";
    stp.ordering_rfc = "XAXX010101000";
    auto built = build_registry({openpay, stp}, context_.get_executor());
    if (!built.ok()) std::fprintf(stderr, "%s\n", built.error().detail.c_str());
    fuzz::holds(built.ok(), "the adapters are built");
    registry_ = std::move(built).value();
    fs::remove_all(folder_);
  }

  Gateway* find(std::string_view name) const {
    const auto* row = registry_->gateways().find(name);
    return row == nullptr ? nullptr : row->gateway;
  }

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
    config.inbound_password_file = file(kind + ".password", "a password for tests");
    return config;
  }

  boost::asio::io_context context_;
  fs::path folder_;
  std::unique_ptr<Registry> registry_;
};

void check(const InboundMeaning& meaning) {
  using Kind = InboundMeaning::Kind;
  if (meaning.kind == Kind::kReadCharge) {
    fuzz::holds(!meaning.gateway_id.empty(), "a charge to read has an id");
  }
  if (meaning.kind != Kind::kDeposit) return;
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
  Gateway* gateway = adapters.find(choice.name.substr(0, blank));
  if (gateway == nullptr) return 0;
  InboundCall call;
  call.route = choice.name.substr(blank + 1);
  call.headers = {{"content-type", "application/json"}, {"authorization", kAuthorization}};
  call.body = choice.rest;
  const auto meaning = gateway->parse(call);
  if (meaning.ok()) {
    check(*meaning);
  } else {
    fuzz::check(meaning.error());
  }
  const std::string_view why = meaning.ok() ? "" : code_name(meaning.error().code);
  fuzz::holds(why != code_name(ErrorCode::kSignatureInvalid), "the password is the right one");
  const auto answer = gateway->answer(call, meaning.ok(), why);
  fuzz::holds(answer.status >= 200 && answer.status < 600, "the caller gets an answer");
  return 0;
}
