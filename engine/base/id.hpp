// Id<Tag>: a UUIDv7 (RFC 9562) with a type and a public prefix, "pay_" and 32 hex digits. Time
// ordered, made by us before the row exists. Id values are plain data; making one needs the time
// and 10 random bytes, which callers get from the ports.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"
#include "engine/base/time.hpp"

namespace erario {

using IdBytes = std::array<std::uint8_t, 16>;

// Version 7, variant 10; the first 48 bits are milliseconds since the epoch.
IdBytes make_uuid_v7(Instant now, std::span<const std::uint8_t, 10> random);
std::string id_text(std::string_view prefix, const IdBytes& bytes);
void append_id_text(std::string_view prefix, const IdBytes& bytes, std::string& out);
// Fails with kFieldInvalid: wrong prefix, length, or digits (lower case only).
Result<IdBytes> parse_id_text(std::string_view prefix, std::string_view text);

// "EA", "ER" or "ED" and 26 characters of the id in base 32: a reference that every gateway takes,
// letters and digits within the 30 of a clave de rastreo.
std::string gateway_reference(std::string_view kind, const IdBytes& id);

template <class Tag>
struct Id {
  IdBytes bytes{};

  static constexpr std::string_view prefix() { return Tag::kPrefix; }
  static Result<Id> parse(std::string_view text) {
    TRY(auto parsed, parse_id_text(Tag::kPrefix, text));
    return Id{parsed};
  }
  std::string text() const { return id_text(Tag::kPrefix, bytes); }
  bool empty() const { return bytes == IdBytes{}; }
  friend auto operator<=>(const Id&, const Id&) = default;
};

// clang-format off
struct QuoteTag    { static constexpr std::string_view kPrefix = "quo"; };
struct PaymentTag  { static constexpr std::string_view kPrefix = "pay"; };
struct AttemptTag  { static constexpr std::string_view kPrefix = "att"; };
struct RefundTag   { static constexpr std::string_view kPrefix = "ref"; };
struct DepositTag  { static constexpr std::string_view kPrefix = "dep"; };
struct ReceiptTag  { static constexpr std::string_view kPrefix = "rec"; };
struct EntryTag    { static constexpr std::string_view kPrefix = "ent"; };
struct EventTag    { static constexpr std::string_view kPrefix = "evt"; };
struct CommandTag  { static constexpr std::string_view kPrefix = "cmd"; };
struct JobTag      { static constexpr std::string_view kPrefix = "job"; };
struct InboundTag  { static constexpr std::string_view kPrefix = "inb"; };
struct KeyTag      { static constexpr std::string_view kPrefix = "key"; };
struct RunTag      { static constexpr std::string_view kPrefix = "run"; };
struct BreakTag    { static constexpr std::string_view kPrefix = "brk"; };
struct EndpointTag { static constexpr std::string_view kPrefix = "whe"; };
struct DeliveryTag { static constexpr std::string_view kPrefix = "whd"; };
struct StatementTag { static constexpr std::string_view kPrefix = "stm"; };
struct DisputeTag { static constexpr std::string_view kPrefix = "dsp"; };
// clang-format on

using QuoteId = Id<QuoteTag>;
using PaymentId = Id<PaymentTag>;
using AttemptId = Id<AttemptTag>;
using RefundId = Id<RefundTag>;
using DepositId = Id<DepositTag>;
using ReceiptId = Id<ReceiptTag>;
using EntryId = Id<EntryTag>;
using EventId = Id<EventTag>;
using CommandId = Id<CommandTag>;
using JobId = Id<JobTag>;
using InboundId = Id<InboundTag>;
using KeyId = Id<KeyTag>;
using RunId = Id<RunTag>;
using BreakId = Id<BreakTag>;
using EndpointId = Id<EndpointTag>;  // of a webhook
using DeliveryId = Id<DeliveryTag>;
using StatementId = Id<StatementTag>;
using DisputeId = Id<DisputeTag>;

}  // namespace erario

template <class Tag>
struct std::hash<erario::Id<Tag>> {
  std::size_t operator()(const erario::Id<Tag>& id) const noexcept {
    std::size_t value = 0;  // the random tail is well spread already
    for (std::size_t i = 8; i < 16; ++i)
      value = value << 8 | id.bytes[i];
    return value;
  }
};
