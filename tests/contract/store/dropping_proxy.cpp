#include "tests/contract/store/dropping_proxy.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <string_view>

namespace erario::contract {
namespace {

constexpr int kPollMs = 20;
constexpr int kWaitingMax = 16;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("too long: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int new_socket() {
  const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) throw std::runtime_error("no socket");
  return made;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

DroppingProxy::DroppingProxy(const std::string& server_socket) : server_socket_(server_socket) {
  std::string pattern = (std::filesystem::temp_directory_path() / "erario-proxy-XXXXXX").string();
  folder_ = ::mkdtemp(pattern.data());
  listener_ = new_socket();
  const sockaddr_un address = address_of((folder_ / ".s.PGSQL.5432").string());
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, kWaitingMax) != 0) {
    throw std::runtime_error("cannot listen in " + folder_.string());
  }
  acceptor_ = std::thread([this] { accept_clients(); });
}

DroppingProxy::~DroppingProxy() {
  stop_ = true;
  acceptor_.join();
  for (std::thread& forwarder : forwarders_)
    forwarder.join();
  ::close(listener_);
  std::filesystem::remove_all(folder_);
}

void DroppingProxy::accept_clients() {
  while (!stop_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, kPollMs) <= 0) continue;
    const int client = ::accept(listener_, nullptr, nullptr);
    if (client >= 0) forwarders_.emplace_back([this, client] { forward(client); });
  }
}

void DroppingProxy::forward(int client) {
  const int server = new_socket();
  const sockaddr_un address = address_of(server_socket_);
  bool open = ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  bool losing = false;
  std::array<char, 16'384> buffer{};
  while (open && !stop_) {
    std::array<pollfd, 2> ends{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
    if (::poll(ends.data(), ends.size(), kPollMs) <= 0) continue;
    for (const pollfd& end : ends) {
      if (!open || end.revents == 0) continue;
      const ssize_t read = ::recv(end.fd, buffer.data(), buffer.size(), 0);
      const std::string_view bytes(buffer.data(), read > 0 ? static_cast<std::size_t>(read) : 0);
      const bool asks = end.fd == client;
      if (asks && bytes.find("COMMIT") != std::string_view::npos) losing = armed_.exchange(false);
      // The server answers when it is done: what it says then is what gets lost.
      open = read > 0 && !(losing && !asks) && send_all(asks ? server : client, bytes);
    }
  }
  ::close(client);
  ::close(server);
}

}  // namespace erario::contract
