// The books from the command line: verifying them and handing them to an independent program.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fstream>
#include <iostream>
#include <memory>

#include "api/cli.hpp"
#include "api/config.hpp"
#include "ledger/audit.hpp"
#include "ledger/export.hpp"
#include "ledger/store/open.hpp"

namespace erario::api {
namespace {

namespace json = boost::json;

std::string report_text(const AuditReport& report) {
  std::string text;
  for (const Validation& validation : validations()) {
    const auto failed = report.failed.find(validation.name);
    text += failed == report.failed.end() ? "ok    " : "WRONG ";
    text += std::string(validation.name) + ": " + std::string(validation.sentence);
    if (failed != report.failed.end()) text += " (" + std::to_string(failed->second) + ")";
    text += "\n";
  }
  for (const AuditFinding& finding : report.findings) {
    text += "  " + std::string(finding.validation) + " at " + finding.where + ": " +
            finding.detail + "\n";
  }
  text += std::to_string(report.entries) + " entries, " + std::to_string(report.postings) +
          " postings, " + std::to_string(report.events) + " events, " +
          std::to_string(report.receipts) + " receipts, " + std::to_string(report.payments) +
          " payments\n";
  for (const auto& [lane, head] : report.heads) {
    text += "chain head of lane " + std::to_string(lane) + ": " + std::to_string(head.ordinal) +
            " " + to_hex(head.hash) + "\n";
  }
  return text + (report.clean() ? "the ledger is sound\n" : "the ledger breaks its rules\n");
}

json::value report_json(const AuditReport& report) {
  json::array findings;
  for (const AuditFinding& finding : report.findings) {
    findings.push_back(json::object{
        {"validation", finding.validation}, {"where", finding.where}, {"detail", finding.detail}});
  }
  json::object failed;
  for (const auto& [validation, count] : report.failed)
    failed[validation] = count;
  json::array heads;
  for (const auto& [lane, head] : report.heads) {
    heads.push_back(
        json::object{{"lane", lane}, {"ordinal", head.ordinal}, {"hash", to_hex(head.hash)}});
  }
  return json::object{{"clean", report.clean()},         {"entries", report.entries},
                      {"events", report.events},         {"receipts", report.receipts},
                      {"payments", report.payments},     {"failed", std::move(failed)},
                      {"findings", std::move(findings)}, {"heads", std::move(heads)}};
}

Result<void> verify(const std::string& path, Terminal& terminal) {
  TRY(const Config config, load_config(path));
  TRY(const auto source, open_audit(config.store_url));
  TRY(const AuditReport report, audit(*source));
  terminal.print(report_text(report), report_json(report));
  if (!report.clean()) terminal.set_exit_code(1);
  return {};
}

struct ExportOptions {
  std::string format = "hledger";
  std::string file;
};

Result<void> write_export(const std::string& path, const ExportOptions& options) {
  TRY(const Config config, load_config(path));
  TRY(const auto source, open_audit(config.store_url));
  std::ofstream file;
  if (!options.file.empty()) {
    file.open(options.file, std::ios::binary | std::ios::trunc);
    if (!file) return Error{ErrorCode::kIo, options.file + ": cannot be written"};
  }
  std::ostream& out = options.file.empty() ? std::cout : file;
  TRY_VOID(export_hledger(*source, [&out](std::string_view text) -> Result<void> {
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    if (!out) return Error{ErrorCode::kIo, "the export cannot be written"};
    return {};
  }));
  out.flush();
  if (!out) return Error{ErrorCode::kIo, "the export cannot be written"};
  return {};
}

}  // namespace

void add_ledger_commands(CLI::App& app, Terminal& terminal) {
  auto& ledger = *app.add_subcommand("ledger", "The books");
  ledger.require_subcommand(1);
  const auto config = std::make_shared<std::string>("var/run/erario.toml");

  auto& verifying = *ledger.add_subcommand(
      "verify", "Derive everything again from the log; exit 1 if anything differs");
  verifying.add_option("--config", *config, "Configuration file")->capture_default_str();
  on_chosen(verifying, terminal, [config, &terminal] { return verify(*config, terminal); });

  auto& exporting = *ledger.add_subcommand("export", "The books as text for another program");
  const auto options = std::make_shared<ExportOptions>();
  exporting.add_option("--config", *config, "Configuration file")->capture_default_str();
  exporting.add_option("--format", options->format, "hledger")
      ->capture_default_str()
      ->check(CLI::IsMember({"hledger"}));
  exporting.add_option("--output", options->file, "File to write; absent: standard output");
  on_chosen(exporting, terminal, [config, options] { return write_export(*config, *options); });
}

}  // namespace erario::api
