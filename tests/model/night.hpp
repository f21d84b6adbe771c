// What the gateways' reports and the bank's statements say of a day, written from the fakes' truth
// with the errors that the seed planted into them. Asking again gives the same, but for a report
// that is not there the first time.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/ports/report.hpp"
#include "engine/ports/statements.hpp"
#include "tests/model/spei.hpp"

namespace erario::model {

inline constexpr const char* kTreasury = "treasury";
inline constexpr const char* kTreasuryAccount = "646180123400000019";

// One movement as the other side knows it.
struct Booked {
  std::string reference;  // ours
  std::string id;         // theirs
  std::string kind;       // "charge", "refund", "chargeback", "chargeback_reversal", "deposit", …
  Money amount;           // signed
  Date date{};
  std::string counterparty;
};

std::string contested_key(const std::string& reference);
// The open day whose report has it.
Date booked_on(Instant at);

class Night {
 public:
  Night(const Stage& stage, const Psp& psp, const Spei& spei);

  // The truth, before errors: what a gateway booked on the open day (closed days count to the
  // next).
  std::vector<Booked> booked(std::string_view gateway, Date date) const;
  // With errors.
  Result<std::vector<ReportLine>> report(const std::string& gateway, Date date);
  std::vector<StatementFile> statement(Date date);

  // True when a report of the day was asked for and was not there.
  bool was_absent(Date date) const { return absent_.contains(date); }

  // What an error was planted into, by side ("gateway:cards", "bank:treasury"): references without
  // hyphens, and contested_key() of the chargebacks, which share theirs with the charge.
  const std::set<std::string>& planted(const std::string& side) const;
  // Every line that was ever handed out, by its claim's identity on the side.
  struct Shown {
    std::string reference;
    Money amount;
    Date date{};
  };
  const std::map<std::pair<std::string, std::string>, Shown>& shown() const { return shown_; }

 private:
  // The lines of a side as they are shown: without some, with others changed or repeated.
  std::vector<Booked> with_errors(const std::string& side, std::vector<Booked> lines);

  const Stage& stage_;
  const Psp& psp_;
  const Spei& spei_;
  std::map<std::string, std::set<std::string>> planted_;
  std::set<std::pair<std::string, Date>> asked_;
  std::set<Date> absent_;
  std::map<std::pair<std::string, std::string>, Shown> shown_;
};

class BankSource final : public StatementSource {
 public:
  explicit BankSource(Night& night) : night_(night) {}
  Task<Result<std::vector<StatementFile>>> fetch(Date date) override {
    co_return night_.statement(date);
  }

 private:
  Night& night_;
};

// A gateway's report, as its adapter fetches it.
class Reports final : public ReportGateway {
 public:
  Reports(Night& night, std::string gateway) : night_(night), gateway_(std::move(gateway)) {}
  Task<Result<std::vector<ReportLine>>> report(Date operating_date) override {
    co_return night_.report(gateway_, operating_date);
  }

 private:
  Night& night_;
  std::string gateway_;
};

}  // namespace erario::model
