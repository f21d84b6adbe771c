#include "ledger/store/postgres_dialect.hpp"

#include <cctype>

namespace erario::store {
namespace {

std::string_view type_of(const Parameter& parameter) {
  if (parameter.type == "TEXT") return "text";
  if (parameter.type == "BIGINT") return "bigint";
  CHECK(parameter.type == "BYTES");
  return "bytea";
}

// unnest($1::text[], $2::bigint[], …)
std::string unnest(const std::vector<Parameter>& parameters) {
  std::string sql = "unnest(";
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    sql += (i == 0 ? "$" : ", $") + std::to_string(i + 1) + "::";
    sql += std::string(type_of(parameters[i])) + "[]";
  }
  return sql + ")";
}

// Any number will do; it is only ours.
constexpr std::string_view kMigrationLock = "SELECT pg_advisory_xact_lock(7310868735423664);";

const Statement kMigrated{"migrated", "",
                          "SELECT 1 FROM pg_class WHERE oid = to_regclass('migrations')"};

const Statement kColumns{
    "columns", "",
    "SELECT c.relname, a.attname, CASE format_type(a.atttypid, NULL) WHEN 'bytea' THEN 'BYTES' "
    "ELSE upper(format_type(a.atttypid, NULL)) END "
    "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
    "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 "
    "AND NOT a.attisdropped ORDER BY c.relname COLLATE \"C\", a.attnum"};

}  // namespace

std::string PostgresDialect::values(const std::vector<Parameter>& parameters) const {
  return "SELECT * FROM " + unnest(parameters);
}

std::string PostgresDialect::rows(const std::vector<Parameter>& parameters) const {
  std::string sql = unnest(parameters) + " AS r (";
  for (std::size_t i = 0; i < parameters.size(); ++i)
    sql += (i == 0 ? "" : ", ") + parameters[i].name;
  return sql + ")";
}

// In the order of the first column, which is the row's key: two lanes that lock the same rows wait
// for each other and never in a circle. No foreign key points at these rows, so inserts beside them
// need not be held up by a stronger lock.
std::string PostgresDialect::lock(std::string_view relation) const {
  if (only_reads(access_)) return "";
  return "ORDER BY 1 FOR NO KEY UPDATE OF " + std::string(relation);
}

// Texts compare by their bytes, as they do in the embedded store and in the program.
std::string PostgresDialect::schema_token(std::string_view token) const {
  if (token == "BIGINT") return "bigint";
  if (token == "TEXT" || token == "ID") return "text COLLATE \"C\"";
  if (token == "BYTES") return "bytea";
  // Room in each page for the next version of its rows: then no index has to be told.
  if (token == "UPDATED_TABLE") return "WITH (fillfactor = 50)";
  CHECK(token == "TABLE" || token == "CLUSTERED_TABLE");
  return "";
}

// For each statement, not each row: it costs inserts nothing and refuses even what finds no row.
std::string PostgresDialect::append_only(std::string_view table) const {
  const std::string name(table);
  return "CREATE TRIGGER " + name + "_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON " + name +
         " FOR EACH STATEMENT EXECUTE FUNCTION erario_append_only();\n";
}

std::string PostgresDialect::schema_preamble() const {
  return "CREATE OR REPLACE FUNCTION erario_append_only() RETURNS trigger LANGUAGE plpgsql AS $$\n"
         "BEGIN\n"
         "  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME\n"
         "    USING ERRCODE = 'integrity_constraint_violation';\n"
         "END $$;\n";
}

std::string PostgresDialect::migration_lock() const {
  return std::string(kMigrationLock);
}

const Statement& PostgresDialect::migrated() const {
  return kMigrated;
}
const Statement& PostgresDialect::columns() const {
  return kColumns;
}

std::string postgres_sql(const Statement& statement, Access access) {
  const auto parameters = parameters_of(statement);
  const std::string expanded = expand(statement, PostgresDialect(access));
  std::string sql;
  for (std::size_t at = 0; at < expanded.size();) {
    // "::" is a cast of ours, written by unnest().
    if (expanded.compare(at, 2, "::") == 0) {
      sql += "::";
      at += 2;
      continue;
    }
    if (expanded[at] != ':') {
      sql += expanded[at++];
      continue;
    }
    std::size_t end = at + 1;
    while (end < expanded.size() &&
           (std::isalnum(static_cast<unsigned char>(expanded[end])) != 0 || expanded[end] == '_'))
      ++end;
    const std::string name = expanded.substr(at + 1, end - at - 1);
    std::size_t index = 0;
    while (index < parameters.size() && parameters[index].name != name)
      ++index;
    CHECK(index < parameters.size());
    sql += "$" + std::to_string(index + 1) + "::" + std::string(type_of(parameters[index]));
    at = end;
  }
  return sql;
}

}  // namespace erario::store
