// What a database driver is: sessions that run the statements of statements.hpp, and a dialect that
// fills their tokens. Everything above (lane, reader, audit) is written once over this interface.
// A session is used by one thread at a time. Failures are thrown as StoreFailure and never leave
// ledger/store: the port's functions turn them into Results and CommitStatus.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/digest.hpp"
#include "engine/base/id.hpp"
#include "engine/base/money.hpp"
#include "engine/base/time.hpp"

namespace erario::store {

// ---- Statements ----

// One SQL statement in the common subset. `parameters` names and types what is bound, in order:
// "id TEXT, at BIGINT". In `sql` a parameter is written :name, or all of them at once as
//   {COLUMNS}  the names in parentheses, for INSERT
//   {VALUES}   their values, one row or many (VALUES (…) or SELECT … FROM unnest(…))
//   {ROWS}     a relation `r` with the parameters as columns, one row or many
//   {LOCK:p}   row locks on `p` where a writing session needs them
// A statement with {VALUES} or {ROWS} takes any number of rows.
struct Statement {
  std::string_view name;
  std::string_view parameters;
  std::string_view sql;
};

struct Parameter {
  std::string name;
  std::string type;  // TEXT, BIGINT or BYTES
};
std::vector<Parameter> parameters_of(const Statement& statement);

// How one database spells the tokens.
class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual std::string values(const std::vector<Parameter>& parameters) const = 0;
  virtual std::string rows(const std::vector<Parameter>& parameters) const = 0;
  virtual std::string lock(std::string_view relation) const = 0;
  // A token of the schema: BIGINT, TEXT, ID, BYTES; and for a table TABLE, CLUSTERED_TABLE (small
  // rows, found by their key) or UPDATED_TABLE (likewise, and their rows change often).
  virtual std::string schema_token(std::string_view token) const = 0;
  // The triggers that refuse UPDATE and DELETE on a table.
  virtual std::string append_only(std::string_view table) const = 0;
  // What every migration may rely on; repeating it changes nothing.
  virtual std::string schema_preamble() const = 0;
  // Holds other migrations off until the transaction ends; empty where its BEGIN does.
  virtual std::string migration_lock() const = 0;
  // Answers a row when a migration was ever applied.
  virtual const Statement& migrated() const = 0;
  // Every column of every table, in order: table, column, type of a Parameter.
  virtual const Statement& columns() const = 0;
};
std::string expand(const Statement& statement, const Dialect& dialect);
std::string expand_schema(std::string_view sql, const Dialect& dialect);

// ---- Values ----

struct Bytes {
  std::string data;
};
using Value = std::variant<std::monostate, std::int64_t, std::string, Bytes>;

// Rows of parameter values, filled field by field in the order of Statement::parameters.
class Rows {
 public:
  // clang-format off
  Rows& null() { values_.emplace_back(); return *this; }
  Rows& integer(std::int64_t value) { values_.emplace_back(value); return *this; }
  Rows& text(std::string value) { values_.emplace_back(std::move(value)); return *this; }
  Rows& text(std::string_view value) { return text(std::string(value)); }
  Rows& text(const char* value) { return text(std::string(value)); }
  Rows& bytes(std::string value) { values_.emplace_back(Bytes{std::move(value)}); return *this; }
  Rows& digest(const Sha256& value) { return bytes(std::string(as_bytes(value))); }
  Rows& money(Money value) { return integer(value.centavos); }
  Rows& instant(Instant value) { return integer(to_epoch_micros(value)); }
  Rows& date(Date value) { return text(to_text(value)); }
  // clang-format on
  template <class Tag>
  Rows& id(const Id<Tag>& value) {
    return text(value.text());
  }
  Rows& text_or_null(const std::string& value) { return value.empty() ? null() : text(value); }

  bool empty() const { return values_.empty(); }
  const std::vector<Value>& values() const { return values_; }

 private:
  std::vector<Value> values_;
};

// One result row; columns from 0. Valid during the handler only.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual std::string text(int column) const = 0;  // also bytes
  // Of a text, without a copy; valid until the column is read again.
  virtual std::string_view view(int column) const = 0;
};
using RowHandler = std::function<void(const Row&)>;

// ---- Failures ----

enum class FailureKind : std::uint8_t {
  kBusy,        // another writer holds the database
  kConstraint,  // a unique key or a check refused a row
  kInDoubt,     // the connection broke during COMMIT
  kFull,        // no room; nothing was written
  kBroken,      // storage failed: nothing may be acknowledged ever after
  kOther,       // unreachable, corrupt, a wrong schema
};
class StoreFailure : public std::runtime_error {
 public:
  StoreFailure(FailureKind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  FailureKind kind() const { return kind_; }

 private:
  FailureKind kind_;
};

// Tells the operator's log what went wrong while `doing` something.
void log_failure(std::string_view doing, const StoreFailure& failure);

// What the store wrote must be readable; anything else is corruption.
template <class T>
T stored(Result<T> parsed) {
  if (!parsed.ok()) {
    throw StoreFailure(FailureKind::kOther, "a stored value is damaged: " + parsed.error().detail);
  }
  return std::move(parsed).value();
}

// ---- Sessions ----

enum class Access : std::uint8_t {
  kLookUp,   // reads few rows, found by a key or in the order of an index
  kReadAll,  // reads much of a table at once
  kWrite,
  kMigrate,  // writes, and waits for other migrations as long as they take
};
inline bool only_reads(Access access) {
  return access == Access::kLookUp || access == Access::kReadAll;
}

class Session {
 public:
  virtual ~Session() = default;
  // A writing session: nobody else decides between this and commit(). A reading one: one snapshot.
  // Opens the connection again when it was lost.
  virtual void begin() = 0;
  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;
  // Runs the statement for every row of parameters; `on_row` sees every result row. The order of
  // results is the statement's own within one parameter row and free between them.
  virtual void run(const Statement& statement, const Rows& rows, const RowHandler& on_row) = 0;
  // Several statements without parameters (migrations).
  virtual void run_script(const std::string& sql) = 0;

  void run(const Statement& statement, const Rows& rows) {
    run(statement, rows, [](const Row&) {});
  }
};

// Locks that end with the process, or with its connection. Not thread safe.
class LaneLocks {
 public:
  virtual ~LaneLocks() = default;
  // True while the lane is held through this object: it was already, or it was free and is now.
  // Throws StoreFailure.
  virtual bool hold(std::int64_t lane) = 0;
  virtual void release(std::int64_t lane) noexcept = 0;
};

class Driver {
 public:
  virtual ~Driver() = default;
  // Both throw StoreFailure.
  virtual std::unique_ptr<Session> connect(Access access) = 0;
  virtual std::unique_ptr<LaneLocks> lane_locks() = 0;
  virtual const Dialect& dialect() const = 0;
};

// Ends a transaction that nobody committed, also when an exception passes.
class Transaction {
 public:
  explicit Transaction(Session& session) : session_(&session) { session.begin(); }
  ~Transaction() {
    if (session_ != nullptr) session_->rollback();
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() {
    session_->commit();
    session_ = nullptr;
  }

 private:
  Session* session_;
};

}  // namespace erario::store
