#include <SQLiteCpp/SQLiteCpp.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <pqxx/pqxx>
#include <stdexcept>

#include "tests/contract/store/place.hpp"

namespace erario::contract {
namespace {

class SqlitePlace : public Place {
 public:
  SqlitePlace() {
    std::string pattern = (std::filesystem::temp_directory_path() / "erario-store-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~SqlitePlace() override { std::filesystem::remove_all(folder_); }
  StorePlace place() const override { return {"sqlite:" + path(), {}}; }
  std::string bytes_literal(const std::string& digits) const override {
    return "x'" + digits + "'";
  }
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

std::string server_url(const std::string& role, const std::string& database) {
  const char* socket = std::getenv("ERARIO_POSTGRES");
  if (socket == nullptr) {
    throw std::runtime_error(
        "ERARIO_POSTGRES must name the socket of a private server; ctest starts one, and so does "
        "tests/postgres_server start FOLDER");
  }
  return "postgresql://" + role + "@/" + database + "?host=" + socket;
}

void run_on(const std::string& url, const std::string& sql) {
  pqxx::connection connection(url);
  const pqxx::quiet_errorhandler quiet(connection);
  pqxx::nontransaction(connection).exec(sql);
}

// A migrated database to copy from: made once a process.
std::string make_template() {
  std::string name = "erario_template_" + std::to_string(::getpid());
  run_on(server_url("erario_owner", "erario"), "CREATE DATABASE " + name);
  const auto migrated =
      migrate(StorePlace{server_url("erario_service", name), server_url("erario_owner", name)});
  if (!migrated.ok()) throw std::runtime_error(migrated.error().detail);
  return name;
}

}  // namespace

PostgresPlace::PostgresPlace(Content content) {
  static const std::string from = make_template();
  static int made = 0;
  name_ = "erario_test_" + std::to_string(::getpid()) + "_" + std::to_string(++made);
  run_on(server_url("erario_owner", "erario"),
         "CREATE DATABASE " + name_ + (content == kMigrated ? " TEMPLATE " + from : ""));
}

PostgresPlace::~PostgresPlace() {
  try {
    run_on(server_url("postgres", "postgres"), "DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::exception&) {
    // The server goes with all it holds.
  }
}

std::string PostgresPlace::url_of(const std::string& role) const {
  return server_url(role, name_);
}

std::string PostgresPlace::run_sql_as(const std::string& role, const std::string& sql) {
  try {
    run_on(url_of(role), sql);
    return "";
  } catch (const pqxx::failure& error) {
    return error.what();
  }
}

const std::vector<DriverUnderTest> kDrivers{
    {"sqlite", [] { return std::unique_ptr<Place>(std::make_unique<SqlitePlace>()); }},
    {"postgres", [] { return std::unique_ptr<Place>(std::make_unique<PostgresPlace>()); }},
};

}  // namespace erario::contract
