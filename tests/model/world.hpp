// One simulated run, from its seed to its verdict.
#pragma once

#include <memory>

#include "ledger/posting_rules.hpp"
#include "tests/model/invariants.hpp"
#include "tests/model/memory_lane.hpp"

namespace erario::model {

struct RunOptions {
  std::uint64_t seed = 1;
  std::int64_t payments = 40;
  std::optional<Plant> plant;
};

struct Verdict {
  std::vector<Finding> findings;
  std::uint64_t trace_hash = 0;
  std::uint64_t trace_lines = 0;
  std::vector<std::string> last_lines;
  std::int64_t payments = 0;
  std::int64_t entries = 0;
  std::map<std::string, int, std::less<>> crashes;
};

class World {
 public:
  explicit World(const RunOptions& options);
  Verdict run();

 private:
  void start_engine();
  void end_engine();
  void deliver(OutgoingCall call, std::chrono::microseconds pause);
  // One action of the world and what follows from it at once.
  bool step();
  bool quiet() const;
  Evidence evidence() const { return {stage_, records_, portal_, psp_}; }

  RunOptions options_;
  Stage stage_;
  Records records_;
  MemoryStore store_;
  SeededRandom random_;
  PostingRules rules_;
  Dice dice_;
  Psp psp_;
  std::unique_ptr<PspGateway> psp_gateway_;
  std::unique_ptr<Engine> engine_;
  Portal portal_;
  int undelivered_ = 0;
};

}  // namespace erario::model
