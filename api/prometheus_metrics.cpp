#include "api/prometheus_metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>

#include "ledger/chart.hpp"

namespace erario::api {
namespace {

// Label sets of one metric; more is a leak of outside text into labels.
constexpr std::size_t kSeriesMax = 2000;

const std::vector<double> kRequestSeconds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                             0.1,    0.25,  0.5,    1,     2.5,  5,     10};
const std::vector<double> kGatewaySeconds = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                             1,    2.5,   5,    10,  30,   60};
const std::vector<double> kBatchSizes = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};

// clang-format off
const std::vector<MetricRow> kTable = {
    {MetricKind::kCounter, "erario_http_requests_total", "Requests answered, by route, method and status.", {"route", "method", "status"}, {}},
    {MetricKind::kHistogram, "erario_http_request_seconds", "Time from the end of a request's head to its answer.", {"route", "method"}, kRequestSeconds},
    {MetricKind::kGauge, "erario_http_connections", "Open client connections.", {}, {}},
    {MetricKind::kCounter, "erario_http_connections_refused_total", "Connections refused, by reason.", {"reason"}, {}},
    {MetricKind::kCounter, "erario_http_rate_limited_total", "Requests refused because their API key made too many.", {}, {}},
    {MetricKind::kCounter, "erario_tls_reloads_total", "Certificate and key read again, by result (taken, refused).", {"result"}, {}},
    {MetricKind::kGauge, "erario_tls_certificate_end_timestamp_seconds", "When the certificate that new connections see ends, Unix time.", {}, {}},
    {MetricKind::kCounter, "erario_inbound_calls_total", "Calls received from gateways, by what became of them.", {"gateway", "result"}, {}},
    {MetricKind::kCounter, "erario_lane_commands_total", "Commands decided by the commit lane, by result.", {"result"}, {}},
    {MetricKind::kCounter, "erario_lane_batches_total", "Batches committed by the lane, by status.", {"status"}, {}},
    {MetricKind::kHistogram, "erario_lane_batch_size", "Commands in one batch of the lane.", {}, kBatchSizes},
    {MetricKind::kHistogram, "erario_lane_commit_seconds", "Time to make one batch durable.", {}, kRequestSeconds},
    {MetricKind::kCounter, "erario_transfer_proofs_total", "Proofs of transfers (CEP) asked for, by result.", {"result"}, {}},
    {MetricKind::kGauge, "erario_clabes_left", "CLABEs left under a prefix, since this process gave one.", {"prefix"}, {}},
    {MetricKind::kGauge, "erario_lane_queue_depth", "Commands waiting for the lane.", {}, {}},
    {MetricKind::kGauge, "erario_lane_healthy", "1 while this process may commit; 0 once it stopped for good.", {}, {}},
    {MetricKind::kGauge, "erario_store_reachable", "1 while the store answers; 0 when a question failed or none was answered for 20 s.", {}, {}},
    {MetricKind::kCounter, "erario_gateway_calls_total", "Calls to gateways, by operation and outcome.", {"gateway", "operation", "outcome"}, {}},
    {MetricKind::kCounter, "erario_gateway_unreadable_answers_total", "Answers of gateways that nobody can read, or whose amounts can be none; what was kept of them is in the table inbound.", {"gateway", "operation"}, {}},
    {MetricKind::kCounter, "erario_gateway_unlisted_codes_total", "Answers of gateways with an error code that their table does not list.", {"gateway", "operation"}, {}},
    {MetricKind::kHistogram, "erario_gateway_call_seconds", "Duration of calls to gateways.", {"gateway", "operation"}, kGatewaySeconds},
    {MetricKind::kGauge, "erario_gateway_calls_in_flight", "Calls of the outbox in flight, by gateway.", {"gateway"}, {}},
    {MetricKind::kGauge, "erario_gateway_circuit_open", "1 while a gateway that kept failing is not called.", {"gateway"}, {}},
    {MetricKind::kCounter, "erario_gateway_limit_waits_total", "Looks of the outbox that left calls waiting, by the limit of their gateway.", {"gateway", "limit"}, {}},
    {MetricKind::kGauge, "erario_gateway_healthy", "1 while routing counts on a gateway; 0 while most calls go unanswered or its circuit is open.", {"gateway"}, {}},
    {MetricKind::kCounter, "erario_routes_total", "Choices of a gateway, by routing rule and gateway.", {"rule", "gateway"}, {}},
    {MetricKind::kCounter, "erario_failovers_total", "Attempts that went to another gateway because the first certainly asked no bank.", {"from", "to"}, {}},
    {MetricKind::kCounter, "erario_routing_reloads_total", "Routing rules read again, by result (taken, refused).", {"result"}, {}},
    {MetricKind::kGauge, "erario_outbox_jobs", "Calls owed to the outside, by state.", {"state"}, {}, true},
    {MetricKind::kGauge, "erario_outbox_oldest_seconds", "Age of the oldest call owed and due.", {}, {}, true},
    {MetricKind::kGauge, "erario_webhook_deliveries", "Webhooks owed to endpoints, by state.", {"state"}, {}, true},
    {MetricKind::kGauge, "erario_webhook_oldest_seconds", "Age of the oldest webhook owed and due.", {}, {}, true},
    {MetricKind::kCounter, "erario_webhook_tries_total", "Calls to webhook endpoints, by outcome.", {"outcome"}, {}},
    {MetricKind::kCounter, "erario_webhook_pruned_total", "Webhooks that ended and were removed after their retention.", {}, {}},
    {MetricKind::kHistogram, "erario_webhook_try_seconds", "Duration of calls to webhook endpoints.", {}, kGatewaySeconds},
    {MetricKind::kGauge, "erario_payments", "Payments, by state.", {"state"}, {}, true},
    {MetricKind::kGauge, "erario_disputes", "Contested charges, by state.", {"state"}, {}, true},
    {MetricKind::kGauge, "erario_suspense_oldest_seconds", "Age of the oldest deposit that is held in suspense.", {}, {}, true},
    {MetricKind::kGauge, "erario_suspense_centavos", "Money held in suspense, in centavos, by kind.", {"kind"}, {}, true},
    {MetricKind::kGauge, "erario_ledger_entries", "Entries in the ledger.", {}, {}, true},
    {MetricKind::kGauge, "erario_ledger_check_ok", "1 when the last check of the ledger found nothing wrong.", {}, {}},
    {MetricKind::kGauge, "erario_ledger_check_entries", "Entries seen by the last check of the ledger.", {}, {}},
    {MetricKind::kGauge, "erario_ledger_check_timestamp_seconds", "When the last check of the ledger ended, Unix time.", {}, {}},
    {MetricKind::kGauge, "erario_reconciliation_breaks", "Breaks of the last reconciliation run, by kind.", {"kind"}, {}},
    {MetricKind::kGauge, "erario_reconciliation_run_timestamp_seconds", "When the last reconciliation run started, Unix time.", {}, {}},
    {MetricKind::kGauge, "erario_build_info", "Always 1; the version is a label.", {"version"}, {}},
};
// clang-format on

// A series is known by the values of its labels, in the row's order. Looking one up copies no text.
using Values = std::vector<std::string_view>;
struct ByValues {
  using is_transparent = void;
  bool operator()(const auto& left, const auto& right) const {
    return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end());
  }
};

Values values_of(const MetricRow& row, MetricLabels labels) {
  CHECK(labels.size() == row.labels.size());
  Values values;
  for (const std::string_view name : row.labels) {
    const auto* given = std::find_if(labels.begin(), labels.end(),
                                     [name](const auto& label) { return label.first == name; });
    CHECK(given != labels.end());
    values.push_back(given->second);
  }
  return values;
}

template <class Kind>
struct Series {
  const MetricRow* row;
  prometheus::Family<Kind> family;
  std::mutex mutex;
  std::map<std::vector<std::string>, Kind*, ByValues> known;

  explicit Series(const MetricRow& declared)
      : row(&declared), family(std::string(declared.name), std::string(declared.help), {}) {}

  template <class... Arguments>
  Kind* get(MetricLabels labels, const Arguments&... arguments) {
    const Values values = values_of(*row, labels);
    const std::scoped_lock lock(mutex);
    const auto at = known.find(values);
    if (at != known.end()) return at->second;
    if (known.size() >= kSeriesMax) return nullptr;
    prometheus::Labels named;
    for (const auto& [name, value] : labels)
      named.emplace(name, value);
    Kind* added = &family.Add(named, arguments...);
    known.emplace(std::vector<std::string>(values.begin(), values.end()), added);
    return added;
  }
};

template <class Kind>
using SeriesMap = std::map<std::string_view, std::unique_ptr<Series<Kind>>>;

template <class Kind>
Series<Kind>& find(const SeriesMap<Kind>& all, std::string_view name) {
  const auto at = all.find(name);
  CHECK(at != all.end());
  return *at->second;
}

template <class Kind>
void collect(const SeriesMap<Kind>& all, PrometheusMetrics::StoreState store,
             std::vector<prometheus::MetricFamily>& into) {
  for (const auto& [name, series] : all) {
    if (series->row->mirrors_store && store == PrometheusMetrics::StoreState::kAway) continue;
    auto families = series->family.Collect();
    std::move(families.begin(), families.end(), std::back_inserter(into));
  }
}

}  // namespace

std::span<const MetricRow> metric_table() {
  return kTable;
}

struct PrometheusMetrics::Families {
  SeriesMap<prometheus::Counter> counters;
  SeriesMap<prometheus::Gauge> gauges;
  SeriesMap<prometheus::Histogram> histograms;
};

PrometheusMetrics::PrometheusMetrics() : families_(std::make_unique<Families>()) {
  for (const MetricRow& row : kTable) {
    switch (row.kind) {
      case MetricKind::kCounter:
        families_->counters.emplace(row.name, std::make_unique<Series<prometheus::Counter>>(row));
        break;
      case MetricKind::kGauge:
        families_->gauges.emplace(row.name, std::make_unique<Series<prometheus::Gauge>>(row));
        break;
      case MetricKind::kHistogram:
        families_->histograms.emplace(row.name,
                                      std::make_unique<Series<prometheus::Histogram>>(row));
        break;
    }
  }
}

PrometheusMetrics::~PrometheusMetrics() = default;

void PrometheusMetrics::count(std::string_view name, MetricLabels labels, double by) {
  if (auto* counter = find(families_->counters, name).get(labels)) counter->Increment(by);
}

void PrometheusMetrics::gauge(std::string_view name, MetricLabels labels, double value) {
  if (auto* gauge = find(families_->gauges, name).get(labels)) gauge->Set(value);
}

void PrometheusMetrics::observe(std::string_view name, MetricLabels labels, double value) {
  auto& series = find(families_->histograms, name);
  if (auto* histogram = series.get(labels, series.row->buckets)) histogram->Observe(value);
}

std::string PrometheusMetrics::text(StoreState store) const {
  std::vector<prometheus::MetricFamily> all;
  collect(families_->counters, store, all);
  collect(families_->gauges, store, all);
  collect(families_->histograms, store, all);
  return prometheus::TextSerializer().Serialize(all);
}

Result<void> refresh_store_gauges(Metrics& metrics, Reader& reader, Instant now) {
  TRY(const StoreStats stats, reader.stats());
  // All states, so that one nobody is in any more falls to zero.
  for (int number = 0; number <= static_cast<int>(PaymentState::kChargedBack); ++number) {
    const std::string state(to_text(static_cast<PaymentState>(number)));
    const auto at = stats.payments_by_state.find(state);
    const std::int64_t count = at == stats.payments_by_state.end() ? 0 : at->second;
    metrics.gauge("erario_payments", {{"state", state}}, static_cast<double>(count));
  }
  for (const DisputeState state :
       {DisputeState::kOpen, DisputeState::kEvidence, DisputeState::kWon, DisputeState::kLost}) {
    const auto at = stats.disputes_by_state.find(std::string(to_text(state)));
    const std::int64_t count = at == stats.disputes_by_state.end() ? 0 : at->second;
    metrics.gauge("erario_disputes", {{"state", to_text(state)}}, static_cast<double>(count));
  }
  metrics.gauge("erario_outbox_jobs", {{"state", "due"}}, static_cast<double>(stats.jobs_due));
  metrics.gauge("erario_outbox_jobs", {{"state", "dead"}}, static_cast<double>(stats.jobs_dead));
  const auto age = [now](const std::optional<Instant>& oldest) {
    if (!oldest || *oldest >= now) return 0.0;
    return std::chrono::duration<double>(now - *oldest).count();
  };
  metrics.gauge("erario_outbox_oldest_seconds", {}, age(stats.oldest_job));
  const auto count = [](std::int64_t number) { return static_cast<double>(number); };
  metrics.gauge("erario_webhook_deliveries", {{"state", "due"}}, count(stats.deliveries_due));
  metrics.gauge("erario_webhook_deliveries", {{"state", "dead"}}, count(stats.deliveries_dead));
  metrics.gauge("erario_webhook_oldest_seconds", {}, age(stats.oldest_delivery));
  metrics.gauge("erario_ledger_entries", {}, static_cast<double>(stats.entries));

  metrics.gauge("erario_suspense_oldest_seconds", {}, age(stats.oldest_held));

  TRY(const std::vector<Balance> balances, reader.balances());
  for (const SuspenseKind kind :
       {SuspenseKind::kUnidentified, SuspenseKind::kShort, SuspenseKind::kOver, SuspenseKind::kLate,
        SuspenseKind::kDuplicate, SuspenseKind::kThirdParty}) {
    std::int64_t held = 0;
    for (const Balance& balance : balances)
      if (balance.account == suspense_account(kind))
        held += balance.credits.centavos - balance.debits.centavos;
    metrics.gauge("erario_suspense_centavos", {{"kind", to_text(kind)}}, static_cast<double>(held));
  }
  return {};
}

}  // namespace erario::api
