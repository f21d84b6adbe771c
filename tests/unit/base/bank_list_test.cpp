#include "engine/base/bank_list.hpp"

#include <gtest/gtest.h>

namespace erario {
namespace {

const std::string kHead = "# as of some day\nclabe,spei,name,from,until\n";

BankTable on(const std::string& rows, const char* date) {
  const auto list = BankList::parse(kHead + rows);
  EXPECT_TRUE(list.ok()) << rows;
  return list->on(*parse_date(date));
}

TEST(BankList, ABankTakesPartFromItsFirstDayToItsLast) {
  const std::string rows =
      "012,40012,BBVA,,\n\n032,40032,Ixe,2004-01-01,2013-05-24\r\n721,90721,Albo,2026-03-02,\n";
  struct Case {
    const char* date;
    std::string codes;
  };
  for (const auto& test :
       {Case{"2003-12-31", "012"}, Case{"2004-01-01", "012 032"}, Case{"2013-05-24", "012 032"},
        Case{"2013-05-25", "012"}, Case{"2026-03-01", "012"}, Case{"2026-03-02", "012 721"}}) {
    std::string codes;
    for (const auto& [code, bank] : on(rows, test.date))
      codes += (codes.empty() ? "" : " ") + code;
    EXPECT_EQ(codes, test.codes) << test.date;
  }
}

TEST(BankList, OneCodeMayPassFromOneBankToAnother) {
  const std::string rows = "036,40036,Vieja,,2020-12-31\n036,40036,Nueva,2021-01-01,\n";
  EXPECT_EQ(on(rows, "2020-12-31").at("036").name, "Vieja");
  EXPECT_EQ(on(rows, "2021-01-01").at("036").name, "Nueva");
}

TEST(BankList, ABrokenLineIsNamed) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "line 3"},
      {"012,40012,BBVA,\n", "line 3"},
      {"012,40012,BBVA,,\n12,40012,BBVA,,\n", "line 4"},
      {"012,400,BBVA,,\n", "line 3"},
      {"012,40012,,,\n", "line 3"},
      {"012,40012,BBVA,02-03-2026,\n", "line 3"},
      {"012,40012,BBVA,2026-03-02,2026-03-01\n", "line 3"},
      {"012,40012,BBVA,,2026-03-02\n012,40012,BBVA,2026-03-02,\n", "line 4"},
      {"012,40012,BBVA,,\n012,40012,BBVA,2026-03-02,\n", "line 4"},
      {"012,40012,BBVA M\xE9xico,,\n", "line 3"},
      {"# M\xE9xico\n012,40012,BBVA,,\n", "line 3"},
      {"012,40012,BBVA\x1B[2J,,\n", "line 3"},
  };
  for (const auto& [rows, place] : cases) {
    const auto list = BankList::parse(kHead + rows);
    ASSERT_FALSE(list.ok()) << rows;
    EXPECT_EQ(list.error().code, ErrorCode::kConfigInvalid);
    EXPECT_EQ(list.error().fields.front().pointer, place) << rows;
  }
  EXPECT_EQ(BankList::parse(kHead + "012,40012,BBVA M\xE9xico,,\n").error().detail,
            "line 3: must be UTF-8");
  EXPECT_EQ(BankList::parse("012,40012,BBVA,,\n").error().fields.front().pointer, "line 1");
  EXPECT_EQ(BankList::read("/nowhere.csv").error().code, ErrorCode::kIo);
}

TEST(BankList, TheFileThatComesWithUsIsTheBuiltInList) {
  const auto list = BankList::read(std::string(ERARIO_SOURCE_DIR) + "/ops/banks.csv");
  ASSERT_TRUE(list.ok()) << list.error().detail;
  const BankTable table = list->on(*parse_date("2026-03-02"));
  ASSERT_EQ(table.size(), built_in_banks().size());
  for (const auto& [code, bank] : built_in_banks()) {
    ASSERT_TRUE(table.contains(code)) << code;
    EXPECT_EQ(table.at(code).spei_code, bank.spei_code) << code;
    EXPECT_EQ(table.at(code).name, bank.name) << code;
  }
  EXPECT_EQ(BankList().on(*parse_date("1990-01-01")).size(), built_in_banks().size());
}

}  // namespace
}  // namespace erario
