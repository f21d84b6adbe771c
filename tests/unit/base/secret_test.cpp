#include "engine/base/secret.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace erario {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(!Printable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<std::string, Secret>);

// Whether the bytes of a short secret are still in the memory of its object.
bool holds(const std::array<unsigned char, sizeof(Secret)>& memory, std::string_view bytes) {
  return std::string_view(reinterpret_cast<const char*>(memory.data()), memory.size())
             .find(bytes) != std::string_view::npos;
}

struct Stage {
  alignas(Secret) std::array<unsigned char, sizeof(Secret)> memory{};
};

TEST(Secret, is_copied_and_moved_whole) {
  Secret first("first secret of more than sixteen bytes");
  const Secret copy = first;
  const Secret moved = std::move(first);
  EXPECT_EQ(copy.reveal(), "first secret of more than sixteen bytes");
  EXPECT_EQ(moved.reveal(), copy.reveal());
  EXPECT_TRUE(Secret().empty());
  Secret assigned("old");
  assigned = copy;
  EXPECT_EQ(assigned.reveal(), copy.reveal());
  assigned = *&assigned;
  EXPECT_EQ(assigned.reveal(), copy.reveal());
  assigned = Secret("new");
  EXPECT_EQ(assigned.reveal(), "new");
}

TEST(Secret, leaves_nothing_behind_when_it_is_moved_from) {
  Stage stage;
  auto* secret = new (stage.memory.data()) Secret("hunter2");
  EXPECT_TRUE(holds(stage.memory, "hunter2"));
  const Secret moved = std::move(*secret);
  EXPECT_FALSE(holds(stage.memory, "unter2"));
  EXPECT_EQ(moved.reveal(), "hunter2");
  secret->~Secret();
}

TEST(Secret, leaves_no_tail_when_a_shorter_one_takes_its_place) {
  Stage stage;
  auto* secret = new (stage.memory.data()) Secret("a-longer-one");
  const Secret shorter("b");
  *secret = shorter;
  EXPECT_FALSE(holds(stage.memory, "longer-one"));
  *secret = Secret("c-longer-two");
  *secret = Secret("d");
  EXPECT_FALSE(holds(stage.memory, "longer-two"));
  EXPECT_EQ(secret->reveal(), "d");
  secret->~Secret();
}

TEST(Secret, compares_equal_only_to_the_same_bytes) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
  EXPECT_FALSE(equal_in_constant_time(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

}  // namespace
}  // namespace erario
