// One running stand-in, ended by its process id. And a plain way to talk to its control routes.
#pragma once

#include <sys/types.h>

#include <boost/json/value.hpp>
#include <string>
#include <vector>

namespace erario::contract {

class SimProcess {
 public:
  // Starts `erario-sim` on a port of its own choice. Throws std::runtime_error when it does not.
  explicit SimProcess(std::vector<std::string> arguments);
  ~SimProcess();
  SimProcess(const SimProcess&) = delete;
  SimProcess& operator=(const SimProcess&) = delete;

  const std::string& url() const { return url_; }
  // Amounts with decimals come as text. Throws std::runtime_error on any status but 2xx and 3xx.
  boost::json::value call(const std::string& method, const std::string& path,
                          const std::string& body = "",
                          const std::string& authorization = "") const;

 private:
  pid_t process_ = -1;
  int output_ = -1;
  std::string url_;
};

}  // namespace erario::contract
