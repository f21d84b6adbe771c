// The canonical bank statement: what every format is read into. A statement is known by account, id
// and page; the file it came in by its SHA-256. Amounts are signed minor units of `currency`
// (centavos for MXN): positive is credited to the account. Pure, thread safe.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/digest.hpp"
#include "engine/base/money.hpp"
#include "engine/base/result.hpp"
#include "engine/base/time.hpp"

namespace erario {

inline constexpr std::size_t kStatementBytesMax = 64U * 1024 * 1024;

enum class LineStatus : std::uint8_t { kBooked, kPending, kInformation, kFuture };
std::string_view to_text(LineStatus status);  // "booked", …

// One transaction of an entry the bank booked as a batch. The entry is the truth; details are kept
// only where they add up to it.
struct LineDetail {
  Money amount;  // signed like the entry
  std::vector<std::string> references;
  std::vector<std::string> hints;
  std::string counterparty;
  std::string counterparty_account;
};

struct StatementLine {
  int ordinal = 0;  // from 1 within the statement
  Money amount;     // the effective side: a reversed credit is negative
  std::string currency;
  std::optional<Date> booking_date;
  std::optional<Date> value_date;
  std::optional<Date> operating_date;  // SPEI's fecha de operacion, where the source has one
  std::string timestamp;               // as written, where the source gives more than a date
  bool reversal = false;
  LineStatus status = LineStatus::kBooked;
  // Normalised. Declared references come from fields made for them; hints are words of free text
  // that could be one.
  std::vector<std::string> references;
  std::vector<std::string> hints;
  std::string bank_reference;  // the bank's own, as written
  std::string transaction_code;
  std::string counterparty;
  std::string counterparty_account;
  std::string text;  // free text, as written
  std::vector<LineDetail> details;
  bool details_incomplete = false;  // there were some, but they do not add up to the entry
  std::string raw;                  // the line's own bytes

  // Booking, else operating, else value date: one is always there.
  Date date() const;
};

struct StatementBalance {
  Money amount;
  std::optional<Date> date;
};

struct Statement {
  std::string source;  // "camt.053.001.08", "mt940", …
  Sha256 file_hash{};
  std::string account;  // IBAN, CLABE or the bank's own number, without blanks
  std::string id;
  int page = 1;
  bool last_page = true;
  std::string currency;
  std::optional<StatementBalance> opening;  // absent: unknown, never zero
  std::optional<StatementBalance> closing;
  std::vector<StatementLine> lines;

  // Both balances are there, so opening + booked lines = closing was checked when it was read.
  bool proven() const { return opening && closing; }
};

struct ReadOptions {
  // Some banks write the side of the original movement on a reversal. Set for such a bank only: the
  // balance check guards it.
  bool reversal_flips_side = false;
};

// Every statement of a file, in order; the format is recognised by content. Fails with
// kStatementMalformed (unknown format, truncated, a broken rule, totals that do not tie: the detail
// names the figures) or kBodyTooLarge. Nothing is repaired.
Result<std::vector<Statement>> read_statements(std::string_view bytes,
                                               const ReadOptions& options = {});
// The same for a file that must hold exactly one.
Result<Statement> read_statement(std::string_view bytes, const ReadOptions& options = {});

// Digest of everything the statement says, whatever file it came in.
Sha256 content_hash(const Statement& statement);
// Compares an arriving statement with the one stored under the same account, id and page. True: the
// same again, nothing to do. Fails with kStatementQuarantined when the content differs.
Result<bool> same_statement(const Statement& stored, const Statement& arriving);

boost::json::value statement_to_json(const Statement& statement);

// Minor units as text with the currency's decimals: "2440.00" for MXN, "500" for JPY.
std::string minor_units_text(Money amount, std::string_view currency);

}  // namespace erario
