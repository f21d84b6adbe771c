// What everything that reads through sessions shares.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/ports/store.hpp"
#include "ledger/store/session.hpp"

namespace erario::store {

inline Error cannot_be_read(const StoreFailure& failure) {
  log_failure("read", failure);
  return Error{ErrorCode::kStoreUnavailable, "the store cannot be read"};
}

// One more than the page shows, to know whether there is a next one.
inline std::int64_t one_more(const Page& page) {
  CHECK(page.limit > 0);
  return std::int64_t{page.limit} + 1;
}

template <class T, class Read>
std::vector<T> collect(Session& session, const Statement& statement, const Rows& rows,
                       const Read& read) {
  std::vector<T> found;
  session.run(statement, rows, [&](const Row& row) { found.push_back(read(row)); });
  return found;
}

template <class T, class Read>
std::optional<T> first(Session& session, const Statement& statement, const Rows& rows,
                       const Read& read) {
  auto found = collect<T>(session, statement, rows, read);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

// The text of an optional value that has one, else nothing: how filters say "any".
template <class T>
std::string word(const std::optional<T>& value) {
  return value ? std::string(erario::to_text(*value)) : std::string();
}

}  // namespace erario::store
