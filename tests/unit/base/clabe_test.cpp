#include "engine/base/clabe.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace erario {
namespace {

constexpr const char* kValid = "";
constexpr const char* kLength = "a CLABE has 18 digits";
constexpr const char* kDigits = "a CLABE has only digits";
constexpr const char* kBank = "the first three digits of the CLABE are no known bank";
constexpr const char* kCheck = "the check digit of the CLABE is wrong";

struct Row {
  const char* clabe;
  const char* rule;
};

TEST(Clabe, accepts_or_names_the_first_broken_rule) {
  for (const Row& row : {
           Row{"002000000000000008", kValid},
           Row{"012180000000000015", kValid},
           Row{"646180110400000010", kValid},
           Row{"646180110400000007", kValid},
           Row{"646180157000000004", kValid},
           Row{"072691004495711499", kValid},
           Row{"001180000000000013", kValid},
           Row{"166180000000001232", kValid},
           Row{"723010123456789019", kValid},
           Row{"012180000000050007", kValid},
           Row{"012180000000500007", kValid},
           Row{"002000000000000007", kCheck},
           Row{"072691004495711490", kCheck},
           Row{"072691009495711499", kCheck},
           Row{"706691004495711499", kCheck},
           Row{"111180157042875764", kBank},
           Row{"000000000000000000", kBank},
           Row{"032180000118359719", kBank},
           Row{"01218000000000001", kLength},
           Row{"0121800000000000155", kLength},
           Row{"01218000000000001A", kDigits},
           Row{" 012180000000000015", kLength},
           Row{" 01218000000000001", kDigits},
           Row{"01218000000000001 ", kDigits},
           Row{"012-18000000000001", kDigits},
           Row{"", kLength},
           Row{"\xEF\xBC\x90\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x93\xEF\xBC\x94\xEF\xBC\x95", kDigits},
       }) {
    const auto checked = check_clabe(row.clabe, built_in_banks());
    EXPECT_EQ(checked.ok() ? kValid : checked.error().detail, row.rule) << row.clabe;
    if (!checked.ok()) {
      EXPECT_EQ(checked.error().code, ErrorCode::kFieldInvalid);
    }
  }
}

TEST(Clabe, computes_the_check_digits_the_table_names) {
  EXPECT_EQ(clabe_check_digit("01218000000000001"), '5');
  EXPECT_EQ(clabe_check_digit("00200000000000000"), '8');
  EXPECT_EQ(clabe_check_digit("07269100449571149"), '9');
  EXPECT_EQ(clabe_check_digit("07269100949571149"), '4');
  EXPECT_EQ(clabe_check_digit("70669100449571149"), '3');
  EXPECT_EQ(clabe_check_digit("00000000000000000"), '0');
}

TEST(ClabeDeathTest, the_check_digit_needs_seventeen_digits) {
  EXPECT_DEATH(clabe_check_digit("1234"), "broken invariant");
  EXPECT_DEATH(clabe_check_digit("0121800000000000A"), "broken invariant");
}

TEST(Clabe, maps_every_bank_to_its_spei_code) {
  const BankTable& banks = built_in_banks();
  EXPECT_EQ(banks.size(), 98U);
  EXPECT_EQ(bank_of("646180110400000010", banks)->spei_code, "90646");
  EXPECT_EQ(bank_of("012180000000000015", banks)->spei_code, "40012");
  EXPECT_EQ(bank_of("072691004495711499", banks)->spei_code, "40072");
  EXPECT_EQ(bank_of("166180000000001232", banks)->spei_code, "37166");
  EXPECT_EQ(bank_of("001180000000000013", banks)->spei_code, "2001");
  EXPECT_EQ(bank_of("646180110400000010", banks)->name, "STP");
  EXPECT_EQ(bank_of("032180000118359719", banks), nullptr);
  std::set<std::string> codes;
  for (const auto& [prefix, bank] : banks) {
    EXPECT_EQ(prefix.size(), 3U);
    EXPECT_TRUE(bank.spei_code.ends_with(prefix)) << prefix;
    EXPECT_FALSE(bank.name.empty()) << prefix;
    codes.insert(bank.spei_code);
  }
  EXPECT_EQ(codes.size(), banks.size());
}

struct LuhnRow {
  const char* digits;
  bool valid;
};

TEST(Luhn, tells_right_numbers_from_wrong_ones) {
  for (const LuhnRow& row : {
           LuhnRow{"4242424242424242", true},
           LuhnRow{"4111111111111111", true},
           LuhnRow{"4111111111111112", false},
           LuhnRow{"345678000000007", true},
           LuhnRow{"0", true},
           LuhnRow{"18", true},
           LuhnRow{"81", false},
           LuhnRow{"", false},
           LuhnRow{"4242 4242", false},
           LuhnRow{"a", false},
       }) {
    EXPECT_EQ(luhn_valid(row.digits), row.valid) << row.digits;
  }
}

std::string valid_clabe() {
  static const std::vector<std::string> prefixes = [] {
    std::vector<std::string> all;
    for (const auto& [prefix, bank] : built_in_banks())
      all.push_back(prefix);
    return all;
  }();
  std::string clabe = *rc::gen::elementOf(prefixes);
  clabe += *rc::gen::container<std::string>(14, rc::gen::inRange('0', static_cast<char>('9' + 1)));
  return clabe + clabe_check_digit(clabe);
}

RC_GTEST_PROP(ClabeProperty, a_computed_check_digit_is_accepted, ()) {
  RC_ASSERT(check_clabe(valid_clabe(), built_in_banks()).ok());
}

RC_GTEST_PROP(ClabeProperty, every_single_wrong_digit_is_caught, ()) {
  const std::string right = valid_clabe();
  for (std::size_t at = 0; at < right.size(); ++at) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      if (digit == right[at]) continue;
      std::string wrong = right;
      wrong[at] = digit;
      RC_ASSERT(!check_clabe(wrong, built_in_banks()).ok());
    }
  }
}

RC_GTEST_PROP(ClabeProperty, a_swap_of_neighbours_is_caught_unless_they_differ_by_five, ()) {
  const std::string right = valid_clabe();
  for (std::size_t at = 3; at + 2 < right.size(); ++at) {
    const int difference = std::abs(right[at] - right[at + 1]);
    std::string swapped = right;
    std::swap(swapped[at], swapped[at + 1]);
    const bool accepted = check_clabe(swapped, built_in_banks()).ok();
    RC_ASSERT(accepted == (difference == 0 || difference == 5));
  }
}

}  // namespace
}  // namespace erario
