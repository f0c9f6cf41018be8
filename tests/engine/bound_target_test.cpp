// Which users a target has: the listed ones, then those of the pool.
#include "engine/bound_target.hpp"

#include <gtest/gtest.h>

namespace assay::engine {
namespace {

rules::Target with_pool(std::vector<rules::TargetUser> users) {
  rules::Target target;
  target.users = std::move(users);
  target.user_pool = rules::TargetUserPool{"user-{n}", base::Secret("p"), 1, 3};
  return target;
}

std::string names(const BoundTarget& target) {
  std::string out;
  for (std::size_t i = 0; i < target.user_count(); ++i) out += target.user(i)->name + " ";
  return out;
}

TEST(BoundTarget, HasListedUsersThenThoseOfThePool) {
  const BoundTarget target(with_pool({{"alice", base::Secret("a")}, {"bob", base::Secret("b")}}), std::nullopt, "");
  EXPECT_EQ(names(target), "alice bob user-1 user-2 user-3 ");
  EXPECT_EQ(target.user(4)->password.reveal(), "p");
  EXPECT_FALSE(target.user(5));
  EXPECT_EQ(names(target.with_users_swapped()), "bob alice user-1 user-2 user-3 ");
}

TEST(BoundTarget, SwapsUsersOfThePoolToo) {
  const BoundTarget target(with_pool({}), std::nullopt, "");
  EXPECT_EQ(names(target), "user-1 user-2 user-3 ");
  EXPECT_EQ(names(target.with_users_swapped()), "user-2 user-1 user-3 ");
  EXPECT_EQ(target.setting("user2.name"), "user-2");
}

TEST(BoundTarget, MayHaveNoUser) {
  const BoundTarget target(rules::Target{}, std::nullopt, "");
  EXPECT_EQ(target.user_count(), 0u);
  EXPECT_FALSE(target.user(0));
}

}  // namespace
}  // namespace assay::engine
