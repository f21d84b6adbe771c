#include "engine/catalogue/diff.hpp"

#include <gtest/gtest.h>

#include "tests/unit/catalogue/sample_catalogue.hpp"

namespace erario {
namespace {

using test::edited;
using test::import_text;
using test::kSampleCatalogue;

Catalogue sample() {
  return import_text(std::string(kSampleCatalogue)).value();
}

std::string diff_after(std::string_view find, std::string_view replace) {
  const Result<Catalogue> changed = import_text(edited(kSampleCatalogue, find, replace));
  CHECK(changed.ok());
  return to_text(diff(sample(), *changed));
}

TEST(Diff, ACatalogueDoesNotDifferFromItself) {
  EXPECT_TRUE(diff(sample(), sample()).empty());
  EXPECT_EQ(to_text(diff(sample(), sample())), "no changes\n");
}

TEST(Diff, AChangedFigureShowsOldAndNew) {
  EXPECT_EQ(diff_after("1471.46", "1500"),
            "~ rate sre.passport.3y from 2023-01-01: unadjusted 1471.46 -> 1500.00\n"
            "1 change: 0 added, 0 removed, 1 changed\n");
  EXPECT_EQ(diff_after("each_above: 6.04", "each_above: 6.05"),
            "~ rate inm.copies from 2025-01-01: tier 4 to 100 each_above 6.04 -> 6.05\n"
            "1 change: 0 added, 0 removed, 1 changed\n");
  EXPECT_EQ(diff_after("        valid_to: 2027-01-31\n", ""),
            "~ rate inm.fine from 2025-03-01: valid_to 2027-01-31 -> (none)\n"
            "1 change: 0 added, 0 removed, 1 changed\n");
  EXPECT_EQ(diff_after("142.645", "142.700"),
            "~ index inpc 2025-11: value 142.645 -> 142.700\n"
            "1 change: 0 added, 0 removed, 1 changed\n");
}

TEST(Diff, AnotherRuleKindShowsTheFiguresOfBoth) {
  EXPECT_EQ(diff_after("{kind: uma, multiple: 10, period: monthly}", "{kind: fixed, amount: 5.50}"),
            "~ rate inm.fine from 2025-03-01: rule uma -> fixed, multiple 10 -> (none), "
            "period monthly -> (none), amount (none) -> 5.50\n"
            "1 change: 0 added, 0 removed, 1 changed\n");
}

TEST(Diff, ARateOfAnotherDayIsAddedAndTheOldOneRemoved) {
  const Catalogue from = sample();
  const Catalogue to =
      import_text(edited(kSampleCatalogue, "valid_from: 2026-01-01\n", "valid_from: 2026-07-01\n"))
          .value();
  const std::vector<Change> changes = diff(from, to);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].kind, ChangeKind::kRemoved);
  EXPECT_EQ(changes[0].subject, CatalogueSubject::kRate);
  EXPECT_EQ(changes[0].id, "inm.copies from 2026-01-01");
  EXPECT_EQ(changes[1].kind, ChangeKind::kAdded);
  EXPECT_EQ(changes[1].id, "inm.copies from 2026-07-01");
}

TEST(Diff, AgenciesServicesFeesAndReliefsComeAndGo) {
  const std::vector<Change> added = diff(Catalogue{}, sample());
  const std::vector<Change> removed = diff(sample(), Catalogue{});
  const auto count = [](const std::vector<Change>& changes, ChangeKind kind,
                        CatalogueSubject subject) {
    return std::count_if(changes.begin(), changes.end(), [&](const Change& change) {
      return change.kind == kind && change.subject == subject;
    });
  };
  for (const auto& [subject, expected] :
       {std::pair{CatalogueSubject::kAgency, 2}, std::pair{CatalogueSubject::kService, 2},
        std::pair{CatalogueSubject::kFee, 3}, std::pair{CatalogueSubject::kRate, 5},
        std::pair{CatalogueSubject::kRelief, 2}}) {
    EXPECT_EQ(count(added, ChangeKind::kAdded, subject), expected) << to_text(subject);
    EXPECT_EQ(count(removed, ChangeKind::kRemoved, subject), expected) << to_text(subject);
  }
  EXPECT_NE(to_text(added).find("+ rate inm.copies from 2024-01-01: valid_to 2024-12-31, rule "
                                "per_unit, input copies, each 26.11, units_min 1"),
            std::string::npos);
  EXPECT_NE(to_text(removed).find("- agency sre: name Secretaría"), std::string::npos);
}

TEST(Diff, EveryChangeOfVersionIsShown) {
  for (const auto& [find, replace] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"title: Hojas", "title: Fojas"},
           {"[inm.copies, inm.fine]", "[inm.fine, inm.copies]"},
           {"percent: 50", "percent: 49"},
           {"by_end", "by_start"}}) {
    EXPECT_NE(diff_after(find, replace).find("1 change: 0 added, 0 removed, 1 changed"),
              std::string::npos)
        << find;
  }
}

}  // namespace
}  // namespace erario
