// Commands on an installation's store: API keys, the catalogue.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <memory>

#include "api/auth.hpp"
#include "api/cli.hpp"
#include "api/config.hpp"
#include "api/installation.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/catalogue/diff.hpp"
#include "engine/catalogue/import.hpp"
#include "engine/runtime/system.hpp"
#include "ledger/store/open.hpp"

namespace erario::api {
namespace {

namespace json = boost::json;
using Path = std::shared_ptr<std::string>;

constexpr std::string_view kOwnerCharacters = "abcdefghijklmnopqrstuvwxyz0123456789.-";
constexpr std::size_t kOwnerLengthMax = 64;

Path config_option(CLI::App& command) {
  const auto path = std::make_shared<std::string>("var/run/erario.toml");
  command.add_option("--config", *path, "Configuration file")->capture_default_str();
  return path;
}

Result<std::unique_ptr<Store>> open_configured(const std::string& path, OpenMode mode) {
  TRY(const Config config, load_config(path));
  return open_store(config.store_url, mode);
}

SystemClock clock_of(const Config& config) {
  return config.clock_start ? SystemClock::starting_at(*config.clock_start) : SystemClock();
}

json::object key_to_json(const ApiKey& key) {
  json::array scopes;
  for (const Scope scope : key.scopes)
    scopes.push_back(json::string(to_text(scope)));
  json::object shown{{"id", key.id.text()},
                     {"prefix", key.prefix},
                     {"owner", key.owner},
                     {"scopes", std::move(scopes)},
                     {"created_at", to_rfc3339(key.created_at)}};
  if (key.expires_at) shown["expires_at"] = to_rfc3339(*key.expires_at);
  if (key.revoked_at) shown["revoked_at"] = to_rfc3339(*key.revoked_at);
  return shown;
}

struct KeyOptions {
  std::string owner;
  std::vector<std::string> scopes;
  int days = 0;
};

// Each of them once, in the order they are named in.
Result<std::vector<Scope>> read_scopes(const std::vector<std::string>& texts) {
  std::vector<Scope> scopes;
  const auto named = [&](Scope scope) {
    return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
  };
  for (const std::string& text : texts) {
    auto scope = parse_scope(text);
    if (!scope.ok()) return field_error("--scope", scope.error().fields.front().rule);
    if (!named(*scope)) scopes.push_back(*scope);
  }
  if (named(Scope::kPayout) && !named(Scope::kPortal))
    return field_error("--scope", "payout goes beside portal: name both");
  return scopes;
}

// "portal,payout".
std::string scope_list(const ApiKey& key) {
  std::string text;
  for (const Scope scope : key.scopes)
    text.append(text.empty() ? "" : ",").append(to_text(scope));
  return text;
}

Result<void> create_key(const std::string& path, const KeyOptions& options, Terminal& terminal) {
  TRY(const Config config, load_config(path));
  TRY(const auto store, open_store(config.store_url, OpenMode::kReadWrite));
  const bool plain = options.owner.find_first_not_of(kOwnerCharacters) == std::string::npos;
  if (options.owner.empty() || options.owner.size() > kOwnerLengthMax || !plain) {
    return field_error("--owner", "must be 1 to 64 lower-case letters, digits, dots or dashes");
  }
  TRY(std::vector<Scope> scopes, read_scopes(options.scopes));
  const SystemClock clock = clock_of(config);
  SystemRandom random;
  std::optional<Instant> expires_at;
  if (options.days > 0) expires_at = clock.now() + std::chrono::hours(24 * options.days);
  const NewKey key = make_key(options.owner, std::move(scopes), expires_at, clock, random);
  TRY_VOID(store->admin().add_key(key.row));
  json::object shown = key_to_json(key.row);
  shown["key"] = key.text.reveal();
  terminal.print(std::string(key.text.reveal()) +
                     "\nThis is shown once: only its digest is stored. Id " + key.row.id.text(),
                 shown);
  return {};
}

void add_keys(CLI::App& app, Terminal& terminal) {
  auto& keys = *app.add_subcommand("keys", "API keys");
  keys.require_subcommand(1);

  auto& create = *keys.add_subcommand("create", "Make a key and print it once");
  const Path create_config = config_option(create);
  const auto options = std::make_shared<KeyOptions>();
  create.add_option("--owner", options->owner, "Who holds it; payments belong to owners")
      ->required();
  create
      .add_option("--scope", options->scopes,
                  "portal, finance, approver, auditor, operator or payout; repeatable")
      ->required();
  create.add_option("--days", options->days, "Days until it expires; absent: it does not")
      ->check(CLI::Range(1, 3650));
  on_chosen(create, terminal, [create_config, options, &terminal] {
    return create_key(*create_config, *options, terminal);
  });

  auto& list = *keys.add_subcommand("list", "List keys without their secrets");
  const Path list_config = config_option(list);
  on_chosen(list, terminal, [list_config, &terminal]() -> Result<void> {
    TRY(const auto store, open_configured(*list_config, OpenMode::kReadOnly));
    TRY(const auto rows, store->reader().keys());
    json::array all;
    std::string text;
    for (const ApiKey& key : rows) {
      all.push_back(key_to_json(key));
      text += key.id.text() + "  " + key.prefix + "…  " + key.owner + "  " + scope_list(key) +
              (key.revoked_at ? "  revoked" : "") + "\n";
    }
    terminal.print(text.empty() ? "no keys" : text, all);
    return {};
  });

  auto& revoke = *keys.add_subcommand("revoke", "Revoke a key; it is refused within a second");
  const Path revoke_config = config_option(revoke);
  const auto id = std::make_shared<std::string>();
  revoke.add_option("id", *id, "Key id, key_…")->required();
  on_chosen(revoke, terminal, [revoke_config, id, &terminal]() -> Result<void> {
    auto key = KeyId::parse(*id);
    if (!key.ok()) return field_error("id", key.error().detail);
    TRY(const Config config, load_config(*revoke_config));
    TRY(const auto store, open_store(config.store_url, OpenMode::kReadWrite));
    TRY_VOID(store->admin().revoke_key(*key, clock_of(config).now()));
    terminal.print("revoked " + *id, json::object{{"revoked", *id}});
    return {};
  });
}

struct ImportOptions {
  std::string folder;
  bool dry_run = false;
};

Result<void> import_into_store(const std::string& path, const ImportOptions& options,
                               Terminal& terminal) {
  TRY(const Config config, load_config(path));
  const std::string folder = options.folder.empty() ? config.catalogue_path : options.folder;
  TRY(const auto sources, read_catalogue_folder(folder));
  TRY(const Catalogue catalogue, import_catalogue(sources));
  TRY(const auto store, open_store(config.store_url, OpenMode::kReadWrite));
  const auto current = stored_catalogue(store->reader());
  if (!current.ok() && current.error().code != ErrorCode::kConfigInvalid) return current.error();
  const auto changes = diff(current.ok() ? *current : Catalogue{}, catalogue);
  if (!options.dry_run) {
    json::array kept;
    for (const CatalogueSource& source : sources) {
      kept.push_back(json::object{{"file", source.file}, {"text", source.text}});
    }
    TRY_VOID(store->admin().add_catalogue(
        {catalogue.version, clock_of(config).now(), canonical_json(kept)}));
  }
  // A first import is all additions: its summary says enough.
  std::string text = current.ok() ? to_text(changes) : "";
  text += (options.dry_run ? "valid: " : "imported: ") + catalogue.version + ", " +
          std::to_string(catalogue.services.size()) + " services of " +
          std::to_string(catalogue.agencies.size()) + " agencies";
  terminal.print(text, json::object{{"version", catalogue.version},
                                    {"imported", !options.dry_run},
                                    {"services", catalogue.services.size()},
                                    {"agencies", catalogue.agencies.size()},
                                    {"changes", changes.size()}});
  return {};
}

void add_catalogue(CLI::App& app, Terminal& terminal) {
  auto& catalogue = *app.add_subcommand("catalogue", "The service catalogue");
  catalogue.require_subcommand(1);

  auto& check = *catalogue.add_subcommand("check", "Validate a catalogue folder; needs no store");
  const auto checked = std::make_shared<std::string>("ops/catalogue");
  check.add_option("folder", *checked, "Folder of YAML files")->capture_default_str();
  on_chosen(check, terminal, [checked, &terminal]() -> Result<void> {
    TRY(const auto sources, read_catalogue_folder(*checked));
    TRY(const Catalogue read, import_catalogue(sources));
    terminal.print("valid: " + read.version + ", " + std::to_string(read.services.size()) +
                       " services of " + std::to_string(read.agencies.size()) + " agencies",
                   json::object{{"valid", true}, {"version", read.version}});
    return {};
  });

  auto& import = *catalogue.add_subcommand(
      "import", "Validate, show what changes, and store; a running server takes it over on SIGHUP");
  const Path config = config_option(import);
  const auto options = std::make_shared<ImportOptions>();
  import.add_option("folder", options->folder, "Folder of YAML files; absent: the configured one");
  import.add_flag("--dry-run", options->dry_run, "Validate and show what would change");
  on_chosen(import, terminal, [config, options, &terminal] {
    return import_into_store(*config, *options, terminal);
  });
}

}  // namespace

void add_store_commands(CLI::App& app, Terminal& terminal) {
  add_keys(app, terminal);
  add_catalogue(app, terminal);
}

}  // namespace erario::api
