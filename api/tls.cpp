#include "api/tls.hpp"

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

}  // namespace erario::api
