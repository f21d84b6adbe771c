// CLABE, CURP, RFC, the guard against card numbers and the lists of banks and of accounts, all over
// the same text.
#include <algorithm>

#include "engine/base/account_list.hpp"
#include "engine/base/bank_refresh.hpp"
#include "engine/base/card_number.hpp"
#include "engine/base/clabe.hpp"
#include "engine/base/curp.hpp"
#include "engine/base/rfc.hpp"
#include "tests/fuzz/errors.hpp"
#include "tests/fuzz/target.hpp"

using namespace erario;

namespace {

void read_accounts(std::string_view text, Date today) {
  const auto lines = parse_account_list(text, today);
  if (!lines.ok()) {
    fuzz::check(lines.error());
    fuzz::holds(lines.error().fields.size() <= kAccountErrorsMax, "errors are bounded");
    return;
  }
  for (const AccountLine& line : *lines) {
    fuzz::holds(line.line > 1, "the first line names the columns");
    fuzz::holds(check_clabe(line.holder.account, built_in_banks()).ok(), "an account is a CLABE");
    fuzz::holds(!line.holder.rfc_curp.empty(), "an account is somebody's");
  }
}

// Any text may be the name of an institution: none breaks the list it is written to.
void join(std::string_view text, Date today) {
  const std::string list = "clabe,spei,name,from,until\n646,90646,STP,,\n";
  const auto refresh = refresh_banks(list, {{"90999", std::string(text), true}}, today);
  if (refresh.ok()) {
    fuzz::holds(BankList::parse(refresh->text).ok(), "what is written is a list again");
    fuzz::holds(refresh->text.ends_with("," + std::string(text) + "," + to_text(today) + ",\n"),
                "a name is written as it came");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (check_clabe(text, built_in_banks()).ok()) {
    fuzz::holds(text.size() == 18, "a CLABE has 18 digits");
    fuzz::holds(bank_of(text, built_in_banks()) != nullptr, "a CLABE has a bank");
    fuzz::holds(clabe_check_digit(text.substr(0, 17)) == text[17], "a CLABE has its check digit");
    fuzz::holds(!contains_card_number(text), "a CLABE is no card number");
  }
  const auto today = std::chrono::year{2026} / 11 / 21;
  if (check_curp(text, today).ok()) fuzz::holds(text.size() == 18, "a CURP has 18 characters");
  if (check_rfc(text).ok()) {
    fuzz::holds(text.size() >= 12 && text.size() <= 16, "an RFC has 12 or 13 characters");
    fuzz::holds(check_rfc(text, RfcCheckDigit::kWarn).ok(), "the lenient reading accepts it too");
  }
  if (const auto banks = BankList::parse(text); banks.ok()) {
    for (const auto& [code, bank] : banks->on(today))
      fuzz::holds(code.size() == 3 && !bank.name.empty(), "a bank has a code and a name");
  }
  read_accounts(text, today);
  join(text, today);
  const std::string masked = mask_card_numbers(text);
  fuzz::holds(!contains_card_number(masked), "nothing stays unmasked");
  fuzz::holds(contains_card_number(text) == (masked != text), "what is found is masked");
  return 0;
}
