#include "tests/contract/gateways/sim_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <stdexcept>

#include "engine/base/json.hpp"
#include "gateways/http_client.hpp"

namespace erario::contract {

SimProcess::SimProcess(std::vector<std::string> arguments) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string program = ERARIO_SIM;
  std::vector<char*> words{program.data()};
  for (auto& argument : arguments)
    words.push_back(argument.data());
  words.push_back(nullptr);
  const int failed =
      ::posix_spawn(&process_, program.c_str(), &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  output_ = ends[0];
  if (failed != 0) throw std::runtime_error("cannot start " + program);
  std::string line;
  for (char c = 0; ::read(output_, &c, 1) == 1 && c != '\n';)
    line += c;
  if (!line.starts_with("listening ")) throw std::runtime_error("the stand-in said: " + line);
  url_ = "http://" + line.substr(10);
}

SimProcess::~SimProcess() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);  // a held line would delay a polite end
    ::waitpid(process_, nullptr, 0);
  }
  ::close(output_);
}

boost::json::value SimProcess::call(const std::string& method, const std::string& path,
                                    const std::string& body,
                                    const std::string& authorization) const {
  boost::asio::io_context io;
  HttpClientOptions options;
  options.base_url = url_;
  auto client = HttpClient::create(options, io.get_executor());
  HttpRequest request(method, path);
  request.headers.emplace_back("content-type", body.starts_with('{')
                                                   ? "application/json"
                                                   : "application/x-www-form-urlencoded");
  if (!authorization.empty()) request.headers.emplace_back("authorization", authorization);
  request.body = body;
  auto done = boost::asio::co_spawn(io, (*client)->send(request), boost::asio::use_future);
  io.run();
  const HttpOutcome outcome = done.get();
  const auto* response = std::get_if<HttpResponse>(&outcome);
  if (response == nullptr || response->status >= 400) {
    throw std::runtime_error(method + " " + path + ": " +
                             (response == nullptr ? "no answer" : response->body));
  }
  if (!response->body.starts_with('{') && !response->body.starts_with('[')) return nullptr;
  auto parsed = parse_json_with_decimals(response->body);
  if (!parsed.ok()) throw std::runtime_error(path + ": " + parsed.error().detail);
  return std::move(*parsed);
}

}  // namespace erario::contract
