// Merkle trees of the shape of RFC 6962, section 2.1: the root of a list of leaves, the short proof
// that one leaf is in it, and the proof that a longer list continues a shorter one. With a signed
// root in hand, anyone checks that a receipt was sealed without seeing what was sealed with it.
// Pure; leaves are hashes already (leaf_hash).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/digest.hpp"

namespace erario::merkle {

// Leaves and inner nodes are hashed with different first bytes, so that neither passes for the
// other.
Sha256 leaf_hash(std::string_view bytes);
Sha256 node_hash(const Sha256& left, const Sha256& right);

// The root; of no leaves the hash of nothing.
Sha256 root(std::span<const Sha256> leaves);

// From the leaf's neighbour up to below the root. Requires index < leaves.size() (CHECK).
std::vector<Sha256> inclusion_proof(std::span<const Sha256> leaves, std::size_t index);

// The root and the inclusion proofs of all leaves, in their order: each inner node is hashed once.
struct Tree {
  Sha256 root{};
  std::vector<std::vector<Sha256>> proofs;
};
Tree whole_tree(std::span<const Sha256> leaves);

struct Inclusion {
  Sha256 leaf{};
  std::uint64_t index = 0;
  std::uint64_t tree_size = 0;
};
// Outside input in every part. Both fail with kSignatureInvalid.
// The root that the proof leads to, for a root that only a signature knows.
Result<Sha256> root_of_proof(const Inclusion& claim, std::span<const Sha256> proof);
Result<void> verify_inclusion(const Inclusion& claim, std::span<const Sha256> proof,
                              const Sha256& root);

// That the tree of all leaves continues the tree of the first `old_size`. Requires
// 0 < old_size <= leaves.size() (CHECK).
std::vector<Sha256> consistency_proof(std::span<const Sha256> leaves, std::size_t old_size);

// A tree that grows leaf by leaf and keeps the hash of every complete subtree, 64 bytes a leaf in
// all, so that nothing is hashed twice: a leaf costs one node on average, and the root or a proof
// of the tree as it is or ever was costs a node a level at most. The functions above make the same
// from the leaves alone. Not thread safe while it grows.
class GrowingTree {
 public:
  void add(const Sha256& leaf);
  std::size_t size() const { return levels_.empty() ? 0 : levels_.front().size(); }

  // Of the tree of the first `tree_size` leaves; of no leaves the hash of nothing. Requires
  // tree_size <= size() (CHECK).
  Sha256 root(std::size_t tree_size) const;
  Sha256 root() const { return root(size()); }
  // Requires index < tree_size <= size() (CHECK).
  std::vector<Sha256> inclusion_proof(std::size_t index, std::size_t tree_size) const;
  std::vector<Sha256> inclusion_proof(std::size_t index) const {
    return inclusion_proof(index, size());
  }
  // Requires 0 < old_size <= tree_size <= size() (CHECK).
  std::vector<Sha256> consistency_proof(std::size_t old_size, std::size_t tree_size) const;

 private:
  struct Range {
    std::size_t first = 0;
    std::size_t count = 0;
  };
  // Of a subtree of some tree of ours: complete, or the last of its level.
  Sha256 hash_of(Range range) const;

  // levels_[height][i]: of the complete subtree over the leaves from i << height.
  std::vector<std::vector<Sha256>> levels_;
};

struct Checkpoint {
  std::uint64_t tree_size = 0;
  Sha256 root{};
};
// Fails with kSignatureInvalid.
Result<void> verify_consistency(const Checkpoint& older, const Checkpoint& newer,
                                std::span<const Sha256> proof);

}  // namespace erario::merkle
