#include "engine/runtime/unmade_calls.hpp"

#include <gtest/gtest.h>

namespace erario {
namespace {

Job job(std::uint32_t number, JobKind kind = JobKind::kSubmitCharge) {
  Job made;
  for (std::size_t i = 0; i < 4; ++i)
    made.id.bytes[15 - i] = static_cast<std::uint8_t>(number >> 8 * i);
  made.kind = kind;
  return made;
}

TEST(UnmadeCalls, are_those_committed_here_and_not_started_since) {
  UnmadeCalls unmade;
  const Job owed[] = {job(1), job(2, JobKind::kQueryCharge)};
  unmade.add(owed);
  EXPECT_TRUE(unmade.take(job(1).id));
  EXPECT_FALSE(unmade.take(job(1).id)) << "it may have been made";
  unmade.put_back(job(1).id);
  EXPECT_TRUE(unmade.take(job(1).id)) << "it never left";
  EXPECT_FALSE(unmade.take(job(2).id)) << "only submissions of charges";
  EXPECT_FALSE(unmade.take(job(3).id)) << "another process may have made it";
}

TEST(UnmadeCalls, are_forgotten_rather_than_kept_without_bound) {
  UnmadeCalls unmade;
  for (std::uint32_t number = 0; number < UnmadeCalls::kMax; ++number) {
    const Job one[] = {job(number)};
    unmade.add(one);
  }
  unmade.put_back(job(20'000).id);
  EXPECT_FALSE(unmade.take(job(20'000).id));
  const Job more[] = {job(30'000)};
  unmade.add(more);
  EXPECT_FALSE(unmade.take(job(1).id));
  EXPECT_TRUE(unmade.take(job(30'000).id));
}

}  // namespace
}  // namespace erario
