#include "engine/base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace erario {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error{ErrorCode::kFieldInvalid, "the number is odd"};
  return number / 2;
}

Result<int> quarter(int number) {
  TRY(const int once, half(number));
  TRY(const int twice, half(once));
  return twice;
}

Result<void> check_divisible_by_four(int number) {
  TRY_VOID(quarter(number));
  return {};
}

TEST(Result, holds_a_value_or_an_error) {
  EXPECT_EQ(*half(4), 2);
  EXPECT_TRUE(half(4).ok());
  EXPECT_EQ(half(3).error().detail, "the number is odd");
  Result<std::unique_ptr<int>> owner = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = std::move(owner).value();
  EXPECT_EQ(*taken, 7);
}

TEST(Result, try_hands_the_error_on) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().code, ErrorCode::kFieldInvalid);
  EXPECT_TRUE(check_divisible_by_four(8).ok());
  EXPECT_EQ(check_divisible_by_four(6).error().detail, "the number is odd");
}

TEST(Result, a_field_error_names_the_field_and_the_rule) {
  const Error error = field_error("/payer/rfc", "an RFC has 13 characters");
  EXPECT_EQ(error.code, ErrorCode::kFieldInvalid);
  EXPECT_EQ(error.detail, "/payer/rfc: an RFC has 13 characters");
  ASSERT_EQ(error.fields.size(), 1U);
  EXPECT_EQ(error.fields[0].pointer, "/payer/rfc");
  EXPECT_EQ(error.fields[0].rule, "an RFC has 13 characters");
}

TEST(ResultDeathTest, the_wrong_half_is_a_broken_invariant) {
  EXPECT_DEATH(static_cast<void>(half(3).value()), "broken invariant");
  EXPECT_DEATH(static_cast<void>(half(4).error()), "broken invariant");
}

TEST(Result, every_error_code_has_its_own_public_name) {
  std::set<std::string_view> names;
  const int last = static_cast<int>(ErrorCode::kIo);
  for (int code = 0; code <= last; ++code) {
    const std::string_view name = code_name(static_cast<ErrorCode>(code));
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz._"), std::string_view::npos)
        << name;
    names.insert(name);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
}

}  // namespace
}  // namespace erario
