// API keys: `Authorization: Bearer era_<scope>_<base64url of 32 random bytes>`. Only the hash of
// the whole text is stored. Lookups are cached for less than a second, so that a revoked key stops
// within one. Thread safe.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.hpp"
#include "engine/base/digest.hpp"
#include "engine/base/secret.hpp"
#include "engine/ports/clock.hpp"
#include "engine/ports/store.hpp"

namespace erario::api {

std::string_view to_text(Scope scope);
Result<Scope> parse_scope(std::string_view text);

struct NewKey {
  Secret text;  // shown once
  ApiKey row;   // to be stored
};
// Requires at least one scope (CHECK); the first one names the key.
NewKey make_key(std::string owner, std::vector<Scope> scopes, std::optional<Instant> expires_at,
                const Clock& clock, Random& random);

// True for "era_<scope>_" and 43 base64url characters.
bool looks_like_key(std::string_view text);

inline constexpr std::size_t kKeyCacheMax = 4096;
inline constexpr std::chrono::milliseconds kKeyCacheLife{800};

class KeyCache {
 public:
  explicit KeyCache(Reader& reader) : reader_(reader) {}
  // Fails with kUnauthorized, or kStoreUnavailable.
  Result<ApiKey> find(std::string_view key_text, Instant now);

 private:
  struct Slot {
    std::optional<ApiKey> key;  // none: known to be unknown
    std::chrono::steady_clock::time_point until;
  };
  Reader& reader_;
  std::mutex mutex_;
  std::map<Sha256, Slot> slots_;
};

// Reads the Authorization header. Fails with kUnauthorized or kStoreUnavailable.
Result<Principal> authenticate(const RequestHead& head, KeyCache& keys, Instant now);

}  // namespace erario::api
