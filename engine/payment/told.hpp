// Which events portals are told of by webhook, and what each is about. Steps that a portal can do
// nothing with (an attempt is under way, nobody knows yet) are not told. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/payment/event.hpp"

namespace erario {

// Id text of the attempt, refund, deposit, dispute or receipt that the event is about; empty where
// it is about its subject as a whole. None: nobody is told.
std::optional<std::string> told_part(const EventBody& body);

// The names of all events that are told, in the order of EventBody.
const std::vector<std::string_view>& told_events();

}  // namespace erario
