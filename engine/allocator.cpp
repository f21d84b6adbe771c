// How the programs that link jemalloc use it: few arenas, because batches are made on one thread
// and freed on another, and pages that nobody uses go back to the system within seconds by a thread
// of their own, so that resident memory follows what is in use (ops/adr/0007).
extern "C" {
// jemalloc looks for this name. MALLOC_CONF in the environment still overrules it.
__attribute__((visibility("default"), used)) const char* malloc_conf =
    "background_thread:true,narenas:2,dirty_decay_ms:2000,muzzy_decay_ms:0";
}
