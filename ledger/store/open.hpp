// The way into a store: by URL. "sqlite:/var/lib/erario/erario.db" is the embedded one; its path
// may be relative. Nothing else of ledger/store is for other folders.
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
// store of a newer binary).
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

// Creates the store where it is missing and brings its schema up to the binary's. Repeating it
// changes nothing. Fails with kConfigInvalid, kIo or kStoreUnavailable.
Result<void> migrate(const std::string& url);
// Every migration is pending where there is no store yet.
Result<MigrationState> migration_state(const std::string& url);

}  // namespace erario
