// How each generation of STP's queries is asked and answers (domain spei §§4, 5). One row each; an
// adapter is set up with one. Pure: what is sent and signed is a value, what came is text.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "gateways/json_fields.hpp"
#include "gateways/spei/stp/rows.hpp"

namespace erario::stp {

struct Question {
  std::string target;
  std::string chain;  // what is signed
  JsonText body;      // without the signature
  bool by_key = true;
};

// Dates are AAAAMMDD; empty means STP's current operating day, or that none is known.
struct Generation {
  std::string_view name;  // as configured, after the path
  // The current operating day is asked about without its date, all others with theirs. What "now"
  // is, STP knows better than our clock: both are tried.
  bool current_day_apart;
  Question (*about_order)(std::string_view empresa, Direction direction,
                          std::string_view tracking_key, std::string_view date);
  // Movements of a day; pages count from 0.
  Question (*about_day)(std::string_view empresa, Direction direction, std::string_view date,
                        int page);
  // No rows where STP says there are none. Fails with kStatementMalformed, or kGatewayUnavailable
  // with STP's own code in the detail: "answer_3".
  Result<Rows> (*read)(std::string_view body);
};

// Who takes part in SPEI: the same question whatever the generation. Its chain is known from
// integrators' code [integrator code], its fields from a recorded answer [stpmex]: rows of "clave",
// "participante" and "estado", C where it is connected.
Question about_institutions(std::string_view empresa);
Result<Rows> read_institutions(std::string_view body);

std::span<const Generation> generations();
const Generation* find_generation(std::string_view name);  // null: there is none

}  // namespace erario::stp
