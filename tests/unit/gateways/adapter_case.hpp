// What every test of an adapter needs: a context to run it on, a client of a listener that does not
// wait long, a folder for its files, and a key to sign with.
#pragma once

#include "gateways/http_client.hpp"
#include "gateways/rsa.hpp"
#include "tests/unit/gateways/support.hpp"

namespace erario::testing_support {

// One for all tests of the program: it takes its time to make.
inline const KeyPair& shared_key() {
  static const KeyPair pair = make_rsa_key();
  return pair;
}

class AdapterCase : public testing::Test {
 protected:
  std::unique_ptr<HttpClient> client_of(const std::string& url) {
    HttpClientOptions options;
    options.base_url = url;
    options.timeout = std::chrono::milliseconds(500);
    return *HttpClient::create(std::move(options), io_.get_executor());
  }
  // The private half of shared_key().
  RsaPrivateKey signing_key() {
    const auto file = folder_.write("key.pem", shared_key().private_pem);
    return *RsaPrivateKey::from_pem_file(file, Secret());
  }

  boost::asio::io_context io_;
  TemporaryFolder folder_;
};

}  // namespace erario::testing_support
