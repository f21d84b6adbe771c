// Sorts rows that are large by what `key` ties together: their places first, then each row is moved
// once. Not stable.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace erario {

template <class Row, class Key>
void sort_rows(std::vector<Row>& rows, const Key& key) {
  if (std::ranges::is_sorted(rows, {}, key)) return;
  std::vector<std::size_t> places(rows.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::ranges::sort(places, {}, [&](std::size_t place) { return key(rows[place]); });
  std::vector<Row> sorted;
  sorted.reserve(rows.size());
  for (const std::size_t place : places)
    sorted.push_back(std::move(rows[place]));
  rows = std::move(sorted);
}

}  // namespace erario
