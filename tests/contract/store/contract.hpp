// The contract every store driver passes.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "ledger/store/open.hpp"
#include "tests/contract/store/place.hpp"
#include "tests/contract/store/sample.hpp"

namespace erario::contract {

class StoreContract : public testing::TestWithParam<DriverUnderTest> {
 protected:
  void SetUp() override {
    close();
    place_ = GetParam().make_place();
    const auto migrated = migrate(place_->place());
    ASSERT_TRUE(migrated.ok()) << migrated.error().detail;
    open();
  }

  // A lane goes before its store, and a store before its place.
  void close() {
    lane_.reset();
    store_.reset();
  }
  void open() {
    close();
    auto opened = open_store(place_->url(), OpenMode::kReadWrite);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    store_ = std::move(*opened);
    auto lane = store_->open_lane();
    ASSERT_TRUE(lane.ok()) << lane.error().detail;
    lane_ = std::move(*lane);
  }

  Loaded begin(const LoadKeys& keys = {}) {
    auto loaded = lane_->begin(keys);
    EXPECT_TRUE(loaded.ok()) << loaded.error().detail;
    return loaded.ok() ? std::move(*loaded) : Loaded{};
  }
  Loaded load_and_leave(const LoadKeys& keys) {
    Loaded loaded = begin(keys);
    lane_->rollback();
    return loaded;
  }
  CommitStatus commit(sample::Batch& batch) {
    const Loaded loaded = begin();
    return lane_->commit(batch.chained(loaded.chain));
  }
  // A batch that only holds what `fill` puts into it.
  template <class Fill>
  CommitStatus commit_with(std::uint64_t number, const Fill& fill) {
    sample::Batch batch(number);
    fill(batch.changes);
    return commit(batch);
  }
  Reader& reader() { return store_->reader(); }

  std::unique_ptr<Place> place_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<LaneStore> lane_;
};

}  // namespace erario::contract
