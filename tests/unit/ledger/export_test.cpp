// hledger is the independent program: it must accept the journal and agree on every balance.
#include "ledger/export.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/unit/ledger/books.hpp"

namespace erario {
namespace {

using sample::Books;

std::string exported(Books& books) {
  std::string text;
  const auto done = export_hledger(books, [&](std::string_view piece) -> Result<void> {
    text += piece;
    return {};
  });
  EXPECT_TRUE(done.ok());
  return text;
}

class Hledger : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "erario-export-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  struct Answer {
    int status = 0;
    std::string text;
  };
  Answer ask(const std::string& journal, const std::string& question) {
    const auto file = folder_ / "books.journal";
    std::ofstream(file) << journal;
    FILE* pipe = ::popen(("hledger -f " + file.string() + " " + question + " 2>&1").c_str(), "r");
    EXPECT_NE(pipe, nullptr);
    Answer answer;
    std::array<char, 4096> buffer{};
    while (const auto length = std::fread(buffer.data(), 1, buffer.size(), pipe))
      answer.text.append(buffer.data(), length);
    answer.status = ::pclose(pipe);
    return answer;
  }

  std::filesystem::path folder_;
};

TEST_F(Hledger, AcceptsTheJournalStrictly) {
  Books books = sample::a_day();
  const Answer answer = ask(exported(books), "check --strict");
  EXPECT_EQ(answer.status, 0) << answer.text;
}

TEST_F(Hledger, AgreesOnEveryBalance) {
  Books books = sample::a_day();
  const Answer answer = ask(exported(books), "balance --flat --empty -N -O csv");
  ASSERT_EQ(answer.status, 0) << answer.text;
  std::map<std::string, std::string> theirs;
  std::istringstream lines(answer.text);
  std::string line;
  std::getline(lines, line);  // the header
  while (std::getline(lines, line)) {
    const auto comma = line.find("\",\"");
    theirs[line.substr(1, comma - 1)] = line.substr(comma + 3, line.size() - comma - 4);
  }
  std::map<std::string, std::string> ours;
  for (const Balance& balance : books.stored_balances) {
    const Money net = balance.debits - balance.credits;
    ours[balance.account] = net == Money{} ? "0" : to_pesos_text(net) + " MXN";
  }
  EXPECT_EQ(theirs, ours);
}

TEST_F(Hledger, NoticesABookThatDoesNotBalance) {
  Books books = sample::a_day();
  books.entries[0].entry.postings[0].amount += Money{1};
  EXPECT_NE(ask(exported(books), "check").status, 0);
}

TEST_F(Hledger, IsNotConfusedByOddNames) {
  Books books;
  const std::vector<std::string> names{"dos  blancos", "(virtual)", "[otra]", "a;b", "año «1»",
                                       "x=y",          "* star",    "a,b",    "%",   "@ 3 USD"};
  for (const std::string& name : names) {
    books.record("suj;eto\n  injected  1 MXN, x:y",
                 CaptureHeld{sample::id<AttemptId>(1), name, "t", "ref;1, a\tb\nc",
                             SuspenseKind::kLate, Money{5}});
  }
  const std::string journal = exported(books);
  const Answer check = ask(journal, "check --strict");
  EXPECT_EQ(check.status, 0) << check.text << journal;
  const Answer accounts = ask(journal, "accounts clearing");
  EXPECT_EQ(std::count(accounts.text.begin(), accounts.text.end(), '\n'),
            static_cast<std::ptrdiff_t>(names.size()))
      << accounts.text;
  EXPECT_THAT(ask(journal, "balance --flat -N late").text, testing::HasSubstr("-0.50 MXN"));
}

TEST_F(Hledger, FindsAnEntryByItsTag) {
  Books books = sample::a_day();
  const std::string id = books.entries[0].entry.id.text();
  const Answer answer = ask(exported(books), "print tag:entry=" + id);
  EXPECT_THAT(answer.text, testing::HasSubstr("payment.captured"));
  EXPECT_THAT(answer.text, testing::HasSubstr("reference:ORD1"));
  EXPECT_THAT(answer.text, testing::Not(testing::HasSubstr("deposit.held")));
}

TEST(Export, ASinkThatFailsEndsIt) {
  Books books = sample::a_day();
  const auto done = export_hledger(books, [](std::string_view) -> Result<void> {
    return Error{ErrorCode::kIo, "the disk is full"};
  });
  EXPECT_EQ(done.error().code, ErrorCode::kIo);
}

TEST(Export, LargeBooksComeInPieces) {
  Books books;
  for (int i = 0; i < 1'000; ++i) {
    books.record("s", CaptureHeld{sample::id<AttemptId>(1), "openpay", "t", "r",
                                  SuspenseKind::kLate, Money{5}});
  }
  int pieces = 0;
  std::size_t largest = 0;
  ASSERT_TRUE(export_hledger(books, [&](std::string_view piece) -> Result<void> {
                ++pieces;
                largest = std::max(largest, piece.size());
                return {};
              }).ok());
  EXPECT_GT(pieces, 3);
  EXPECT_LT(largest, 100'000U);
}

}  // namespace
}  // namespace erario
