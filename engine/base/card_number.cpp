#include "engine/base/card_number.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <vector>

#include "engine/base/clabe.hpp"

namespace erario {
namespace {

constexpr std::size_t kCardDigitsMin = 13;
constexpr std::size_t kCardDigitsMax = 19;
constexpr std::size_t kClabeDigits = 18;
// More blanks than this between two digits and they belong to different numbers.
constexpr int kSeparatorsMax = 8;
// Digits inside a longer word of hex digits are an id or a digest, not a card.
constexpr std::size_t kHexWordMin = 32;
constexpr std::size_t kHexWordSeenMax = 160;

constexpr unsigned lengths(std::initializer_list<unsigned> of) {
  unsigned mask = 0;
  for (const unsigned length : of)
    mask |= 1U << length;
  return mask;
}

// First six digits from `low` to `high`, and the lengths in use.
struct Issuer {
  int low;
  int high;
  unsigned length_mask;
};

constexpr Issuer kIssuers[] = {
    {400000, 499999, lengths({13, 16, 19})},      // Visa
    {510000, 559999, lengths({16})},              // Mastercard
    {222100, 272099, lengths({16})},              // Mastercard
    {340000, 349999, lengths({15})},              // American Express
    {370000, 379999, lengths({15})},              // American Express
    {300000, 305999, lengths({14, 16})},          // Diners Club
    {309500, 309599, lengths({14, 16})},          // Diners Club
    {360000, 369999, lengths({14, 16})},          // Diners Club
    {380000, 399999, lengths({14, 16})},          // Diners Club
    {352800, 358999, lengths({16, 17, 18, 19})},  // JCB
    {601100, 601199, lengths({16, 17, 18, 19})},  // Discover
    {644000, 649999, lengths({16, 19})},          // Discover; 646 with 18 digits is a CLABE of STP
    {650000, 659999, lengths({16, 17, 18, 19})},  // Discover
    {620000, 629999, lengths({16, 17, 18, 19})},  // UnionPay; Carnet 627535
    {506000, 506999, lengths({16})},              // Carnet
    {286900, 286900, lengths({16})},              // Carnet
    {502275, 502275, lengths({16})},              // Carnet
    {588772, 588772, lengths({16})},              // Carnet
    {604622, 604622, lengths({16})},              // Carnet
    {606333, 606333, lengths({16})},              // Carnet
    {636318, 636318, lengths({16})},              // Carnet
    {636379, 636379, lengths({16})},              // Carnet
    {639388, 639388, lengths({16})},              // Carnet
    {639484, 639484, lengths({16})},              // Carnet
    {639559, 639559, lengths({16})},              // Carnet
    {501800, 501899, lengths({16, 18, 19})},      // Maestro
    {502000, 502099, lengths({16, 18, 19})},      // Maestro
    {503800, 503899, lengths({16, 18, 19})},      // Maestro
    {589300, 589399, lengths({16, 18, 19})},      // Maestro
    {630400, 630499, lengths({16, 18, 19})},      // Maestro
    {675900, 675999, lengths({16, 18, 19})},      // Maestro
    {676100, 676399, lengths({16, 18, 19})},      // Maestro
};

// The zero of every decimal digit series of Unicode; the other nine follow it.
constexpr char32_t kDigitZeros[] = {
    0x00660, 0x006F0, 0x007C0, 0x00966, 0x009E6, 0x00A66, 0x00AE6, 0x00B66, 0x00BE6, 0x00C66,
    0x00CE6, 0x00D66, 0x00DE6, 0x00E50, 0x00ED0, 0x00F20, 0x01040, 0x01090, 0x017E0, 0x01810,
    0x01946, 0x019D0, 0x01A80, 0x01A90, 0x01B50, 0x01BB0, 0x01C40, 0x01C50, 0x0A620, 0x0A8D0,
    0x0A900, 0x0A9D0, 0x0A9F0, 0x0AA50, 0x0ABF0, 0x0FF10, 0x104A0, 0x10D30, 0x11066, 0x110F0,
    0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950,
    0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC,
    0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0};

struct Range {
  char32_t low;
  char32_t high;
};

// Blanks, dashes, dots and everything that leaves no mark of its own on paper.
constexpr Range kUnicodeSeparators[] = {
    {0x0080, 0x00A0}, {0x00AD, 0x00AD}, {0x00B7, 0x00B7}, {0x0300, 0x036F},   {0x061C, 0x061C},
    {0x115F, 0x1160}, {0x1680, 0x1680}, {0x17B4, 0x17B5}, {0x180B, 0x180E},   {0x2000, 0x2015},
    {0x2022, 0x2027}, {0x2028, 0x202F}, {0x2043, 0x2043}, {0x205F, 0x206F},   {0x20D0, 0x20FF},
    {0x2212, 0x2212}, {0x2800, 0x2800}, {0x3000, 0x3002}, {0x30FB, 0x30FC},   {0x3164, 0x3164},
    {0xFE00, 0xFE0F}, {0xFE52, 0xFE52}, {0xFE58, 0xFE58}, {0xFE63, 0xFE63},   {0xFEFF, 0xFEFF},
    {0xFF0D, 0xFF0E}, {0xFF61, 0xFF61}, {0xFF65, 0xFF65}, {0xE0000, 0xE0FFF},
};

enum class Kind : std::uint8_t { kOther, kDigit, kSeparator, kEscape, kMultibyte };

constexpr std::array<Kind, 256> make_kinds() {
  std::array<Kind, 256> kinds{};
  for (std::size_t byte = 0; byte < kinds.size(); ++byte) {
    if (byte >= '0' && byte <= '9') kinds[byte] = Kind::kDigit;
    if (byte < 0x20 || byte == ' ' || byte == '-' || byte == '.' || byte == 0x7F) {
      kinds[byte] = Kind::kSeparator;
    }
    if (byte == '\\') kinds[byte] = Kind::kEscape;
    // First bytes of the characters that matter; those of Latin letters (C3 to CB) begin none.
    if (byte == 0xC2 || (byte >= 0xCC && byte <= 0xF4)) kinds[byte] = Kind::kMultibyte;
  }
  return kinds;
}
constexpr std::array<Kind, 256> kKinds = make_kinds();

struct Symbol {
  Kind kind = Kind::kOther;  // kDigit, kSeparator or kOther
  int digit = 0;
  std::size_t length = 1;
};

Symbol symbol_of(char32_t character, std::size_t length) {
  if (character < 0x80) {
    const Kind kind = kKinds[character];
    if (kind == Kind::kDigit) return {kind, static_cast<int>(character - '0'), length};
    return {kind == Kind::kSeparator ? kind : Kind::kOther, 0, length};
  }
  const auto* zero = std::upper_bound(std::begin(kDigitZeros), std::end(kDigitZeros), character);
  if (zero != std::begin(kDigitZeros) && character - *std::prev(zero) < 10) {
    return {Kind::kDigit, static_cast<int>(character - *std::prev(zero)), length};
  }
  for (const Range& range : kUnicodeSeparators) {
    if (character >= range.low && character <= range.high) return {Kind::kSeparator, 0, length};
  }
  return {Kind::kOther, 0, length};
}

// A character of two to four bytes; bytes that are no UTF-8 stand alone as kOther.
Symbol read_multibyte(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  char32_t character = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    character = character << 6 | (byte(i) & 0x3FU);
  }
  return symbol_of(character, length);
}

std::optional<char32_t> read_unicode_escape(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return std::nullopt;
  char32_t character = 0;
  for (const char c : text.substr(2, 4)) {
    const int value = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (value < 0) return std::nullopt;
    character = character << 4 | static_cast<char32_t>(value);
  }
  return character;
}

// The text may be JSON not yet parsed: its escapes hide digits and blanks.
Symbol read_escape(std::string_view text) {
  if (text.size() >= 2 && std::string_view("nrtbf").find(text[1]) != std::string_view::npos) {
    return {Kind::kSeparator, 0, 2};
  }
  const auto first = read_unicode_escape(text);
  if (!first) return {};
  if (*first < 0xD800 || *first > 0xDBFF) return symbol_of(*first, 6);
  const auto second = read_unicode_escape(text.substr(6));
  if (!second || *second < 0xDC00 || *second > 0xDFFF) return {Kind::kOther, 0, 6};
  return symbol_of(0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00), 12);
}

bool is_clabe(std::string_view digits) {
  return digits.size() == kClabeDigits && check_clabe(digits, built_in_banks()).ok();
}

// What the issuers that share the first two digits allow together: most digits stop here.
constexpr std::array<unsigned, 100> make_lengths_by_two_digits() {
  std::array<unsigned, 100> masks{};
  for (const Issuer& issuer : kIssuers) {
    for (int two = issuer.low / 10'000; two <= issuer.high / 10'000; ++two)
      masks[static_cast<std::size_t>(two)] |= issuer.length_mask;
  }
  return masks;
}
constexpr std::array<unsigned, 100> kLengthsByTwoDigits = make_lengths_by_two_digits();

// One bit for each length a card with this beginning may have. Requires six digits.
unsigned card_lengths(std::string_view digits) {
  int prefix = 0;
  for (const char c : digits.substr(0, 6))
    prefix = prefix * 10 + (c - '0');
  if (kLengthsByTwoDigits[static_cast<std::size_t>(prefix / 10'000)] == 0) return 0;
  unsigned mask = 0;
  for (const Issuer& issuer : kIssuers) {
    if (prefix >= issuer.low && prefix <= issuer.high) mask |= issuer.length_mask;
  }
  return mask;
}

// The digits have an issuer's beginning and length already.
bool is_card(std::string_view digits) {
  // A cadena de la dependencia has fourteen digits as a Diners card has, and ends in zeros.
  if (digits.size() == 14 && digits.ends_with("0000")) return false;
  return luhn_valid(digits);
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_uuid(std::string_view word) {
  if (word.size() != 36) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if ((word[i] == '-') != dash) return false;
  }
  return true;
}

// The word of characters that `belongs` accepts around the byte at `at`.
template <class Predicate>
std::string_view word_around(std::string_view text, std::size_t at, Predicate belongs) {
  std::size_t begin = at;
  std::size_t end = at;
  while (begin > 0 && at - begin < kHexWordSeenMax && belongs(text[begin - 1]))
    --begin;
  while (end < text.size() && end - at < kHexWordSeenMax && belongs(text[end]))
    ++end;
  return text.substr(begin, end - begin);
}

bool in_id_or_digest(std::string_view text, std::size_t at) {
  const auto word =
      word_around(text, at, [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
  if (word.size() >= kHexWordMin && std::all_of(word.begin(), word.end(), is_hex)) return true;
  return is_uuid(word_around(text, at, [](char c) { return is_hex(c) || c == '-'; }));
}

struct CardNumber {
  std::size_t begin;  // bytes of the text
  std::size_t end;
  std::string digits;
};

// Collects runs of digits with at most kSeparatorsMax separators between two of them. Digits that
// touch are a group; a card number begins and ends where groups do, so that a longer number (a
// tracking key, an account) is never searched inside.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::vector<CardNumber> scan(std::size_t found_max) {
    if (!may_hold_one()) return {};
    std::size_t at = skip_plain(0);
    while (at < text_.size() && found_.size() < found_max) {
      const Symbol symbol = symbol_at(at);
      if (symbol.kind == Kind::kDigit) {
        add_digit(at, symbol);
      } else if (symbol.kind == Kind::kOther || ++separators_ > kSeparatorsMax) {
        end_run();
      }
      at += symbol.length;
      if (digits_.empty()) at = skip_plain(at);
    }
    end_run();
    return std::move(found_);
  }

 private:
  struct Place {
    std::size_t begin;
    std::size_t length;
    bool starts_group;
  };

  // Most texts have too few bytes that are a digit or begin one.
  bool may_hold_one() const {
    const auto digits = std::count_if(text_.begin(), text_.end(), [](char c) {
      const Kind kind = kKinds[static_cast<unsigned char>(c)];
      return kind != Kind::kOther && kind != Kind::kSeparator;
    });
    return static_cast<std::size_t>(digits) >= kCardDigitsMin;
  }

  // Outside a run only a digit matters, and what may be one.
  std::size_t skip_plain(std::size_t at) const {
    while (at < text_.size()) {
      const Kind kind = kKinds[static_cast<unsigned char>(text_[at])];
      if (kind != Kind::kOther && kind != Kind::kSeparator) break;
      ++at;
    }
    return at;
  }

  Symbol symbol_at(std::size_t at) const {
    const auto byte = static_cast<unsigned char>(text_[at]);
    switch (kKinds[byte]) {
      case Kind::kDigit: return {Kind::kDigit, byte - '0', 1};
      case Kind::kSeparator: return {Kind::kSeparator, 0, 1};
      case Kind::kEscape: return read_escape(text_.substr(at));
      case Kind::kMultibyte: return read_multibyte(text_.substr(at));
      case Kind::kOther: break;
    }
    return {};
  }

  void add_digit(std::size_t at, const Symbol& symbol) {
    places_.push_back({at, symbol.length, separators_ > 0 || places_.empty()});
    digits_ += static_cast<char>('0' + symbol.digit);
    separators_ = 0;
  }

  void end_run() {
    if (digits_.size() >= kCardDigitsMin) search_run();
    digits_.clear();
    places_.clear();
    separators_ = 0;
  }

  bool group_begins(std::size_t index) const {
    return index == places_.size() || places_[index].starts_group;
  }

  std::string_view digits(std::size_t begin, std::size_t end) const {
    return std::string_view(digits_).substr(begin, end - begin);
  }

  // Groups that are a CLABE or longer than any card number part the run.
  void search_run() {
    std::size_t part = 0;
    for (std::size_t begin = 0, end = 1; end <= digits_.size(); ++end) {
      if (!group_begins(end)) continue;
      if (end - begin > kCardDigitsMax || is_clabe(digits(begin, end))) {
        search_part(part, begin);
        part = end;
      }
      begin = end;
    }
    search_part(part, digits_.size());
  }

  void search_part(std::size_t begin, std::size_t end) {
    if (end - begin < kCardDigitsMin || is_clabe(digits(begin, end))) return;
    for (std::size_t at = begin; at + kCardDigitsMin <= end;) {
      const std::size_t found = group_begins(at) ? card_length(at, end) : 0;
      at += found > 0 ? found : 1;
    }
  }

  // The number of digits of the longest card number that begins at `begin`; 0 for none.
  std::size_t card_length(std::size_t begin, std::size_t limit) {
    const unsigned possible = card_lengths(digits(begin, limit));
    if (possible == 0) return 0;
    for (std::size_t length = kCardDigitsMax; length >= kCardDigitsMin; --length) {
      const std::size_t end = begin + length;
      if ((possible >> length & 1U) == 0 || end > limit || !group_begins(end)) continue;
      if (!is_card(digits(begin, end))) continue;
      const Place& last = places_[end - 1];
      if (in_id_or_digest(text_, places_[begin].begin) || in_id_or_digest(text_, last.begin)) {
        continue;
      }
      found_.push_back(
          {places_[begin].begin, last.begin + last.length, std::string(digits(begin, end))});
      return length;
    }
    return 0;
  }

  std::string_view text_;
  std::string digits_;  // of the run, in ASCII
  std::vector<Place> places_;
  int separators_ = 0;
  std::vector<CardNumber> found_;
};

}  // namespace

bool contains_card_number(std::string_view utf8) {
  return !Scanner(utf8).scan(1).empty();
}

namespace {

std::string mask_once(std::string_view utf8) {
  std::string masked;
  std::size_t copied = 0;
  for (const CardNumber& card : Scanner(utf8).scan(utf8.size())) {
    masked += utf8.substr(copied, card.begin - copied);
    masked.append(card.digits.size() - 4, '*');
    masked += std::string_view(card.digits).substr(card.digits.size() - 4);
    copied = card.end;
  }
  return masked += utf8.substr(copied);
}

}  // namespace

std::string mask_card_numbers(std::string_view utf8) {
  std::string masked(utf8);
  // The last four digits stay, and may make another number with what follows them. Every round
  // hides nine digits or more, so this ends.
  while (contains_card_number(masked))
    masked = mask_once(masked);
  return masked;
}

}  // namespace erario
