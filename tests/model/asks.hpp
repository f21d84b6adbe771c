// A client of the API that does not give up: one request under one key, sent again until it is
// answered, sometimes twice at once, sometimes after the answer. What it was told is kept.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "tests/model/engine.hpp"
#include "tests/model/text.hpp"

namespace erario::model {

struct Ask {
  std::string owner;
  std::string key;
  // Made anew for every try, as a handler makes it: ids differ, the request does not.
  std::function<CommandBody()> body;
  std::function<Answer(const CommandOutcome&)> render;
  std::function<void(const std::string& answer)> acknowledged;  // the first time it is seen
  std::function<void(const Error& error)> refused;              // for good; may be empty
};

class Asks {
 public:
  Asks(Stage& stage, std::function<Engine*()> engine, Random& random);

  void send(Ask ask);
  bool busy() const { return open_ > 0; }

  struct Told {
    std::set<std::string> answers;  // more than one: the same key was answered in two ways
    bool acknowledged = false;
    bool refused = false;
    bool another_body_accepted = false;  // the key was used for another request, and it was taken
  };
  const ByText<Told>& told() const { return told_; }

 private:
  void attempt(const std::shared_ptr<Ask>& ask);
  void answered(const std::shared_ptr<Ask>& ask, const Reply& reply);
  void later(const std::shared_ptr<Ask>& ask, std::chrono::microseconds pause);
  void repeat(const std::shared_ptr<Ask>& ask);
  void reuse_key(const std::shared_ptr<Ask>& ask);
  Command command(const Ask& ask, std::string_view request);

  Stage& stage_;
  std::function<Engine*()> engine_;
  Random& random_;
  Dice dice_;
  ByText<Told> told_;
  int open_ = 0;
};

}  // namespace erario::model
