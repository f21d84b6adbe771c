// The way into a store: by URL. "sqlite:/var/lib/erario/erario.db" is the embedded one; its path
// may be relative. "postgresql://erario_service@/erario?host=/run/postgresql" is a server, in the
// form libpq reads; a password is never in it (passfile=FILE). Nothing else of ledger/store is for
// other folders.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/ports/audit.hpp"
#include "engine/ports/store.hpp"

namespace erario {

enum class OpenMode : std::uint8_t {
  kReadWrite,
  kReadOnly,  // open_lane() and admin() fail: for verifying and exporting
};

// Fails with kConfigInvalid (the URL), kStoreUnavailable (no such store, migrations pending, a
// store of a newer binary). To write it must be safe: a server that may lose what it acknowledged
// and a role that may change what is append-only are refused.
Result<std::unique_ptr<Store>> open_store(const std::string& url, OpenMode mode);

// One snapshot of everything an audit reads, on a connection of its own: it stays the same while
// payments go on. Fails like open_store.
Result<std::unique_ptr<AuditSource>> open_audit(const std::string& url);

struct MigrationState {
  std::vector<std::string> applied;  // "0001_initial", in order
  std::vector<std::string> pending;
  std::vector<std::string> changed;  // applied, but the binary holds other text
  std::vector<std::string> unknown;  // applied, but not in the binary: it is older than the store
  bool current() const { return pending.empty() && changed.empty() && unknown.empty(); }
};

struct StorePlace {
  std::string url;        // where open_store() will find it
  std::string owner_url;  // the same database, as the role that owns it; not for the embedded store
};
// Creates the store where it is missing (the file, or the tables of an empty database) and brings
// its schema up to the binary's; the role of `url` gets what serving needs and no more. Repeating
// it changes nothing, and two at once are one after the other. Fails with kConfigInvalid, kIo or
// kStoreUnavailable.
Result<void> migrate(const StorePlace& place);
inline Result<void> migrate(const std::string& embedded_url) {
  return migrate(StorePlace{embedded_url, {}});
}
// Every migration is pending where there is no store yet.
Result<MigrationState> migration_state(const std::string& url);

}  // namespace erario
