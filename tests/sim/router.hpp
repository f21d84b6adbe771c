// Finds the handler of a request by method and path pattern, applies the faults somebody asked for,
// and offers the control routes every stand-in has. Routes are added before serving; then thread
// safe.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "tests/sim/clock.hpp"
#include "tests/sim/http.hpp"
#include "tests/sim/json.hpp"

namespace erario::sim {

enum class FaultMode : std::uint8_t {
  kNone,
  kTimeoutBefore,  // nothing is done, no answer
  kTimeoutAfter,   // it is done, no answer
  kErrorAfter,     // it is done, the answer is 500
  kHttp503,        // nothing is done
  kMalformed,      // it is done, the answer is cut in the middle
  kSlowDrip,       // it is done, the answer comes a byte at a time
  kDuplicate,      // it is done twice, the first answer is sent
  kNoResponse,     // it is done, the answer says that nobody knows (STP's own words)
};

// The faults asked for and not yet served, by route name. Thread safe.
class FaultPlan {
 public:
  // Empty on success, else what is wrong with the request.
  std::string add(const Json& request);
  FaultMode take(const std::string& route);
  void clear();
  Json describe() const;

 private:
  struct Planned {
    std::string route;
    FaultMode mode;
    std::int64_t skip;  // calls to let through first
    std::int64_t count;
  };
  mutable std::mutex mutex_;
  std::vector<Planned> planned_;
};

struct Call {
  const Request& request;
  std::map<std::string, std::string> names;  // the {parts} of the pattern
};

using RouteHandler = std::function<Response(const Call&)>;

class Router {
 public:
  // `name` is what faults are asked for by. The first route that fits wins.
  void add(std::string method, std::string pattern, std::string name, RouteHandler handler);
  Response handle(const Request& request);
  FaultPlan& faults() { return faults_; }
  // The answer a mode gets instead of the router's own; before serving.
  void set_fault_answer(FaultMode mode, Response answer) { fault_answers_[mode] = answer; }

  // GET /sim/health, GET /sim/state, POST /sim/clock, and POST, GET, DELETE /sim/faults.
  struct Controls {
    SimClock* clock = nullptr;
    std::function<Json()> state;
    // Takes the fault requests that name no route; empty result: taken.
    std::function<std::string(const Json&)> other_fault;
  };
  void add_controls(Controls controls);

 private:
  struct Route {
    std::string method;
    std::vector<std::string> parts;
    std::string name;
    RouteHandler handler;
  };
  Response serve(const Route& route, const Call& call);
  Response fault_answer(FaultMode mode) const;

  std::vector<Route> routes_;
  FaultPlan faults_;
  std::map<FaultMode, Response> fault_answers_;
};

Response json_response(int status, const Json& body);
// {"error": why}, for the control routes.
Response refuse(int status, std::string why);

}  // namespace erario::sim
