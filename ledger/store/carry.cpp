#include "ledger/store/carry.hpp"

#include <algorithm>
#include <deque>

#include "ledger/store/drivers.hpp"
#include "ledger/store/lanes.hpp"
#include "ledger/store/postgres_driver.hpp"
#include "ledger/store/session.hpp"

namespace erario {
namespace {

using store::FailureKind;
using store::Row;
using store::Rows;
using store::Session;
using store::Statement;
using store::StoreFailure;

// What one statement carries: a bound on memory, whatever the rows hold.
constexpr std::size_t kRowsMax = 2'000;
constexpr std::size_t kBytesMax = 8U << 20U;

struct Table {
  std::string name;
  std::vector<store::Parameter> columns;
};

// Statements made here; a session knows a statement by its address.
class Made {
 public:
  const Statement& statement(std::string name, std::string parameters, std::string sql) {
    const auto& texts =
        texts_.emplace_back(Texts{std::move(name), std::move(parameters), std::move(sql)});
    return statements_.emplace_back(Statement{texts.name, texts.parameters, texts.sql});
  }

 private:
  struct Texts {
    std::string name;
    std::string parameters;
    std::string sql;
  };
  std::deque<Texts> texts_;
  std::deque<Statement> statements_;
};

std::vector<Table> tables_of(Session& session, const store::Dialect& dialect) {
  std::vector<Table> tables;
  session.run(dialect.columns(), Rows{}, [&](const Row& row) {
    const std::string name = row.text(0);
    if (name == "migrations") return;
    if (tables.empty() || tables.back().name != name) tables.push_back({name, {}});
    tables.back().columns.push_back({row.text(1), row.text(2)});
  });
  return tables;
}

std::string joined(const Table& table, bool with_types) {
  std::string text;
  for (const store::Parameter& column : table.columns) {
    text += (text.empty() ? "" : ", ") + column.name;
    if (with_types) text += " " + column.type;
  }
  return text;
}

bool same(const std::vector<Table>& some, const std::vector<Table>& others) {
  return std::equal(some.begin(), some.end(), others.begin(), others.end(),
                    [](const Table& a, const Table& b) {
                      return a.name == b.name && joined(a, true) == joined(b, true);
                    });
}

class Carrier {
 public:
  Carrier(Session& from, Session& to) : from_(from), to_(to) {}

  std::int64_t count(Session& session, const Table& table) {
    std::int64_t rows = 0;
    const Statement& counting =
        made_.statement("count_" + table.name, "", "SELECT count(*) FROM " + table.name);
    session.run(counting, Rows{}, [&](const Row& row) { rows = row.integer(0); });
    return rows;
  }

  std::int64_t carry(const Table& table) {
    const Statement& reading = made_.statement(
        "read_" + table.name, "", "SELECT " + joined(table, false) + " FROM " + table.name);
    const Statement& writing = made_.statement("carry_" + table.name, joined(table, true),
                                               "INSERT INTO " + table.name + " {COLUMNS} {VALUES}");
    std::int64_t rows = 0;
    Rows held;
    std::size_t bytes = 0;
    std::size_t in_hand = 0;
    const auto write = [&] {
      if (in_hand > 0) to_.run(writing, held);
      held = Rows{};
      bytes = in_hand = 0;
    };
    from_.run(reading, Rows{}, [&](const Row& row) {
      bytes += take(row, table, held);
      ++rows;
      if (++in_hand == kRowsMax || bytes >= kBytesMax) write();
    });
    write();
    return rows;
  }

 private:
  static std::size_t take(const Row& row, const Table& table, Rows& into) {
    std::size_t bytes = 0;
    int column = 0;
    for (const store::Parameter& of : table.columns) {
      if (row.null(column)) {
        into.null();
      } else if (of.type == "BIGINT") {
        into.integer(row.integer(column));
      } else {
        std::string value = row.text(column);
        bytes += value.size();
        of.type == "TEXT" ? into.text(std::move(value)) : into.bytes(std::move(value));
      }
      ++column;
    }
    return bytes;
  }

  Session& from_;
  Session& to_;
  Made made_;
};

Error refused(const std::string& why) {
  return Error{ErrorCode::kStateConflict, why};
}

Result<CarriedRows> carry_tables(store::Driver& source, store::Driver& target) {
  const auto from = source.connect(store::Access::kWrite);
  const auto to = target.connect(store::Access::kMigrate);
  // Held for writing, so that nobody else does.
  const store::Transaction reading(*from);
  store::Transaction writing(*to);
  to->run_script(target.dialect().migration_lock());
  const auto tables = tables_of(*from, source.dialect());
  if (!same(tables, tables_of(*to, target.dialect()))) {
    return refused("the two stores do not have the same tables; bring both up to date first");
  }
  Carrier carrier(*from, *to);
  for (const Table& table : tables) {
    if (carrier.count(*to, table) > 0) {
      return refused("the new store is not empty: there are rows in its table " + table.name);
    }
  }
  CarriedRows carried;
  for (const Table& table : tables) {
    carried[table.name] = carrier.carry(table);
    const std::int64_t before = carrier.count(*from, table);
    const std::int64_t after = carrier.count(*to, table);
    if (carried[table.name] != before || after != before) {
      return refused("of " + std::to_string(before) + " rows in the table " + table.name + " " +
                     std::to_string(after) + " arrived");
    }
  }
  writing.commit();
  return carried;
}

}  // namespace

namespace {

// Whoever serves holds a lane. Holding all of them keeps everybody out until the rows are carried.
bool hold_every_lane(store::LaneLocks& locks) {
  for (std::int64_t lane = 1; lane <= store::kLanesMax; ++lane)
    if (!locks.hold(lane)) return false;
  return true;
}

void require_durable(store::Driver& server) {
  const auto session = server.connect(store::Access::kLookUp);
  const store::Transaction snapshot(*session);
  store::require_durable_server(*session);
}

}  // namespace

Result<CarriedRows> carry_over(const std::string& from, const StorePlace& to) {
  if (!store::is_postgres_url(to.url)) {
    return Error{ErrorCode::kConfigInvalid, "a store is carried over to a server: postgresql://…"};
  }
  TRY(const auto source, store::embedded_driver(from));
  TRY(const auto target, store::owner_driver(to));
  try {
    const auto serving = source->lane_locks();
    if (!hold_every_lane(*serving)) {
      return refused("a process serves from the embedded store; stop it first");
    }
    require_durable(*target);
    TRY_VOID(migrate(to));
    return carry_tables(*source, *target);
  } catch (const StoreFailure& failure) {
    if (failure.kind() == FailureKind::kBusy) {
      return refused("another process writes to one of the stores; stop it first");
    }
    return Error{ErrorCode::kStoreUnavailable,
                 std::string("the store cannot be carried over: ") + failure.what()};
  }
}

}  // namespace erario
