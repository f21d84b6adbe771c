#include "engine/base/merkle.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace erario::merkle {
namespace {

// The largest power of two smaller than n; n > 1.
std::size_t split_of(std::size_t n) {
  return std::bit_floor(n - 1);
}

Error refused(const char* why) {
  return Error{ErrorCode::kSignatureInvalid, why};
}

// RFC 6962 section 2.1.2, SUBPROOF(m, D[n], b).
void add_subproof(std::span<const Sha256> leaves, std::size_t old_size, bool whole,
                  std::vector<Sha256>& proof) {
  if (old_size == leaves.size()) {
    if (!whole) proof.push_back(root(leaves));
    return;
  }
  const std::size_t split = split_of(leaves.size());
  if (old_size <= split) {
    add_subproof(leaves.first(split), old_size, whole, proof);
    proof.push_back(root(leaves.subspan(split)));
  } else {
    add_subproof(leaves.subspan(split), old_size - split, false, proof);
    proof.push_back(root(leaves.first(split)));
  }
}

// Gives every leaf of each half the other half's root.
Sha256 add_proofs(std::span<const Sha256> leaves, std::span<std::vector<Sha256>> proofs) {
  if (leaves.size() == 1) return leaves.front();
  const std::size_t split = split_of(leaves.size());
  const Sha256 left = add_proofs(leaves.first(split), proofs.first(split));
  const Sha256 right = add_proofs(leaves.subspan(split), proofs.subspan(split));
  for (auto& proof : proofs.first(split))
    proof.push_back(right);
  for (auto& proof : proofs.subspan(split))
    proof.push_back(left);
  return node_hash(left, right);
}

}  // namespace

Sha256 leaf_hash(std::string_view bytes) {
  return sha256({std::string_view("\x00", 1), bytes});
}

Sha256 node_hash(const Sha256& left, const Sha256& right) {
  std::array<char, 65> text;
  text[0] = '\x01';
  std::copy(left.begin(), left.end(), text.begin() + 1);
  std::copy(right.begin(), right.end(), text.begin() + 33);
  return sha256(std::string_view(text.data(), text.size()));
}

Sha256 root(std::span<const Sha256> leaves) {
  if (leaves.empty()) return sha256("");
  if (leaves.size() == 1) return leaves.front();
  const std::size_t split = split_of(leaves.size());
  return node_hash(root(leaves.first(split)), root(leaves.subspan(split)));
}

std::vector<Sha256> inclusion_proof(std::span<const Sha256> leaves, std::size_t index) {
  CHECK(index < leaves.size());
  if (leaves.size() == 1) return {};
  const std::size_t split = split_of(leaves.size());
  const bool left = index < split;
  auto proof = left ? inclusion_proof(leaves.first(split), index)
                    : inclusion_proof(leaves.subspan(split), index - split);
  proof.push_back(root(left ? leaves.subspan(split) : leaves.first(split)));
  return proof;
}

Tree whole_tree(std::span<const Sha256> leaves) {
  Tree tree;
  tree.proofs.resize(leaves.size());
  tree.root = leaves.empty() ? root(leaves) : add_proofs(leaves, tree.proofs);
  return tree;
}

// The walk of RFC 9162 section 2.1.3.2: `at` and `last` are the leaf's and the last leaf's number
// on the current level.
Result<Sha256> root_of_proof(const Inclusion& claim, std::span<const Sha256> proof) {
  if (claim.index >= claim.tree_size) return refused("the leaf is not within the tree");
  std::uint64_t at = claim.index;
  std::uint64_t last = claim.tree_size - 1;
  Sha256 hash = claim.leaf;
  for (const Sha256& neighbour : proof) {
    if (last == 0) return refused("the proof is too long");
    if ((at & 1) == 1 || at == last) {
      hash = node_hash(neighbour, hash);
      // A last node without a neighbour rises unchanged until it has one.
      while ((at & 1) == 0 && at != 0) {
        at >>= 1;
        last >>= 1;
      }
    } else {
      hash = node_hash(hash, neighbour);
    }
    at >>= 1;
    last >>= 1;
  }
  if (last != 0) return refused("the proof is too short");
  return hash;
}

Result<void> verify_inclusion(const Inclusion& claim, std::span<const Sha256> proof,
                              const Sha256& root) {
  TRY(const Sha256 hash, root_of_proof(claim, proof));
  if (hash != root) return refused("the proof does not lead to the root");
  return {};
}

std::vector<Sha256> consistency_proof(std::span<const Sha256> leaves, std::size_t old_size) {
  CHECK(old_size > 0 && old_size <= leaves.size());
  std::vector<Sha256> proof;
  add_subproof(leaves, old_size, true, proof);
  return proof;
}

// ---- A tree that grows ----

void GrowingTree::add(const Sha256& leaf) {
  Sha256 hash = leaf;
  for (std::size_t height = 0;; ++height) {
    if (height == levels_.size()) levels_.emplace_back();
    auto& level = levels_[height];
    level.push_back(hash);
    if (level.size() % 2 == 1) return;
    hash = node_hash(level[level.size() - 2], hash);
  }
}

Sha256 GrowingTree::hash_of(Range range) const {
  if (std::has_single_bit(range.count)) {
    const auto height = static_cast<std::size_t>(std::countr_zero(range.count));
    return levels_[height][range.first >> height];
  }
  const std::size_t split = split_of(range.count);
  return node_hash(hash_of({range.first, split}),
                   hash_of({range.first + split, range.count - split}));
}

Sha256 GrowingTree::root(std::size_t tree_size) const {
  CHECK(tree_size <= size());
  return tree_size == 0 ? sha256("") : hash_of({0, tree_size});
}

// From the root down; a proof is told from the leaf up.
std::vector<Sha256> GrowingTree::inclusion_proof(std::size_t index, std::size_t tree_size) const {
  CHECK(index < tree_size && tree_size <= size());
  std::vector<Sha256> proof;
  proof.reserve(static_cast<std::size_t>(std::bit_width(tree_size)));
  Range range{0, tree_size};
  while (range.count > 1) {
    const std::size_t split = split_of(range.count);
    const Range left{range.first, split};
    const Range right{range.first + split, range.count - split};
    const bool goes_left = index < right.first;
    proof.push_back(hash_of(goes_left ? right : left));
    range = goes_left ? left : right;
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

// SUBPROOF without recursion: `whole` while the range still begins where the older tree did.
std::vector<Sha256> GrowingTree::consistency_proof(std::size_t old_size,
                                                   std::size_t tree_size) const {
  CHECK(old_size > 0 && old_size <= tree_size && tree_size <= size());
  std::vector<Sha256> proof;
  Range range{0, tree_size};
  bool whole = true;
  while (range.first + range.count != old_size) {
    const std::size_t split = split_of(range.count);
    const Range left{range.first, split};
    const Range right{range.first + split, range.count - split};
    const bool goes_left = old_size <= right.first;
    proof.push_back(hash_of(goes_left ? right : left));
    range = goes_left ? left : right;
    whole = whole && goes_left;
  }
  if (!whole) proof.push_back(hash_of(range));
  std::reverse(proof.begin(), proof.end());
  return proof;
}

// The walk of RFC 9162 section 2.1.4.2: both roots are rebuilt from the same nodes.
Result<void> verify_consistency(const Checkpoint& older, const Checkpoint& newer,
                                std::span<const Sha256> proof) {
  if (older.tree_size == 0 || older.tree_size > newer.tree_size) {
    return refused("the older tree must have leaves and not be the larger one");
  }
  if (older.tree_size == newer.tree_size) {
    if (!proof.empty()) return refused("the proof is too long");
    if (older.root != newer.root) return refused("trees of one size have different roots");
    return {};
  }
  std::uint64_t at = older.tree_size - 1;
  std::uint64_t last = newer.tree_size - 1;
  while ((at & 1) == 1) {
    at >>= 1;
    last >>= 1;
  }
  // A complete older tree is a node of the newer one: its root is where the walk starts.
  const bool starts_at_root = std::has_single_bit(older.tree_size);
  if (!starts_at_root && proof.empty()) return refused("the proof is too short");
  Sha256 old_hash = starts_at_root ? older.root : proof.front();
  Sha256 new_hash = old_hash;
  for (const Sha256& node : proof.subspan(starts_at_root ? 0 : 1)) {
    if (last == 0) return refused("the proof is too long");
    if ((at & 1) == 1 || at == last) {
      old_hash = node_hash(node, old_hash);
      new_hash = node_hash(node, new_hash);
      while ((at & 1) == 0 && at != 0) {
        at >>= 1;
        last >>= 1;
      }
    } else {
      new_hash = node_hash(new_hash, node);
    }
    at >>= 1;
    last >>= 1;
  }
  if (last != 0) return refused("the proof is too short");
  if (old_hash != older.root) return refused("the proof does not lead to the older root");
  if (new_hash != newer.root) return refused("the proof does not lead to the newer root");
  return {};
}

}  // namespace erario::merkle
