// Finds payment card numbers in text, so that they can be refused before anything is stored or
// logged. 13 to 19 digits, possibly split by blanks, dashes, dots or Unicode blanks and digits of
// other scripts, Luhn valid and with an issuer prefix in use. CLABEs (18 digits with a right check
// digit and a known bank), folios and UUID texts must not be taken for cards.
#pragma once

#include <string>
#include <string_view>

namespace erario {

bool contains_card_number(std::string_view utf8);
// Every card number replaced by its last four digits: "************1111".
std::string mask_card_numbers(std::string_view utf8);

}  // namespace erario
