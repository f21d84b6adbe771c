// What the server shows and accepts over TLS.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/digest.hpp"
#include "engine/base/result.hpp"

namespace erario::api {

struct TlsFiles {
  std::string certificate;  // PEM, with the chain after it
  std::string key;          // PEM, not encrypted
  std::string client_ca;    // PEM; empty: no client is asked for a certificate
};

// TLS 1.2 or newer, without renegotiation and compression. The certificate must be valid now, by
// the real time. Clients may show one of their own; one that no authority of `client_ca` signed, or
// that is not meant for clients, ends the handshake. Nobody has to show one. Fails with
// kConfigInvalid at server.tls_cert, server.tls_key or server.client_ca_file.
Result<std::shared_ptr<boost::asio::ssl::context>> server_tls(const TlsFiles& files);

// When the certificate ends, in seconds since 1970. Requires a context of server_tls().
std::int64_t certificate_end(boost::asio::ssl::context& tls);

// SHA-256 over the DER of the certificate the client showed and proved to hold; none without one.
std::optional<Sha256> client_certificate(const SSL& tls);

}  // namespace erario::api
