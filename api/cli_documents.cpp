// What the binary can say about itself: its routes, its state machines, its posting rules.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "api/cli.hpp"
#include "api/router.hpp"
#include "engine/payment/machine.hpp"
#include "ledger/posting_rules.hpp"

namespace erario::api {
namespace {

namespace json = boost::json;

std::string routes_text(const json::value& routes) {
  std::string text;
  for (const auto& route : routes.as_array()) {
    text += std::string(route.at("method").as_string()) + " " +
            std::string(route.at("path").as_string()) + "\n";
  }
  return text;
}

}  // namespace

void add_document_commands(CLI::App& app, Terminal& terminal) {
  auto& routes = *app.add_subcommand("routes", "The table of routes");
  on_chosen(routes, terminal, [&terminal]() -> Result<void> {
    const json::value table = routes_to_json();
    terminal.print(routes_text(table), table);
    return {};
  });
  auto& machine = *app.add_subcommand("machine", "The state machines as diagrams (Mermaid)");
  on_chosen(machine, terminal, [&terminal]() -> Result<void> {
    terminal.print(machine_diagrams(), json::object{{"markdown", machine_diagrams()}});
    return {};
  });
  auto& rules =
      *app.add_subcommand("posting-rules", "What each event posts, as a table (Markdown)");
  on_chosen(rules, terminal, [&terminal]() -> Result<void> {
    terminal.print(print_posting_rules(), json::object{{"markdown", print_posting_rules()}});
    return {};
  });
}

}  // namespace erario::api
