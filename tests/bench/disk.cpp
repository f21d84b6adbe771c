#include "tests/bench/disk.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>

#include "tests/bench/latency.hpp"

namespace erario::bench {
namespace {

constexpr std::chrono::milliseconds kTime{1'000};
constexpr std::size_t kBlockBytes = 8192;
constexpr int kBlocks = 512;  // written again and again, as a log that is recycled

}  // namespace

Result<DiskSpeed> measure_disk(const std::string& folder) {
  std::string path = (std::filesystem::path(folder) / "disk-XXXXXX").string();
  const int file = ::mkstemp(path.data());
  if (file < 0) return Error{ErrorCode::kIo, folder + ": no file can be made there"};
  ::unlink(path.c_str());
  std::array<char, kBlockBytes> block{};
  bool fine = true;
  for (int i = 0; i < kBlocks && fine; ++i)
    fine = ::pwrite(file, block.data(), block.size(), i * off_t{kBlockBytes}) == kBlockBytes;
  fine = fine && ::fsync(file) == 0;
  DiskSpeed speed;
  const auto started = std::chrono::steady_clock::now();
  auto last = started;
  for (int i = 0; fine && last - started < kTime; i = (i + 1) % kBlocks) {
    block[0] = static_cast<char>(i);
    fine = ::pwrite(file, block.data(), block.size(), i * off_t{kBlockBytes}) == kBlockBytes &&
           ::fdatasync(file) == 0;
    const auto now = std::chrono::steady_clock::now();
    speed.latency.record(now - last);
    last = now;
  }
  ::close(file);
  if (!fine) return Error{ErrorCode::kIo, folder + ": writing failed"};
  speed.syncs_per_second = static_cast<double>(speed.latency.count()) /
                           std::chrono::duration<double>(last - started).count();
  return speed;
}

}  // namespace erario::bench
