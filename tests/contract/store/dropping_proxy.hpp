// A server's socket in another folder, through which one answer can get lost: the connection ends
// after the server has done what it was told and before it could say so. What was asked of it, it
// did.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace erario::contract {

class DroppingProxy {
 public:
  // `server_socket`: the socket's own path. Throws std::runtime_error.
  explicit DroppingProxy(const std::string& server_socket);
  ~DroppingProxy();
  DroppingProxy(const DroppingProxy&) = delete;
  DroppingProxy& operator=(const DroppingProxy&) = delete;

  std::string folder() const { return folder_.string(); }
  // The next COMMIT's answer is lost, and its connection with it.
  void lose_next_commit() { armed_ = true; }

 private:
  void accept_clients();
  void forward(int client);

  std::filesystem::path folder_;
  std::string server_socket_;
  int listener_ = -1;
  std::atomic<bool> armed_ = false;
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> forwarders_;
  std::thread acceptor_;
};

}  // namespace erario::contract
