// erario-model: plays whole lives of the engine from seeds and checks the invariants.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>

#include "tests/model/world.hpp"

namespace erario::model {
namespace {

void print_failure(const RunOptions& options, const Verdict& verdict) {
  std::cout << "seed " << options.seed << " fails:\n";
  for (const Finding& finding : verdict.findings)
    std::cout << "  " << finding.invariant << ": " << finding.detail << "\n";
  std::cout << "the last of " << verdict.trace_lines << " lines of its trace:\n";
  for (const std::string& line : verdict.last_lines)
    std::cout << "  " << line << "\n";
}

int run(int argc, char** argv) {
  CLI::App app{"The whole engine in one thread from a seed."};
  RunOptions options;
  std::uint64_t to = 0;
  app.add_option("--seed", options.seed, "The seed, or the first one");
  app.add_option("--to", to, "The last seed");
  app.add_option("--payments", options.payments, "Payments a seed");
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(spdlog::level::off);
  int failed = 0;
  for (const std::uint64_t last = std::max(to, options.seed); options.seed <= last;
       ++options.seed) {
    const Verdict verdict = World(options).run();
    if (last == options.seed) {
      std::cout << "seed " << options.seed << " trace " << std::hex << verdict.trace_hash
                << std::dec << " of " << verdict.trace_lines << " lines, " << verdict.payments
                << " payments, " << verdict.entries << " entries\n";
      for (const auto& [point, times] : verdict.crashes)
        std::cout << "  died at " << point << " " << times << " times\n";
    }
    if (verdict.findings.empty()) continue;
    ++failed;
    print_failure(options, verdict);
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace erario::model

int main(int argc, char** argv) {
  return erario::model::run(argc, argv);
}
