// A day's reconciliation from end to end: fetches the gateways' reports and the banks' statements,
// lets reconciliation/ compare them with our postings, and records the run through the commit lane
// (rows, exclusive claims, settlement entries): in one transaction, or a large one in several of
// which the last makes it a run (engine/runtime/run_parts.hpp). A part that the store cannot take
// for a moment is submitted again, rather than the day begun anew. Running a day again changes
// nothing that was claimed. Holds one day in memory, about 2.5 KiB a line. Fetching runs on the
// executor of the awaiting coroutine, where gateways are called; reading and matching runs aside.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/ports/clock.hpp"
#include "engine/ports/gateway.hpp"
#include "engine/ports/metrics.hpp"
#include "engine/ports/statements.hpp"
#include "engine/ports/store.hpp"
#include "engine/ports/timer.hpp"
#include "engine/runtime/commit_lane.hpp"
#include "engine/runtime/run_parts.hpp"
#include "reconciliation/run.hpp"

namespace erario::api {

struct BankAccountSource {
  std::string name;                   // "treasury"
  std::vector<std::string> gateways;  // whose money it receives
  std::unique_ptr<StatementSource> source;
};

struct NightlyDependencies {
  Reader* reader = nullptr;
  CommitLane* lane = nullptr;
  const GatewaySet* gateways = nullptr;
  Clock* clock = nullptr;
  Random* random = nullptr;
  Metrics* metrics = nullptr;
  boost::asio::any_io_executor aside;
  Timers* timers = nullptr;  // null: the machine's
};

class Nightly {
 public:
  Nightly(NightlyDependencies dependencies, std::vector<BankAccountSource> banks,
          RunParameters parameters, RunPartLimits part_limits = {})
      : with_(dependencies),
        banks_(std::move(banks)),
        parameters_(parameters),
        part_limits_(part_limits) {}

  // An input that cannot be had is a break of the run, not an error. Fails with kStoreUnavailable
  // or kQueueFull.
  Task<Result<RunRow>> reconcile(Date date);

 private:
  struct Fetched {
    std::map<std::string, Result<std::vector<ReportLine>>> reports;   // by gateway
    std::map<std::string, Result<std::vector<StatementFile>>> files;  // by bank account
  };
  struct Prepared {
    RunRow run;
    std::vector<RecordRun> parts;
    std::map<BreakKind, int> breaks;  // every kind
  };

  Task<Fetched> fetch(Date date);
  Result<Prepared> prepare(Date date, Instant started, Fetched fetched);
  // What the last run up to that day called missing.
  Result<std::set<KnownMissing>> missing_before(Date date);
  Result<void> add_gateways(Fetched& fetched, DayInput& input);
  Result<void> add_banks(Fetched& fetched, DayInput& input, std::vector<StatementRow>& rows);
  Result<void> read_file(const BankAccountSource& bank, const StatementFile& file, BankDay& day,
                         DayInput& input, std::vector<StatementRow>& rows);

  NightlyDependencies with_;
  std::vector<BankAccountSource> banks_;
  RunParameters parameters_;
  RunPartLimits part_limits_;
};

}  // namespace erario::api
