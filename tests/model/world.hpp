// One simulated run, from its seed to its verdict: payers come while things go wrong; then the
// faults stop and everything must come to its end; then the nights reconcile the days.
#pragma once

#include <memory>

#include "ledger/posting_rules.hpp"
#include "tests/model/invariants.hpp"
#include "tests/model/memory_lane.hpp"
#include "tests/model/planted.hpp"

namespace erario::model {

struct RunOptions {
  std::uint64_t seed = 1;
  std::int64_t payments = 40;
  bool busy_day = false;  // twelve hours and rare faults instead of half an hour and a swarm
  std::optional<Plant> plant;
};

// The figure that counts what went wrong at gateways and on the way to them and back.
inline constexpr std::string_view kGatewayFaults = "gateway faults";

struct Verdict {
  std::vector<Finding> findings;
  std::uint64_t trace_hash = 0;
  std::uint64_t trace_lines = 0;
  std::vector<std::string> last_lines;
  std::map<std::string, int, std::less<>> crashes;  // by the point where the engine died
  std::map<std::string, int, std::less<>> passed;   // every point it came by
  std::map<std::string, std::int64_t> figures;
};

class World {
 public:
  explicit World(const RunOptions& options);
  ~World();
  Verdict run();

 private:
  void start_engine();
  void end_engine();
  // The bug stands between the engine and its ports.
  void plant_bug(Parts& parts);
  SendCall send_call();
  // One action of the world and what follows from it at once.
  bool step();
  void run_until(Instant end);
  // What somebody still has to do, the world's late requests among it; empty when all is quiet.
  std::string_view unfinished() const;
  // Within a bound; what is then unfinished is a finding.
  void run_until_quiet();
  // Whatever the records hold now must not change by this.
  void must_change_nothing(std::string_view invariant, bool and_inbound,
                           const std::function<void()>& work);
  void nights();
  // The process is stopped and another one started at that time.
  void rest_until(Instant time);
  // Every payment is asked for by its portal and by another one.
  void read_as_others();
  // How much of the day agreed. In trouble the process dies and the store fails as before.
  std::int64_t reconcile(Date date, const Faults& trouble);
  void check(bool quiet);
  Evidence evidence() const;
  Verdict verdict();

  RunOptions options_;
  Stage stage_;
  Records records_;
  MemoryStore store_;
  SeededRandom random_;
  PostingRules rules_;
  Dice dice_;
  std::unique_ptr<Engine> engine_;
  std::function<Engine*()> running_;
  Psp psp_;
  Spei spei_;
  Calls calls_;
  Night night_;
  Ears ears_;
  Portal portal_;
  std::unique_ptr<PspGateway> psp_gateway_;
  std::unique_ptr<SpeiGateway> spei_gateway_;
  Reports psp_reports_;
  Reports spei_reports_;
  std::unique_ptr<PlantedStore> planted_store_;
  std::unique_ptr<PlantedGateway> planted_psp_;
  std::unique_ptr<PlantedGateway> planted_spei_;
  PlantedClock planted_clock_;
  PlantedBooks planted_books_;
  LogReader log_;
  std::vector<Checkpoint> checkpoints_;
  std::vector<Finding> findings_;
  bool night_is_over_ = false;
  bool rerun_changed_ = false;
  int foreign_reads_ = 0;
  int own_reads_refused_ = 0;
  int processes_ = 0;
  Faults drawn_;  // what the seed drew, before it was stopped
};

}  // namespace erario::model
