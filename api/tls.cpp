#include "api/tls.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>

#include "engine/base/pem.hpp"

namespace erario::api {

namespace ssl = boost::asio::ssl;

namespace {

Error refused(const char* field, std::string rule) {
  return field_error(std::string("server.") + field, std::move(rule), ErrorCode::kConfigInvalid);
}

std::string date_text(const ASN1_TIME* time) {
  std::tm date{};
  char text[32] = "?";
  if (ASN1_TIME_to_tm(time, &date) == 1) std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &date);
  return std::string(text) + " UTC";
}

// Its first one only: a chain may end in a root that is out of date and that nobody needs any more.
Result<void> check_dates(const X509* certificate) {
  const ASN1_TIME* begin = X509_get0_notBefore(certificate);
  const ASN1_TIME* end = X509_get0_notAfter(certificate);
  if (X509_cmp_current_time(begin) > 0)
    return refused("tls_cert", "is not valid before " + date_text(begin));
  if (X509_cmp_current_time(end) < 0)
    return refused("tls_cert", "is out of date since " + date_text(end));
  return {};
}

Result<void> use_certificate(SSL_CTX* tls, const TlsFiles& files) {
  const auto chain = read_certificates(files.certificate);
  if (!chain.ok()) return refused("tls_cert", chain.error().detail);
  const auto key = read_private_key(files.key);
  if (!key.ok()) return refused("tls_key", key.error().detail);
  X509* own = chain->front().get();
  if (X509_check_private_key(own, key->get()) != 1) {
    ERR_clear_error();
    return refused("tls_key", "is not the key of the certificate in server.tls_cert");
  }
  TRY_VOID(check_dates(own));
  bool taken = SSL_CTX_use_certificate(tls, own) == 1;
  taken = taken && SSL_CTX_use_PrivateKey(tls, key->get()) == 1;
  for (std::size_t i = 1; taken && i < chain->size(); ++i)
    taken = SSL_CTX_add1_chain_cert(tls, (*chain)[i].get()) == 1;
  if (taken) return {};
  const char* reason = ERR_reason_error_string(ERR_get_error());
  ERR_clear_error();
  return refused("tls_cert", std::string("cannot be used: ") +
                                 (reason == nullptr ? "OpenSSL refuses it" : reason));
}

Result<void> ask_for_client_certificates(SSL_CTX* tls, const std::string& authorities_file) {
  if (authorities_file.empty()) return {};
  const auto authorities = trust_certificates(SSL_CTX_get_cert_store(tls), authorities_file);
  if (!authorities.ok()) return refused("client_ca_file", authorities.error().detail);
  // Browsers offer only what one of these signed, and so offer nothing.
  for (const Certificate& authority : *authorities)
    SSL_CTX_add_client_CA(tls, authority.get());
  SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, nullptr);
  // A resumed session carries the certificate of the first one; OpenSSL demands a name for that.
  static constexpr unsigned char kSessions[] = "erario";
  SSL_CTX_set_session_id_context(tls, kSessions, sizeof kSessions - 1);
  return {};
}

}  // namespace

Result<std::shared_ptr<ssl::context>> server_tls(const TlsFiles& files) {
  auto made = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* tls = made->native_handle();
  SSL_CTX_set_options(tls, SSL_OP_ALL | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
  TRY_VOID(use_certificate(tls, files));
  TRY_VOID(ask_for_client_certificates(tls, files.client_ca));
  return made;
}

std::int64_t certificate_end(boost::asio::ssl::context& tls) {
  const X509* certificate = SSL_CTX_get0_certificate(tls.native_handle());
  CHECK(certificate != nullptr);
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return 0;
  return ::timegm(&end);
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
