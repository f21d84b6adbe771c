#include "ledger/export.hpp"

#include <algorithm>

namespace erario {
namespace {

constexpr std::string_view kHead =
    "; Erario's books. Debits are positive. One transaction is one ledger entry; its tags name\n"
    "; the entry, the event it records and what that event was about.\n"
    "commodity 1000.00 MXN\n\n";

// The sink is called once for about this much text.
constexpr std::size_t kPieceBytes = 1 << 16;

bool plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         byte >= 0x80 || std::string_view(":._-/").find(c) != std::string_view::npos;
}

// A tag's value ends at a comma, a comment at the end of the line.
std::string tag_value(std::string_view text) {
  std::string value(text);
  std::replace_if(
      value.begin(), value.end(),
      [](char c) { return c == ',' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return value;
}

std::string transaction_of(const Entry& entry) {
  std::string text = to_text(entry.operating_date) + " * " + tag_value(entry.description) +
                     "  ; entry:" + entry.id.text() + ", event:" + entry.event.text() +
                     ", subject:" + tag_value(entry.subject) + "\n";
  for (const Posting& posting : entry.postings) {
    text += "    " + hledger_account(posting.account) + "  " + to_pesos_text(posting.amount) + " " +
            std::string(to_text(entry.currency));
    if (!posting.reference.empty()) text += "  ; reference:" + tag_value(posting.reference);
    text += "\n";
  }
  return text + "\n";
}

}  // namespace

std::string hledger_account(std::string_view account) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string name;
  for (const char c : account) {
    if (plain(c)) {
      name += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      name += {'%', kHex[byte >> 4], kHex[byte & 0x0F]};
    }
  }
  return name;
}

Result<void> export_hledger(AuditSource& source, const TextSink& sink) {
  std::string piece(kHead);
  TRY(const auto balances, source.balances());
  std::string last;
  for (const Balance& balance : balances) {
    if (balance.account != last) piece += "account " + hledger_account(balance.account) + "\n";
    last = balance.account;
  }
  piece += "\n";
  const auto exported = source.each_entry([&](const AuditedEntry& audited) -> Result<void> {
    piece += transaction_of(audited.entry);
    if (piece.size() < kPieceBytes) return {};
    TRY_VOID(sink(piece));
    piece.clear();
    return {};
  });
  if (!exported.ok()) return exported;
  return sink(piece);
}

}  // namespace erario
