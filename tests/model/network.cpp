#include "tests/model/network.hpp"

#include "engine/base/digest.hpp"

namespace erario::model {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kTimeOut{30};
constexpr minutes kSignatureAge{5};

const Secret& call_secret() {
  static const Secret secret("a secret of the simulation's own");
  return secret;
}

}  // namespace

GatewayResult no_answer(std::string reason, bool not_sent) {
  GatewayResult result;
  result.reason = std::move(reason);
  result.not_sent = not_sent;
  return result;
}

Task<GatewayResult> over_network(Stage& stage, Dice& dice, std::string name,
                                 std::function<GatewayResult()> far_end) {
  const std::string before = name + ".before";
  const std::string done = name + ".done";
  co_await stage.pass(before);
  const Faults& faults = stage.faults;
  if (stage.gateway_fault(dice, faults.not_sent)) {
    co_await stage.pause(milliseconds(20));
    co_return no_answer("connection_refused", true);
  }
  if (stage.gateway_fault(dice, faults.request_lost)) {
    co_await stage.pause(kTimeOut);
    co_return no_answer("timeout");
  }
  if (stage.gateway_fault(dice, faults.request_late)) {
    ++stage.late_requests;
    stage.kernel.after(dice.between(seconds(31), minutes(15)), Owner::kWorld,
                       [&stage, name, far_end] {
                         --stage.late_requests;
                         stage.kernel.note(name + " arrives late");
                         far_end();
                       });
    co_await stage.pause(kTimeOut);
    co_return no_answer("timeout");
  }
  co_await stage.pause(dice.between(milliseconds(5), milliseconds(300)));
  if (stage.gateway_fault(dice, faults.error_before)) co_return no_answer("http_503");
  GatewayResult result = far_end();
  if (stage.gateway_fault(dice, faults.request_twice)) result = far_end();
  co_await stage.pass(done);
  if (stage.gateway_fault(dice, faults.answer_lost)) {
    co_await stage.pause(kTimeOut);
    co_return no_answer("timeout");
  }
  co_await stage.pause(dice.between(milliseconds(5), milliseconds(2'000)));
  if (stage.gateway_fault(dice, faults.error_after)) co_return no_answer("http_502");
  if (stage.gateway_fault(dice, faults.malformed)) co_return no_answer("malformed_reply");
  co_return result;
}

std::string sign_call(std::string_view body, Instant at) {
  const std::string time = std::to_string(to_epoch_micros(at));
  return time + ":" + to_hex(hmac_sha256(call_secret(), time + "." + std::string(body)));
}

Result<void> verify_call(std::string_view body, std::string_view signature, Instant now) {
  const std::size_t colon = signature.find(':');
  const Error refused{ErrorCode::kSignatureInvalid, "the signature does not verify"};
  if (colon == std::string_view::npos || colon == 0 || colon > 18) return refused;
  std::int64_t micros = 0;
  for (const char digit : signature.substr(0, colon)) {
    if (digit < '0' || digit > '9') return refused;
    micros = micros * 10 + (digit - '0');
  }
  const Instant at = from_epoch_micros(micros);
  if (at < now - kSignatureAge || at > now + kSignatureAge) return refused;
  if (!equal_in_constant_time(sign_call(body, at), signature)) return refused;
  return {};
}

}  // namespace erario::model
