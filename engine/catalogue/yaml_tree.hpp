// A strict reading of one YAML file into a plain tree whose every node knows its line. What a
// careful catalogue does not need is refused: repeated keys, anchors, aliases, tags, several
// documents, deep nesting, control characters, text that is not UTF-8. Scalars stay the text that
// was written, so that no amount ever passes through a binary float. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalogue/problems.hpp"

namespace erario {

inline constexpr std::size_t kCatalogueFileBytesMax = 4u << 20;
inline constexpr std::size_t kYamlDepthMax = 12;

struct YamlEntry;

struct YamlNode {
  enum class Kind { kNull, kText, kList, kMap };
  Kind kind = Kind::kNull;
  int line = 0;
  std::string text;
  std::vector<YamlNode> items;
  std::vector<YamlEntry> entries;
};

struct YamlEntry {
  std::string key;
  int line = 0;
  YamlNode value;
};

// What is wrong goes to `problems`; none only when nothing could be read at all. `file` must
// outlive `problems`.
std::optional<YamlNode> read_yaml(std::string_view file, const std::string& text,
                                  Problems& problems);

}  // namespace erario
