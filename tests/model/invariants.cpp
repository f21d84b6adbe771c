#include "tests/model/invariants.hpp"

#include "tests/model/bookkeeper.hpp"

namespace erario::model {
namespace {

constexpr int kDescribedMax = 5;

}  // namespace

void Findings::add(std::string detail) {
  if (++count_ > kDescribedMax) return;
  findings_.push_back({std::string(invariant_), std::move(detail)});
}

std::vector<Finding> check_invariants(Evidence see, bool quiet) {
  Books books;
  if (quiet) books = keep_books(see);
  see.books = &books;
  std::vector<Finding> all;
  for (const auto& group :
       {invariants_of_books(), invariants_of_promises(), invariants_of_nights(),
        invariants_of_webhooks(), invariants_of_disputes(), invariants_of_accounts()}) {
    for (const Invariant& invariant : group) {
      if (invariant.when == When::kQuiet && !quiet) continue;
      Findings findings(invariant.name);
      invariant.check(see, findings);
      for (Finding& finding : findings.take())
        all.push_back(std::move(finding));
    }
  }
  return all;
}

}  // namespace erario::model
