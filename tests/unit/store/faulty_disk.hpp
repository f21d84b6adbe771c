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

// Hands a call on to the real file.
template <auto Member>
struct Forward;
template <class R, class... A, R (*sqlite3_io_methods::*Member)(sqlite3_file*, A...)>
struct Forward<Member> {
  static R call(sqlite3_file* file, A... arguments) {
    return (methods_of(file)->*Member)(real_of(file), arguments...);
  }
};

inline const sqlite3_io_methods kMethods{
    3,
    Forward<&sqlite3_io_methods::xClose>::call,
    Forward<&sqlite3_io_methods::xRead>::call,
    on_write,
    Forward<&sqlite3_io_methods::xTruncate>::call,
    on_sync,
    Forward<&sqlite3_io_methods::xFileSize>::call,
    Forward<&sqlite3_io_methods::xLock>::call,
    Forward<&sqlite3_io_methods::xUnlock>::call,
    Forward<&sqlite3_io_methods::xCheckReservedLock>::call,
    Forward<&sqlite3_io_methods::xFileControl>::call,
    Forward<&sqlite3_io_methods::xSectorSize>::call,
    Forward<&sqlite3_io_methods::xDeviceCharacteristics>::call,
    Forward<&sqlite3_io_methods::xShmMap>::call,
    Forward<&sqlite3_io_methods::xShmLock>::call,
    Forward<&sqlite3_io_methods::xShmBarrier>::call,
    Forward<&sqlite3_io_methods::xShmUnmap>::call,
    Forward<&sqlite3_io_methods::xFetch>::call,
    Forward<&sqlite3_io_methods::xUnfetch>::call,
};

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
