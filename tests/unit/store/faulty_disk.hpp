// A disk that fails on demand: wraps SQLite's default file layer. Registered as the default, so
// that the store under test needs to know nothing of it.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstring>

namespace erario::testing_disk {

struct Faults {
  std::atomic<bool> sync_fails{false};
  std::atomic<bool> disk_is_full{false};
  std::atomic<bool> write_fails{false};
  std::atomic<int> syncs{0};
};
inline Faults& faults() {
  static Faults instance;
  return instance;
}

struct File {
  sqlite3_file base;
  sqlite3_file* real;
};
inline sqlite3_file* real_of(sqlite3_file* file) {
  return reinterpret_cast<File*>(file)->real;
}
inline const sqlite3_io_methods* methods_of(sqlite3_file* file) {
  return real_of(file)->pMethods;
}

inline int on_write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  if (faults().disk_is_full) return SQLITE_FULL;
  if (faults().write_fails) return SQLITE_IOERR_WRITE;
  return methods_of(file)->xWrite(real_of(file), data, size, offset);
}
inline int on_sync(sqlite3_file* file, int flags) {
  ++faults().syncs;
  if (faults().sync_fails) return SQLITE_IOERR_FSYNC;
  return methods_of(file)->xSync(real_of(file), flags);
}

// clang-format off
inline const sqlite3_io_methods kMethods{
    3,
    [](sqlite3_file* f) { return methods_of(f)->xClose(real_of(f)); },
    [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) { return methods_of(f)->xRead(real_of(f), to, n, at); },
    on_write,
    [](sqlite3_file* f, sqlite3_int64 size) { return methods_of(f)->xTruncate(real_of(f), size); },
    on_sync,
    [](sqlite3_file* f, sqlite3_int64* size) { return methods_of(f)->xFileSize(real_of(f), size); },
    [](sqlite3_file* f, int level) { return methods_of(f)->xLock(real_of(f), level); },
    [](sqlite3_file* f, int level) { return methods_of(f)->xUnlock(real_of(f), level); },
    [](sqlite3_file* f, int* out) { return methods_of(f)->xCheckReservedLock(real_of(f), out); },
    [](sqlite3_file* f, int op, void* arg) { return methods_of(f)->xFileControl(real_of(f), op, arg); },
    [](sqlite3_file* f) { return methods_of(f)->xSectorSize(real_of(f)); },
    [](sqlite3_file* f) { return methods_of(f)->xDeviceCharacteristics(real_of(f)); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** out) { return methods_of(f)->xShmMap(real_of(f), page, size, extend, out); },
    [](sqlite3_file* f, int offset, int n, int flags) { return methods_of(f)->xShmLock(real_of(f), offset, n, flags); },
    [](sqlite3_file* f) { methods_of(f)->xShmBarrier(real_of(f)); },
    [](sqlite3_file* f, int remove) { return methods_of(f)->xShmUnmap(real_of(f), remove); },
    [](sqlite3_file* f, sqlite3_int64 offset, int n, void** out) { return methods_of(f)->xFetch(real_of(f), offset, n, out); },
    [](sqlite3_file* f, sqlite3_int64 offset, void* page) { return methods_of(f)->xUnfetch(real_of(f), offset, page); },
};
// clang-format on

// From here on every database of this process is on the faulty disk.
inline void install() {
  static sqlite3_vfs* const real = sqlite3_vfs_find(nullptr);
  static sqlite3_vfs faulty = [] {
    sqlite3_vfs copy = *real;
    copy.zName = "faulty";
    copy.szOsFile = static_cast<int>(sizeof(File)) + real->szOsFile;
    copy.xOpen = [](sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
      auto* wrapper = reinterpret_cast<File*>(file);
      wrapper->real = reinterpret_cast<sqlite3_file*>(wrapper + 1);
      const int result = real->xOpen(real, name, wrapper->real, flags, out);
      wrapper->base.pMethods = wrapper->real->pMethods == nullptr ? nullptr : &kMethods;
      return result;
    };
    return copy;
  }();
  sqlite3_vfs_register(&faulty, 1);
}

}  // namespace erario::testing_disk
