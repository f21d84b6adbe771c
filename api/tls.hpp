// What the server shows and accepts over TLS.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <string>

#include "engine/base/result.hpp"

namespace erario::api {

// TLS 1.2 or newer, without renegotiation and compression. Both files are PEM. Fails with
// kConfigInvalid at server.tls_cert or server.tls_key.
Result<void> load_tls(boost::asio::ssl::context& tls, const std::string& certificate_file,
                      const std::string& key_file);

}  // namespace erario::api
