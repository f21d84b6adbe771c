// What every fuzz target includes: libFuzzer's entry point, and a claim that a parser's answer must
// keep. A target is one file, compiled with our driver (driver.cpp) or with libFuzzer. Not thread
// safe: one input at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace erario::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Says which claim broke and aborts; whoever drives the target keeps the input.
inline void holds(bool kept, const char* claim) {
  if (kept) return;
  std::fprintf(stderr, "the claim does not hold: %s\n", claim);
  std::abort();
}

// The first line chooses among several readers of one target; the rest is what they read.
struct Choice {
  std::string_view name;
  std::string_view rest;
};
inline Choice choice_of(std::string_view input) {
  const auto end = input.find('\n');
  if (end == std::string_view::npos) return {input, {}};
  return {input.substr(0, end), input.substr(end + 1)};
}

}  // namespace erario::fuzz
