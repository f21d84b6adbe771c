#include "gateways/address_range.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>

namespace erario {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::make_address;

struct AddressBytes {
  bool v6 = false;
  std::array<unsigned char, 16> bytes{};
};

std::optional<AddressBytes> read_address(std::string_view text) {
  // What follows a NUL nobody would see.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  boost::system::error_code failure;
  const address parsed = make_address(std::string(text), failure);
  if (failure) return std::nullopt;
  AddressBytes read;
  const bool mapped = parsed.is_v6() && parsed.to_v6().is_v4_mapped();
  if (parsed.is_v6() && !mapped) {
    read.v6 = true;
    read.bytes = parsed.to_v6().to_bytes();
    return read;
  }
  const auto v4 = mapped
                      ? boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, parsed.to_v6())
                      : parsed.to_v4();
  const auto four = v4.to_bytes();
  std::copy(four.begin(), four.end(), read.bytes.begin());
  return read;
}

// The first `bits` bits agree.
bool agree(const std::array<unsigned char, 16>& one, const std::array<unsigned char, 16>& other,
           int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(one.begin(), one.begin() + whole, other.begin())) return false;
  if (bits % 8 == 0) return true;
  return ((one[whole] ^ other[whole]) >> (8 - bits % 8)) == 0;
}

}  // namespace

Result<AddressRange> AddressRange::parse(std::string_view text) {
  const Error refused{ErrorCode::kFieldInvalid,
                      "must be addresses like 203.0.113.7 or ranges like 203.0.113.0/24 and "
                      "2001:db8::/32, without digits beyond the length"};
  const auto slash = text.find('/');
  const auto read = read_address(text.substr(0, slash));
  if (!read) return refused;
  AddressRange range;
  range.v6_ = read->v6;
  range.bytes_ = read->bytes;
  const int bits_max = range.v6_ ? 128 : 32;
  range.bits_ = bits_max;
  if (slash == std::string_view::npos) return range;
  const std::string_view length = text.substr(slash + 1);
  const auto [end, failure] =
      std::from_chars(length.data(), length.data() + length.size(), range.bits_);
  const bool whole = failure == std::errc() && end == length.data() + length.size();
  if (!whole || range.bits_ < 0 || range.bits_ > bits_max) return refused;
  // 203.0.113.7/24 is a slip of somebody who meant one address, or the range.
  std::array<unsigned char, 16> beyond = range.bytes_;
  for (int bit = 0; bit < range.bits_; ++bit)
    beyond[static_cast<std::size_t>(bit / 8)] &= static_cast<unsigned char>(~(0x80 >> (bit % 8)));
  if (beyond != std::array<unsigned char, 16>{}) return refused;
  return range;
}

bool AddressRange::contains(std::string_view address) const {
  const auto read = read_address(address);
  return read && read->v6 == v6_ && agree(read->bytes, bytes_, bits_);
}

}  // namespace erario
