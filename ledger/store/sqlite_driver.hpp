// The embedded database: one file, WAL, synchronous=FULL, one writer and many readers. Several
// processes may open it; the write lock is taken when a batch begins.
#pragma once

#include <string>

#include "ledger/store/session.hpp"

namespace erario::store {

// How long a batch waits for another process's batch to end.
inline constexpr int kBusyTimeoutMs = 5'000;

std::unique_ptr<Driver> sqlite_driver(std::string path);

// Creates the file for its owner alone and turns WAL on; an existing file stays as it is. Throws
// StoreFailure.
void create_sqlite_file(const std::string& path);
bool sqlite_file_exists(const std::string& path);

}  // namespace erario::store
