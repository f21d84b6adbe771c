// Where a bank account's statements come from. Bytes only: reading and proving them is
// reconciliation's work.
#pragma once

#include <string>
#include <vector>

#include "engine/ports/gateway.hpp"

namespace erario {

struct StatementFile {
  std::string name;  // for people and reports
  std::string bytes;
};

class StatementSource {
 public:
  virtual ~StatementSource() = default;
  // Every file of the day; none is an error of its own, so that a missing file is never taken for a
  // day without movements. Fails with kGatewayUnavailable, kIo or kBodyTooLarge.
  virtual Task<Result<std::vector<StatementFile>>> fetch(Date date) = 0;
};

}  // namespace erario
