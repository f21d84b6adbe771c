#include <SQLiteCpp/SQLiteCpp.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "tests/contract/store/contract.hpp"

namespace erario::contract {
namespace {

class SqlitePlace : public Place {
 public:
  SqlitePlace() {
    std::string pattern = (std::filesystem::temp_directory_path() / "erario-store-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~SqlitePlace() override { std::filesystem::remove_all(folder_); }
  std::string url() const override { return "sqlite:" + path(); }
  std::string run_sql(const std::string& sql) override {
    try {
      SQLite::Database database(path(), SQLite::OPEN_READWRITE, 5'000);
      database.exec(sql);
      return "";
    } catch (const SQLite::Exception& error) {
      return error.what();
    }
  }

 private:
  std::string path() const { return (folder_ / "erario.db").string(); }
  std::filesystem::path folder_;
};

}  // namespace

const std::vector<DriverUnderTest> kDrivers{
    {"sqlite", [] { return std::unique_ptr<Place>(std::make_unique<SqlitePlace>()); }},
};

}  // namespace erario::contract
