// erario-model: plays whole lives of the engine from seeds and checks the invariants. A failing
// seed is printed with the invariant it breaks and the last lines of its trace; the same seed plays
// the same life again.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string_view>

#include "tests/model/world.hpp"

namespace erario::model {
namespace {

// Where faults are counted instead of seeds: a bound, should none ever happen.
constexpr std::uint64_t kSeedsMax = 1'000'000;
// A planted bug must show within so many seeds.
constexpr std::uint64_t kSeedsPerPlant = 60;

// What was being played, for a CHECK that ends the program.
std::uint64_t playing_seed = 0;
void on_abort(int) {
  std::cerr << "seed " << playing_seed << " broke a CHECK\n";
  std::_Exit(3);
}

Verdict play(const RunOptions& options) {
  playing_seed = options.seed;
  if (!options.busy_day) return World(options).run();
  // Millions of rows end with the program: giving each of them back would take a tenth of the time.
  static World* large = nullptr;
  large = new World(options);
  return large->run();
}

// The same seed must play the same life: a second time, line by line.
std::optional<Finding> differs_when_repeated(const RunOptions& options, const Verdict& verdict) {
  const Verdict again = play(options);
  if (again.trace_hash == verdict.trace_hash && again.trace_lines == verdict.trace_lines) {
    return std::nullopt;
  }
  return Finding{"22 repeatable", "the same seed left another trace"};
}

void print_failure(const RunOptions& options, const Verdict& verdict) {
  std::cout << "seed " << options.seed << " fails:\n";
  for (const Finding& finding : verdict.findings)
    std::cout << "  " << finding.invariant << ": " << finding.detail << "\n";
  std::cout << "the last of " << verdict.trace_lines << " lines of its trace:\n";
  for (const std::string& line : verdict.last_lines)
    std::cout << "  " << line << "\n";
  std::cout << "play it again: erario-model --seed " << options.seed << " --payments "
            << options.payments << (options.busy_day ? " --busy-day" : "") << "\n";
}

void print_success(const RunOptions& options, const Verdict& verdict) {
  std::cout << "seed " << options.seed << ": trace " << std::hex << verdict.trace_hash << std::dec
            << " of " << verdict.trace_lines << " lines\n";
  for (const auto& [name, figure] : verdict.figures)
    std::cout << "  " << figure << " " << name << "\n";
  for (const auto& [point, times] : verdict.crashes)
    std::cout << "  died " << times << " times at " << point << "\n";
}

struct Campaign {
  std::uint64_t from = 1;
  std::uint64_t to = 1;
  std::uint64_t repeat_every = 16;
  std::int64_t gateway_faults = 0;  // seeds are played until there were so many; 0: all seeds
  RunOptions options;
};

int play_seeds(const Campaign& campaign) {
  std::uint64_t failed = 0;
  std::map<std::string, int, std::less<>> crashes;
  std::map<std::string, int, std::less<>> passed;
  std::map<std::string, std::int64_t> figures;
  std::uint64_t played = 0;
  RunOptions options = campaign.options;
  for (options.seed = campaign.from; options.seed <= campaign.to; ++options.seed) {
    ++played;
    Verdict verdict = play(options);
    if ((options.seed - campaign.from) % campaign.repeat_every == 0 && !options.busy_day) {
      if (auto finding = differs_when_repeated(options, verdict)) {
        verdict.findings.push_back(*std::move(finding));
      }
    }
    for (const auto& [point, times] : verdict.crashes)
      crashes[point] += times;
    for (const auto& [point, times] : verdict.passed)
      passed[point] += times;
    for (const auto& [name, figure] : verdict.figures)
      figures[name] += figure;
    if (!verdict.findings.empty()) {
      ++failed;
      print_failure(options, verdict);
    } else if (campaign.from == campaign.to) {
      print_success(options, verdict);
    }
    const std::int64_t struck = figures[std::string(kGatewayFaults)];
    if (campaign.gateway_faults > 0 && struck >= campaign.gateway_faults) break;
  }
  if (campaign.from != campaign.to) {
    std::cout << played << " seeds, " << failed << " failed\n";
    for (const auto& [name, figure] : figures)
      std::cout << "  " << figure << " " << name << "\n";
    for (const auto& [point, times] : crashes)
      std::cout << "  died " << times << " times at " << point << "\n";
    for (const auto& [point, times] : passed) {
      if (!crashes.contains(point)) std::cout << "  never died at " << point << "\n";
    }
  }
  return failed == 0 ? 0 : 1;
}

// True when a seed shows the bug.
bool caught(const PlantRow& row, RunOptions options) {
  options.plant = row.plant;
  for (options.seed = 1; options.seed <= kSeedsPerPlant; ++options.seed) {
    Verdict verdict = play(options);
    if (verdict.findings.empty() && row.plant == Plant::kRealClock) {
      if (auto finding = differs_when_repeated(options, verdict)) {
        verdict.findings.push_back(*std::move(finding));
      }
    }
    if (verdict.findings.empty()) continue;
    const Finding& first = verdict.findings.front();
    std::cout << row.name << ": seed " << options.seed << ", " << first.invariant << ": "
              << first.detail << std::endl;
    return true;
  }
  std::cout << row.name << ": not seen in " << kSeedsPerPlant << " seeds\n";
  return false;
}

int play_plants(const std::string& name, const RunOptions& options) {
  int missed = 0;
  int played = 0;
  for (const PlantRow& row : plants()) {
    if (name != "all" && row.name != name) continue;
    ++played;
    if (!caught(row, options)) ++missed;
  }
  std::cout << played << " planted bugs, " << missed << " not seen\n";
  return missed == 0 && played > 0 ? 0 : 1;
}

void print_list() {
  for (const auto& group :
       {invariants_of_books(), invariants_of_promises(), invariants_of_nights(),
        invariants_of_webhooks(), invariants_of_disputes(), invariants_of_accounts()}) {
    for (const Invariant& invariant : group)
      std::cout << invariant.name << ": " << invariant.sentence << "\n";
  }
  for (const PlantRow& row : plants())
    std::cout << "plant " << row.name << ": " << row.sentence << "\n";
}

struct SeedRange {
  std::uint64_t from = 1;
  std::uint64_t to = 1;
};

std::optional<std::uint64_t> parse_seed(std::string_view text) {
  std::uint32_t seed = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (failure != std::errc{} || end != text.data() + text.size() || seed == 0) return std::nullopt;
  return seed;
}

// "5..9", or "9" for 1 to 9.
std::optional<SeedRange> parse_seeds(std::string_view text) {
  const std::size_t dots = text.find("..");
  const auto from = dots == std::string_view::npos ? 1 : parse_seed(text.substr(0, dots));
  const auto to = parse_seed(dots == std::string_view::npos ? text : text.substr(dots + 2));
  if (!from || !to || *from > *to) return std::nullopt;
  return SeedRange{*from, *to};
}

std::string check_seeds(const std::string& text) {
  return parse_seeds(text) ? "" : "must be N or FROM..TO, numbers from 1 to 4294967295";
}

int run(int argc, char** argv) {
  CLI::App app{"The whole engine in one thread, from a seed."};
  Campaign campaign;
  std::uint64_t seed = 0;
  std::string seeds;
  std::string plant;
  bool list = false;
  app.add_option("--seed", seed, "Plays one seed and prints what happened");
  app.add_option("--seeds", seeds, "Plays FROM..TO; a number N is 1..N")->check(check_seeds);
  app.add_option("--gateway-faults", campaign.gateway_faults,
                 "Plays seeds until gateways failed so often")
      ->check(CLI::Range(1, 100'000'000));
  app.add_option("--payments", campaign.options.payments, "Payments a seed")->capture_default_str();
  app.add_flag("--busy-day", campaign.options.busy_day, "Twelve hours and rare faults");
  app.add_option("--plant", plant, "Plants one bug, or \"all\", and looks who sees it");
  app.add_flag("--list", list, "Names invariants and plants");
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(spdlog::level::off);
  std::signal(SIGABRT, on_abort);
  if (list) return print_list(), 0;
  if (!plant.empty()) return play_plants(plant, campaign.options);
  if (seed != 0) {
    campaign.from = campaign.to = seed;
  } else if (const auto range = parse_seeds(seeds)) {
    campaign.from = range->from;
    campaign.to = range->to;
  } else if (campaign.gateway_faults > 0) {
    campaign.to = kSeedsMax;
  }
  return play_seeds(campaign);
}

}  // namespace
}  // namespace erario::model

int main(int argc, char** argv) {
  return erario::model::run(argc, argv);
}
