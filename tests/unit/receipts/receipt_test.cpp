#include "engine/receipts/receipt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <boost/json.hpp>
#include <fstream>

#include "engine/base/digest.hpp"
#include "engine/base/json.hpp"

namespace erario {
namespace {

using ::testing::HasSubstr;

// An Ed25519 pair made for one test run.
class KeyPair {
 public:
  KeyPair() : key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")) {}
  ~KeyPair() { EVP_PKEY_free(key_); }
  KeyPair(const KeyPair&) = delete;
  KeyPair& operator=(const KeyPair&) = delete;

  std::string sign(std::string_view bytes) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    std::string signature(64, '\0');
    std::size_t length = signature.size();
    EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key_);
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &length,
                   reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    EVP_MD_CTX_free(context);
    return signature;
  }
  std::string public_pem() const {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(bio, key_);
    char* text = nullptr;
    const long length = BIO_get_mem_data(bio, &text);
    std::string pem(text, static_cast<std::size_t>(length));
    BIO_free(bio);
    return pem;
  }

 private:
  EVP_PKEY* key_;
};

template <class IdType>
IdType id(std::uint8_t number) {
  IdType made;
  made.bytes[15] = number;
  return made;
}

QuoteItem item(std::string agency, std::string series, Money total) {
  QuoteItem made;
  made.service = agency + ".tramite";
  made.homoclave = "FICT-00-001";
  made.title = "Expedición de copia certificada, trámite ficticio con un título bastante largo";
  made.agency = agency;
  made.agency_name = "Secretaría Ficticia de Asuntos Agrícolas, Áridos y Ñandúes de " + agency;
  made.receipt_series = std::move(series);
  QuoteLine line;
  line.fee = agency + ".fee";
  line.description = "Derecho por expedición";
  line.citation = "Ley Federal de Derechos, art. 20, fr. III (DOF 2025-11-07)";
  line.amount = total - Money{41};
  QuoteLine rounding = line;
  rounding.kind = LineKind::kRounding;
  rounding.description = "Ajuste a pesos";
  rounding.amount = Money{41};
  made.lines = {line, rounding};
  made.allocations = {{agency, line.fee, "034001132", "00276660000000", total}};
  made.total = total;
  return made;
}

Quote basket() {
  Quote quote;
  quote.id = id<QuoteId>(1);
  quote.catalogue_version = "cat_0123456789abcdef";
  quote.on = *parse_date("2026-03-02");
  quote.issued_at = from_epoch_micros(1'772'467'200'000'000);
  quote.expires_at = quote.issued_at + std::chrono::hours(1);
  quote.items = {item("sre", "SRE", Money{428'000}), item("sep", "SEP", Money{162'600}),
                 item("sre", "SRE", Money{90'000})};
  quote.total = Money{680'600};
  return quote;
}

Payment paid_basket() {
  const Quote quote = basket();
  Payment payment;
  payment.id = id<PaymentId>(2);
  payment.quote = quote.id;
  payment.quote_json = canonical_json(quote);
  payment.method = Method::kSpei;
  payment.amount = quote.total;
  payment.payer = {"María Ñáñez Ficticia", "", "LOFA900101X11", "LOFA900101MDFRCN07"};
  return payment;
}

std::vector<Receipt> receipts() {
  const Payment payment = paid_basket();
  return receipts_for(payment, basket(),
                      {"stp", "RASTREO1", from_epoch_micros(1'772'467'260'123'456)});
}

std::vector<SealedReceipt> sealed_by(const KeyPair& key, std::uint8_t count) {
  std::vector<Receipt> issued;
  for (std::uint8_t number = 0; number < count; ++number) {
    Receipt receipt = receipts()[0];
    receipt.id = id<ReceiptId>(number);
    receipt.folio = 1'001 + number;
    receipt.issued_at = receipt.paid_at;
    issued.push_back(std::move(receipt));
  }
  return seal_together(std::move(issued), "ed25519:0000000000000000",
                       [&](std::string_view bytes) { return key.sign(bytes); });
}

// The second of three, so that it has a path.
SealedReceipt sealed_by(const KeyPair& key) {
  return sealed_by(key, 3)[1];
}

std::string text_of(const SealedReceipt& sealed) {
  return canonical_json(sealed);
}

TEST(Receipts, one_an_agency_and_together_they_are_the_payment) {
  const auto made = receipts();
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(made[0].series, "SRE");
  EXPECT_EQ(made[0].total, Money{518'000});
  EXPECT_EQ(made[0].services.size(), 2U);
  EXPECT_EQ(made[1].series, "SEP");
  EXPECT_EQ(made[0].total + made[1].total, Money{680'600});
  EXPECT_EQ(made[0].services[0].lines[0].clave_referencia, "034001132");
}

TEST(Receipts, survive_the_way_through_text_to_the_byte) {
  const KeyPair key;
  const SealedReceipt sealed = sealed_by(key);
  const auto back = sealed_receipt_from_text(text_of(sealed));
  ASSERT_TRUE(back.ok()) << back.error().detail;
  EXPECT_EQ(canonical_bytes(back->receipt), canonical_bytes(sealed.receipt));
  EXPECT_TRUE(verify_receipt(*back, key.public_pem()).ok());
}

TEST(Receipts, that_take_the_place_of_others_say_what_is_left_and_name_them) {
  const KeyPair key;
  const Receipt earlier = sealed_by(key).receipt;  // two services of one fee, each with rounding
  for (const Money lost : {Money{1}, Money{41}, Money{90'000}, Money{90'001}, Money{518'000}}) {
    const auto fresh = superseding(
        earlier, {{"sre", "sre.fee", "", "", lost}, {"sep", "sep.fee", "", "", Money{5}}},
        "dispute_lost");
    ASSERT_TRUE(fresh.has_value()) << lost.centavos;
    EXPECT_EQ(fresh->total, earlier.total - lost);
    EXPECT_EQ(fresh->supersedes->id, earlier.id);
    const auto sealed = seal_together({*fresh}, "ed25519:0000000000000000",
                                      [&](std::string_view bytes) { return key.sign(bytes); });
    const auto back = sealed_receipt_from_text(canonical_json(sealed[0]));
    ASSERT_TRUE(back.ok()) << back.error().detail;  // sums are checked there
    EXPECT_EQ(back->receipt.supersedes->folio, earlier.folio);
    EXPECT_TRUE(verify_receipt(*back, key.public_pem()).ok());
    SealedReceipt changed = *back;
    changed.receipt.supersedes->folio += 1;
    EXPECT_FALSE(verify_receipt(changed, key.public_pem()).ok());
  }
  EXPECT_FALSE(superseding(earlier, {{"sep", "sep.fee", "", "", Money{5}}}, "x").has_value());
}

TEST(Receipts, any_changed_byte_of_the_document_is_found) {
  const KeyPair key;
  const std::string text = text_of(sealed_by(key));
  int still_valid = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = changed[at] == '1' ? '2' : '1';
    if (changed == text) continue;
    const auto read = sealed_receipt_from_text(changed);
    // The key's name is a hint for finding the key; the seal does not depend on it.
    const bool in_key_id = at >= text.find("ed25519:") && at < text.find("ed25519:") + 24;
    if (!in_key_id && read.ok() && verify_receipt(*read, key.public_pem()).ok()) ++still_valid;
  }
  EXPECT_EQ(still_valid, 0);
}

TEST(Receipts, sealed_together_verify_each_by_itself_and_share_one_signature) {
  const KeyPair key;
  int signatures = 0;
  for (const int count : {1, 2, 3, 5, 64, 200}) {
    const auto sealed = sealed_by(key, static_cast<std::uint8_t>(count));
    ASSERT_EQ(std::ssize(sealed), count);
    for (const SealedReceipt& one : sealed) {
      EXPECT_TRUE(verify_receipt(one, key.public_pem()).ok());
      EXPECT_EQ(one.seal.signature, sealed[0].seal.signature);
    }
  }
  EXPECT_TRUE(seal_together({}, "", [&](std::string_view) {
                ++signatures;
                return "";
              }).empty());
  EXPECT_EQ(signatures, 0);
}

TEST(Receipts, cannot_take_each_others_place) {
  const KeyPair key;
  const auto sealed = sealed_by(key, 5);
  for (std::size_t one = 0; one < sealed.size(); ++one) {
    for (std::size_t other = 0; other < sealed.size(); ++other) {
      if (one == other) continue;
      SealedReceipt forged = sealed[one];
      forged.seal = sealed[other].seal;
      EXPECT_FALSE(verify_receipt(forged, key.public_pem()).ok());
      forged.seal = sealed[one].seal;
      forged.seal.leaf = sealed[other].seal.leaf;
      EXPECT_FALSE(verify_receipt(forged, key.public_pem()).ok());
    }
  }
  SealedReceipt alone = sealed[0];
  alone.seal.tree_size = 1;
  alone.seal.path.clear();
  EXPECT_FALSE(verify_receipt(alone, key.public_pem()).ok());
}

TEST(Receipts, name_what_is_wrong) {
  const KeyPair key;
  const KeyPair other;
  const SealedReceipt sealed = sealed_by(key);
  EXPECT_THAT(verify_receipt(sealed, other.public_pem()).error().detail, HasSubstr("another key"));
  SealedReceipt cut = sealed;
  cut.seal.signature = to_base64("short");
  EXPECT_EQ(verify_receipt(cut, key.public_pem()).error().fields.at(0).pointer, "/seal/signature");

  std::string text = text_of(sealed);
  text.replace(text.find("\"total\":90000"), 13, "\"total\":90001");
  EXPECT_EQ(sealed_receipt_from_text(text).error().fields.at(0).pointer,
            "/receipt/services/1/total");
}

TEST(Pdf, carries_its_sealed_document_and_is_a_pdf) {
  const KeyPair key;
  const SealedReceipt sealed = sealed_by(key);
  const auto pdf =
      render_receipt_pdf(sealed, "https://pagos.example.mx/verify/" + sealed.receipt.id.text());
  ASSERT_TRUE(pdf.ok());
  EXPECT_TRUE(pdf->starts_with("%PDF-"));
  const auto carried = carried_document(*pdf);
  ASSERT_TRUE(carried.ok());
  const auto read = sealed_receipt_from_text(*carried);
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_TRUE(verify_receipt(*read, key.public_pem()).ok());
  EXPECT_FALSE(carried_document("%PDF-1.5 without").ok());
  if (const char* folder = std::getenv("ERARIO_TEST_OUTPUT")) {
    std::ofstream(std::string(folder) + "/receipt.pdf", std::ios::binary) << *pdf;
  }
}

TEST(Pdf, many_lines_flow_over_pages) {
  const KeyPair key;
  SealedReceipt sealed = sealed_by(key);
  for (int i = 0; i < 5; ++i) {
    sealed.receipt.services.insert(sealed.receipt.services.end(), sealed.receipt.services.begin(),
                                   sealed.receipt.services.end());
    if (sealed.receipt.services.size() > 40) break;
  }
  const auto pdf = render_receipt_pdf(sealed, "https://pagos.example.mx/verify/x");
  ASSERT_TRUE(pdf.ok());
  EXPECT_GT(pdf->size(), 10'000U);
}

}  // namespace
}  // namespace erario
