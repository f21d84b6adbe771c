// Secret: bytes that must not be printed, logged or compared in variable time. Wiped on
// destruction. There is no stream operator and no implicit conversion on purpose.
#pragma once

#include <string>
#include <string_view>

namespace erario {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other);
  ~Secret();

  // For the one place that hands it to a cryptographic function or a wire.
  std::string_view reveal() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

 private:
  void wipe() noexcept;

  std::string bytes_;
};

// Takes the same time wherever the difference is; the length may show.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace erario
