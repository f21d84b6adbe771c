#include "engine/base/card_number.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "engine/base/clabe.hpp"
#include "engine/base/digest.hpp"
#include "engine/base/id.hpp"

namespace erario {
namespace {

// Published test numbers and numbers made for this test; none belongs to an account.
const std::vector<std::string> kCards = {
    "4111111111111111", "4242424242424242", "4222222222222",    "4000000000000000006",
    "5555555555554444", "5105105105105100", "2221000000000009", "2720990000000007",
    "378282246310005",  "371449635398431",  "345678000000007",  "6011111111111117",
    "6011000990139424", "6445644564456445", "6500000000000002", "3530111333300000",
    "3566002020360505", "30569309025904",   "38520000023237",   "36227206271667",
    "6200000000000005", "5062541600005232",
};

TEST(CardNumber, finds_every_issuer_in_use) {
  for (const std::string& card : kCards) {
    EXPECT_TRUE(luhn_valid(card)) << card;
    EXPECT_TRUE(contains_card_number(card)) << card;
    EXPECT_TRUE(contains_card_number(R"({"note":")" + card + R"(","n":1})")) << card;
  }
}

struct Row {
  const char* text;
  const char* masked;
};

TEST(CardNumber, finds_and_masks_a_number_however_it_is_written) {
  for (const Row& row : {
           Row{"4111111111111111", "************1111"},
           Row{"card 4111111111111111, thanks", "card ************1111, thanks"},
           Row{"4111 1111 1111 1111", "************1111"},
           Row{"4111-1111-1111-1111", "************1111"},
           Row{"4111.1111.1111.1111", "************1111"},
           Row{"4111 - 1111 - 1111 - 1111", "************1111"},
           Row{"4111\t1111\r\n1111 1111", "************1111"},
           Row{"4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "************1111"},
           Row{"4-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1", "************1111"},
           Row{"378282 24631 0005", "***********0005"},
           Row{"3782 822463 10005", "***********0005"},
           Row{"3056 930902 5904", "**********5904"},
           Row{"4111 1111 1111 1111 12/27 123", "************1111 12/27 123"},
           Row{"1: 4111111111111111 2: 5555555555554444",
               "1: ************1111 2: ************4444"},
           Row{"4111111111111111 5555555555554444", "************1111 ************4444"},
           Row{"4242 4242 4242 4242 4242", "************4242 4242"},
           Row{"99 4111111111111111 99", "99 ************1111 99"},
           Row{"2026-03-02 4111 1111 1111 1111", "2026-03-02 ************1111"},
           Row{"PAN4111111111111111X", "PAN************1111X"},
           Row{"tarjeta_4111111111111111_", "tarjeta_************1111_"},
           Row{"[4111111111111111]", "[************1111]"},
           Row{"%B4111111111111111^PRUEBA/NADIE^2712", "%B************1111^PRUEBA/NADIE^2712"},
           Row{"ñ4111111111111111ñ", "ñ************1111ñ"},
           // No-break blank, thin blank, narrow no-break blank, ideographic blank.
           Row{"4111\u00A01111\u20091111\u202F1111", "************1111"},
           Row{"4111\u30001111\u30001111\u30001111", "************1111"},
           // Zero-width blank, joiner, byte order mark, soft hyphen, word joiner.
           Row{"4111\u200B1111\u200D1111\uFEFF1111", "************1111"},
           Row{"41\u00AD11111111\u20601111\u200F11", "************1111"},
           // Hyphen, en dash, minus, fullwidth dash, middle dot, bullet.
           Row{"4111\u20101111\u20131111\u22121111", "************1111"},
           Row{"4111\uFF0D1111\u00B71111\u20221111", "************1111"},
           Row{"４１１１１１１１１１１１１１１１", "************1111"},
           Row{"４１１１　１１１１　１１１１　１１１１", "************1111"},
           Row{"٤١١١١١١١١١١١١١١١", "************1111"},
           Row{"۴۱۱۱ ۱۱۱۱ ۱۱۱۱ ۱۱۱۱", "************1111"},
           Row{"४१११११११११११११११", "************1111"},
           Row{"4１१١11111111111۱", "************1111"},
           Row{"\U0001D7D2\U0001D7CF\U0001D7CF\U0001D7CF111111111111", "************1111"},
           Row{"4\uFE0F\u20E31\uFE0F\u20E31\uFE0F\u20E31\uFE0F\u20E3111111111111",
               "************1111"},
           Row{R"("4111\u00201111\u00a01111\n1111")", R"("************1111")"},
           Row{R"("\u0034\u0031111111\u0031\uff11111111")", R"("************1111")"},
           Row{R"("\ud835\udfd2111111111111111")", R"("************1111")"},
       }) {
    EXPECT_TRUE(contains_card_number(row.text)) << row.text;
    EXPECT_EQ(mask_card_numbers(row.text), row.masked) << row.text;
  }
}

TEST(CardNumber, lets_everything_else_of_the_trade_pass) {
  for (const char* text : {
           "",
           "4111111111111112",  // Luhn
           "411111111111111",   // no Visa has 15 digits
           "1111111111111117",  // no issuer
           "9111111111111111",
           "41111111111111111111111111",  // longer than any card
           "4111,1111,1111,1111",         // a list
           "4111/1111/1111/1111",
           "4111          1111 1111 1111",  // far apart
           "4111 1111 1111",
           "4111",
           "646180110400000010",
           "646180110400000007",
           "646180157000000004",
           "646 180 11040000001 0",
           "6461 8011 0400 0000 10",
           "012180000000000015",
           "072691004495711499",
           "00276660000000",
           "41045010000000",
           "41045020000000",
           "00027010012312",
           "034001132 00276660000000",
           "014001153-41045010000000",
           "36000010000000",
           "38100020000000",
           "30000000000000",
           "30500040000000",
           "41111111-1111-1111-8a9b-c3d4e5f60718",
           "pay_0192f0c4a1b27c3d9e4f4111111111a1",
           "pay_0192f0c4a1b27c3d9e4fa1b2c3da4111 1111 1111 1111",
           "4111 1111 1111 1111a192f0c4a1b27c3d9e4fa1b2c3da",
           "2026-03-02T10:15:00.123-06:00",
           "1692921752078",
           "1772468100123000",
           "LOFA900101MDFRCN07",
           "SAT970701NN3",
           "5512345678",
           "+52 55 1234 5678",
           "SRE-2026-00000123",
           "$4,111,111,111,111.11",
           "244000",
           "\xC3",
           "\xF0\x9F",
           "4111\xFF"
           "111111111111",
           "\\u",
           "\\u00",
           "\\",
           "4111\\u0041111111111111",
       }) {
    EXPECT_FALSE(contains_card_number(text)) << text;
    EXPECT_EQ(mask_card_numbers(text), text);
  }
}

TEST(CardNumber, a_number_at_the_very_end_or_beside_a_clabe_is_found) {
  EXPECT_EQ(mask_card_numbers("646180110400000010 4111111111111111"),
            "646180110400000010 ************1111");
  EXPECT_EQ(mask_card_numbers("4111111111111111 646180110400000010"),
            "************1111 646180110400000010");
  EXPECT_EQ(mask_card_numbers("pay_0192f0c4a1b27c3d9e4f4111111111a1 4111111111111111"),
            "pay_0192f0c4a1b27c3d9e4f4111111111a1 ************1111");
}

// Fixed seeds: these are counts of false alarms, and the count must be zero.
std::string random_digits(std::mt19937_64& random, std::size_t count) {
  std::string digits;
  for (std::size_t i = 0; i < count; ++i)
    digits += static_cast<char>('0' + random() % 10);
  return digits;
}

TEST(CardNumber, takes_no_valid_clabe_of_any_bank_for_a_card) {
  std::mt19937_64 random(20260302);
  for (const auto& [prefix, bank] : built_in_banks()) {
    for (int i = 0; i < 200; ++i) {
      std::string clabe = prefix + random_digits(random, 14);
      clabe += clabe_check_digit(clabe);
      ASSERT_FALSE(contains_card_number(clabe)) << clabe;
      const std::string split = clabe.substr(0, 3) + " " + clabe.substr(3, 3) + " " +
                                clabe.substr(6, 11) + " " + clabe.substr(17);
      ASSERT_FALSE(contains_card_number(split)) << split;
      const std::string fours = clabe.substr(0, 4) + " " + clabe.substr(4, 4) + " " +
                                clabe.substr(8, 4) + " " + clabe.substr(12, 4) + " " +
                                clabe.substr(16);
      ASSERT_FALSE(contains_card_number(fours)) << fours;
      ASSERT_FALSE(contains_card_number("20260302400140120123 " + fours)) << fours;
      ASSERT_FALSE(contains_card_number("4 " + clabe + " 40012 1500.00")) << clabe;
    }
  }
}

TEST(CardNumber, takes_no_id_digest_or_uuid_for_a_card) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::array<std::uint8_t, 10> tail{};
    for (auto& byte : tail)
      byte = static_cast<std::uint8_t>(random());
    // Bytes that write themselves in decimal digits make the hardest ids.
    if (i % 2 == 0) {
      for (auto& byte : tail)
        byte = static_cast<std::uint8_t>(byte % 10 * 16 + byte / 16 % 10);
    }
    const auto millis = static_cast<std::int64_t>(1'700'000'000'000 + random() % 200'000'000'000);
    const std::string id = PaymentId{make_uuid_v7(from_epoch_micros(millis * 1'000), tail)}.text();
    ASSERT_FALSE(contains_card_number(id)) << id;
    std::string uuid = id.substr(4);
    for (const std::size_t at : {8U, 13U, 18U, 23U})
      uuid.insert(at, "-");
    ASSERT_FALSE(contains_card_number(R"({"id":")" + uuid + R"("})")) << uuid;
    const std::string digest = to_hex(sha256(id));
    ASSERT_FALSE(contains_card_number(digest)) << digest;
  }
}

TEST(CardNumber, takes_no_cadena_or_folio_for_a_card) {
  std::mt19937_64 random(99);
  for (int i = 0; i < 20'000; ++i) {
    // A cadena: seven digits of the concept and zeros, or zeros and a short concept.
    const std::string concept_digits = random_digits(random, 7);
    ASSERT_FALSE(contains_card_number(concept_digits + "0000000")) << concept_digits;
    ASSERT_FALSE(contains_card_number("000" + random_digits(random, 11)));
    ASSERT_FALSE(contains_card_number("034001132 " + concept_digits + "0000000"));
    ASSERT_FALSE(contains_card_number("SRE-A-" + random_digits(random, 12)));
    ASSERT_FALSE(contains_card_number("2026" + random_digits(random, 20)));
  }
}

RC_GTEST_PROP(CardNumberProperty, any_split_of_a_card_number_is_found_and_masked, ()) {
  static const std::vector<std::string> kSeparators = {
      "", "", " ", "-", ".", "\u00A0", "\u200B", "\u2013", "\uFEFF", "  ", " - ", "\n"};
  const std::string card = *rc::gen::elementOf(kCards);
  std::string text;
  for (std::size_t i = 0; i < card.size(); ++i) {
    if (i > 0) text += *rc::gen::elementOf(kSeparators);
    text += card[i];
  }
  RC_ASSERT(contains_card_number("a " + text + " b"));
  RC_ASSERT(mask_card_numbers("a " + text + " b") ==
            "a " + std::string(card.size() - 4, '*') + card.substr(card.size() - 4) + " b");
}

RC_GTEST_PROP(CardNumberProperty, a_masked_text_holds_no_card_number, (const std::string& noise)) {
  const std::string card = *rc::gen::elementOf(kCards);
  RC_ASSERT(!contains_card_number(mask_card_numbers(noise + " : " + card + " : " + noise)));
}

TEST(CardNumber, WhatStaysOfAMaskedNumberMakesNoOtherWithWhatFollows) {
  const std::string masked =
      mask_card_numbers("4111000000004000 111\x0f 1111 00001111X00000010XX1");
  EXPECT_FALSE(contains_card_number(masked)) << masked;
}

}  // namespace
}  // namespace erario
