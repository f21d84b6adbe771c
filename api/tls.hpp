// What the server shows and accepts over TLS.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <optional>
#include <string>

#include "engine/base/digest.hpp"
#include "engine/base/result.hpp"

namespace erario::api {

// TLS 1.2 or newer, without renegotiation and compression. Both files are PEM. Fails with
// kConfigInvalid at server.tls_cert or server.tls_key.
Result<void> load_tls(boost::asio::ssl::context& tls, const std::string& certificate_file,
                      const std::string& key_file);

// When the certificate ends, in seconds since 1970. Requires load_tls().
std::int64_t certificate_end(boost::asio::ssl::context& tls);

// Clients may show a certificate; one that no authority of the PEM file signed, or that is not
// meant for clients, ends the handshake. Nobody has to show one. Without a file nothing changes.
// Fails with kConfigInvalid at server.client_ca_file.
Result<void> ask_for_client_certificates(boost::asio::ssl::context& tls,
                                         const std::string& authorities_file);

// SHA-256 over the DER of the certificate the client showed and proved to hold; none without one.
std::optional<Sha256> client_certificate(const SSL& tls);

}  // namespace erario::api
