#include "engine/base/merkle.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace erario::merkle {
namespace {

// The leaves and roots that certificate transparency logs test with.
const std::vector<std::string> kLeafBytes{"",
                                          "00",
                                          "10",
                                          "2021",
                                          "3031",
                                          "40414243",
                                          "5051525354555657",
                                          "606162636465666768696a6b6c6d6e6f"};
const std::vector<std::string> kRoots{
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

std::vector<Sha256> known_leaves() {
  std::vector<Sha256> leaves;
  for (const std::string& hex : kLeafBytes)
    leaves.push_back(leaf_hash(*from_hex(hex)));
  return leaves;
}

std::vector<Sha256> some_leaves(std::size_t count) {
  std::vector<Sha256> leaves;
  for (std::size_t i = 0; i < count; ++i)
    leaves.push_back(leaf_hash(std::to_string(i)));
  return leaves;
}

TEST(Merkle, KnownTreesHaveTheirKnownRoots) {
  EXPECT_EQ(to_hex(root({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const auto leaves = known_leaves();
  for (std::size_t size = 1; size <= leaves.size(); ++size)
    EXPECT_EQ(to_hex(root(std::span(leaves).first(size))), kRoots[size - 1]) << size;
}

TEST(Merkle, AKnownProofIsTheKnownOne) {
  const auto leaves = known_leaves();
  const auto proof = inclusion_proof(leaves, 0);
  ASSERT_EQ(proof.size(), 3U);
  EXPECT_EQ(to_hex(proof[0]), "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
  EXPECT_EQ(to_hex(proof[1]), "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e");
  EXPECT_EQ(to_hex(proof[2]), "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4");
}

TEST(Merkle, EveryLeafOfEveryTreeUpToSeventyIsProved) {
  const auto all = some_leaves(70);
  for (std::size_t size = 1; size <= all.size(); ++size) {
    const auto leaves = std::span(all).first(size);
    const Sha256 top = root(leaves);
    const Tree tree = whole_tree(leaves);
    EXPECT_EQ(tree.root, top);
    ASSERT_EQ(tree.proofs.size(), size);
    for (std::size_t index = 0; index < size; ++index) {
      const auto proof = inclusion_proof(leaves, index);
      EXPECT_EQ(tree.proofs[index], proof);
      EXPECT_TRUE(verify_inclusion({leaves[index], index, size}, proof, top).ok())
          << index << " of " << size;
    }
  }
}

TEST(Merkle, EveryTreeContinuesEveryShorterOne) {
  const auto all = some_leaves(40);
  for (std::size_t size = 1; size <= all.size(); ++size) {
    const auto leaves = std::span(all).first(size);
    for (std::size_t old_size = 1; old_size <= size; ++old_size) {
      const auto proof = consistency_proof(leaves, old_size);
      const Checkpoint older{old_size, root(leaves.first(old_size))};
      EXPECT_TRUE(verify_consistency(older, {size, root(leaves)}, proof).ok())
          << old_size << " of " << size;
    }
  }
}

TEST(Merkle, AGrowingTreeTellsTheSameOfEverySizeItEverHad) {
  const auto all = some_leaves(70);
  GrowingTree tree;
  EXPECT_EQ(tree.root(), root({}));
  for (const Sha256& leaf : all)
    tree.add(leaf);
  ASSERT_EQ(tree.size(), all.size());
  for (std::size_t size = 1; size <= all.size(); ++size) {
    const auto leaves = std::span(all).first(size);
    EXPECT_EQ(tree.root(size), root(leaves)) << size;
    for (std::size_t index = 0; index < size; ++index) {
      EXPECT_EQ(tree.inclusion_proof(index, size), inclusion_proof(leaves, index))
          << index << " of " << size;
      EXPECT_EQ(tree.consistency_proof(index + 1, size), consistency_proof(leaves, index + 1))
          << index + 1 << " of " << size;
    }
  }
}

RC_GTEST_PROP(Merkle, AChangedInclusionProofIsRefused, (std::uint8_t seed)) {
  const std::size_t size = 2 + seed % 60U;
  const auto leaves = some_leaves(size);
  const auto index = *rc::gen::inRange<std::size_t>(0, size);
  const Sha256 top = root(leaves);
  auto proof = inclusion_proof(leaves, index);
  Inclusion claim{leaves[index], index, size};
  switch (*rc::gen::inRange(0, 6)) {
    case 0: proof[seed % proof.size()][5] ^= 1; break;
    case 1: proof.pop_back(); break;
    case 2: proof.push_back(leaves[0]); break;
    case 3: claim.leaf[0] ^= 1; break;
    case 4: claim.index = (index + 1) % size; break;
    default: claim.tree_size = index; break;
  }
  RC_ASSERT(!verify_inclusion(claim, proof, top).ok());
}

RC_GTEST_PROP(Merkle, AChangedHistoryIsRefused, (std::uint8_t seed)) {
  const std::size_t size = 3 + seed % 40U;
  auto leaves = some_leaves(size);
  const auto old_size = *rc::gen::inRange<std::size_t>(1, size);
  const Checkpoint older{old_size, root(std::span(leaves).first(old_size))};
  leaves[seed % old_size][0] ^= 1;
  const auto proof = consistency_proof(leaves, old_size);
  RC_ASSERT(!verify_consistency(older, {size, root(leaves)}, proof).ok());
}

TEST(Merkle, ImpossibleClaimsAreRefused) {
  const auto leaves = some_leaves(5);
  const Sha256 top = root(leaves);
  EXPECT_FALSE(verify_inclusion({leaves[0], 0, 0}, {}, top).ok());
  EXPECT_FALSE(verify_inclusion({leaves[0], 5, 5}, {}, top).ok());
  EXPECT_FALSE(verify_consistency({0, {}}, {5, top}, {}).ok());
  EXPECT_FALSE(verify_consistency({6, top}, {5, top}, {}).ok());
  EXPECT_FALSE(verify_consistency({3, top}, {5, top}, {}).ok());
  EXPECT_FALSE(verify_consistency({5, leaves[0]}, {5, top}, {}).ok());
}

}  // namespace
}  // namespace erario::merkle
