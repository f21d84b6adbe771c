// PostgreSQL through libpqxx. A batch goes to the server as one array a column, in PostgreSQL's
// binary form, and becomes rows there (unnest): one round trip a statement, however many rows.
// The lane's sessions are READ COMMITTED with row locks; readers see one snapshot and cannot write.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "engine/base/result.hpp"
#include "ledger/store/session.hpp"

namespace erario::store {

// "postgresql://…" or "postgres://…", as libpq reads them.
bool is_postgres_url(const std::string& url);

// How long a writing session takes the server's word that it loses nothing. Each new connection is
// asked at once.
inline constexpr std::chrono::milliseconds kServerTrustedFor{60'000};

// Fails with kConfigInvalid: a URL libpq cannot read, or one that holds a password. Passwords are
// in a file of libpq's form that the URL names (passfile=/etc/erario/pgpass). A writing session
// begins no transaction on a server that may lose it: begin() throws kBroken.
Result<std::unique_ptr<Driver>> postgres_driver(
    const std::string& url, std::chrono::milliseconds trusted_for = kServerTrustedFor);

// The role a URL signs in as; empty where it names none.
std::string postgres_user(const std::string& url);

// Throws StoreFailure unless what is committed here stays: a server that may lose acknowledged
// commits or writes torn pages, or a role that may change what is append-only.
void require_durable_server(Session& session);
void require_append_only_role(Session& session);

// Makes the role that serves, where it is missing, and gives it exactly what serving needs: to
// read and to add rows, and to change those of tables that are not append-only. Never to remove.
// `owner` is inside a transaction. Throws StoreFailure.
void grant_service_role(Session& owner, const std::string& role);

}  // namespace erario::store
