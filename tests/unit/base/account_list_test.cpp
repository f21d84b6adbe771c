#include "engine/base/account_list.hpp"

#include <gmock/gmock.h>

namespace erario {
namespace {

using testing::HasSubstr;
using testing::Not;

const Date kToday = *parse_date("2026-03-02");
const std::string kHead = "account,rfc_curp,name\n";
const std::string kSince = "account,rfc_curp,since\n";
const std::string kAna = "646180110400000010,LOFA900101MDFRCN07,Ana\n";

TEST(AccountList, ColumnsComeInAnyOrderAndCommentsDoNotCount) {
  const auto lines = parse_account_list(
      "# of a fiction\nname,rfc_curp,account,country\r\n\n"
      "\"Tesorería, de la Nada\",DFI200229A1A,646180157000000004,187\n"
      "# nobody\nAna,LOFA900101MDFRCN07,646180110400000010,\n",
      kToday);
  ASSERT_TRUE(lines.ok()) << lines.error().detail;
  ASSERT_EQ(lines->size(), 2U);
  EXPECT_EQ(lines->at(0).line, 4);
  EXPECT_EQ(lines->at(0).holder.name, "Tesorería, de la Nada");
  EXPECT_EQ(lines->at(0).holder.country, "187");
  EXPECT_TRUE(is_firm(lines->at(0).holder));
  EXPECT_EQ(lines->at(1).line, 6);
  EXPECT_EQ(lines->at(1).holder.account, "646180110400000010");
  EXPECT_FALSE(is_firm(lines->at(1).holder));
}

TEST(AccountList, ABrokenFieldIsNamedByLineAndColumn) {
  struct Case {
    std::string text;
    ErrorCode code;
    std::string pointer;
  };
  const std::vector<Case> cases{
      {"", ErrorCode::kFieldMissing, "line 1"},
      {kHead, ErrorCode::kFieldMissing, "line 2"},
      {"account,name\n" + kAna, ErrorCode::kFieldMissing, "line 1"},
      {"account,rfc_curp,nombre\n" + kAna, ErrorCode::kFieldUnknown, "line 1"},
      {"account,rfc_curp,account\n" + kAna, ErrorCode::kFieldInvalid, "line 1"},
      {"account,\"rfc_curp\n" + kAna, ErrorCode::kFieldInvalid, "line 1"},
      {kHead + "646180110400000010,LOFA900101MDFRCN07\n", ErrorCode::kFieldInvalid, "line 2"},
      {kHead + "646180110400000010,LOFA900101MDFRCN07,\"Ana\n", ErrorCode::kFieldInvalid, "line 2"},
      {kHead + "646180110400000010,LOFA900101MDFRCN07,\xFF\n", ErrorCode::kFieldInvalid, "line 2"},
      {kHead + "646180110400000011,LOFA900101MDFRCN07,Ana\n", ErrorCode::kFieldInvalid,
       "line 2: account"},
      {kHead + ",LOFA900101MDFRCN07,Ana\n", ErrorCode::kFieldInvalid, "line 2: account"},
      {kHead + "646180110400000010,LOFA900101MDFRCN08,Ana\n", ErrorCode::kFieldInvalid,
       "line 2: rfc_curp"},
      {kHead + "646180110400000010,,Ana\n", ErrorCode::kFieldInvalid, "line 2: rfc_curp"},
      {kHead + kAna + kAna, ErrorCode::kFieldInvalid, "line 3: account"},
      {"# M\xE9xico\n" + kHead + kAna, ErrorCode::kFieldInvalid, "line 1"},
      {"account,rfc_curp,n\xE1me\n" + kAna, ErrorCode::kFieldInvalid, "line 1"},
      {kHead + std::string("646180110400000010,LOFA900101MDFRCN07,A\0na\n", 43),
       ErrorCode::kFieldInvalid, "line 2"},
      {kSince + "646180110400000010,LOFA900101MDFRCN07,2026-03-03\n", ErrorCode::kFieldInvalid,
       "line 2: since"},
      {kSince + "646180110400000010,LOFA900101MDFRCN07,01/01/1990\n", ErrorCode::kFieldInvalid,
       "line 2: since"},
      {kSince + "646180157000000004,DFI200229A1A,2026-03-03\n", ErrorCode::kFieldInvalid,
       "line 2: since"},
  };
  for (const auto& test : cases) {
    const auto lines = parse_account_list(test.text, kToday);
    ASSERT_FALSE(lines.ok()) << test.text;
    EXPECT_EQ(lines.error().code, test.code) << test.text;
    ASSERT_EQ(lines.error().fields.size(), 1U) << test.text;
    EXPECT_EQ(lines.error().fields.front().pointer, test.pointer) << test.text;
  }
}

TEST(AccountList, ADateMayBeTodaysOrLeftOut) {
  for (const char* since : {"2026-03-02", ""}) {
    const auto lines = parse_account_list(
        kSince + "646180110400000010,LOFA900101MDFRCN07," + since + "\n", kToday);
    EXPECT_TRUE(lines.ok()) << since;
  }
}

TEST(AccountList, ColumnsThatAreNotKnownAreAllTold) {
  const auto told = parse_account_list("nombre,account,rfc_curp,apellido_paterno\n", kToday);
  ASSERT_FALSE(told.ok());
  EXPECT_THAT(told.error().detail,
              HasSubstr("1 (nombre), 4 (apellido_paterno); there are account"));
  EXPECT_THAT(told.error().detail, HasSubstr("first_surname"));
  // A file without a line of names begins with somebody.
  const auto headless = parse_account_list(kAna, kToday);
  EXPECT_THAT(headless.error().detail, HasSubstr("not known: 1, 2, 3; there are"));
}

TEST(AccountList, EveryBrokenLineIsToldAndNobodysData) {
  const auto lines = parse_account_list(
      kHead + "1,LOFA900101MDFRCN07,Ana Loro\n" + kAna + "646180157000000004,LOFA900101,Ana Loro\n",
      kToday);
  ASSERT_FALSE(lines.ok());
  ASSERT_EQ(lines.error().fields.size(), 2U);
  EXPECT_EQ(lines.error().fields[1].pointer, "line 4: rfc_curp");
  for (const auto& field : lines.error().fields)
    EXPECT_THAT(field.pointer + field.rule, Not(HasSubstr("LOFA")));
  std::string many = kHead;
  for (int i = 0; i < 200; ++i)
    many += "1,2,3\n";
  EXPECT_EQ(parse_account_list(many, kToday).error().fields.size(), kAccountErrorsMax);
}

TEST(AccountList, AFileIsBounded) {
  const std::string huge(kAccountFileBytesMax + 1, '\n');
  EXPECT_EQ(parse_account_list(huge, kToday).error().code, ErrorCode::kBodyTooLarge);
}

}  // namespace
}  // namespace erario
