#include "tests/model/world.hpp"

#include "tests/model/bookkeeper.hpp"
#include "tests/model/days.hpp"
#include "tests/model/disputes.hpp"

namespace erario::model {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr hours kQuietWithin{60};
constexpr int kCheckpoints = 6;
constexpr int kForgeries = 5;
constexpr int kNightTriesMax = 40;
constexpr std::int64_t kReadsMax = 1'000;

// Ordinary days, the change of the operating day, weekends, a long holiday, the end of the year.
Instant start_of(std::uint64_t seed) {
  static const std::vector<std::string> kStarts{
      "2026-03-02T10:00:00-06:00", "2026-03-02T17:45:00-06:00", "2026-03-06T17:50:00-06:00",
      "2026-03-07T12:00:00-06:00", "2026-04-01T17:45:00-06:00", "2026-09-15T23:50:00-06:00",
      "2026-12-31T17:50:00-06:00", "2026-12-31T23:40:00-06:00"};
  Dice dice(seed, "start");
  return *parse_rfc3339(dice.chance(4'000) ? kStarts.front() : dice.one_of(kStarts));
}

Faults faults_of(const RunOptions& options) {
  return options.busy_day ? busy_day() : swarm(Dice(options.seed, "swarm"));
}

Instant begin_of(const RunOptions& options) {
  return options.busy_day ? *parse_rfc3339("2026-03-02T08:00:00-06:00") : start_of(options.seed);
}

}  // namespace

World::World(const RunOptions& options)
    : options_(options),
      stage_(options.seed, begin_of(options), faults_of(options)),
      store_(stage_, records_),
      random_(Dice(options.seed, "random")),
      dice_(options.seed, "world"),
      running_([this] { return engine_.get(); }),
      psp_(stage_, send_call()),
      spei_(stage_, send_call()),
      calls_(stage_, running_,
             [this](const OutgoingCall& call, int status) {
               if (status == 0) spei_.told(call.body);
               if (status == 200) spei_.accepted(call.body);
             }),
      night_(stage_, psp_, spei_),
      ears_(stage_),
      portal_({&stage_, &records_, running_, &random_, &spei_, &psp_}),
      psp_reports_(night_, Psp::kName),
      spei_reports_(night_, Spei::kName),
      planted_clock_(stage_, stage_.clock),
      planted_books_(stage_) {
  stage_.plant = options.plant;
  if (Ears::listen_in(options.seed)) ears_.subscribe(records_, random_);
  if (stage_.plant) planted_store_ = std::make_unique<PlantedStore>(stage_, store_, records_);
}

World::~World() = default;

SendCall World::send_call() {
  return [this](OutgoingCall call, std::chrono::microseconds pause) {
    calls_.send(std::move(call), pause);
  };
}

// ---- The engine's process ----

void World::start_engine() {
  psp_gateway_ = std::make_unique<PspGateway>(stage_, psp_);
  spei_gateway_ = std::make_unique<SpeiGateway>(stage_, spei_);
  Parts parts;
  parts.stage = &stage_;
  parts.store = &store_;
  parts.clock = &stage_.clock;
  parts.random = &random_;
  parts.bookkeeper = &rules_;
  parts.gateways.rows[Psp::kName] = {.gateway = psp_gateway_.get(),
                                     .capture = psp_gateway_.get(),
                                     .release = psp_gateway_.get(),
                                     .refunds = psp_gateway_.get(),
                                     .reports = &psp_reports_,
                                     .disputes = psp_gateway_.get()};
  parts.gateways.rows[Spei::kName] = {
      .gateway = spei_gateway_.get(), .refunds = spei_gateway_.get(), .reports = &spei_reports_};
  parts.banks.push_back(
      {kTreasury, {Psp::kName, Spei::kName}, std::make_unique<BankSource>(night_)});
  if (Ears::listen_in(options_.seed)) parts.ears = &ears_;
  if (stage_.plant) plant_bug(parts);
  engine_ = std::make_unique<Engine>(std::move(parts));
  ++processes_;
  stage_.kernel.note("engine started");
}

void World::plant_bug(Parts& parts) {
  planted_psp_ =
      std::make_unique<PlantedGateway>(stage_, *psp_gateway_, *psp_gateway_, psp_gateway_.get());
  planted_spei_ = std::make_unique<PlantedGateway>(stage_, *spei_gateway_, *spei_gateway_, nullptr);
  parts.gateways.rows[Psp::kName].gateway = planted_psp_.get();
  parts.gateways.rows[Psp::kName].refunds = planted_psp_.get();
  parts.gateways.rows[Psp::kName].disputes = planted_psp_.get();
  parts.gateways.rows[Spei::kName].gateway = planted_spei_.get();
  parts.gateways.rows[Spei::kName].refunds = planted_spei_.get();
  parts.store = planted_store_.get();
  parts.clock = &planted_clock_;
  parts.bookkeeper = &planted_books_;
  parts.banks.front().source = std::make_unique<PlantedSource>(stage_, night_);
}

void World::end_engine() {
  const std::string where = stage_.take_crash();
  stage_.kernel.note("engine ends: " + (where.empty() ? "its lane is broken" : where));
  engine_.reset();
  stage_.kernel.after(dice_.between(seconds(1), seconds(40)), Owner::kWorld,
                      [this] { start_engine(); });
}

bool World::step() {
  try {
    if (!stage_.kernel.run_next()) return false;
    if (engine_ != nullptr) engine_->run_ready();
  } catch (const Crash&) {
    CHECK(stage_.crashed());
  }
  if (engine_ != nullptr && (stage_.crashed() || !engine_->healthy())) end_engine();
  return true;
}

void World::run_until(Instant end) {
  while (stage_.kernel.next_at() <= end && step()) {
  }
}

std::string_view World::unfinished() const {
  if (engine_ == nullptr) return "no engine runs";
  if (portal_.busy()) return "a payer waits";
  if (stage_.late_requests > 0) return "a request is on its way to a gateway";
  if (psp_.busy() || spei_.busy()) return "a gateway has not decided";
  if (calls_.busy()) return "a gateway's call is not delivered";
  if (!records_.deliveries_due.empty()) return "a portal is owed a webhook";
  if (!only_waits_for_verdicts(records_, psp_, stage_.kernel.now()))
    return "a call to a gateway is owed";
  if (!records_.awaiting.empty()) return "a payment waits for its payer";
  return "";
}

void World::run_until_quiet() {
  const Instant bound = stage_.kernel.now() + kQuietWithin;
  bool moves = true;
  do {
    while (moves && !unfinished().empty() && stage_.kernel.now() < bound)
      moves = step();
    // What was answered a moment ago is still on its way to who asked, and a call that was just
    // repeated may yet make the engine ask.
    run_until(stage_.kernel.now() + seconds(1));
  } while (moves && !unfinished().empty() && stage_.kernel.now() < bound);
  if (const std::string_view left = unfinished(); !left.empty()) {
    findings_.push_back({"21 transient", "never came to its end: " + std::string(left)});
  }
}

void World::must_change_nothing(std::string_view invariant, bool and_inbound,
                                const std::function<void()>& work) {
  // No daily question about a dispute falls into it.
  while (!only_waits_for_verdicts(records_, psp_, stage_.kernel.now() + minutes(1)) && step()) {
  }
  const std::uint64_t before = digest_of(records_, and_inbound);
  work();
  engine_->run_ready();
  run_until(stage_.kernel.now() + seconds(2));
  run_until_quiet();
  if (digest_of(records_, and_inbound) != before) {
    findings_.push_back({std::string(invariant), "the records changed"});
  }
}

// ---- Nights ----

std::int64_t World::reconcile(Date date, const Faults& trouble) {
  stage_.faults.crash = trouble.crash;
  stage_.faults.conflict = trouble.conflict;
  stage_.faults.in_doubt = trouble.in_doubt;
  stage_.faults.commit_failed = trouble.commit_failed;
  for (int tries = 0; tries < kNightTriesMax; ++tries) {
    if (tries == kNightTriesMax / 2) stage_.faults.stop();
    while (engine_ == nullptr && step()) {
    }
    const int process = processes_;
    const auto done = std::make_shared<std::optional<Result<RunRow>>>();
    engine_->reconcile(date, [done](Result<RunRow> run) { *done = std::move(run); });
    engine_->run_ready();
    while (!*done && process == processes_ && engine_ != nullptr && step()) {
    }
    if (!*done || !(*done)->ok()) continue;
    stage_.faults.stop();
    return (**done)->matched;
  }
  findings_.push_back({"17 lines", "a night's run failed"});
  return 0;
}

void World::read_as_others() {
  std::int64_t reads = 0;
  for (const auto& [reference, order] : portal_.orders()) {
    if (!order.payment || ++reads > kReadsMax) continue;
    for (const auto& [other, told] : portal_.orders()) {
      if (told.owner == order.owner) continue;
      foreign_reads_ += engine_->read_payment(told.owner, *order.payment).ok() ? 1 : 0;
      break;
    }
    own_reads_refused_ += engine_->read_payment(order.owner, *order.payment).ok() ? 0 : 1;
  }
}

void World::rest_until(Instant time) {
  if (time <= stage_.kernel.now()) return;
  engine_.reset();
  stage_.kernel.after(time - stage_.kernel.now(), Owner::kWorld, [this] { start_engine(); });
  while (engine_ == nullptr && step()) {
  }
}

void World::nights() {
  const Date first = previous_open_day(operating_day(begin_of(options_)));
  const Date last = next_open_day(next_open_day(operating_day(stage_.kernel.now())));
  for (Date date = first; date <= last; date = next_open_day(date)) {
    rest_until(mexico_city_midnight(next_open_day(date)) + hours(2));
    std::int64_t matched = reconcile(date, drawn_);
    if (night_.was_absent(date)) matched += reconcile(date, Faults{});  // it is there now
    if (matched == 0) continue;
    const std::uint64_t before = digest_of(records_, false);
    const std::size_t claims = records_.claims.size();
    reconcile(date, Faults{});
    if (digest_of(records_, false) != before || records_.claims.size() != claims) {
      rerun_changed_ = true;
    }
  }
  night_is_over_ = true;
}

// ---- The run ----

Evidence World::evidence() const {
  Evidence see{stage_, records_, portal_, psp_, spei_, calls_, night_, ears_, checkpoints_};
  see.clock_jumped = portal_.clock_jumped();
  see.night_is_over = night_is_over_;
  see.foreign_reads = foreign_reads_;
  see.own_reads_refused = own_reads_refused_;
  see.rerun_changed = rerun_changed_;
  return see;
}

void World::check(bool quiet) {
  checkpoints_.push_back(log_.read_on(records_, records_.events.size(), records_.entries.size()));
  for (Finding& finding : check_invariants(evidence(), quiet))
    findings_.push_back(std::move(finding));
}

Verdict World::run() {
  start_engine();
  const minutes span = options_.busy_day ? minutes(12 * 60) : minutes(30);
  portal_.open(options_.payments, span);
  const Instant start = stage_.kernel.now();
  for (int part = 1; part <= kCheckpoints && findings_.empty(); ++part) {
    run_until(start + span * part / kCheckpoints);
    checkpoints_.push_back(log_.read_on(records_, records_.events.size(), records_.entries.size()));
    if (part == kCheckpoints / 2 && !options_.busy_day) check(false);
  }
  drawn_ = stage_.faults;
  stage_.faults.stop();
  portal_.close();
  run_until_quiet();
  if (findings_.empty()) {
    read_as_others();
    // A busy day's books are read once, when it is over.
    if (!options_.busy_day) check(true);
  }
  if (findings_.empty()) {
    must_change_nothing("11 permutation", false,
                        [this] { calls_.replay_all(news_to_us(keep_books(evidence()))); });
    must_change_nothing("12 signatures", true, [this] { calls_.forge(kForgeries); });
  }
  if (findings_.empty()) {
    nights();
    check(true);
  }
  return verdict();
}

Verdict World::verdict() {
  Verdict verdict;
  verdict.findings = std::move(findings_);
  verdict.trace_hash = stage_.kernel.trace_hash();
  verdict.trace_lines = stage_.kernel.trace_lines();
  verdict.last_lines.assign(stage_.kernel.last_lines().begin(), stage_.kernel.last_lines().end());
  verdict.crashes = stage_.crashes();
  verdict.passed = stage_.points_passed();
  const auto count = [](const auto& rows) { return static_cast<std::int64_t>(rows.size()); };
  std::int64_t accounts = 0;
  for (const auto& [reference, charge] : psp_.charges())
    accounts += charge.clabe.empty() ? 0 : 1;
  verdict.figures = {{"payments", count(records_.payments)},
                     {"accounts", accounts},
                     {"deposits", count(records_.deposits)},
                     {"entries", count(records_.entries)},
                     {"disputes", count(records_.disputes)},
                     {"events", count(records_.events)},
                     {"receipts", count(records_.receipts)},
                     {"batches", count(records_.batches)},
                     {"claims", count(records_.claims)},
                     {"runs", count(records_.runs)},
                     {"inbound", count(records_.inbound)},
                     {"webhooks", count(records_.deliveries)},
                     {std::string(kGatewayFaults), stage_.gateway_faults}};
  return verdict;
}

}  // namespace erario::model
