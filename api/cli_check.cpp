// Small tools that need no installation: identifiers, quotes, statement files, receipts.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>

#include "api/cli.hpp"
#include "api/files.hpp"
#include "engine/base/clabe.hpp"
#include "engine/base/curp.hpp"
#include "engine/base/json.hpp"
#include "engine/base/rfc.hpp"
#include "engine/catalogue/import.hpp"
#include "engine/fees/calculator.hpp"
#include "engine/fees/explain.hpp"
#include "engine/receipts/receipt.hpp"
#include "engine/runtime/system.hpp"
#include "reconciliation/statement.hpp"

namespace erario::api {
namespace {

namespace json = boost::json;

Date today() {
  return to_mexico_city(SystemClock().now()).date;
}

Result<void> check_identifier(const std::string& kind, const std::string& value) {
  if (kind == "clabe") return check_clabe(value, built_in_banks());
  if (kind == "curp") return check_curp(value, today());
  return check_rfc(value);
}

void add_check(CLI::App& app, Terminal& terminal) {
  auto& check = *app.add_subcommand("check", "Check a CLABE, a CURP or an RFC; exit 1 if wrong");
  check.require_subcommand(1);
  for (const std::string kind : {"clabe", "curp", "rfc"}) {
    auto& one = *check.add_subcommand(kind, "Check one value");
    const auto value = std::make_shared<std::string>();
    one.add_option("value", *value, "What to check")->required();
    on_chosen(one, terminal, [kind, value, &terminal]() -> Result<void> {
      if (auto checked = check_identifier(kind, *value); !checked.ok()) {
        const Error& why = checked.error();
        return Error{why.code,
                     kind + " " + *value + ": " + why.detail,
                     {FieldError{"/" + kind, why.detail}}};
      }
      json::object answer{{"kind", kind}, {"value", *value}, {"valid", true}};
      std::string text = kind + " " + *value + ": valid";
      if (kind == "clabe") {
        const Bank* bank = bank_of(*value, built_in_banks());
        text += ", " + bank->name;
        answer["bank"] = bank->name;
        answer["spei_code"] = bank->spei_code;
      }
      terminal.print(text, answer);
      return {};
    });
  }
}

struct QuoteOptions {
  std::string service;
  std::string on;
  std::vector<std::string> inputs;
  std::string relief;
  std::string evidence;
  std::string catalogue = "ops/catalogue";
};

Result<Quote> quote_from(const QuoteOptions& options) {
  TRY(const auto sources, read_catalogue_folder(options.catalogue));
  TRY(const Catalogue catalogue, import_catalogue(sources));
  ItemRequest item;
  item.service = options.service;
  item.relief = options.relief;
  item.evidence = options.evidence;
  for (const std::string& input : options.inputs) {
    const auto equals = input.find('=');
    if (equals == std::string::npos) {
      return field_error("--input", "is written name=value, like guns=4");
    }
    const std::string name = input.substr(0, equals);
    if (!item.inputs.emplace(name, input.substr(equals + 1)).second)
      return field_error("--input", "names " + name + " twice");
  }
  QuoteRequest request;
  request.items.push_back(std::move(item));
  request.on = today();
  if (!options.on.empty()) {
    auto on = parse_date(options.on);
    if (!on.ok()) return field_error("--on", on.error().detail);
    request.on = *on;
  }
  return calculate_quote(catalogue, request);
}

void add_quote(CLI::App& app, Terminal& terminal) {
  auto& quote = *app.add_subcommand("quote", "What a service costs, each line explained and cited");
  const auto options = std::make_shared<QuoteOptions>();
  quote.add_option("service", options->service, "Service id, like sre.passport.10y")->required();
  quote.add_option("--on", options->on, "Payment date, like 2026-03-02; today when absent");
  quote.add_option("--input", options->inputs, "An input of the service, name=value; repeatable");
  quote.add_option("--relief", options->relief, "Discount or exemption claimed, like over_60");
  quote.add_option("--evidence", options->evidence, "What the payer shows for the relief");
  quote.add_option("--catalogue", options->catalogue, "Catalogue folder")->capture_default_str();
  on_chosen(quote, terminal, [options, &terminal]() -> Result<void> {
    TRY(const Quote made, quote_from(*options));
    json::value value = parse_json(canonical_json(made)).value();
    // Only an installation's own quotes can be paid: this one has no id, validity or digest.
    for (const char* name : {"id", "issued_at", "expires_at", "digest"}) {
      value.as_object().erase(name);
    }
    terminal.print(explain(made), value);
    return {};
  });
}

void add_statement(CLI::App& app, Terminal& terminal) {
  auto& statement = *app.add_subcommand("statement", "Bank statement files");
  statement.require_subcommand(1);
  auto& read = *statement.add_subcommand("read", "Print any statement file as JSON");
  const auto path = std::make_shared<std::string>();
  read.add_option("file", *path, "The file; its format is recognised by content")->required();
  on_chosen(read, terminal, [path, &terminal]() -> Result<void> {
    TRY(const std::string bytes, read_file(*path, kStatementBytesMax));
    auto statements = read_statements(bytes);
    if (!statements.ok()) {
      Error why = statements.error();
      why.detail = *path + ": " + why.detail;
      return why;
    }
    json::array all;
    for (const Statement& one : *statements)
      all.push_back(statement_to_json(one));
    const std::string text = json::serialize(all);
    terminal.print(text, all);
    return {};
  });
}

struct VerifyOptions {
  std::string file;
  std::string key = "var/run/keys/receipts.pub.pem";
};

Result<void> verify(const VerifyOptions& options, Terminal& terminal) {
  TRY(std::string bytes, read_file(options.file, 4U << 20U));
  TRY(const std::string key, read_file(options.key, 64U << 10U));
  TRY(const std::string key_id, key_id_of(key));
  const bool is_pdf = bytes.starts_with("%PDF-");
  if (is_pdf) {
    TRY(bytes, carried_document(bytes));
  }
  const auto with_file = [&](Error why) {
    why.detail = options.file + ": " + why.detail;
    return why;
  };
  auto sealed = sealed_receipt_from_text(bytes);
  if (!sealed.ok()) return with_file(sealed.error());
  if (auto valid = verify_receipt(*sealed, key); !valid.ok()) {
    Error why = valid.error();
    if (why.code == ErrorCode::kSignatureInvalid && key_id != sealed->seal.key_id) {
      // Nothing is known of the receipt then, neither good nor bad.
      why =
          field_error("--key",
                      "this receipt names the key " + sealed->seal.key_id + ", the key given is " +
                          key_id + "; with another key nobody can say whether it is genuine",
                      ErrorCode::kConfigInvalid);
    } else if (why.code == ErrorCode::kSignatureInvalid && why.fields.empty()) {
      why.detail = "not genuine: it was changed after the key " + key_id + " sealed it";
    }
    return with_file(std::move(why));
  }
  const Receipt& receipt = sealed->receipt;
  terminal.print("valid: receipt " + receipt.series + "-" + std::to_string(receipt.folio) + " of " +
                     receipt.agency_name + ", " + to_display_text(receipt.total) + " " +
                     std::string(to_text(receipt.currency)) + ", paid " +
                     to_rfc3339(receipt.paid_at) +
                     "\nWhether another receipt took its place since, "
                     "its page says: /verify/" +
                     receipt.id.text() +
                     (is_pdf ? "\nThe sealed data inside the PDF is genuine; its drawn page is "
                               "not checked: compare it with these figures."
                             : ""),
                 json::object{{"valid", true},
                              {"id", receipt.id.text()},
                              {"series", receipt.series},
                              {"folio", receipt.folio},
                              {"total", receipt.total.centavos}});
  return {};
}

void add_receipt(CLI::App& app, Terminal& terminal) {
  auto& receipt = *app.add_subcommand("receipt", "Receipts");
  receipt.require_subcommand(1);
  auto& command =
      *receipt.add_subcommand("verify", "Say whether a receipt (JSON or PDF) is genuine");
  command.footer(
      "Exit codes: 0 it is genuine; 1 it is not, or it is no receipt; 2 it names another key than "
      "the\none given, or a file cannot be read.");
  const auto options = std::make_shared<VerifyOptions>();
  command.add_option("file", options->file, "The receipt, JSON or PDF")->required();
  command.add_option("--key", options->key, "Public key (PEM) of the installation")
      ->capture_default_str();
  on_chosen(command, terminal, [options, &terminal] { return verify(*options, terminal); });
}

}  // namespace

void add_check_commands(CLI::App& app, Terminal& terminal) {
  add_check(app, terminal);
  add_quote(app, terminal);
  add_statement(app, terminal);
  add_receipt(app, terminal);
}

}  // namespace erario::api
