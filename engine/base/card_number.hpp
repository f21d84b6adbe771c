// Finds payment card numbers in text, so that they can be refused before anything is stored or
// logged. 13 to 19 digits, possibly split by blanks, dashes, dots or Unicode blanks and digits of
// other scripts, Luhn valid and with an issuer prefix and length in use. CLABEs (18 digits with a
// right check digit and a known bank), folios, cadenas de la dependencia, UUID texts and hex
// digests are not taken for cards. A number is searched whole: not inside a longer string of
// touching digits. The text may be plain, or JSON before it is parsed (its \u escapes are read).
// Thread safe.
#pragma once

#include <string>
#include <string_view>

namespace erario {

bool contains_card_number(std::string_view utf8);
// Every card number replaced by its last four digits: "************1111".
std::string mask_card_numbers(std::string_view utf8);

}  // namespace erario
