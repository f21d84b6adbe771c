// erario migrate: the store's schema, and an embedded installation's way to a server.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <memory>

#include "api/cli.hpp"
#include "api/config.hpp"
#include "ledger/audit.hpp"
#include "ledger/store/carry.hpp"
#include "ledger/store/open.hpp"

namespace erario::api {
namespace {

namespace json = boost::json;

struct MigrateOptions {
  std::string config = "var/run/erario.toml";
  bool status = false;
  std::string from;
  std::string to;
  std::string to_owner;
};

json::array names_of(const std::vector<std::string>& names) {
  json::array all;
  for (const std::string& name : names)
    all.push_back(json::string(name));
  return all;
}

std::string lines_of(std::string_view what, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += std::string(what) + " " + name + "\n";
  return text;
}

// As the owner where one is named: the role that serves is made by the first migration.
const std::string& asked(const StorePlace& place) {
  return place.owner_url.empty() ? place.url : place.owner_url;
}

Result<void> show_status(const StorePlace& place, Terminal& terminal) {
  TRY(const MigrationState state, migration_state(asked(place)));
  terminal.print(lines_of("applied", state.applied) + lines_of("pending", state.pending) +
                     lines_of("changed after it ran", state.changed) +
                     lines_of("of a newer version", state.unknown),
                 json::object{{"applied", names_of(state.applied)},
                              {"pending", names_of(state.pending)},
                              {"changed", names_of(state.changed)},
                              {"unknown", names_of(state.unknown)}});
  if (!state.current()) terminal.set_exit_code(1);
  return {};
}

Result<void> bring_up_to_date(const StorePlace& place, Terminal& terminal) {
  TRY(const MigrationState before, migration_state(asked(place)));
  TRY_VOID(migrate(place));
  const std::string text = lines_of("applied", before.pending);
  terminal.print(text.empty() ? "the store is up to date" : text,
                 json::object{{"applied", names_of(before.pending)}});
  return {};
}

Result<AuditReport> sound(const std::string& url) {
  TRY(const auto source, open_audit(url));
  TRY(AuditReport report, audit(*source));
  if (!report.clean()) {
    return Error{ErrorCode::kStateConflict,
                 "the ledger of " + url + " breaks its rules; see: erario ledger verify"};
  }
  return report;
}

bool same(const std::map<std::int64_t, ChainHead>& some,
          const std::map<std::int64_t, ChainHead>& others) {
  return std::equal(some.begin(), some.end(), others.begin(), others.end(),
                    [](const auto& a, const auto& b) {
                      return a.first == b.first && a.second.ordinal == b.second.ordinal &&
                             a.second.hash == b.second.hash;
                    });
}

Result<void> carry(const std::string& from, const StorePlace& to, Terminal& terminal) {
  TRY(const AuditReport before, sound(from));
  TRY(const CarriedRows carried, carry_over(from, to));
  TRY(const AuditReport after, sound(to.url));
  if (!same(before.heads, after.heads)) {
    return Error{ErrorCode::kStateConflict,
                 "payments were taken while the store was carried over; stop erario serve, empty "
                 "the new database and repeat"};
  }
  std::int64_t rows = 0;
  json::object tables;
  for (const auto& [table, count] : carried) {
    rows += count;
    tables[table] = count;
  }
  std::string text = "carried " + std::to_string(rows) + " rows of " +
                     std::to_string(carried.size()) +
                     " tables; both ledgers are sound and end alike";
  json::array heads;
  for (const auto& [lane, head] : after.heads) {
    text += "\nchain head of lane " + std::to_string(lane) + ": " + std::to_string(head.ordinal) +
            " " + to_hex(head.hash);
    heads.push_back(
        json::object{{"lane", lane}, {"ordinal", head.ordinal}, {"hash", to_hex(head.hash)}});
  }
  terminal.print(text, json::object{{"tables", std::move(tables)}, {"heads", std::move(heads)}});
  return {};
}

Result<void> run(const MigrateOptions& options, Terminal& terminal) {
  StorePlace place{options.to, options.to_owner};
  if (place.url.empty() || place.owner_url.empty()) {
    TRY(const Config config, load_config(options.config));
    if (place.url.empty()) place.url = config.store_url;
    if (place.owner_url.empty()) place.owner_url = config.store_owner_url;
  }
  if (!options.from.empty()) return carry(options.from, place, terminal);
  return options.status ? show_status(place, terminal) : bring_up_to_date(place, terminal);
}

}  // namespace

void add_migrate_command(CLI::App& app, Terminal& terminal) {
  auto& command = *app.add_subcommand(
      "migrate", "Create the store or bring its schema up to date; or carry one over to a server");
  const auto options = std::make_shared<MigrateOptions>();
  command.add_option("--config", options->config, "Configuration file")->capture_default_str();
  auto* status = command.add_flag("--status", options->status, "Show what is applied and pending");
  auto* from =
      command.add_option("--from", options->from,
                         "Carry the store of this URL (sqlite:…) over; stop its server first");
  status->excludes(from);
  command.add_option("--to", options->to, "Into this one (postgresql://…); absent: store.url")
      ->needs(from);
  command
      .add_option("--to-owner", options->to_owner,
                  "The same as the role that owns it; absent: store.owner_url")
      ->needs(from);
  on_chosen(command, terminal, [options, &terminal] { return run(*options, terminal); });
}

}  // namespace erario::api
