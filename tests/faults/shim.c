/* A library for LD_PRELOAD, used by the fault tests alone: a disk that lies or fails when a program
 * asks for durability. The product has no switch for this, so there is none to reach by accident.
 *
 * The file named by ERARIO_FAULTS_CONTROL is mapped and read at every call: the test changes it while
 * the program runs. With ERARIO_FAULTS_SQLITE_NORMAL set, SQLite is told synchronous = NORMAL after
 * the program asked for FULL. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { kPass = 0, kSwallow = 1, kFail = 2 };

struct control {
  atomic_int mode;
  atomic_int failures_left; /* kFail: so many calls fail, then they pass: a kernel tells once */
  atomic_int calls;         /* all calls seen */
  atomic_int refused;       /* calls swallowed or failed */
  char match[64];           /* kFail: only files whose path is like this, with * and ? */
};

static struct control* control;

__attribute__((constructor)) static void open_control(void) {
  const char* path = getenv("ERARIO_FAULTS_CONTROL");
  if (path == NULL) return;
  const int file = open(path, O_RDWR | O_CLOEXEC);
  void* mapped = MAP_FAILED;
  if (file >= 0) mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) {
    fprintf(stderr, "fault shim: %s cannot be mapped\n", path);
    _exit(99);
  }
  close(file);
  control = mapped;
}

static int matches(int file) {
  char link[64];
  char path[4096];
  if (control->match[0] == '\0') return 1;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size < 0) return 0;
  path[size] = '\0';
  return fnmatch(control->match, path, 0) == 0;
}

static int sync_file(const char* name, int file) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  if (control == NULL) return real(file);
  atomic_fetch_add(&control->calls, 1);
  const int mode = atomic_load(&control->mode);
  if (mode == kSwallow) {
    atomic_fetch_add(&control->refused, 1);
    return 0;
  }
  if (mode == kFail && matches(file) && atomic_fetch_sub(&control->failures_left, 1) > 0) {
    atomic_fetch_add(&control->refused, 1);
    errno = EIO;
    return -1;
  }
  return real(file);
}

int fsync(int file) { return sync_file("fsync", file); }
int fdatasync(int file) { return sync_file("fdatasync", file); }

int sqlite3_exec(void* database, const char* sql, int (*row)(void*, int, char**, char**), void* with,
                 char** message) {
  typedef int (*Exec)(void*, const char*, int (*)(void*, int, char**, char**), void*, char**);
  Exec real = (Exec)dlsym(RTLD_NEXT, "sqlite3_exec");
  const int done = real(database, sql, row, with, message);
  if (done == 0 && getenv("ERARIO_FAULTS_SQLITE_NORMAL") != NULL &&
      strstr(sql, "synchronous = FULL") != NULL) {
    return real(database, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
  }
  return done;
}
