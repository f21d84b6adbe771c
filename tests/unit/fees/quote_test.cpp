#include "engine/fees/quote.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "engine/base/json.hpp"
#include "engine/fees/explain.hpp"
#include "tests/unit/fees/fees_fixture.hpp"

namespace erario {
namespace {

namespace json = boost::json;

const Secret kKey{"a key for tests only"};

Instant instant(const char* text) {
  return parse_rfc3339(text).value();
}

Quote discounted_quote() {
  const Catalogue catalogue = passport_catalogue();
  Quote quote =
      calculate_quote(
          catalogue, {{{"sre.passport.3y", {}, "over_60", "INE"}, {"sre.passport.10y", {}, "", ""}},
                      day("2026-03-02")})
          .value();
  quote.id = QuoteId::parse("quo_0195550000007000800000000000000a").value();
  quote.issued_at = instant("2026-03-02T10:00:00.000-06:00");
  quote.expires_at = instant("2026-03-02T23:59:59.000-06:00");
  quote.digest = quote_digest(quote, kKey);
  return quote;
}

TEST(QuoteJson, comes_back_equal_to_the_byte) {
  const Quote quote = discounted_quote();
  const std::string text = canonical_json(quote);
  const auto back = quote_from_json(parse_json(text).value());
  ASSERT_TRUE(back.ok()) << back.error().detail;
  EXPECT_EQ(*back, quote);
  EXPECT_EQ(canonical_json(*back), text);
  EXPECT_TRUE(verify_quote(*back, kKey, quote.issued_at).ok());
}

TEST(QuoteJson, writes_amounts_as_centavos_with_a_currency) {
  const json::value value = parse_json(canonical_json(discounted_quote())).value();
  EXPECT_EQ(value.at("total").as_int64(), 518'000);
  EXPECT_EQ(value.at("currency").as_string(), "MXN");
  EXPECT_EQ(value.at("on").as_string(), "2026-03-02");
  const json::value& discount = value.at("items").at(0).at("lines").at(1);
  EXPECT_EQ(discount.at("kind").as_string(), "discount");
  EXPECT_EQ(discount.at("amount").as_int64(), -89'765);
}

// Each change breaks one rule of the form; the answer names the place.
TEST(QuoteJson, refuses_every_other_form_and_says_where) {
  struct Row {
    const char* label;
    void (*change)(json::value& quote);
    ErrorCode code;
    const char* pointer;
  };
  const Row rows[] = {
      {"no object", [](json::value& q) { q = json::array{}; }, ErrorCode::kFieldInvalid, ""},
      {"missing total", [](json::value& q) { q.as_object().erase("total"); },
       ErrorCode::kFieldMissing, "/total"},
      {"unknown field", [](json::value& q) { q.as_object()["tip"] = 5; }, ErrorCode::kFieldUnknown,
       "/tip"},
      {"unknown field of an item", [](json::value& q) { q.at("items").at(1).as_object()["x"] = 1; },
       ErrorCode::kFieldUnknown, "/items/1/x"},
      {"unknown field that nobody should repeat", [](json::value& q) { q.as_object()["<b>"] = 1; },
       ErrorCode::kFieldUnknown, "/*"},
      {"wrong id", [](json::value& q) { q.at("id") = "pay_1"; }, ErrorCode::kFieldInvalid, "/id"},
      {"wrong date", [](json::value& q) { q.at("on") = "2026-02-30"; }, ErrorCode::kFieldInvalid,
       "/on"},
      {"wrong time", [](json::value& q) { q.at("expires_at") = "soon"; }, ErrorCode::kFieldInvalid,
       "/expires_at"},
      {"other currency", [](json::value& q) { q.at("currency") = "USD"; }, ErrorCode::kFieldInvalid,
       "/currency"},
      {"text for an amount", [](json::value& q) { q.at("total") = "518000"; },
       ErrorCode::kFieldInvalid, "/total"},
      {"fraction", [](json::value& q) { q.at("total") = 0.5; }, ErrorCode::kFieldInvalid, "/total"},
      {"huge amount", [](json::value& q) { q.at("total") = kAmountMax.centavos + 1; },
       ErrorCode::kAmountOverflow, "/total"},
      {"too many items",
       [](json::value& q) {
         json::array& items = q.at("items").as_array();
         const json::value one = items[0];
         while (items.size() <= kQuoteItemsMax)
           items.push_back(one);
       },
       ErrorCode::kFieldInvalid, "/items"},
      {"kind of line",
       [](json::value& q) { q.at("items").at(0).at("lines").at(0).at("kind") = "tip"; },
       ErrorCode::kFieldInvalid, "/items/0/lines/0/kind"},
      {"figure without value",
       [](json::value& q) {
         q.at("items").at(0).at("lines").at(0).at("figures").at(2).as_object().erase("value");
       },
       ErrorCode::kFieldMissing, "/items/0/lines/0/figures/2/value"},
      {"negative allocation",
       [](json::value& q) { q.at("items").at(1).at("allocations").at(0).at("amount") = -1; },
       ErrorCode::kFieldInvalid, "/items/1/allocations/0/amount"},
      {"number for an input",
       [](json::value& q) { q.at("items").at(0).at("inputs").as_object()["guns"] = 4; },
       ErrorCode::kFieldInvalid, "/items/0/inputs/guns"},
      {"text for a flag", [](json::value& q) { q.at("items").at(0).at("sample") = "no"; },
       ErrorCode::kFieldInvalid, "/items/0/sample"},
      {"no list", [](json::value& q) { q.at("items") = json::object{}; }, ErrorCode::kFieldInvalid,
       "/items"},
      {"long text",
       [](json::value& q) { q.at("items").at(0).at("title") = std::string(5'000, 'x'); },
       ErrorCode::kFieldInvalid, "/items/0/title"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.label);
    json::value value = parse_json(canonical_json(discounted_quote())).value();
    row.change(value);
    const auto quote = quote_from_json(value);
    ASSERT_FALSE(quote.ok());
    EXPECT_EQ(quote.error().code, row.code);
    ASSERT_EQ(quote.error().fields.size(), 1u);
    EXPECT_EQ(quote.error().fields[0].pointer, row.pointer);
  }
}

// Else another text would be read as the same quote, with the same digest.
TEST(QuoteJson, has_no_instant_finer_than_it_is_written) {
  for (const char* name : {"issued_at", "expires_at"}) {
    json::value value = parse_json(canonical_json(discounted_quote())).value();
    value.at(name) = "2026-03-02T11:00:00.0007-06:00";
    const auto quote = quote_from_json(value);
    ASSERT_FALSE(quote.ok()) << name;
    EXPECT_EQ(quote.error().fields.at(0).pointer, std::string("/") + name);
  }
}

TEST(QuoteDigest, changes_with_every_part_of_the_quote_and_with_the_key) {
  const Quote quote = discounted_quote();
  EXPECT_EQ(quote.digest.substr(0, 12), "hmac-sha256:");
  EXPECT_EQ(quote.digest.size(), 12u + 64u);
  const std::vector<void (*)(Quote&)> changes = {
      [](Quote& q) { q.total += Money{1}; },
      [](Quote& q) { q.id.bytes[15] ^= 1; },
      [](Quote& q) { q.catalogue_version += "0"; },
      [](Quote& q) { q.on = add_days(q.on, 1); },
      [](Quote& q) { q.issued_at -= std::chrono::milliseconds{1}; },
      [](Quote& q) { q.expires_at += std::chrono::milliseconds{1}; },
      [](Quote& q) { q.items.pop_back(); },
      [](Quote& q) { q.items[0].total -= Money{1}; },
      [](Quote& q) { q.items[0].lines[0].amount -= Money{1}; },
      [](Quote& q) { q.items[0].lines[0].figures[0].value += "0"; },
      [](Quote& q) { q.items[0].allocations[0].cadena_dependencia = "00000000000000"; },
      [](Quote& q) { q.items[0].inputs["guns"] = "1"; },
      [](Quote& q) { q.items[0].sample = true; },
      [](Quote& q) { q.items[0].evidence = "none"; },
      [](Quote& q) { q.digest = ""; },
      [](Quote& q) { q.digest.back() = q.digest.back() == '0' ? '1' : '0'; },
  };
  for (std::size_t index = 0; index < changes.size(); ++index) {
    Quote changed = quote;
    changes[index](changed);
    const auto verified = verify_quote(changed, kKey, quote.issued_at);
    ASSERT_FALSE(verified.ok()) << index;
    EXPECT_EQ(verified.error().code, ErrorCode::kQuoteTampered) << index;
  }
  EXPECT_EQ(verify_quote(quote, Secret{"another key"}, quote.issued_at).error().code,
            ErrorCode::kQuoteTampered);
}

TEST(QuoteDigest, holds_until_the_quote_expires) {
  const Quote quote = discounted_quote();
  const auto last = quote.expires_at - std::chrono::microseconds{1};
  EXPECT_TRUE(verify_quote(quote, kKey, last).ok());
  const auto expired = verify_quote(quote, kKey, quote.expires_at);
  ASSERT_FALSE(expired.ok());
  EXPECT_EQ(expired.error().code, ErrorCode::kQuoteExpired);
}

TEST(Recompute, gives_the_same_bytes_from_what_the_quote_stores) {
  const Quote quote = discounted_quote();
  const auto fresh = recompute(passport_catalogue(), quote);
  ASSERT_TRUE(fresh.ok()) << fresh.error().detail;
  EXPECT_EQ(canonical_json(*fresh), canonical_json(quote));
}

TEST(Recompute, shows_a_changed_amount_and_refuses_another_catalogue) {
  Quote quote = discounted_quote();
  quote.items[0].lines[0].amount += Money{1};
  EXPECT_NE(canonical_json(recompute(passport_catalogue(), quote).value()), canonical_json(quote));
  Catalogue other = passport_catalogue();
  other.version = "cat_fedcba9876543210";
  const auto refused = recompute(other, quote);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kFieldInvalid);
  EXPECT_EQ(refused.error().fields[0].pointer, "/catalogue_version");
}

// ---- The explanation a person reads. ----

TEST(Explain, lays_out_lines_laws_figures_and_totals) {
  const std::string text = explain(discounted_quote());
  for (const char* part :
       {"Cotización quo_0195550000007000800000000000000a para pagar el 2026-03-02",
        "Catálogo cat_0123456789abcdef", "Beneficio: over_60; evidencia: INE", "$1,795.29",
        "-$897.65", "$2.36", "factor 2026", "1.0379", "Ley Federal de Derechos, art. 20",
        "[inpc_update/1]", "Clave de referencia 024000169, cadena 00027010012312",
        "Total a pagar (MXN)", "$5,180.00"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST(Explain, ends_every_amount_in_one_column_also_after_accents_and_long_titles) {
  Quote quote = discounted_quote();
  quote.items[0].lines[0].description =
      "Expedición de pasaporte ordinario mexicano con validez de tres años para personas mayores "
      "de sesenta años, cuota íntegra";
  const std::string text = explain(quote);
  std::size_t amounts = 0;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = text.find('\n', start);
    const std::string line = text.substr(start, end - start);
    start = end + 1;
    std::size_t width = 0;
    for (const char c : line)
      width += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    EXPECT_LE(width, 90u) << line;
    if (line.find('$') == std::string::npos) continue;
    EXPECT_EQ(width, 78u) << line;
    ++amounts;
  }
  EXPECT_EQ(amounts, 10u);
}

TEST(Explain, shows_no_control_characters_of_outside_text) {
  Quote quote = discounted_quote();
  quote.items[0].evidence = "INE\x1b[2J\n\r";
  const std::string text = explain(quote);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\r'), std::string::npos);
}

TEST(Explain, says_that_a_sample_is_no_published_fee) {
  Quote quote = discounted_quote();
  quote.items[0].sample = true;
  EXPECT_NE(explain(quote).find("muestra"), std::string::npos);
}

}  // namespace
}  // namespace erario
