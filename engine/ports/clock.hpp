// Time, randomness and signing as ports: the whole engine runs from a seed in tests.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/id.hpp"
#include "engine/base/result.hpp"
#include "engine/base/time.hpp"

namespace erario {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;  // thread safe
};

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;  // thread safe
};

// Seals receipts and checkpoints. One key signs, older ones still verify.
class Signer {
 public:
  virtual ~Signer() = default;
  virtual std::string key_id() const = 0;  // "ed25519:" and 16 hex digits of the key's digest
  virtual std::string sign(std::string_view bytes) const = 0;  // raw signature; thread safe
  virtual std::string public_key_pem() const = 0;
};

template <class IdType>
IdType new_id(const Clock& clock, Random& random) {
  std::array<std::uint8_t, 10> tail{};
  random.fill(tail);
  return IdType{make_uuid_v7(clock.now(), tail)};
}

}  // namespace erario
