#include "api/tls.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

namespace erario::api {

Result<void> load_tls(boost::asio::ssl::context& tls, const std::string& certificate_file,
                      const std::string& key_file) {
  boost::system::error_code failure;
  tls.set_options(boost::asio::ssl::context::default_workarounds |
                      boost::asio::ssl::context::no_compression |
                      boost::asio::ssl::context::no_tlsv1 | boost::asio::ssl::context::no_tlsv1_1,
                  failure);
  SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(tls.native_handle(), SSL_OP_NO_RENEGOTIATION);
  tls.use_certificate_chain_file(certificate_file, failure);
  if (failure)
    return field_error("server.tls_cert", "is no readable PEM certificate chain",
                       ErrorCode::kConfigInvalid);
  tls.use_private_key_file(key_file, boost::asio::ssl::context::pem, failure);
  if (failure || SSL_CTX_check_private_key(tls.native_handle()) != 1)
    return field_error("server.tls_key", "is no readable PEM key of the certificate",
                       ErrorCode::kConfigInvalid);
  return {};
}

std::int64_t certificate_end(boost::asio::ssl::context& tls) {
  const X509* certificate = SSL_CTX_get0_certificate(tls.native_handle());
  CHECK(certificate != nullptr);
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return 0;
  return ::timegm(&end);
}

Result<void> ask_for_client_certificates(boost::asio::ssl::context& tls,
                                         const std::string& authorities_file) {
  if (authorities_file.empty()) return {};
  boost::system::error_code failure;
  tls.load_verify_file(authorities_file, failure);
  auto* names = failure ? nullptr : SSL_load_client_CA_file(authorities_file.c_str());
  if (names == nullptr)
    return field_error("server.client_ca_file", "is no readable PEM file with certificates",
                       ErrorCode::kConfigInvalid);
  // Browsers offer only what one of these signed, and so offer nothing.
  SSL_CTX_set_client_CA_list(tls.native_handle(), names);
  tls.set_verify_mode(boost::asio::ssl::verify_peer);
  // A resumed session carries the certificate of the first one; OpenSSL demands a name for that.
  static constexpr unsigned char kSessions[] = "erario";
  SSL_CTX_set_session_id_context(tls.native_handle(), kSessions, sizeof kSessions - 1);
  return {};
}

std::optional<Sha256> client_certificate(const SSL& tls) {
  const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(&tls),
                                                          &X509_free);
  if (shown == nullptr || SSL_get_verify_result(&tls) != X509_V_OK) return std::nullopt;
  Sha256 digest;
  unsigned int length = 0;
  CHECK(X509_digest(shown.get(), EVP_sha256(), digest.data(), &length) == 1 &&
        length == digest.size());
  return digest;
}

}  // namespace erario::api
