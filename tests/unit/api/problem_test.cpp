#include "api/problem.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>
#include <set>

namespace erario::api {

extern const char kOpenapiJson[];
extern const std::size_t kOpenapiJsonSize;

namespace {

RequestHead speaking(std::string languages) {
  RequestHead head;
  if (!languages.empty()) head.headers.emplace_back("accept-language", std::move(languages));
  return head;
}

TEST(Problem, SpeaksTheBetterOfTwoLanguages) {
  const std::pair<const char*, Language> table[] = {
      {"", Language::kSpanish},
      {"es", Language::kSpanish},
      {"en", Language::kEnglish},
      {"en-US,en;q=0.9", Language::kEnglish},
      {"es-MX;q=0.5, en;q=0.9", Language::kEnglish},
      {"en;q=0.3,es;q=0.4", Language::kSpanish},
      {"de", Language::kSpanish},
      {"en;q=0", Language::kSpanish},
      {"q=;;,,", Language::kSpanish},
  };
  for (const auto& [languages, expected] : table)
    EXPECT_EQ(choose_language(speaking(languages)), expected) << languages;
}

TEST(Problem, NamesTheFieldAndTheRule) {
  const Response response =
      problem(field_error("/payer/rfc", "must have 12 or 13 characters"), Language::kEnglish);
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(find_pair(response.headers, "content-type"), "application/problem+json; charset=utf-8");
  const auto json = boost::json::parse(response.body);
  EXPECT_EQ(json.at("code"), "field.invalid");
  EXPECT_EQ(json.at("title"), "A field breaks its rule");
  EXPECT_EQ(json.at("status"), 422);
  EXPECT_EQ(json.at("errors").at(0).at("pointer"), "/payer/rfc");
  EXPECT_EQ(json.at("errors").at(0).at("rule"), "must have 12 or 13 characters");
}

TEST(Problem, NamesTheLanguagesItsWordsAreIn) {
  const auto languages = [](const Response& response) {
    return find_pair(response.headers, "content-language").value_or("none");
  };
  const Error wrong = field_error("/payer/rfc", "must have 12 or 13 characters");
  const Error ours{ErrorCode::kIo, "told to nobody"};
  EXPECT_EQ(languages(problem(wrong, Language::kSpanish)), "es-MX, en");
  EXPECT_EQ(languages(problem(wrong, Language::kEnglish)), "en");
  EXPECT_EQ(languages(problem(ours, Language::kSpanish)), "es-MX");
  EXPECT_EQ(languages(problem(ours, Language::kEnglish)), "en");
}

TEST(Problem, KeepsWhatIsOursToItself) {
  for (const ErrorCode code :
       {ErrorCode::kIo, ErrorCode::kStoreUnavailable, ErrorCode::kConfigInvalid}) {
    const Response response = problem(
        Error{code, "SELECT secret FROM /var/lib/erario", {{"/x", "SQL"}}}, Language::kSpanish);
    EXPECT_GE(response.status, 500);
    EXPECT_EQ(response.body.find("SELECT"), std::string::npos);
    EXPECT_EQ(response.body.find("SQL"), std::string::npos);
  }
}

TEST(Problem, TellsWhatSomebodyElseAnswered) {
  const Response response =
      problem(Error{ErrorCode::kGatewayUnavailable, "they said HTTP 503"}, Language::kEnglish);
  EXPECT_EQ(response.status, 502);
  EXPECT_EQ(boost::json::parse(response.body).at("detail"), "they said HTTP 503");
}

TEST(Problem, TellsWhenToComeBack) {
  EXPECT_TRUE(find_pair(problem(Error{ErrorCode::kQueueFull, ""}, Language::kSpanish).headers,
                        "retry-after"));
  EXPECT_TRUE(find_pair(
      problem(Error{ErrorCode::kStoreUnavailable, ""}, Language::kSpanish).headers, "retry-after"));
  EXPECT_TRUE(find_pair(problem(Error{ErrorCode::kUnauthorized, ""}, Language::kSpanish).headers,
                        "www-authenticate"));
}

TEST(Problem, HasOneTitleForEveryCode) {
  std::set<std::string_view> codes;
  for (const ProblemTitle& title : problem_titles()) {
    EXPECT_TRUE(codes.insert(title.code).second) << title.code;
    EXPECT_FALSE(title.spanish.empty());
    EXPECT_FALSE(title.english.empty());
  }
  for (int code = 0; code <= static_cast<int>(ErrorCode::kIo); ++code) {
    EXPECT_TRUE(codes.contains(code_name(static_cast<ErrorCode>(code)))) << code;
    EXPECT_GE(http_status(static_cast<ErrorCode>(code)), 400);
  }
}

TEST(Problem, EveryCodeIsInTheContractWithItsStatus) {
  const auto contract = boost::json::parse(std::string_view(kOpenapiJson, kOpenapiJsonSize));
  std::map<std::string_view, std::int64_t> written;
  for (const auto& row : contract.at("x-problems").as_array())
    written.emplace(row.at("code").as_string(), row.at("status").as_int64());
  EXPECT_EQ(written.size(), problem_titles().size());
  for (const ProblemTitle& title : problem_titles()) {
    ASSERT_TRUE(written.contains(title.code)) << title.code;
    EXPECT_EQ(written.at(title.code), title.status) << title.code;
  }
}

}  // namespace
}  // namespace erario::api
