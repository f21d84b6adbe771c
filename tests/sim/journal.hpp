// A file of JSON lines that lets a stand-in keep its truth over a restart: each change appends the
// whole new row. Not safe against power loss, only against the end of the process. Thread safe.
#pragma once

#include <fstream>
#include <functional>
#include <mutex>
#include <string>

#include "tests/sim/json.hpp"

namespace erario::sim {

class Journal {
 public:
  // Without a folder nothing is written and nothing is read.
  explicit Journal(const std::string& folder, const std::string& name);

  // Every row in the order it was written; a cut last line is skipped.
  void replay(const std::function<void(const std::string& table, const Json& row)>& each) const;
  void append(const std::string& table, const Json& row);

 private:
  std::string path_;
  std::mutex mutex_;
  std::ofstream out_;
};

}  // namespace erario::sim
