#include "api/checkout/link.hpp"

#include <zlib.h>

#include <algorithm>

#include "engine/base/card_number.hpp"
#include "engine/base/cipher.hpp"
#include "engine/base/digest.hpp"
#include "engine/base/json.hpp"
#include "engine/base/json_object.hpp"

namespace erario::api::checkout {
namespace {

constexpr std::size_t kTagBytes = 16;  // of a payment's link
// What keeps the keys of links apart from all others.
constexpr std::string_view kPurpose = "erario checkout link";
// A link of kLinkBytesMax never unfolds to more: we made it from a request's body.
constexpr std::size_t kDocumentBytesMax = 256 * 1024;
constexpr std::size_t kPaymentLinkBytes = 1 + sizeof(IdBytes) + kTagBytes;
// The first byte of an encrypted content says what it is.
constexpr char kOpen = 'o';
constexpr char kChosen = 'c';

Error no_such_link() {
  return Error{ErrorCode::kNotFound, "there is no such checkout"};
}

const unsigned char* in(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* out(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

std::string deflated(std::string_view text) {
  uLongf size = compressBound(static_cast<uLong>(text.size()));
  std::string packed(size, '\0');
  CHECK(compress2(out(packed), &size, in(text), static_cast<uLong>(text.size()),
                  Z_BEST_COMPRESSION) == Z_OK);
  packed.resize(size);
  return packed;
}

Result<std::string> inflated(std::string_view packed) {
  std::string text(kDocumentBytesMax, '\0');
  uLongf size = text.size();
  if (uncompress(out(text), &size, in(packed), static_cast<uLong>(packed.size())) != Z_OK)
    return no_such_link();
  text.resize(size);
  return text;
}

Result<std::string> from_base64url(std::string_view text) {
  std::string standard(text);
  // The standard alphabet has no place in a link: it would give every link a twin.
  if (standard.find_first_of("+/=") != std::string::npos) return no_such_link();
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  standard.resize((standard.size() + 3) / 4 * 4, '=');
  return from_base64(standard);
}

void write_terms(JsonMembers& members, const Terms& terms) {
  members("card", terms.card)("language", terms.language)("return_url", terms.return_url)(
      "spei", terms.spei);
}

Result<Terms> read_terms(const JsonObject& object) {
  Terms terms;
  TRY(terms.card, object.boolean("card"));
  TRY(terms.language, object.text("language"));
  TRY(terms.return_url, object.text("return_url"));
  TRY(terms.spei, object.boolean("spei"));
  return terms;
}

std::string content_of(const OpenCheckout& it) {
  JsonWriter json;
  {
    JsonMembers members(json);
    members("curp", it.payer.curp)("email", it.payer.email)("name", it.payer.name);
    members("owner", it.owner)("quote", it.quote)("reference", it.reference);
    members("rfc", it.payer.rfc);
    write_terms(members, it.terms);
  }
  return kOpen + deflated(json.take());
}

std::string content_of(const ChosenCheckout& it) {
  JsonWriter json;
  {
    JsonMembers members(json);
    members("quote", it.quote);
    write_terms(members, it.terms);
  }
  return kChosen + json.take();
}

// A portal knows the payment's id anyway, and every answer about a payment has its link, made on
// the commit lane: a MAC is enough, and costs a tenth of the cipher.
std::string signed_payment(char salt, const PaymentLink& it, const Secret& secret) {
  const std::string bytes = salt + std::string(it.payment.bytes.begin(), it.payment.bytes.end());
  const Sha256 mac = hmac_sha256(secret, "erario payment link 1 " + bytes);
  return bytes + std::string(as_bytes(mac).substr(0, kTagBytes));
}

Result<Link> read_open(std::string_view content) {
  TRY(const std::string text, inflated(content));
  TRY(const boost::json::value value, parse_json(text));
  TRY(const JsonObject object,
      JsonObject::open(value, "",
                       {"curp", "email", "name", "owner", "quote", "reference", "rfc", "card",
                        "language", "return_url", "spei"}));
  OpenCheckout link;
  TRY(link.payer.curp, object.text("curp"));
  TRY(link.payer.email, object.text("email"));
  TRY(link.payer.name, object.text("name"));
  TRY(link.payer.rfc, object.text("rfc"));
  TRY(link.owner, object.text("owner"));
  TRY(link.quote, quote_from_json(object.field("quote")));
  TRY(link.reference, object.text("reference"));
  TRY(link.terms, read_terms(object));
  return Link(std::move(link));
}

Result<Link> read_chosen(std::string_view content) {
  TRY(const boost::json::value value, parse_json(content));
  TRY(const JsonObject object,
      JsonObject::open(value, "", {"quote", "card", "language", "return_url", "spei"}));
  ChosenCheckout link;
  TRY(link.quote, object.parsed<QuoteId>("quote", QuoteId::parse));
  TRY(link.terms, read_terms(object));
  return Link(std::move(link));
}

Result<Link> read_payment(std::string_view bytes, const Secret& secret) {
  PaymentLink link;
  std::copy_n(bytes.begin() + 1, link.payment.bytes.size(), link.payment.bytes.begin());
  if (!equal_in_constant_time(bytes, signed_payment(bytes.front(), link, secret)))
    return no_such_link();
  return Link(link);
}

// The quote's own time, so that ids stay in order; the rest only we can know.
IdBytes derived(QuoteId first, const std::string& purpose, const Secret& secret) {
  const Sha256 mixed = hmac_sha256(secret, "erario checkout " + purpose + " " + first.text());
  IdBytes bytes = first.bytes;
  std::copy(mixed.begin(), mixed.begin() + 10, bytes.begin() + 6);
  bytes[6] = static_cast<std::uint8_t>(0x70 | (bytes[6] & 0x0f));
  bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3f));
  return bytes;
}

}  // namespace

std::string seal(const Link& link, const Secret& secret) {
  const auto* payment = std::get_if<PaymentLink>(&link);
  const auto* open_checkout = std::get_if<OpenCheckout>(&link);
  std::string content;
  if (payment == nullptr)
    content = open_checkout ? content_of(*open_checkout)
                            : content_of(*std::get_if<ChosenCheckout>(&link));
  // One in many millions of links would hold what looks like a card number, and be refused.
  for (char salt = 'a'; salt <= 'z'; ++salt) {
    std::string text = to_base64url(payment ? signed_payment(salt, *payment, secret)
                                            : encrypt(salt + content, secret, kPurpose));
    if (!contains_card_number(text)) return text;
  }
  CHECK(false);
}

Result<Link> open(std::string_view text, const Secret& secret) {
  if (text.size() > kLinkBytesMax) return no_such_link();
  const auto bytes = from_base64url(text);
  if (!bytes.ok()) return no_such_link();
  // The others are longer.
  if (bytes->size() == kPaymentLinkBytes) return read_payment(*bytes, secret);
  const auto content = decrypt(*bytes, secret, kPurpose);
  if (!content.ok() || content->size() < 2) return no_such_link();
  const char kind = content->at(1);  // after the salt
  const std::string_view rest = std::string_view(*content).substr(2);
  Result<Link> link = no_such_link();
  if (kind == kOpen) link = read_open(rest);
  if (kind == kChosen) link = read_chosen(rest);
  if (!link.ok()) return no_such_link();
  return link;
}

TurnIds ids_of_turn(QuoteId first, int turn, const Secret& secret) {
  const std::string number = std::to_string(turn);
  TurnIds ids;
  ids.quote = turn == 1 ? first : QuoteId{derived(first, "quote " + number, secret)};
  ids.payment = PaymentId{derived(first, "payment " + number, secret)};
  return ids;
}

}  // namespace erario::api::checkout
