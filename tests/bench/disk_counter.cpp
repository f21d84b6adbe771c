// A library to preload into a store (LD_PRELOAD): it counts what the process and its children sync
// and write to the write-ahead log, in a file mapped by all of them (ERARIO_DISK_COUNTS). So syncs
// and log bytes are counted the same way for every store, by what reaches the kernel. The file
// holds the 64-bit counters of Counts, in their order. A sync that takes longer than kStall is a
// stall: on a disk shared with others they are what the highest percentiles show.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct Counts {
  std::atomic<std::int64_t> syncs;      // fsync and fdatasync
  std::atomic<std::int64_t> log_syncs;  // those of the write-ahead log
  std::atomic<std::int64_t> log_bytes;
  std::atomic<std::int64_t> data_bytes;  // written to other files of the store
  std::atomic<std::int64_t> log_writes;
  std::atomic<std::int64_t> stalls;
  std::atomic<std::int64_t> stalled_micros;
};

constexpr std::chrono::milliseconds kStall{30};

// SQLite's log ends in -wal; PostgreSQL's segments lie in pg_wal.
enum class File : std::uint8_t { kUnseen, kLog, kData, kOther };
constexpr int kFilesMax = 8192;
std::atomic<File> g_files[kFilesMax];

Counts* open_counts() {
  static Counts unwatched{};
  const char* path = std::getenv("ERARIO_DISK_COUNTS");
  if (path == nullptr) return &unwatched;
  const int file = ::open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return &unwatched;
  void* mapped = ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  return mapped == MAP_FAILED ? &unwatched : static_cast<Counts*>(mapped);
}

Counts& counts() {
  static Counts* const all = open_counts();
  return *all;
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

File look_at(int file) {
  char link[64];
  char path[512];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t size = ::readlink(link, path, sizeof path - 1);
  if (size < 0) return File::kOther;
  path[size] = '\0';
  const std::size_t length = std::strlen(path);
  if ((length > 4 && std::strcmp(path + length - 4, "-wal") == 0) ||
      std::strstr(path, "/pg_wal/") != nullptr) {
    return File::kLog;
  }
  const bool data = std::strstr(path, "/base/") != nullptr ||
                    std::strstr(path, "/global/") != nullptr ||
                    (length > 3 && std::strcmp(path + length - 3, ".db") == 0);
  return data ? File::kData : File::kOther;
}

File kind_of(int file) {
  if (file < 0 || file >= kFilesMax) return look_at(file);
  File kind = g_files[file].load(std::memory_order_relaxed);
  if (kind == File::kUnseen) {
    kind = look_at(file);
    g_files[file].store(kind, std::memory_order_relaxed);
  }
  return kind;
}

void count_write(int file, ssize_t written) {
  if (written <= 0) return;
  const File kind = kind_of(file);
  if (kind == File::kLog) {
    counts().log_bytes += written;
    ++counts().log_writes;
  } else if (kind == File::kData) {
    counts().data_bytes += written;
  }
}

int count_sync(int file, int (*sync)(int)) {
  ++counts().syncs;
  if (kind_of(file) == File::kLog) ++counts().log_syncs;
  const auto started = std::chrono::steady_clock::now();
  const int answer = sync(file);
  const auto took = std::chrono::steady_clock::now() - started;
  if (took > kStall) {
    ++counts().stalls;
    counts().stalled_micros += std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  }
  return answer;
}

}  // namespace

extern "C" {

int fsync(int file) {
  static auto* const real = next<int(int)>("fsync");
  return count_sync(file, real);
}

int fdatasync(int file) {
  static auto* const real = next<int(int)>("fdatasync");
  return count_sync(file, real);
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  const ssize_t written = real(file, bytes, size, at);
  count_write(file, written);
  return written;
}

ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
  const ssize_t written = real(file, bytes, size, at);
  count_write(file, written);
  return written;
}

ssize_t pwritev(int file, const iovec* parts, int count, off_t at) {
  static auto* const real = next<ssize_t(int, const iovec*, int, off_t)>("pwritev");
  const ssize_t written = real(file, parts, count, at);
  count_write(file, written);
  return written;
}

// The number may name another file next.
int close(int file) {
  static auto* const real = next<int(int)>("close");
  if (file >= 0 && file < kFilesMax) g_files[file].store(File::kUnseen, std::memory_order_relaxed);
  return real(file);
}

}  // extern "C"
