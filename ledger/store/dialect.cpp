#include "ledger/store/session.hpp"

namespace erario::store {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

std::string names_of(const std::vector<Parameter>& parameters) {
  std::string names = "(";
  for (const Parameter& parameter : parameters) {
    names += (names.size() > 1 ? ", " : "") + parameter.name;
  }
  return names + ")";
}

// Replaces every {TOKEN} by what `spell` makes of it.
template <class Spell>
std::string replace_tokens(std::string_view sql, const Spell& spell) {
  std::string out;
  while (true) {
    const auto open = sql.find('{');
    out += sql.substr(0, open);
    if (open == std::string_view::npos) return out;
    const auto close = sql.find('}', open);
    CHECK(close != std::string_view::npos);
    out += spell(sql.substr(open + 1, close - open - 1));
    sql.remove_prefix(close + 1);
  }
}

}  // namespace

std::vector<Parameter> parameters_of(const Statement& statement) {
  std::vector<Parameter> parameters;
  std::string_view rest = statement.parameters;
  while (!trimmed(rest).empty()) {
    const auto comma = rest.find(',');
    const std::string_view one = trimmed(rest.substr(0, comma));
    const auto blank = one.find(' ');
    CHECK(blank != std::string_view::npos);
    parameters.push_back(
        {std::string(one.substr(0, blank)), std::string(trimmed(one.substr(blank)))});
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return parameters;
}

std::string expand(const Statement& statement, const Dialect& dialect) {
  const auto parameters = parameters_of(statement);
  return replace_tokens(statement.sql, [&](std::string_view token) -> std::string {
    if (token == "COLUMNS") return names_of(parameters);
    if (token == "VALUES") return dialect.values(parameters);
    if (token == "ROWS") return dialect.rows(parameters);
    CHECK(token.starts_with("LOCK:"));
    return dialect.lock(token.substr(5));
  });
}

std::string expand_schema(std::string_view sql, const Dialect& dialect) {
  return replace_tokens(sql, [&](std::string_view token) -> std::string {
    if (token.starts_with("APPEND_ONLY:")) return dialect.append_only(token.substr(12));
    return dialect.schema_token(token);
  });
}

}  // namespace erario::store
