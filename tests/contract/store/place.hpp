// Where a store under test lives. A driver under test is one row of kDrivers.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "ledger/store/open.hpp"

namespace erario::contract {

// A place for one store; removed with it.
class Place {
 public:
  virtual ~Place() = default;
  virtual StorePlace place() const = 0;
  // Runs one statement as the database's owner would. Empty: it succeeded; else the message.
  virtual std::string run_sql(const std::string& sql) = 0;
  // How this database writes bytes, from two hexadecimal digits each.
  virtual std::string bytes_literal(const std::string& digits) const = 0;
  std::string url() const { return place().url; }
};

struct DriverUnderTest {
  const char* name;
  std::unique_ptr<Place> (*make_place)();
};
inline void PrintTo(const DriverUnderTest& driver, std::ostream* out) {
  *out << driver.name;
}
extern const std::vector<DriverUnderTest> kDrivers;

// A database of its own on the private server that tests/postgres_server started; ERARIO_POSTGRES
// tells its socket. Throws std::runtime_error where there is none: nothing is skipped.
class PostgresPlace : public Place {
 public:
  enum Content { kMigrated, kEmpty };
  explicit PostgresPlace(Content content = kMigrated);
  ~PostgresPlace() override;
  StorePlace place() const override { return {url_of("erario_service"), url_of("erario_owner")}; }
  std::string run_sql(const std::string& sql) override { return run_sql_as("erario_owner", sql); }
  std::string bytes_literal(const std::string& digits) const override {
    return "'\\x" + digits + "'";
  }
  std::string run_sql_as(const std::string& role, const std::string& sql);
  std::string url_of(const std::string& role) const;
  const std::string& name() const { return name_; }  // of the database

 private:
  std::string name_;
};

}  // namespace erario::contract
