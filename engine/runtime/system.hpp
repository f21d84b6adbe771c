// The real clock, randomness and signing key behind the ports.
#pragma once

#include <memory>
#include <string>

#include "engine/ports/clock.hpp"

namespace erario {

// The machine's clock, moved by a fixed shift: zero in every real installation; a demonstration
// plays a day of the published catalogue.
class SystemClock final : public Clock {
 public:
  explicit SystemClock(std::chrono::microseconds shift = {}) : shift_(shift) {}
  // A clock that shows `start` now and runs on from there.
  static SystemClock starting_at(Instant start);
  Instant now() const override;

 private:
  std::chrono::microseconds shift_;
};

// OpenSSL's generator.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override;
};

// An Ed25519 private key from a PEM file (openssl genpkey -algorithm ed25519).
// Fails with kIo when the file cannot be read or others may read it, kConfigInvalid when it is not
// such a key.
Result<std::unique_ptr<Signer>> load_signer(const std::string& path);

// "ed25519:" and 16 hex digits of the SHA-256 of the public key's DER.
Result<std::string> key_id_of(std::string_view public_key_pem);

}  // namespace erario
