// A second bookkeeper who never saw the engine: from the gateways' truth and from what the payers
// were told he works out which payments must be paid, what was given back, and what the accounts
// must hold. Simple and slow on purpose.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/model/evidence.hpp"

namespace erario::model {

enum class Must : std::uint8_t { kYes, kNo, kEither };

// One payment as the outside knows it.
struct Account {
  std::string order;
  Money due;
  Must be_paid = Must::kNo;
  Must be_cancelled = Must::kNo;
  Money given_back;  // settled and not come back
  std::vector<Money> captures;
  std::vector<Money> transfers;
};

struct Books {
  std::map<PaymentId, Account> accounts;
  std::map<std::string, Money> clearing;  // by gateway: what it holds for us or paid out to us
  Money captured;                         // all of the PSP's that the engine has learnt of
  // Captures that it had no way to learn of before the night: their reference has no entry.
  std::set<std::string> unlearnt;
  Money contested;                       // withheld by the PSP for disputes that are open
  std::map<std::string, Money> lost;     // in disputes, by the charge's reference
  std::set<std::string> quiet_disputes;  // charged back, and the engine was not told
  Money transferred;                     // all accepted deposits
  Money sent_back;                       // what paid nothing, left again and stayed away
  std::set<std::string> charges_back;    // references of the charges among it
};

Books keep_books(const Evidence& see);

// References about which a gateway's call, made again, may tell us something new.
std::set<std::string> news_to_us(const Books& books);

}  // namespace erario::model
