#include "ledger/store/sqlite_driver.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <unordered_map>

#include "engine/base/overloaded.hpp"

namespace erario::store {
namespace {

class SqliteDialect : public Dialect {
 public:
  std::string values(const std::vector<Parameter>& parameters) const override {
    std::string sql;
    for (const Parameter& parameter : parameters) {
      sql += (sql.empty() ? "VALUES (:" : ", :") + parameter.name;
    }
    return sql + ")";
  }
  std::string rows(const std::vector<Parameter>& parameters) const override {
    std::string sql;
    for (const Parameter& parameter : parameters) {
      sql += (sql.empty() ? "(SELECT :" : ", :") + parameter.name + " AS " + parameter.name;
    }
    return sql + ") AS r";
  }
  // BEGIN IMMEDIATE holds the only write lock already.
  std::string lock(std::string_view) const override { return ""; }
  std::string schema_token(std::string_view token) const override {
    if (token == "BIGINT") return "INTEGER";  // STRICT tables refuse the word BIGINT
    if (token == "TEXT" || token == "ID") return "TEXT";
    if (token == "BYTES") return "BLOB";
    if (token == "TABLE") return "STRICT";
    CHECK(token == "CLUSTERED_TABLE" || token == "UPDATED_TABLE");
    return "STRICT, WITHOUT ROWID";
  }
  std::string append_only(std::string_view table) const override {
    const std::string name(table);
    std::string sql;
    for (const std::string verb : {"update", "delete"}) {
      sql += "CREATE TRIGGER " + name + "_no_" + verb + " BEFORE " + verb + " ON " + name +
             " BEGIN SELECT RAISE(ABORT, '" + name + " is append-only'); END;\n";
    }
    return sql;
  }
  std::string schema_preamble() const override { return ""; }
  std::string migration_lock() const override { return ""; }
  const Statement& migrated() const override {
    static const Statement statement{
        "migrated", "", "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'"};
    return statement;
  }
  const Statement& columns() const override {
    static const Statement statement{
        "columns", "",
        "SELECT t.name, c.name, CASE c.type WHEN 'INTEGER' THEN 'BIGINT' WHEN 'BLOB' THEN 'BYTES' "
        "ELSE c.type END FROM sqlite_master t JOIN pragma_table_info(t.name) c "
        "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid"};
    return statement;
  }
};

// What a failed call means for the batch. Anything that may have left the write-ahead log torn is
// kBroken: after a failed write or fsync the page cache can claim what the disk does not hold.
FailureKind kind_of(int extended_code) {
  switch (extended_code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return FailureKind::kBusy;
    case SQLITE_CONSTRAINT: return FailureKind::kConstraint;
    case SQLITE_FULL: return FailureKind::kFull;
    case SQLITE_IOERR:
      return extended_code == SQLITE_IOERR_NOMEM ? FailureKind::kOther : FailureKind::kBroken;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return FailureKind::kBroken;
    default: return FailureKind::kOther;
  }
}

[[noreturn]] void fail(const SQLite::Exception& error, std::string_view where) {
  throw StoreFailure(kind_of(error.getExtendedErrorCode()),
                     std::string(where) + ": " + error.what());
}
[[noreturn]] void fail(sqlite3* database, std::string_view where) {
  throw StoreFailure(kind_of(sqlite3_extended_errcode(database)),
                     std::string(where) + ": " + sqlite3_errmsg(database));
}

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

// Statements and their rows are SQLite's own: a column object for each value read, as the wrapper
// has them, costs more than the value.
class SqliteRow : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  bool null(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  std::int64_t integer(int column) const override {
    return sqlite3_column_int64(statement_, column);
  }
  std::string text(int column) const override { return std::string(view(column)); }
  std::string_view view(int column) const override {
    const void* bytes = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
  }

 private:
  sqlite3_stmt* statement_;
};

// Pages of the log after which a writing session carries it over into the database file.
constexpr int kLogPages = 1000;

// Pages kept in memory. A reader's are forgotten whenever another session has committed, so many of
// them would only be memory.
constexpr int kWriterCacheKib = 32 * 1024;
constexpr int kReaderCacheKib = 4 * 1024;

class SqliteSession : public Session {
 public:
  SqliteSession(const std::string& path, Access access)
      : access_(access),
        database_(path, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, kBusyTimeoutMs) {
    sqlite3_extended_result_codes(database_.getHandle(), 1);
    database_.exec(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
        "PRAGMA secure_delete = FAST; PRAGMA temp_store = MEMORY;"
        "PRAGMA recursive_triggers = ON; PRAGMA wal_autocheckpoint = 0;");
    const int cache = only_reads(access) ? kReaderCacheKib : kWriterCacheKib;
    database_.exec("PRAGMA cache_size = -" + std::to_string(cache));
    // A reader opens the file for writing too, because recovering a WAL needs it, and then may not.
    if (only_reads(access)) database_.exec("PRAGMA query_only = ON");
    sqlite3_wal_hook(database_.getHandle(), &SqliteSession::keep_log_pages, &log_pages_);
  }

  void begin() override {
    carry_log_over();
    try {
      database_.exec(only_reads(access_) ? "BEGIN DEFERRED" : "BEGIN IMMEDIATE");
    } catch (const SQLite::Exception& error) {
      fail(error, "BEGIN");
    }
  }
  void commit() override {
    try {
      database_.exec("COMMIT");
    } catch (const SQLite::Exception& error) {
      fail(error, "COMMIT");
    }
  }
  void rollback() noexcept override {
    // Some failures have rolled back already; then there is nothing to end.
    if (sqlite3_get_autocommit(database_.getHandle()) == 0) database_.tryExec("ROLLBACK");
  }

  void run(const Statement& statement, const Rows& rows, const RowHandler& on_row) override {
    Prepared& prepared = prepare(statement);
    const auto& values = rows.values();
    const std::size_t width = prepared.indexes.size();
    if (width == 0) return step(statement, prepared.handle.get(), on_row);
    CHECK(values.size() % width == 0);
    for (std::size_t first = 0; first < values.size(); first += width) {
      for (std::size_t field = 0; field < width; ++field) {
        if (bind(prepared.handle.get(), prepared.indexes[field], values[first + field]) !=
            SQLITE_OK) {
          fail(database_.getHandle(), statement.name);
        }
      }
      step(statement, prepared.handle.get(), on_row);
    }
  }
  void run_script(const std::string& sql) override {
    try {
      database_.exec(sql);
    } catch (const SQLite::Exception& error) {
      fail(error, "migration");
    }
  }

 private:
  static int keep_log_pages(void* kept, sqlite3*, const char*, int pages) {
    *static_cast<int*>(kept) = pages;
    return SQLITE_OK;
  }
  // SQLite would do this by itself within COMMIT and keep silent about a failed sync. Here it fails
  // the session, and it comes after the commit before it was answered.
  void carry_log_over() {
    if (log_pages_ < kLogPages) return;
    log_pages_ = 0;
    const int answer = sqlite3_wal_checkpoint_v2(database_.getHandle(), nullptr,
                                                 SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    // Another process may be at it.
    if (answer != SQLITE_OK && answer != SQLITE_BUSY) fail(database_.getHandle(), "checkpoint");
  }

  struct Prepared {
    StatementHandle handle;
    std::vector<int> indexes;  // of the parameters, by their order in Statement::parameters
  };

  Prepared& prepare(const Statement& statement) {
    const auto found = prepared_.find(&statement);
    if (found != prepared_.end()) return found->second;
    const std::string sql = expand(statement, dialect_);
    sqlite3_stmt* handle = nullptr;
    if (sqlite3_prepare_v3(database_.getHandle(), sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &handle, nullptr) != SQLITE_OK) {
      fail(database_.getHandle(), statement.name);
    }
    Prepared fresh{StatementHandle(handle), {}};
    for (const Parameter& parameter : parameters_of(statement)) {
      fresh.indexes.push_back(sqlite3_bind_parameter_index(handle, (":" + parameter.name).c_str()));
      CHECK(fresh.indexes.back() > 0);
    }
    return prepared_.emplace(&statement, std::move(fresh)).first->second;
  }

  // Without a copy: the values outlive the step.
  static int bind(sqlite3_stmt* statement, int index, const Value& value) {
    return std::visit(
        Overloaded{
            [&](std::monostate) { return sqlite3_bind_null(statement, index); },
            [&](std::int64_t number) { return sqlite3_bind_int64(statement, index, number); },
            [&](const std::string& text) {
              return sqlite3_bind_text64(statement, index, text.data(), text.size(), SQLITE_STATIC,
                                         SQLITE_UTF8);
            },
            [&](const Bytes& bytes) {
              return sqlite3_bind_blob64(statement, index, bytes.data.data(), bytes.data.size(),
                                         SQLITE_STATIC);
            }},
        value);
  }

  // A statement left in the middle would hold the transaction open.
  struct Reset {
    explicit Reset(sqlite3_stmt* it) : statement(it) {}
    ~Reset() { sqlite3_reset(statement); }
    Reset(const Reset&) = delete;
    Reset& operator=(const Reset&) = delete;
    sqlite3_stmt* statement;
  };
  void step(const Statement& statement, sqlite3_stmt* handle, const RowHandler& on_row) {
    const Reset reset(handle);
    const SqliteRow row(handle);
    int answer = SQLITE_ROW;
    while ((answer = sqlite3_step(handle)) == SQLITE_ROW)
      on_row(row);
    if (answer != SQLITE_DONE) fail(database_.getHandle(), statement.name);
  }

  Access access_;
  SqliteDialect dialect_;
  int log_pages_ = 0;  // after the last commit of this session
  SQLite::Database database_;
  std::unordered_map<const Statement*, Prepared> prepared_;
};

// A byte of a file beside the database for each lane. Open file description locks belong to this
// object, not to the process, and go with it however it ends.
class SqliteLaneLocks : public LaneLocks {
 public:
  explicit SqliteLaneLocks(const std::string& path)
      : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR)) {
    if (file_ < 0) throw StoreFailure(FailureKind::kOther, path + ": " + std::strerror(errno));
  }
  ~SqliteLaneLocks() override { ::close(file_); }
  SqliteLaneLocks(const SqliteLaneLocks&) = delete;
  SqliteLaneLocks& operator=(const SqliteLaneLocks&) = delete;

  bool hold(std::int64_t lane) override { return set(F_WRLCK, lane); }
  void release(std::int64_t lane) noexcept override { set(F_UNLCK, lane); }

 private:
  bool set(int type, std::int64_t lane) const {
    struct flock range {};
    range.l_type = static_cast<short>(type);
    range.l_whence = SEEK_SET;
    range.l_start = lane;
    range.l_len = 1;
    return ::fcntl(file_, F_OFD_SETLK, &range) == 0;
  }

  int file_;
};

class SqliteDriver : public Driver {
 public:
  explicit SqliteDriver(std::string path) : path_(std::move(path)) {}
  std::unique_ptr<Session> connect(Access access) override {
    try {
      return std::make_unique<SqliteSession>(path_, access);
    } catch (const SQLite::Exception& error) {
      fail(error, path_);
    }
  }
  std::unique_ptr<LaneLocks> lane_locks() override {
    return std::make_unique<SqliteLaneLocks>(path_ + "-lanes");
  }
  const Dialect& dialect() const override { return dialect_; }

 private:
  std::string path_;
  SqliteDialect dialect_;
};

}  // namespace

std::unique_ptr<Driver> sqlite_driver(std::string path) {
  return std::make_unique<SqliteDriver>(std::move(path));
}

bool sqlite_file_exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

void create_sqlite_file(const std::string& path) {
  // SQLite gives the log beside it the mode of the database file.
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) throw StoreFailure(FailureKind::kOther, path + ": " + std::strerror(errno));
  ::close(file);
  try {
    SQLite::Database database(path, SQLite::OPEN_READWRITE, kBusyTimeoutMs);
    database.exec("PRAGMA journal_mode = WAL");
  } catch (const SQLite::Exception& error) {
    fail(error, path);
  }
}

}  // namespace erario::store
