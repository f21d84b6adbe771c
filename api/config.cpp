#include "api/config.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "api/config_section.hpp"
#include "engine/base/clabe.hpp"
#include "engine/base/file.hpp"

namespace erario::api {
namespace {

constexpr std::size_t kConfigBytesMax = 1024 * 1024;

bool is_plain_name(std::string_view name) {
  return name.size() <= 32 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

class ConfigReader {
 public:
  ConfigReader(const toml::table& root, std::string folder)
      : root_(root), folder_(std::move(folder)), top_(&root, "", problems_) {}

  Result<Config> read() {
    read_environment();
    read_server();
    read_lane();
    read_store_and_catalogue();
    read_quotes_and_receipts();
    read_gateways();
    read_routes();
    read_money();
    read_banks();
    read_cep();
    read_reconciliation();
    read_webhooks();
    top_.finish();
    if (problems_.fields.empty()) return std::move(config_);
    const FieldError& first = problems_.fields.front();
    return Error{ErrorCode::kConfigInvalid, first.pointer + ": " + first.rule, problems_.fields};
  }

 private:
  Section section(std::string_view name) {
    const toml::node* node = top_.find(name, false);
    if (node != nullptr && !node->is_table())
      problems_.add(std::string(name), "must be a section: [" + std::string(name) + "]");
    return Section(node == nullptr ? nullptr : node->as_table(), std::string(name), problems_);
  }
  std::vector<Section> sections(std::string_view name) {
    std::vector<Section> all;
    const toml::node* node = top_.find(name, false);
    if (node == nullptr) return all;
    const toml::array* array = node->as_array();
    if (array == nullptr || !array->is_homogeneous<toml::table>()) {
      problems_.add(std::string(name), "must be written as [[" + std::string(name) + "]]");
      return all;
    }
    std::set<std::string> names;
    for (std::size_t index = 0; index < array->size(); ++index) {
      const auto* table = array->get_as<toml::table>(index);
      all.emplace_back(table, key_of(name, index, *table, names), problems_);
    }
    return all;
  }
  // One section of several is told by its name, where it has one of its own, "route.amex", else by
  // its place, "route[0]".
  static std::string key_of(std::string_view kind, std::size_t index, const toml::table& table,
                            std::set<std::string>& names) {
    const auto name = table["name"].value_exact<std::string>();
    if (name && !name->empty() && is_plain_name(*name) && names.insert(*name).second)
      return std::string(kind) + "." + *name;
    return std::string(kind) + "[" + std::to_string(index) + "]";
  }
  std::string path(std::string text) const {
    if (text.empty()) return text;
    const std::filesystem::path given(text);
    if (given.is_absolute()) return text;
    return (std::filesystem::path(folder_) / given).lexically_normal().string();
  }

  void read_environment() {
    const std::string environment = top_.text("environment", false);
    if (environment == "demonstration")
      config_.environment = Environment::kDemonstration;
    else if (!environment.empty() && environment != "production")
      problems_.add("environment", "must be production or demonstration");
    Section log = section("log");
    static constexpr std::array<std::string_view, 5> kLevels = {"debug", "info", "warn", "error",
                                                                "off"};
    const std::string level = log.text("level", false);
    if (!level.empty()) config_.log_level = level;
    if (std::find(kLevels.begin(), kLevels.end(), config_.log_level) == kLevels.end())
      problems_.add("log.level", "must be debug, info, warn, error or off");
    log.finish();
    Section clock = section("clock");
    const std::string start = clock.text("start", false);
    clock.finish();
    if (start.empty()) return;
    if (config_.environment != Environment::kDemonstration)
      problems_.add("clock.start", "is allowed with environment = \"demonstration\" only");
    auto instant = parse_rfc3339(start);
    if (instant.ok())
      config_.clock_start = *instant;
    else
      problems_.add("clock.start", "must be an RFC 3339 time such as 2026-03-02T09:00:00-06:00");
  }

  void read_server() {
    Section server = section("server");
    ServerConfig& into = config_.server;
    if (auto listen = server.text("listen", false); !listen.empty()) into.listen = listen;
    into.port = static_cast<std::uint16_t>(server.integer("port", into.port, 0, 65535));
    into.plain = server.boolean("plain", false);
    into.tls_cert = path(server.text("tls_cert", !into.plain));
    into.tls_key = path(server.text("tls_key", !into.plain));
    into.client_ca_file = path(server.text("client_ca_file", false));
    into.public_url = server.text("public_url", true);
    into.threads = server.integer("threads", into.threads, 1, 256);
    into.connections_max = server.integer("connections_max", into.connections_max, 1, 100'000);
    into.key_requests_per_second = server.integer("key_requests_per_second", 0, 1, 100'000);
    into.key_burst = server.integer("key_burst", into.key_requests_per_second, 1, 1'000'000);
    if (into.key_requests_per_second == 0 && into.key_burst != 0)
      problems_.add("server.key_burst", "needs server.key_requests_per_second");
    server.finish();
    boost::system::error_code failure;
    boost::asio::ip::make_address(into.listen, failure);
    if (failure) problems_.add("server.listen", "is not an IP address");
    const bool loopback = into.listen == "::1" || into.listen.starts_with("127.");
    if (into.plain && !loopback)
      problems_.add("server.plain", "is allowed on a loopback address only");
    if (into.plain && !into.client_ca_file.empty())
      problems_.add("server.client_ca_file", "needs TLS");
    const bool web = into.public_url.starts_with("https://") ||
                     (into.plain && into.public_url.starts_with("http://"));
    if (!into.public_url.empty() && (!web || into.public_url.ends_with('/')))
      problems_.add("server.public_url", "must be an https URL without a slash at the end");
  }

  void read_lane() {
    Section lane = section("lane");
    config_.lane.queue_max = lane.integer("queue_max", config_.lane.queue_max, 1, 100'000);
    lane.finish();
  }

  void read_store_and_catalogue() {
    Section store = section("store");
    config_.store_url = store.text("url", true);
    config_.store_owner_url = store.text("owner_url", false);
    store.finish();
    static constexpr std::string_view kSqlite = "sqlite:";
    if (config_.store_url.starts_with(kSqlite)) {
      config_.store_url = std::string(kSqlite) + path(config_.store_url.substr(kSqlite.size()));
      if (!config_.store_owner_url.empty())
        problems_.add("store.owner_url", "is for a PostgreSQL store; an embedded one has no roles");
    }
    Section catalogue = section("catalogue");
    config_.catalogue_path = path(catalogue.text("path", true));
    catalogue.finish();
  }

  void read_quotes_and_receipts() {
    Section quotes = section("quotes");
    config_.quotes.secret_file = path(quotes.text("secret_file", true));
    config_.quotes.validity =
        std::chrono::minutes(quotes.integer("validity_minutes", 60, 1, 24 * 60));
    quotes.finish();
    Section receipts = section("receipts");
    config_.receipts.signing_key_file = path(receipts.text("signing_key_file", true));
    for (std::string& file : receipts.texts("public_key_files"))
      config_.receipts.public_key_files.push_back(path(std::move(file)));
    receipts.finish();
  }

  void read_gateways() {
    std::set<std::string> names;
    for (Section& section : sections("gateway")) {
      GatewayEntry entry;
      entry.kind = section.text("kind", true);
      entry.name = section.text("name", true);
      entry.settings = section.rest();
      for (auto& [key, value] : entry.settings)
        if (key.ends_with("_file")) value = path(value);
      if (!entry.name.empty() && !names.insert(entry.name).second)
        problems_.add(section.key("name"), "is the name of another gateway too");
      config_.gateways.push_back(std::move(entry));
    }
  }

  void read_routes() {
    std::vector<Section> rules = sections("route");
    if (rules.size() > kRoutingRulesMax)
      problems_.add("route", "must be at most " + std::to_string(kRoutingRulesMax) + " rules");
    std::set<std::string> names;
    for (Section& section : rules) {
      RoutingRule rule;
      rule.name = section.text("name", true);
      read_conditions(section, rule);
      read_weights(section, rule);
      section.finish();
      if (!rule.name.empty() && !is_plain_name(rule.name))
        problems_.add(section.key("name"), "must be 1 to 32 lower-case letters, digits and dashes");
      else if (!rule.name.empty() && !names.insert(rule.name).second)
        problems_.add(section.key("name"), "is the name of another route too");
      config_.routes.push_back(std::move(rule));
    }
  }

  // A condition that nothing can meet is a slip: left out, it is none.
  void refuse_empty_list(Section& section, std::string_view name) {
    const toml::node* node = section.find(name, false);
    const toml::array* array = node == nullptr ? nullptr : node->as_array();
    if (array != nullptr && array->empty())
      problems_.add(section.key(name), std::string(kEmptyListRule));
  }

  void read_conditions(Section& section, RoutingRule& rule) {
    const std::string method = section.text("method", false);
    const auto parsed = parse_method(method);
    if (parsed.ok())
      rule.method = *parsed;
    else if (!method.empty())
      problems_.add(section.key("method"), "must be card or spei");
    rule.agencies = section.texts("agencies");
    refuse_empty_list(section, "agencies");
    refuse_empty_list(section, "card_brands");
    const auto amount = [&](std::string_view name) -> std::optional<Money> {
      const int pesos = section.integer(name, -1, 0, 100'000'000);
      return pesos < 0 ? std::nullopt : std::optional(Money::from_pesos(pesos));
    };
    rule.amount_min = amount("amount_min_pesos");
    rule.amount_max = amount("amount_max_pesos");
    if (rule.amount_min && rule.amount_max && *rule.amount_max < *rule.amount_min)
      problems_.add(section.key("amount_max_pesos"), "must not be less than amount_min_pesos");
    for (const std::string& word : section.texts("card_brands")) {
      const auto brand = parse_card_brand(word);
      if (brand.ok())
        rule.card_brands.push_back(*brand);
      else
        problems_.add(section.key("card_brands"), "must be visa, mastercard, amex or carnet");
    }
    if (rule.method != Method::kCard && !rule.card_brands.empty())
      problems_.add(section.key("card_brands"), "is for method card only");
  }

  void read_weights(Section& section, RoutingRule& rule) {
    Section weights = section.table("gateways", true);
    bool any = false;
    for (const std::string& name : weights.names()) {
      const int weight = weights.integer(name, 0, 0, kRoutingWeightMax);
      any = any || weight > 0;
      if (!is_gateway(name)) problems_.add(weights.key(name), "names no [[gateway]]");
      rule.gateways.push_back({name, weight});
    }
    if (weights.present() && !any)
      problems_.add(section.key("gateways"), "must give a weight above 0 to one gateway at least");
  }

  bool is_gateway(const std::string& name) const {
    return std::any_of(config_.gateways.begin(), config_.gateways.end(),
                       [&](const GatewayEntry& gateway) { return gateway.name == name; });
  }

  void check_prefix(const std::string& key, const std::string& prefix) {
    const bool digits =
        std::all_of(prefix.begin(), prefix.end(), [](char c) { return c >= '0' && c <= '9'; });
    // Bank and plaza are six; at least seven digits must be left to number the payments with.
    if (!prefix.empty() && (!digits || prefix.size() < 6 || prefix.size() > 10))
      problems_.add(key, "must be 6 to 10 digits");
    else if (!prefix.empty() && !built_in_banks().contains(prefix.substr(0, 3)))
      problems_.add(key, "must start with the code of a bank");
  }

  void read_clabe_ranges() {
    const std::string& common = config_.spei.clabe_prefix;
    std::set<std::string> agencies;
    std::vector<std::string> prefixes{common};
    for (Section& section : sections("clabe_range")) {
      ClabeRange range{section.text("prefix", true), section.texts("agencies")};
      section.finish();
      check_prefix(section.key("prefix"), range.prefix);
      if (common.empty() || range.prefix.substr(0, 3) != common.substr(0, 3))
        problems_.add(section.key("prefix"), "must be of the bank of spei.clabe_prefix");
      for (const std::string& other : prefixes) {
        // Numbers of the shorter one would run into the longer one's.
        if (range.prefix.starts_with(other) || other.starts_with(range.prefix))
          problems_.add(section.key("prefix"),
                        "must not begin with another prefix, nor be its start");
      }
      if (range.agencies.empty())
        problems_.add(section.key("agencies"), "must name an agency at least");
      for (const std::string& agency : range.agencies)
        if (!agencies.insert(agency).second)
          problems_.add(section.key("agencies"), "names " + agency + ", which has another range");
      prefixes.push_back(range.prefix);
      config_.spei.ranges.push_back(std::move(range));
    }
  }

  void read_policy(Section& section, DepositPolicy& policy) {
    for (const SuspenseKind kind :
         {SuspenseKind::kUnidentified, SuspenseKind::kShort, SuspenseKind::kOver,
          SuspenseKind::kLate, SuspenseKind::kDuplicate, SuspenseKind::kThirdParty}) {
      if (section.find(to_text(kind), false) == nullptr) continue;
      const std::string word = section.text(to_text(kind), true);
      if (word.empty()) continue;
      if (auto set = set_action(policy, kind, word); !set.ok())
        problems_.add(section.key(to_text(kind)), set.error().detail);
    }
  }

  void read_deposits() {
    Section deposits = section("deposits");
    read_policy(deposits, config_.deposits.common);
    Section agencies = deposits.table("agency", false);
    for (const std::string& name : agencies.names()) {
      Section section = agencies.table(name, true);
      // What an agency does not name it has in common with the others.
      DepositPolicy policy = config_.deposits.common;
      read_policy(section, policy);
      section.finish();
      config_.deposits.agencies.emplace(name, policy);
    }
    agencies.finish();
    deposits.finish();
  }

  void read_money() {
    Section spei = section("spei");
    config_.spei.clabe_prefix = spei.text("clabe_prefix", spei.present());
    config_.spei.banks_file = path(spei.text("banks_file", false));
    config_.spei.beneficiary = spei.text("beneficiary", false);
    config_.spei.expiry =
        std::chrono::minutes(spei.integer("expiry_minutes", 24 * 60, 1, 90 * 24 * 60));
    spei.finish();
    read_deposits();
    read_clabe_ranges();
    check_prefix("spei.clabe_prefix", config_.spei.clabe_prefix);
    Section cards = section("cards");
    config_.cards.default_gateway = cards.text("default_gateway", false);
    config_.cards.expiry =
        std::chrono::minutes(cards.integer("expiry_minutes", 60, 1, 30 * 24 * 60));
    config_.cards.hold = std::chrono::hours(cards.integer("hold_hours", 5 * 24, 1, 30 * 24));
    cards.finish();
    const std::string& wanted = config_.cards.default_gateway;
    if (!wanted.empty() && !is_gateway(wanted))
      problems_.add("cards.default_gateway", "names no [[gateway]]");
  }

  void read_banks() {
    std::set<std::string> names;
    for (Section& section : sections("bank")) {
      BankEntry entry;
      entry.name = section.text("name", true);
      entry.account = section.text("account", true);
      entry.statement_url = section.text("statement_url", false);
      entry.statement_folder = path(section.text("statement_folder", false));
      entry.ca_file = path(section.text("ca_file", false));
      section.finish();
      // A Mexican account is a CLABE; one abroad has its own form.
      const bool clabe = entry.account.size() == 18 &&
                         entry.account.find_first_not_of("0123456789") == std::string::npos;
      if (auto checked = check_clabe(entry.account, built_in_banks()); clabe && !checked.ok())
        problems_.add(section.key("account"), checked.error().detail);
      if (entry.statement_url.empty() == entry.statement_folder.empty())
        problems_.add(section.key("statement_url"),
                      "exactly one of statement_url and statement_folder is required");
      if (!entry.name.empty() && !names.insert(entry.name).second)
        problems_.add(section.key("name"), "is the name of another bank account too");
      config_.banks.push_back(std::move(entry));
    }
  }

  void read_cep() {
    Section section = this->section("cep");
    config_.cep.base_url = section.text("base_url", section.present());
    config_.cep.ca_file = path(section.text("ca_file", false));
    section.finish();
  }

  void read_reconciliation() {
    Section section = this->section("reconciliation");
    config_.reconciliation.grace_days = section.integer("grace_days", 1, 0, 30);
    const std::string time = section.text("local_time", false);
    section.finish();
    if (time.empty()) return;
    const bool shape = time.size() == 5 && time[2] == ':' && std::isdigit(time[0]) &&
                       std::isdigit(time[1]) && std::isdigit(time[3]) && std::isdigit(time[4]);
    const int hours = shape ? (time[0] - '0') * 10 + time[1] - '0' : 99;
    const int minutes = shape ? (time[3] - '0') * 10 + time[4] - '0' : 99;
    if (hours > 23 || minutes > 59)
      problems_.add("reconciliation.local_time", "must be a time of day such as 02:30");
    else
      config_.reconciliation.local_time = std::chrono::minutes(hours * 60 + minutes);
  }

  void read_webhooks() {
    Section section = this->section("webhooks");
    config_.webhooks.allow_networks = section.texts("allow_networks");
    config_.webhooks.ca_file = path(section.text("ca_file", false));
    config_.webhooks.timeout = std::chrono::seconds(section.integer("timeout_seconds", 15, 1, 60));
    config_.webhooks.retention =
        std::chrono::days(section.integer("retention_days", 30, 1, 10 * 366));
    section.finish();
  }

  const toml::table& root_;
  std::string folder_;
  Problems problems_;
  Section top_;
  Config config_;
};

bool is_readable(const std::string& path) {
  std::error_code failure;
  if (std::filesystem::is_directory(path, failure)) return true;
  return std::ifstream(path).good();
}

}  // namespace

Result<Config> parse_config(std::string_view text, const std::string& folder) {
  try {
    const toml::table root = toml::parse(text);
    return ConfigReader(root, folder).read();
  } catch (const toml::parse_error& failure) {
    return field_error("line " + std::to_string(failure.source().begin.line),
                       std::string(failure.description()), ErrorCode::kConfigInvalid);
  }
}

Result<Config> load_config(const std::string& path) {
  const auto text = read_whole_file(path, kConfigBytesMax);
  if (!text.ok()) {
    const bool unread = text.error().code == ErrorCode::kIo;
    return Error{unread ? ErrorCode::kIo : ErrorCode::kConfigInvalid,
                 "the configuration " + path + " " + text.error().detail};
  }
  const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  return parse_config(*text, folder.string());
}

Result<void> check_config_files(const Config& config) {
  Problems problems;
  const auto check = [&](std::string key, const std::string& path) {
    if (!path.empty() && !is_readable(path))
      problems.add(std::move(key), "cannot be read: " + path);
  };
  check("server.tls_cert", config.server.tls_cert);
  check("server.tls_key", config.server.tls_key);
  check("server.client_ca_file", config.server.client_ca_file);
  check("spei.banks_file", config.spei.banks_file);
  check("cep.ca_file", config.cep.ca_file);
  check("catalogue.path", config.catalogue_path);
  check("quotes.secret_file", config.quotes.secret_file);
  check("receipts.signing_key_file", config.receipts.signing_key_file);
  for (const std::string& file : config.receipts.public_key_files)
    check("receipts.public_key_files", file);
  check("webhooks.ca_file", config.webhooks.ca_file);
  for (const GatewayEntry& gateway : config.gateways)
    for (const auto& [key, value] : gateway.settings)
      if (key.ends_with("_file")) check("gateway." + gateway.name + "." + key, value);
  for (const BankEntry& bank : config.banks) {
    check("bank." + bank.name + ".statement_folder", bank.statement_folder);
    check("bank." + bank.name + ".ca_file", bank.ca_file);
  }
  if (problems.fields.empty()) return {};
  const FieldError& first = problems.fields.front();
  return Error{ErrorCode::kConfigInvalid, first.pointer + ": " + first.rule, problems.fields};
}

}  // namespace erario::api
