#include "api/auth.hpp"

#include <algorithm>
#include <array>

namespace erario::api {
namespace {

constexpr std::array<std::pair<Scope, std::string_view>, 6> kScopes = {{
    {Scope::kPortal, "portal"},
    {Scope::kFinance, "finance"},
    {Scope::kApprover, "approver"},
    {Scope::kAuditor, "auditor"},
    {Scope::kOperator, "operator"},
    {Scope::kPayout, "payout"},
}};
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kSecretCharacters = 43;  // 32 bytes in base64url without padding
constexpr std::size_t kPrefixSecretCharacters = 4;

Error unauthorized() {
  return Error{ErrorCode::kUnauthorized, "the request needs a valid API key"};
}

bool is_usable(const ApiKey& key, Instant now) {
  if (key.revoked_at) return false;
  return !key.expires_at || now < *key.expires_at;
}

}  // namespace

std::string_view to_text(Scope scope) {
  for (const auto& [value, name] : kScopes)
    if (value == scope) return name;
  CHECK(false);
}

Result<Scope> parse_scope(std::string_view text) {
  for (const auto& [value, name] : kScopes)
    if (name == text) return value;
  return field_error("scope", "must be portal, finance, approver, auditor, operator or payout");
}

NewKey make_key(std::string owner, std::vector<Scope> scopes, std::optional<Instant> expires_at,
                const Clock& clock, Random& random) {
  CHECK(!scopes.empty());
  std::array<std::uint8_t, kSecretBytes> bytes{};
  random.fill(bytes);
  const std::string secret =
      to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const std::string head = "era_" + std::string(to_text(scopes.front())) + "_";
  NewKey made;
  made.text = Secret(head + secret);
  made.row.id = new_id<KeyId>(clock, random);
  made.row.hash = sha256(made.text.reveal());
  made.row.prefix = head + secret.substr(0, kPrefixSecretCharacters);
  made.row.owner = std::move(owner);
  made.row.scopes = std::move(scopes);
  made.row.created_at = clock.now();
  made.row.expires_at = expires_at;
  return made;
}

bool looks_like_key(std::string_view text) {
  if (!text.starts_with("era_")) return false;
  text.remove_prefix(4);
  const std::size_t underscore = text.find('_');
  if (underscore == std::string_view::npos || !parse_scope(text.substr(0, underscore)).ok())
    return false;
  text.remove_prefix(underscore + 1);
  return text.size() == kSecretCharacters && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

Result<ApiKey> KeyCache::find(std::string_view key_text, Instant now) {
  const Sha256 hash = sha256(key_text);
  const auto tick = std::chrono::steady_clock::now();
  {
    const std::scoped_lock lock(mutex_);
    const auto at = slots_.find(hash);
    if (at != slots_.end() && tick < at->second.until) {
      if (!at->second.key || !is_usable(*at->second.key, now)) return unauthorized();
      return *at->second.key;
    }
  }
  auto stored = reader_.key_by_hash(hash);
  if (!stored.ok() && stored.error().code != ErrorCode::kNotFound) return std::move(stored).error();
  Slot slot;
  slot.until = tick + kKeyCacheLife;
  if (stored.ok()) slot.key = *std::move(stored);
  {
    const std::scoped_lock lock(mutex_);
    // Guessed keys must not grow it: a full cache starts anew.
    if (slots_.size() >= kKeyCacheMax) slots_.clear();
    slots_[hash] = slot;
  }
  if (!slot.key || !is_usable(*slot.key, now)) return unauthorized();
  return *std::move(slot.key);
}

Result<Principal> authenticate(const RequestHead& head, KeyCache& keys, Instant now) {
  const std::string_view header = head.header("authorization").value_or("");
  if (header.size() < 7) return unauthorized();
  std::string scheme(header.substr(0, 7));
  for (char& c : scheme)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const std::string_view text = header.substr(7);
  if (scheme != "bearer " || !looks_like_key(text)) return unauthorized();
  TRY(const ApiKey key, keys.find(text, now));
  return Principal{key.owner, key.scopes, key.id};
}

}  // namespace erario::api
