#include "engine/base/merkle.hpp"
#include "engine/receipts/receipt.hpp"

namespace erario {

std::string seal_message(std::int64_t tree_size, const Sha256& root) {
  return "erario-receipts/1 " + std::to_string(tree_size) + " " + to_hex(root);
}

std::vector<SealedReceipt> seal_together(std::vector<Receipt> receipts, const std::string& key_id,
                                         const std::function<std::string(std::string_view)>& sign) {
  if (receipts.empty()) return {};
  std::vector<Sha256> leaves;
  leaves.reserve(receipts.size());
  for (const Receipt& receipt : receipts)
    leaves.push_back(merkle::leaf_hash(canonical_bytes(receipt)));
  merkle::Tree tree = merkle::whole_tree(leaves);
  const auto size = static_cast<std::int64_t>(receipts.size());
  const std::string signature = to_base64(sign(seal_message(size, tree.root)));
  std::vector<SealedReceipt> sealed;
  sealed.reserve(receipts.size());
  for (std::size_t leaf = 0; leaf < receipts.size(); ++leaf) {
    sealed.push_back(
        {std::move(receipts[leaf]),
         {key_id, signature, size, static_cast<std::int64_t>(leaf), std::move(tree.proofs[leaf])}});
  }
  return sealed;
}

}  // namespace erario
