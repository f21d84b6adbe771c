// Reads a file of the statement corpus.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace erario {

inline std::string corpus_file(const std::string& name) {
  const std::string path =
      std::string(ERARIO_SOURCE_DIR) + "/tests/unit/reconciliation/corpus/" + name;
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace erario
