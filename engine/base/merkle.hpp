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

struct Checkpoint {
  std::uint64_t tree_size = 0;
  Sha256 root{};
};
// Fails with kSignatureInvalid.
Result<void> verify_consistency(const Checkpoint& older, const Checkpoint& newer,
                                std::span<const Sha256> proof);

}  // namespace erario::merkle
