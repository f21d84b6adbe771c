// The tokens that keep the SQL common to all databases.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/store/cursor.hpp"
#include "ledger/store/session.hpp"
#include "ledger/store/sqlite_driver.hpp"

namespace erario::store {
namespace {

// Shaped like PostgreSQL, to see that a second dialect needs no other statements.
class ArrayDialect : public Dialect {
 public:
  std::string values(const std::vector<Parameter>& parameters) const override {
    return "SELECT * FROM " + unnest(parameters);
  }
  std::string rows(const std::vector<Parameter>& parameters) const override {
    return unnest(parameters) + " AS r";
  }
  std::string lock(std::string_view relation) const override {
    return "FOR UPDATE OF " + std::string(relation);
  }
  std::string schema_token(std::string_view token) const override {
    return "<" + std::string(token) + ">";
  }
  std::string append_only(std::string_view table) const override {
    return "GUARD " + std::string(table);
  }

 private:
  static std::string unnest(const std::vector<Parameter>& parameters) {
    std::string sql;
    for (const Parameter& parameter : parameters)
      sql += (sql.empty() ? "" : ", ") + parameter.name + " " + parameter.type;
    return "unnest(" + sql + ")";
  }
};

TEST(Dialect, TokensBecomeWhatTheDatabaseSpeaks) {
  const Statement insert{"i", "id TEXT, at BIGINT", "INSERT INTO t {COLUMNS} {VALUES}"};
  const Statement read{"r", "id TEXT", "SELECT * FROM {ROWS} JOIN t ON t.id = r.id {LOCK:t}"};
  const auto driver = sqlite_driver("unused");
  EXPECT_EQ(expand(insert, driver->dialect()), "INSERT INTO t (id, at) VALUES (:id, :at)");
  EXPECT_EQ(expand(read, driver->dialect()),
            "SELECT * FROM (SELECT :id AS id) AS r JOIN t ON t.id = r.id ");
  EXPECT_EQ(expand(insert, ArrayDialect()),
            "INSERT INTO t (id, at) SELECT * FROM unnest(id TEXT, at BIGINT)");
  EXPECT_EQ(expand(read, ArrayDialect()),
            "SELECT * FROM unnest(id TEXT) AS r JOIN t ON t.id = r.id FOR UPDATE OF t");
  EXPECT_EQ(expand_schema("a {BIGINT}; {APPEND_ONLY:t}", ArrayDialect()), "a <BIGINT>; GUARD t");
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
  EXPECT_EQ(*decode_ordinal_cursor(""), 0);
  EXPECT_EQ(*decode_ordinal_cursor(encode_cursor("42")), 42);
  for (const char* odd : {"-1", "4x", "99999999999999999999", ""})
    EXPECT_FALSE(decode_ordinal_cursor(encode_cursor(odd) + (*odd == 0 ? "=" : "")).ok()) << odd;
}

}  // namespace
}  // namespace erario::store
