// Runs one fuzz target without libFuzzer: every file of the corpus, then mutations of them for
// ERARIO_FUZZ_SECONDS (2), from ERARIO_FUZZ_SEED (drawn, printed). Where the parsers are compiled
// with -fsanitize-coverage=trace-pc, an input that reaches new code joins the pool. The input that
// kills the target is written to a file, whose name is printed. Single threaded.
// Usage: fuzz_<target> FILE_OR_FOLDER...
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/mutate.hpp"
#include "tests/fuzz/target.hpp"

// Only there under AddressSanitizer.
extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());

namespace erario::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPoolMax = 20'000;
constexpr std::size_t kInputBytesMax = 64 * 1024;
constexpr unsigned kOneInputSecondsMax = 10;
constexpr std::size_t kPlacesMax = 1U << 20U;

// What the hook of trace-pc has seen, by a hash of the place.
std::array<bool, kPlacesMax> places_seen;
bool reached_new_code = false;

// For the handlers: they may run when nothing else can be trusted.
std::string crash_file;
const std::string* current_input = nullptr;

void keep_current_input() {
  const std::string* input = current_input;
  current_input = nullptr;
  if (input == nullptr) return;
  const int file = open(crash_file.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  if (file < 0) return;
  const bool written =
      write(file, input->data(), input->size()) == static_cast<ssize_t>(input->size());
  close(file);
  if (written) std::fprintf(stderr, "the input is in %s\n", crash_file.c_str());
}

void on_signal(int signal) {
  if (signal == SIGALRM) std::fprintf(stderr, "one input took too long\n");
  keep_current_input();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void watch() {
  for (const int signal : {SIGABRT, SIGALRM})
    std::signal(signal, on_signal);
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(keep_current_input);
    return;
  }
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL})
    std::signal(signal, on_signal);
}

// True where it reached code that no input reached before.
bool run(const std::string& input) {
  reached_new_code = false;
  current_input = &input;
  alarm(kOneInputSecondsMax);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  current_input = nullptr;
  return reached_new_code;
}

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::cerr << path.string() << " cannot be read\n";
    std::exit(2);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> read_corpus(int count, char** names) {
  std::vector<fs::path> paths;
  for (int index = 1; index < count; ++index) {
    if (!fs::is_directory(names[index])) {
      paths.emplace_back(names[index]);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(names[index])) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> inputs;
  for (const auto& path : paths)
    inputs.push_back(read_file(path));
  return inputs;
}

int drive(int count, char** names) {
  std::vector<std::string> pool = read_corpus(count, names);
  if (pool.empty()) {
    std::cerr << "usage: " << names[0] << " FILE_OR_FOLDER...\n";
    return 2;
  }
  const std::uint64_t seed = setting("ERARIO_FUZZ_SEED", std::random_device()());
  const std::uint64_t seconds = setting("ERARIO_FUZZ_SECONDS", 2);
  const std::string target = fs::path(names[0]).filename().string();
  crash_file = fs::absolute("crash-" + target + "-" + std::to_string(seed)).string();
  std::cout << target << ": " << pool.size() << " inputs, then mutations for " << seconds
            << " s, ERARIO_FUZZ_SEED=" << seed << std::endl;
  watch();

  Mutator mutator(seed, kInputBytesMax);
  run("");
  for (const auto& input : pool) {
    run(input);
    mutator.learn(input);
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  const std::size_t given = pool.size();
  std::uint64_t runs = 0;
  while (std::chrono::steady_clock::now() < end) {
    std::string input = mutator.next(pool);
    if (run(input) && pool.size() < kPoolMax) pool.push_back(std::move(input));
    ++runs;
  }
  alarm(0);
  std::cout << target << ": " << runs << " mutations, " << pool.size() - given
            << " of them reached new code" << std::endl;
  return 0;
}

}  // namespace
}  // namespace erario::fuzz

// Called at every edge of code compiled with -fsanitize-coverage=trace-pc.
extern "C" void __sanitizer_cov_trace_pc() {
  const auto place = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  bool& seen = erario::fuzz::places_seen[(place ^ (place >> 20U)) % erario::fuzz::kPlacesMax];
  if (seen) return;
  seen = true;
  erario::fuzz::reached_new_code = true;
}

int main(int argc, char** argv) {
  return erario::fuzz::drive(argc, argv);
}
