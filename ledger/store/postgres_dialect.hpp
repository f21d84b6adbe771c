// How PostgreSQL spells the tokens of session.hpp.
#pragma once

#include "ledger/store/session.hpp"

namespace erario::store {

class PostgresDialect : public Dialect {
 public:
  // A session that only reads takes no locks, and may not.
  explicit PostgresDialect(Access access = Access::kWrite) : access_(access) {}
  std::string values(const std::vector<Parameter>& parameters) const override;
  std::string rows(const std::vector<Parameter>& parameters) const override;
  std::string lock(std::string_view relation) const override;
  std::string schema_token(std::string_view token) const override;
  std::string append_only(std::string_view table) const override;
  std::string schema_preamble() const override;
  std::string migration_lock() const override;
  const Statement& migrated() const override;
  const Statement& columns() const override;

 private:
  Access access_;
};

// The statement as it is prepared: parameters by number, each with its type.
std::string postgres_sql(const Statement& statement, Access access);

}  // namespace erario::store
