#include "ledger/store/postgres_driver.hpp"

#include <libpq-fe.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <pqxx/pqxx>
#include <thread>
#include <unordered_map>

#include "ledger/store/postgres_arrays.hpp"
#include "ledger/store/postgres_dialect.hpp"
#include "ledger/store/postgres_failures.hpp"

namespace erario::store {
namespace {

constexpr pqxx::oid kByteaOid = 17;

// A server that restarts is back within a second or two; whoever waits longer is told.
constexpr int kConnectTries = 6;
constexpr std::chrono::milliseconds kFirstPause{50};

// ---- What the server promises ----

const Statement kServerSettings{
    "server_settings", "",
    "SELECT s.name, current_setting(s.name, true), s.wanted FROM (VALUES "
    "('fsync', 'on'), ('full_page_writes', 'on'), ('synchronous_commit', 'off'), "
    "('server_encoding', 'UTF8'), ('default_transaction_read_only', 'off'), "
    "('in_hot_standby', 'off'), ('erario.accept_loss', '')) AS s (name, wanted)"};

struct Durability {
  std::string fault;  // empty: what is committed stays
  bool accepted = false;
};
Durability durability_of(Session& session) {
  Durability found;
  session.run(kServerSettings, Rows{}, [&](const Row& row) {
    const std::string name = row.text(0);
    const std::string value = row.null(1) ? row.text(2) : row.text(1);
    if (name == "erario.accept_loss") {
      found.accepted = value == "on";
    } else if (name == "synchronous_commit" ? value == "off" : value != row.text(2)) {
      found.fault += (found.fault.empty() ? "" : ", ") + name + " is " + value;
    }
  });
  if (!found.fault.empty()) {
    found.fault = "this server does not keep what is acknowledged: " + found.fault;
  }
  return found;
}

// ---- Sessions ----

class PostgresRow : public Row {
 public:
  explicit PostgresRow(const pqxx::result& result) : result_(result), row_(result_[0]) {
    for (pqxx::row::size_type column = 0; column < result.columns(); ++column) {
      bytes_.push_back(result.column_type(column) == kByteaOid);
    }
  }
  void move_to(pqxx::result::size_type row) { row_ = result_[row]; }

  bool null(int column) const override { return row_[column].is_null(); }
  std::int64_t integer(int column) const override {
    const pqxx::field field = row_[column];
    std::int64_t number = 0;
    const char* end = field.c_str() + field.size();
    const auto [stop, error] = std::from_chars(field.c_str(), end, number);
    if (error != std::errc{} || stop != end) {
      throw StoreFailure(FailureKind::kOther, "the database answers no number in a number's place");
    }
    return number;
  }
  std::string_view view(int column) const override {
    CHECK(!bytes_[static_cast<std::size_t>(column)]);
    const pqxx::field field = row_[column];
    return {field.c_str(), field.size()};
  }
  std::string text(int column) const override {
    const pqxx::field field = row_[column];
    const std::string_view shown(field.c_str(), field.size());
    if (bytes_[static_cast<std::size_t>(column)] && !field.is_null()) return from_hex_bytea(shown);
    return std::string(shown);
  }

 private:
  const pqxx::result& result_;
  pqxx::row row_;
  std::vector<bool> bytes_;
};

class PostgresSession : public Session {
 public:
  PostgresSession(std::string options, Access access, std::chrono::milliseconds trusted_for)
      : options_(std::move(options)), access_(access), trusted_for_(trusted_for) {
    connect();
  }
  ~PostgresSession() override { rollback(); }

  void begin() override {
    CHECK(transaction_ == nullptr);
    for (int tried = 1;; ++tried) {
      try {
        if (connection_ == nullptr) connect();
        start();
        if (access_ == Access::kWrite) require_durable();
        return;
      } catch (const StoreFailure& failure) {
        if (connection_ != nullptr || tried == kConnectTries) throw;
        // Nothing was sent that could have had an effect: asking again is safe.
        std::this_thread::sleep_for(kFirstPause * (1 << (tried - 1)));
      }
    }
  }

  void commit() override {
    CHECK(transaction_ != nullptr);
    try {
      transaction_->commit();
      transaction_.reset();
    } catch (const std::exception&) {
      fail("COMMIT", Phase::kCommit);
    }
  }

  void rollback() noexcept override {
    transaction_.reset();  // aborts what was not committed; never throws
    if (connection_ != nullptr && !connection_->is_open()) connection_.reset();
  }

  void run(const Statement& statement, const Rows& rows, const RowHandler& on_row) override {
    CHECK(transaction_ != nullptr);
    try {
      const Prepared& prepared = prepare(statement);
      const auto& values = rows.values();
      const std::size_t width = prepared.parameters.size();
      CHECK(width == 0 ? values.empty() : values.size() % width == 0);
      if (prepared.arrays) {
        if (!values.empty()) execute(prepared, arrays_of(prepared, values), on_row);
        return;
      }
      std::size_t first = 0;
      do {
        std::vector<pqxx::binarystring> arguments;
        for (std::size_t field = 0; field < width; ++field)
          arguments.emplace_back(binary_value(values.at(first + field)));
        execute(prepared, arguments, on_row);
        first += width;
      } while (first < values.size());
    } catch (const StoreFailure&) {
      throw;
    } catch (const std::exception&) {
      fail(statement.name, Phase::kStatement);
    }
  }

  void run_script(const std::string& sql) override {
    const bool alone = transaction_ == nullptr;
    if (alone) begin();
    try {
      transaction_->exec(sql);
    } catch (const std::exception&) {
      fail("script", Phase::kStatement);
    }
    if (alone) commit();
  }

 private:
  struct Prepared {
    std::string name;
    std::vector<Parameter> parameters;
    bool arrays = false;  // takes any number of rows
  };

  // A server is reloaded with other settings, or another one takes its place, while we run.
  void require_durable() {
    const auto now = std::chrono::steady_clock::now();
    if (trusted_since_ && now - *trusted_since_ < trusted_for_) return;
    const Durability found = durability_of(*this);
    if (!found.fault.empty() && !found.accepted) {
      rollback();
      throw StoreFailure(FailureKind::kBroken, found.fault);
    }
    trusted_since_ = now;
  }

  void connect() {
    prepared_.clear();
    trusted_since_.reset();
    try {
      connection_ = std::make_unique<pqxx::connection>(options_);
      // What the server notices comes back as a failure or not at all; nothing prints it.
      quiet_ = std::make_unique<pqxx::quiet_errorhandler>(*connection_);
      // Without the details, which quote the rows: what people entered is not for the log.
      connection_->set_verbosity(pqxx::connection_base::terse);
    } catch (const std::exception& error) {
      connection_.reset();
      throw StoreFailure(FailureKind::kOther, "connect: " + one_line(error.what()));
    }
  }

  void start() {
    try {
      if (only_reads(access_)) {
        using Snapshot = pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>;
        transaction_ = std::make_unique<Snapshot>(*connection_);
      } else {
        transaction_ = std::make_unique<pqxx::transaction<pqxx::read_committed>>(*connection_);
      }
    } catch (const std::exception&) {
      fail("BEGIN", Phase::kStatement);
    }
  }

  // Tells what the exception being handled means, and forgets a connection that is gone.
  [[noreturn]] void fail(std::string_view where, Phase phase) {
    const StoreFailure failure = failure_of_current(where, phase, connection_->is_open());
    rollback();
    throw StoreFailure(failure);
  }

  const Prepared& prepare(const Statement& statement) {
    const auto found = prepared_.find(&statement);
    if (found != prepared_.end()) return found->second;
    Prepared fresh{std::string(statement.name), parameters_of(statement),
                   statement.sql.find("{VALUES}") != std::string_view::npos ||
                       statement.sql.find("{ROWS}") != std::string_view::npos};
    connection_->prepare(fresh.name, postgres_sql(statement, access_));
    return prepared_.emplace(&statement, std::move(fresh)).first->second;
  }

  static std::vector<pqxx::binarystring> arrays_of(const Prepared& prepared,
                                                   const std::vector<Value>& values) {
    const std::size_t width = prepared.parameters.size();
    std::vector<pqxx::binarystring> arrays;
    arrays.reserve(width);
    for (std::size_t column = 0; column < width; ++column) {
      arrays.emplace_back(binary_array({values, width, column}, prepared.parameters[column].type));
    }
    return arrays;
  }

  void execute(const Prepared& prepared, const std::vector<pqxx::binarystring>& arguments,
               const RowHandler& on_row) {
    const pqxx::result result =
        transaction_->exec_prepared(prepared.name, pqxx::prepare::make_dynamic_params(arguments));
    if (result.empty()) return;
    PostgresRow row(result);
    for (pqxx::result::size_type index = 0; index < result.size(); ++index) {
      row.move_to(index);
      on_row(row);
    }
  }

  std::string options_;
  Access access_;
  std::chrono::milliseconds trusted_for_;
  std::optional<std::chrono::steady_clock::time_point> trusted_since_;
  std::unordered_map<const Statement*, Prepared> prepared_;
  std::unique_ptr<pqxx::connection> connection_;
  std::unique_ptr<pqxx::quiet_errorhandler> quiet_;
  std::unique_ptr<pqxx::dbtransaction> transaction_;
};

// ---- Lanes ----

// Any number will do; it is only ours.
constexpr std::string_view kHoldLaneSql =
    "SELECT 1 WHERE CASE WHEN EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' "
    "AND classid = 731086873 AND objid = :lane AND pid = pg_backend_pid() AND granted) "
    "THEN true ELSE pg_try_advisory_lock(731086873, CAST(:lane AS integer)) END";
const Statement kHoldLane{"hold_lane", "lane BIGINT", kHoldLaneSql};
const Statement kReleaseLane{"release_lane", "lane BIGINT",
                             "SELECT pg_advisory_unlock(731086873, CAST(:lane AS integer))"};

// Advisory locks of a session: they outlast the transactions that take them and end with the
// connection. Taken when a process starts, never on the way of a payment.
class PostgresLaneLocks : public LaneLocks {
 public:
  explicit PostgresLaneLocks(std::unique_ptr<Session> session) : session_(std::move(session)) {}

  bool hold(std::int64_t lane) override { return run(kHoldLane, lane); }
  void release(std::int64_t lane) noexcept override {
    try {
      run(kReleaseLane, lane);
    } catch (const StoreFailure& failure) {
      // The connection is gone, and the lock with it.
      log_failure(kReleaseLane.name, failure);
    }
  }

 private:
  bool run(const Statement& statement, std::int64_t lane) {
    bool answered = false;
    Transaction transaction(*session_);
    session_->run(statement, Rows{}.integer(lane), [&](const Row&) { answered = true; });
    transaction.commit();
    return answered;
  }

  std::unique_ptr<Session> session_;
};

// ---- URLs ----

using Settings = std::vector<std::pair<std::string, std::string>>;

Error invalid(const std::string& what) {
  return Error{ErrorCode::kConfigInvalid, "the store URL " + what};
}

Result<Settings> settings_of(const std::string& url) {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.c_str(), &message), &PQconninfoFree);
  if (options == nullptr) {
    const std::string why = "cannot be read: " + one_line(message == nullptr ? "" : message);
    PQfreemem(message);
    return invalid(why);
  }
  Settings settings;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view keyword = option->keyword;
    if (keyword == "password" || keyword == "sslpassword") {
      return invalid("must not hold a password; name a file instead: passfile=/etc/erario/pgpass");
    }
    settings.emplace_back(keyword, option->val);
  }
  return settings;
}

std::string connection_string(const Settings& settings) {
  std::string text;
  for (const auto& [keyword, value] : settings) {
    text += keyword + "='";
    for (const char c : value) {
      if (c == '\'' || c == '\\') text += '\\';
      text += c;
    }
    text += "' ";
  }
  return text;
}

// What finds every row by its key is planned once, for any number of rows, and never scans: a plan
// made while a table was small would otherwise stay when it is large.
#define PLANS_BY_KEY                                                                    \
  " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off" \
  " -c enable_mergejoin=off"

// What the sessions of each kind ask the server for. A lane that stopped in a transaction must not
// hold up the other processes, and waiting for one of them ends.
std::string_view session_options(Access access) {
  switch (access) {
    case Access::kLookUp: return " -c jit=off" PLANS_BY_KEY;
    case Access::kWrite:
      return " -c jit=off" PLANS_BY_KEY
             " -c lock_timeout=5s -c idle_in_transaction_session_timeout=10s";
    case Access::kReadAll:
    case Access::kMigrate: return " -c jit=off";
  }
  CHECK(false);
}

class PostgresDriver : public Driver {
 public:
  PostgresDriver(Settings settings, std::chrono::milliseconds trusted_for)
      : settings_(std::move(settings)), trusted_for_(trusted_for) {}

  std::unique_ptr<Session> connect(Access access) override {
    Settings settings = settings_;
    const auto find = [&](std::string_view keyword) {
      return std::find_if(settings.begin(), settings.end(),
                          [&](const auto& setting) { return setting.first == keyword; });
    };
    const auto default_to = [&](const char* keyword, const char* value) {
      if (find(keyword) == settings.end()) settings.emplace_back(keyword, value);
    };
    default_to("options", "");
    default_to("application_name", "erario");
    default_to("connect_timeout", "5");
    find("options")->second += session_options(access);
    settings.emplace_back("client_encoding", "UTF8");
    return std::make_unique<PostgresSession>(connection_string(settings), access, trusted_for_);
  }
  std::unique_ptr<LaneLocks> lane_locks() override {
    return std::make_unique<PostgresLaneLocks>(connect(Access::kLookUp));
  }
  const Dialect& dialect() const override { return dialect_; }

 private:
  Settings settings_;
  std::chrono::milliseconds trusted_for_;
  PostgresDialect dialect_;
};

// A trigger marks the tables that are append-only (PostgresDialect::append_only).
const Statement kRoleMayChange{
    "role_may_change", "",
    "SELECT current_user, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "JOIN pg_proc f ON f.oid = t.tgfoid "
    "WHERE f.proname = 'erario_append_only' AND (has_table_privilege(c.oid, 'UPDATE') "
    "OR has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE')) "
    "ORDER BY c.relname LIMIT 1"};

}  // namespace

bool is_postgres_url(const std::string& url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

Result<std::unique_ptr<Driver>> postgres_driver(const std::string& url,
                                                std::chrono::milliseconds trusted_for) {
  TRY(Settings settings, settings_of(url));
  return std::unique_ptr<Driver>(
      std::make_unique<PostgresDriver>(std::move(settings), trusted_for));
}

std::string postgres_user(const std::string& url) {
  const auto settings = settings_of(url);
  if (!settings.ok()) return "";
  for (const auto& [keyword, value] : *settings) {
    if (keyword == "user") return value;
  }
  return "";
}

void require_durable_server(Session& session) {
  const Durability found = durability_of(session);
  if (found.fault.empty()) return;
  if (!found.accepted) throw StoreFailure(FailureKind::kOther, found.fault);
  spdlog::critical("store: {}; accepted by erario.accept_loss", found.fault);
}

void require_append_only_role(Session& session) {
  session.run(kRoleMayChange, Rows{}, [](const Row& row) {
    throw StoreFailure(FailureKind::kOther,
                       "the role " + row.text(0) + " may change the table " + row.text(1) +
                           ", which is append-only; serve as the role erario migrate prepares");
  });
}

void grant_service_role(Session& owner, const std::string& role) {
  std::string name = "\"";
  for (const char c : role)
    name += c == '"' ? "\"\"" : std::string(1, c);
  name += '"';
  std::string literal = "'";
  for (const char c : role)
    literal += c == '\'' ? "''" : std::string(1, c);
  literal += '\'';
  owner.run_script(
      "DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = " + literal +
      ") THEN CREATE ROLE " + name +
      " LOGIN; END IF; END $do$;\n"
      "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, " +
      name +
      ";\n"
      "GRANT USAGE ON SCHEMA public TO " +
      name +
      ";\n"
      "GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO " +
      name +
      ";\n"
      "REVOKE INSERT ON migrations FROM " +
      name +
      ";\n"
      "DO $do$ DECLARE t regclass; BEGIN\n"
      "  FOR t IN SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace\n"
      "    AND c.relkind = 'r' AND c.relname <> 'migrations' AND NOT EXISTS (\n"
      "      SELECT FROM pg_trigger g JOIN pg_proc f ON f.oid = g.tgfoid\n"
      "      WHERE g.tgrelid = c.oid AND f.proname = 'erario_append_only')\n"
      "  LOOP EXECUTE format('GRANT UPDATE ON %s TO %I', t, " +
      literal +
      "); END LOOP;\n"
      "END $do$;\n"
      // The one log that is not kept for ever.
      "GRANT DELETE ON webhook_deliveries TO " +
      name + ";\n");
}

}  // namespace erario::store
