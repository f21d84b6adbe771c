// SWIFT MT940 (statement) and MT942 (interim report). Pages of one statement are chained by 60M and
// 62M balances. A :61: line may carry the third letter of the currency behind its mark (MXN: "CN",
// "DN"); RC takes a credit back and RD a debit. The year of an entry date is the one nearest to the
// value date. Free text may hold lines like "-" or ":KO:" that are not SWIFT's.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <optional>

#include "reconciliation/breaks.hpp"
#include "reconciliation/formats/amount.hpp"
#include "reconciliation/formats/formats.hpp"
#include "reconciliation/reference.hpp"

namespace erario {
namespace {

constexpr std::array<std::string_view, 17> kTags = {"20",  "21",  "25",  "25P", "28",  "28C",
                                                    "34F", "13",  "13D", "60F", "60M", "61",
                                                    "86",  "62F", "62M", "64",  "65"};
constexpr std::array<std::string_view, 2> kTotalTags = {"90C", "90D"};

struct Field {
  std::string tag;
  std::vector<std::string> lines;
  std::string raw;
  std::string text() const { return lines.empty() ? "" : lines.front(); }
};
using Fields = std::vector<Field>;

Error malformed(const std::string& where, std::string_view rule) {
  return Error{ErrorCode::kStatementMalformed, "mt940, " + where + ": " + std::string(rule)};
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// ---- Into messages and fields ----

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

// The tag a line starts with; none for text, also where it looks a little like a tag.
std::optional<std::string_view> tag_of(std::string_view line) {
  if (!line.starts_with(':')) return std::nullopt;
  const auto end = line.find(':', 1);
  if (end == std::string_view::npos || end > 4) return std::nullopt;
  const std::string_view tag = line.substr(1, end - 1);
  const bool known = std::ranges::find(kTags, tag) != kTags.end() ||
                     std::ranges::find(kTotalTags, tag) != kTotalTags.end();
  return known ? std::optional(tag) : std::nullopt;
}

// A lone "-" ends a message only where another one, or nothing, follows; elsewhere it is text.
bool ends_message(const std::vector<std::string_view>& lines, std::size_t at) {
  if (lines[at].starts_with("-}")) return true;
  if (trimmed(lines[at]) != "-") return false;
  for (std::size_t next = at + 1; next < lines.size(); ++next) {
    if (trimmed(lines[next]).empty()) continue;
    return lines[next].starts_with('{') || lines[next].starts_with(":20:");
  }
  return true;
}

Result<std::vector<Fields>> split_messages(std::string_view text) {
  const std::vector<std::string_view> lines = lines_of(text);
  std::vector<Fields> messages;
  bool open = false;
  bool enveloped = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string_view line = lines[i];
    if (line.starts_with('{')) {
      if (enveloped) return malformed("envelope", "a message is not closed; the file is cut off");
      const auto block = line.find("{4:");
      enveloped = block != std::string_view::npos;
      open = false;
      line.remove_prefix(enveloped ? block + 3 : line.size());
    }
    if (ends_message(lines, i)) {
      open = enveloped = false;
      continue;
    }
    const auto tag = tag_of(line);
    if (tag == "20") {
      messages.emplace_back();
      open = true;
    }
    if (!open) continue;  // bank headers between messages
    Fields& fields = messages.back();
    if (tag) {
      fields.push_back({std::string(*tag), {std::string(line.substr(tag->size() + 2))}, ""});
    } else if (!fields.empty()) {
      fields.back().lines.emplace_back(line);
    }
    if (!fields.empty()) fields.back().raw += std::string(line) + "\n";
  }
  if (enveloped)
    return malformed("envelope", "the last message is not closed; the file is cut off");
  return messages;
}

// ---- Dates, sides, balances ----

Result<Date> read_date(std::string_view digits, const std::string& where) {
  if (digits.size() == 6 && is_digits(digits)) {
    const std::string century = digits < "80" ? "20" : "19";
    const auto date = parse_compact_date(century + std::string(digits));
    if (date.ok()) return *date;
  }
  return malformed(where, "it does not begin with a date like 260302");
}

// MMDD in the year that puts it nearest to the value date.
Result<Date> read_entry_date(std::string_view digits, Date value, const std::string& where) {
  std::optional<Date> nearest;
  for (const int shift : {-1, 0, 1}) {
    const auto date = parse_compact_date(std::to_string(static_cast<int>(value.year()) + shift) +
                                         std::string(digits));
    if (!date.ok()) continue;
    const auto distance = [&](Date candidate) { return std::abs(days_between(candidate, value)); };
    if (!nearest || distance(*date) < distance(*nearest)) nearest = *date;
  }
  if (!nearest) return malformed(where, "\"" + std::string(digits) + "\" is not a month and day");
  return *nearest;
}

struct BalanceField {
  StatementBalance balance;
  std::string currency;  // empty: left out
};

// Mark, date, currency (left out by some banks at the end), amount.
Result<BalanceField> read_balance(const Field& field, const std::string& currency,
                                  const std::string& where) {
  const std::string text(trimmed(field.text()));
  const std::string at = where + ", :" + field.tag + ":";
  if (text.size() < 8 || (text[0] != 'C' && text[0] != 'D')) {
    return malformed(at, "a balance is written like C260302MXN1000,00");
  }
  BalanceField read;
  TRY(read.balance.date, read_date(std::string_view(text).substr(1, 6), at));
  std::string_view rest = std::string_view(text).substr(7);
  if (is_currency_code(rest.substr(0, 3))) {
    read.currency = rest.substr(0, 3);
    rest.remove_prefix(3);
  }
  const std::string& known = read.currency.empty() ? currency : read.currency;
  if (known.empty()) return malformed(at, "the balance has no currency");
  const auto amount = parse_minor_units(rest, known, AmountForm{',', kBalanceMax});
  if (!amount.ok()) return malformed(at, amount.error().detail);
  read.balance.amount = text[0] == 'C' ? *amount : -*amount;
  return read;
}

// ---- Lines ----

struct Mark {
  int side = 0;  // +1 credit, -1 debit
  bool reversal = false;
  bool expected = false;  // MT942: announced, not booked
};

// Consumes C, D, RC, RD, EC or ED and the optional letter of the currency behind it.
std::optional<Mark> take_mark(std::string_view& text) {
  Mark mark;
  if (text.starts_with('R') || text.starts_with('E')) {
    mark.reversal = text[0] == 'R';
    mark.expected = text[0] == 'E';
    text.remove_prefix(1);
  }
  if (text.empty() || (text[0] != 'C' && text[0] != 'D')) return std::nullopt;
  mark.side = (text[0] == 'C') != mark.reversal ? 1 : -1;
  text.remove_prefix(1);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text.remove_prefix(1);
  return mark;
}

// A letter and three letters or digits; some banks leave out the end.
bool is_code(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ';
  });
}

Result<StatementLine> read_line(const Field& field, int ordinal, const std::string& currency,
                                const std::string& statement) {
  const std::string where = statement + ", line " + std::to_string(ordinal);
  StatementLine line;
  line.ordinal = ordinal;
  line.currency = currency;
  line.raw = field.raw;
  const std::string first = field.text();
  std::string_view rest = trimmed(first);
  TRY(const Date value, read_date(rest.substr(0, 6), where));
  line.value_date = line.booking_date = value;
  rest.remove_prefix(6);
  if (is_digits(rest.substr(0, 4))) {
    TRY(line.booking_date, read_entry_date(rest.substr(0, 4), value, where));
    rest.remove_prefix(4);
  }
  const auto mark = take_mark(rest);
  if (!mark) return malformed(where, "the mark is not C, D, RC, RD, EC or ED");
  line.reversal = mark->reversal;
  line.status = mark->expected ? LineStatus::kFuture : LineStatus::kBooked;
  const auto end = std::min(rest.find_first_not_of("0123456789,"), rest.size());
  const auto amount = parse_minor_units(rest.substr(0, end), currency, AmountForm{',', kAmountMax});
  if (!amount.ok()) return malformed(where, amount.error().detail);
  line.amount = Money{amount->centavos * mark->side};
  rest.remove_prefix(end);
  line.transaction_code = rest.substr(0, 4);
  if (!is_code(line.transaction_code)) {
    return malformed(where, "the kind of transaction is not written like NTRF");
  }
  rest.remove_prefix(std::min<std::size_t>(rest.size(), 4));
  const auto slashes = rest.find("//");
  add_reference(line.references, rest.substr(0, slashes));
  if (slashes != std::string_view::npos) line.bank_reference = trimmed(rest.substr(slashes + 2));
  for (std::size_t i = 1; i < field.lines.size(); ++i)
    line.text += (line.text.empty() ? "" : " ") + std::string(trimmed(field.lines[i]));
  return line;
}

// :86: is wrapped at a fixed width, in the middle of words too: read both ways.
void add_information(const Field& field, StatementLine& line) {
  std::string spaced = line.text;
  std::string joined;
  for (const std::string& part : field.lines) {
    spaced += (spaced.empty() ? "" : " ") + std::string(trimmed(part));
    joined += part;
  }
  line.text = spaced;
  line.raw += field.raw;
  for (const std::string& text : {spaced, joined}) {
    for (const std::string& token : reference_tokens(text)) {
      if (std::ranges::find(line.references, token) == line.references.end())
        add_reference(line.hints, token);
    }
  }
}

// ---- Statements ----

// "5MXN300,00": how many debits (90D) or credits (90C), and their sum.
Result<void> check_total(const Field& field, const Statement& statement, const std::string& where) {
  const std::string text(trimmed(field.text()));
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const int side = field.tag == "90C" ? 1 : -1;
  std::int64_t count = 0;
  Money sum;
  for (const StatementLine& line : statement.lines) {
    if ((line.amount < Money{} ? -1 : 1) != side) continue;
    ++count;
    sum += line.amount < Money{} ? -line.amount : line.amount;
  }
  const std::string_view rest = std::string_view(text).substr(digits);
  if (!is_currency_code(rest.substr(0, 3))) {
    return malformed(where + ", :" + field.tag + ":", "a total is written like 5MXN300,00");
  }
  const auto declared =
      parse_minor_units(rest.substr(3), statement.currency, AmountForm{',', kBalanceMax});
  if (!declared.ok()) return malformed(where + ", :" + field.tag + ":", declared.error().detail);
  if (text.substr(0, digits) != std::to_string(count) || *declared != sum) {
    return totals_error("mt940, " + where + ", :" + field.tag + ":: the bank counts " + text +
                        ", the lines are " + std::to_string(count) + " with " +
                        minor_units_text(sum, statement.currency));
  }
  return {};
}

// Number and page of ":28C:42/1"; some banks write 0 for ever, so the day belongs to the identity.
struct Sequence {
  std::string number;
  int page = 1;
};
Sequence read_sequence(std::string_view text) {
  Sequence sequence;
  const auto slash = text.find('/');
  sequence.number = trimmed(text.substr(0, slash));
  if (slash == std::string_view::npos) return sequence;
  const std::string_view page = trimmed(text.substr(slash + 1));
  if (is_digits(page) && page.size() <= 5)
    sequence.page = std::max(1, std::atoi(std::string(page).c_str()));
  return sequence;
}

class MessageReader {
 public:
  // `chains`: identity of the statement a 60M page continues, by account and number.
  using Chains = std::map<std::pair<std::string, std::string>, std::string>;
  MessageReader(const Fields& fields, Chains& chains) : fields_(fields), chains_(chains) {}

  Result<Statement> read() {
    for (const Field& field : fields_)
      TRY_VOID(read_field(field));
    if (statement_.account.empty()) return malformed(where_, "the account (:25:) is missing");
    if (statement_.currency.empty()) return malformed(where_, "no balance tells the currency");
    for (const Field& field : fields_) {
      if (field.tag.starts_with("90")) TRY_VOID(check_total(field, statement_, where_));
    }
    identify();
    return std::move(statement_);
  }

 private:
  Result<void> read_field(const Field& field) {
    const bool informs_line = in_line_ && field.tag == "86";
    in_line_ = field.tag == "61";
    if (field.tag == "25" || field.tag == "25P") {
      statement_.account = trimmed(field.text());
      std::erase(statement_.account, ' ');
    } else if (field.tag == "28" || field.tag == "28C") {
      sequence_ = read_sequence(field.text());
      where_ = "statement " + sequence_.number;
    } else if (field.tag == "34F") {
      interim_ = true;
      const std::string text = field.text();
      if (is_currency_code(text.substr(0, 3))) statement_.currency = text.substr(0, 3);
    } else if (field.tag == "60F" || field.tag == "60M") {
      continues_ = field.tag == "60M";
      TRY(const BalanceField opening, read_balance(field, "", where_));
      statement_.currency = opening.currency;
      statement_.opening = opening.balance;
    } else if (field.tag == "61") {
      if (statement_.currency.empty())
        return malformed(where_, "a line stands before the currency");
      TRY(StatementLine line, read_line(field, static_cast<int>(statement_.lines.size()) + 1,
                                        statement_.currency, where_));
      statement_.lines.push_back(std::move(line));
    } else if (informs_line) {
      add_information(field, statement_.lines.back());
    } else if (field.tag == "62F" || field.tag == "62M") {
      statement_.last_page = field.tag == "62F";
      TRY(const BalanceField closing, read_balance(field, statement_.currency, where_));
      if (!closing.currency.empty() && closing.currency != statement_.currency) {
        if (!statement_.currency.empty())
          return malformed(
              where_, "it opens in " + statement_.currency + " and closes in " + closing.currency);
        statement_.currency = closing.currency;
      }
      statement_.closing = closing.balance;
    }
    return {};
  }

  void identify() {
    statement_.source = interim_ ? "mt942" : "mt940";
    statement_.page = sequence_.page;
    std::string& chain = chains_[{statement_.account, sequence_.number}];
    if (!continues_ || chain.empty()) {
      const auto& dated = statement_.opening ? statement_.opening : statement_.closing;
      chain = sequence_.number;
      if (dated && dated->date) chain += "-" + to_text(*dated->date);
    }
    statement_.id = chain;
  }

  const Fields& fields_;
  Chains& chains_;
  Statement statement_;
  Sequence sequence_;
  std::string where_ = "statement";
  bool continues_ = false;
  bool interim_ = false;
  bool in_line_ = false;
};

}  // namespace

bool is_mt940(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, 4096);
  const auto at = head.find(":20:");
  if (at == std::string_view::npos) return false;
  const bool at_line_start = at == 0 || head[at - 1] == '\n' || head[at - 1] == ':';
  return at_line_start && head.find("\n:25", at) != std::string_view::npos;
}

Result<std::vector<Statement>> read_mt940(std::string_view bytes, const ReadOptions&) {
  const std::string text =
      is_valid_utf8(bytes) ? std::string(bytes) : utf8_from_windows_1252(bytes);
  TRY(const std::vector<Fields> messages, split_messages(text));
  std::vector<Statement> statements;
  MessageReader::Chains chains;
  for (const Fields& fields : messages) {
    TRY(Statement statement, MessageReader(fields, chains).read());
    statements.push_back(std::move(statement));
  }
  if (statements.empty()) return malformed("file", "there is no message in it");
  return statements;
}

}  // namespace erario
