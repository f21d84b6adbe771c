#include "engine/base/csv.hpp"

#include <gmock/gmock.h>

namespace erario {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

TEST(Csv, AFieldIsPlainOrQuoted) {
  struct Case {
    const char* line;
    std::vector<std::string> fields;
  };
  for (const auto& test : {
           Case{"", {""}},
           Case{"a", {"a"}},
           Case{",", {"", ""}},
           Case{"a,,c", {"a", "", "c"}},
           Case{R"("a,b",c)", {"a,b", "c"}},
           Case{R"("a ""b""",c)", {R"(a "b")", "c"}},
           Case{R"("",c)", {"", "c"}},
           Case{R"(a,"")", {"a", ""}},
       }) {
    const auto fields = split_csv_line(test.line);
    ASSERT_TRUE(fields.ok()) << test.line;
    EXPECT_THAT(*fields, ElementsAreArray(test.fields)) << test.line;
  }
}

TEST(Csv, AQuoteOutOfPlaceIsRefused) {
  for (const char* line : {R"(")", R"("a)", R"("a"b)", R"(a"b)", R"(a,b")", R"("a"")"}) {
    const auto fields = split_csv_line(line);
    ASSERT_FALSE(fields.ok()) << line;
    EXPECT_EQ(fields.error().code, ErrorCode::kFieldInvalid);
  }
}

TEST(Csv, ALineIsUtf8WithoutControlCharacters) {
  for (const char* line : {"", "Banxico", "México\t", "# 山田"})
    EXPECT_EQ(broken_line_rule(line), "") << line;
  EXPECT_EQ(broken_line_rule("M\xE9xico"), "must be UTF-8");
  for (const std::string_view line : {std::string_view("a\0b", 3), std::string_view("\x1B[2J"),
                                      std::string_view("\x7F"), std::string_view("a\rb")})
    EXPECT_EQ(broken_line_rule(line), "must not have control characters");
}

TEST(Csv, LinesAreCountedWhateverTheyEndWith) {
  CsvLines at(
      "\xEF\xBB\xBF"
      "a\r\n\nb");
  std::vector<std::pair<int, std::string>> lines;
  while (at.next())
    lines.emplace_back(at.number(), at.line());
  EXPECT_THAT(lines, ElementsAre(std::pair{1, "a"}, std::pair{2, ""}, std::pair{3, "b"}));
}

}  // namespace
}  // namespace erario
