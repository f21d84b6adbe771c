// What the gateway tests share: running a coroutine to its end, throw-away keys and files, and a
// listener on loopback that answers what it is told to, byte for byte.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <deque>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/ports/gateway.hpp"

namespace erario::testing_support {

// Verifies the dossier's vectors of STP and Conekta.
inline constexpr const char* kVectorKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2CXr40pjw2jHL0Xrcwlq\n"
    "bUZTC2hhPOzxB8Ql3MTSkqnYe+rEUTS7mVpMTuyt90cd0Tlqubqa8NashBNws4zq\n"
    "+644Qtjhccwb5D5pkGFI6Us/nXv7e5aZo/5UkdYE/VdA574NAQzwxeNjg4R+6eCC\n"
    "gnbM5pWBXaRGXjT9LGPx6KQVeq1U6ebCYN2yfRWyGE6RD0BS7lWB0Wxx5wLnsU1c\n"
    "9pecs7vWusoxhxXzGIM6Oh7QgES+2gX0Sl8XIZtxsoUGpWjupWUEsGTsk/Kc0vwx\n"
    "x6YVHIwYt2B7b11E+/8BDMDXf+DVtRbRjaj46itvHBEvloO5FDWC07/7nPZnR7/7\n"
    "SwIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

template <class T>
Task<void> keep(Task<T> task, std::optional<T>* out) {
  *out = co_await std::move(task);
}

// Runs the context until the task is done; exceptions reach the test.
template <class T>
T run_task(boost::asio::io_context& io, Task<T> task) {
  std::optional<T> out;
  auto done = boost::asio::co_spawn(io, keep(std::move(task), &out), boost::asio::use_future);
  io.restart();
  io.run();
  done.get();
  return std::move(*out);
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "erario-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name), std::ios::binary) << text;
    std::filesystem::permissions(file(name), std::filesystem::perms(0600));
    return file(name);
  }

 private:
  std::filesystem::path path_;
};

struct KeyPair {
  std::string private_pem;
  std::string public_pem;
};

inline std::string text_of_bio(BIO* bio) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(length)};
}

// `passphrase` empty: not encrypted.
inline KeyPair make_rsa_key(const std::string& passphrase = "") {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  BIO* secret = BIO_new(BIO_s_mem());
  BIO* open = BIO_new(BIO_s_mem());
  std::string phrase = passphrase;
  PEM_write_bio_PrivateKey(
      secret, key, phrase.empty() ? nullptr : EVP_aes_256_cbc(),
      phrase.empty() ? nullptr : reinterpret_cast<unsigned char*>(phrase.data()),
      static_cast<int>(phrase.size()), nullptr, nullptr);
  PEM_write_bio_PUBKEY(open, key);
  KeyPair pair{text_of_bio(secret), text_of_bio(open)};
  BIO_free(secret);
  BIO_free(open);
  EVP_PKEY_free(key);
  return pair;
}

// One answer of the listener. Raw bytes: what is wrong on the wire is written here.
struct Reply {
  std::string bytes;
  bool close_after = false;
  bool hold = false;  // no answer: keeps the line until the test ends
  int drip_ms = 0;    // between two bytes
};

inline Reply http_reply(int status, const std::string& body) {
  return {"HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\n" +
              "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
          false, false, 0};
}

struct ListenerOptions {
  std::string certificate_file;  // both empty: plain
  std::string key_file;
};

// Answers the scripted replies in order, one a request; afterwards holds. Serves one connection
// after the other.
class Listener {
 public:
  explicit Listener(std::vector<Reply> script, ListenerOptions options = {})
      : script_(script.begin(), script.end()) {
    if (!options.certificate_file.empty()) start_tls(options);
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(socket_, 16);
    socklen_t length = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { accept_all(); });
  }
  ~Listener() {
    stop_ = true;
    thread_.join();
    ::close(socket_);
    SSL_CTX_free(tls_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const { return port_; }
  std::string url(const std::string& scheme = "http", const std::string& host = "127.0.0.1") const {
    return scheme + "://" + host + ":" + std::to_string(port_);
  }
  // Head and body of each request read.
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  int connections() const { return connections_; }

 private:
  struct Line {
    int handle = -1;
    SSL* tls = nullptr;
  };

  void start_tls(const ListenerOptions& options) {
    tls_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate_chain_file(tls_, options.certificate_file.c_str());
    SSL_CTX_use_PrivateKey_file(tls_, options.key_file.c_str(), SSL_FILETYPE_PEM);
  }

  bool readable(int handle) const {
    pollfd wanted{handle, POLLIN, 0};
    while (!stop_) {
      if (::poll(&wanted, 1, 20) > 0) return true;
    }
    return false;
  }

  void accept_all() {
    while (readable(socket_)) {
      Line line;
      line.handle = ::accept(socket_, nullptr, nullptr);
      ++connections_;
      if (tls_ != nullptr) {
        line.tls = SSL_new(tls_);
        SSL_set_fd(line.tls, line.handle);
      }
      if (line.tls == nullptr || SSL_accept(line.tls) == 1) serve(line);
      SSL_free(line.tls);
      ::close(line.handle);
    }
  }

  void serve(const Line& line) {
    std::string pending;
    while (read_request(line, pending)) {
      Reply reply;
      reply.hold = true;
      {
        const std::lock_guard lock(mutex_);
        if (!script_.empty()) {
          reply = script_.front();
          script_.pop_front();
        }
      }
      if (!give(line, reply)) return;
    }
  }

  bool give(const Line& line, const Reply& reply) {
    if (reply.hold) {
      readable(line.handle);  // until the client gives up
      return false;
    }
    const std::size_t step = reply.drip_ms > 0 ? 1 : std::max<std::size_t>(reply.bytes.size(), 1);
    for (std::size_t at = 0; at < reply.bytes.size() && !stop_; at += step) {
      if (put(line, reply.bytes.substr(at, step)) <= 0) return false;
      if (reply.drip_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(reply.drip_ms));
    }
    return !reply.close_after;
  }

  long put(const Line& line, const std::string& bytes) {
    if (line.tls != nullptr) {
      return SSL_write(line.tls, bytes.data(), static_cast<int>(bytes.size()));
    }
    return ::send(line.handle, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  bool read_some(const Line& line, std::string& pending) {
    if ((line.tls == nullptr || SSL_pending(line.tls) == 0) && !readable(line.handle)) return false;
    char bytes[4096];
    const long got = line.tls != nullptr ? SSL_read(line.tls, bytes, sizeof bytes)
                                         : ::recv(line.handle, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    pending.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  bool read_request(const Line& line, std::string& pending) {
    std::size_t head = std::string::npos;
    while ((head = pending.find("\r\n\r\n")) == std::string::npos) {
      if (!read_some(line, pending)) return false;
    }
    std::size_t body = 0;
    if (const auto at = pending.find("Content-Length: "); at < head) {
      body = static_cast<std::size_t>(std::stoul(pending.substr(at + 16)));
    }
    while (pending.size() < head + 4 + body) {
      if (!read_some(line, pending)) return false;
    }
    const std::lock_guard lock(mutex_);
    requests_.push_back(pending.substr(0, head + 4 + body));
    pending.erase(0, head + 4 + body);
    return true;
  }

  std::deque<Reply> script_;
  std::vector<std::string> requests_;
  mutable std::mutex mutex_;
  SSL_CTX* tls_ = nullptr;
  int socket_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace erario::testing_support
