// The tokens that keep the SQL common to all databases.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/store/cursor.hpp"
#include "ledger/store/postgres_dialect.hpp"
#include "ledger/store/session.hpp"
#include "ledger/store/sqlite_driver.hpp"

namespace erario::store {
namespace {

using testing::StartsWith;

TEST(Dialect, TokensBecomeWhatTheDatabaseSpeaks) {
  const Statement insert{"i", "id TEXT, at BIGINT", "INSERT INTO t {COLUMNS} {VALUES}"};
  const Statement read{"r", "id TEXT", "SELECT * FROM {ROWS} JOIN t ON t.id = r.id {LOCK:t}"};
  const Statement plain{"p", "at BIGINT, id TEXT", "SELECT 1 FROM t WHERE id > :id AND at = :at"};
  const auto driver = sqlite_driver("unused");
  EXPECT_EQ(expand(insert, driver->dialect()), "INSERT INTO t (id, at) VALUES (:id, :at)");
  EXPECT_EQ(expand(read, driver->dialect()),
            "SELECT * FROM (SELECT :id AS id) AS r JOIN t ON t.id = r.id ");
  EXPECT_EQ(postgres_sql(insert, Access::kWrite),
            "INSERT INTO t (id, at) SELECT * FROM unnest($1::text[], $2::bigint[])");
  EXPECT_EQ(postgres_sql(read, Access::kWrite),
            "SELECT * FROM unnest($1::text[]) AS r (id) JOIN t ON t.id = r.id "
            "ORDER BY 1 FOR NO KEY UPDATE OF t");
  EXPECT_EQ(postgres_sql(read, Access::kLookUp),
            "SELECT * FROM unnest($1::text[]) AS r (id) JOIN t ON t.id = r.id ");
  EXPECT_EQ(postgres_sql(plain, Access::kLookUp),
            "SELECT 1 FROM t WHERE id > $2::text AND at = $1::bigint");
}

TEST(Dialect, TheSchemaIsSpelledForEachDatabase) {
  const std::string_view schema = "a {BIGINT}, b {ID}, c {BYTES} {UPDATED_TABLE}; {APPEND_ONLY:t}";
  EXPECT_THAT(expand_schema(schema, sqlite_driver("unused")->dialect()),
              StartsWith("a INTEGER, b TEXT, c BLOB STRICT, WITHOUT ROWID; CREATE TRIGGER"));
  EXPECT_THAT(expand_schema(schema, PostgresDialect()),
              StartsWith("a bigint, b text COLLATE \"C\", c bytea WITH (fillfactor = 50); "
                         "CREATE TRIGGER t_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON t"));
}

TEST(Dialect, ParametersAreReadInOrder) {
  const auto parameters = parameters_of({"s", "id TEXT,  at BIGINT, hash BYTES", ""});
  ASSERT_EQ(parameters.size(), 3U);
  EXPECT_EQ(parameters[1].name, "at");
  EXPECT_EQ(parameters[2].type, "BYTES");
  EXPECT_TRUE(parameters_of({"s", "", ""}).empty());
}

TEST(Cursor, IsOpaqueAndComesBack) {
  for (const std::string key : {"a", "ab", "abc", "pay_0123", "\xff\xfe?"}) {
    EXPECT_EQ(*decode_cursor(encode_cursor(key)), key);
    EXPECT_EQ(encode_cursor(key).find_first_of("+/="), std::string::npos);
  }
  EXPECT_EQ(decode_place_cursor("")->ordinal, 0);
  EXPECT_EQ(decode_place_cursor(encode_cursor("3.42"))->lane, 3);
  EXPECT_EQ(decode_place_cursor(encode_cursor("3.42"))->ordinal, 42);
  for (const char* odd : {"42", "1.-1", "1.4x", ".1", "1.", "1.99999999999999999999", ""})
    EXPECT_FALSE(decode_place_cursor(encode_cursor(odd) + (*odd == 0 ? "=" : "")).ok()) << odd;
}

}  // namespace
}  // namespace erario::store
