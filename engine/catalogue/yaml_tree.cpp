#include "engine/catalogue/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <sstream>

namespace erario {
namespace {

// Leaves the parser at once; it never leaves read_yaml.
struct TooDeep : std::exception {};

// 0 when `text` is UTF-8 without control characters, else the line of the first fault.
int first_bad_line(std::string_view text) {
  int line = 1;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead == '\n') ++line;
    if (lead < 0x20 && lead != '\n' && lead != '\r' && lead != '\t') return line;
    std::size_t length = 1;
    unsigned point = lead;
    if (lead >= 0x80) {
      length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
      if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return line;
      point = lead & (0x7Fu >> length);
    }
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      if ((next & 0xC0u) != 0x80u) return line;
      point = point << 6 | (next & 0x3Fu);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    const bool unassigned = (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF;
    // Delete, the C1 controls, and the marks that make text read in another order than stored.
    const bool control = (point >= 0x7F && point <= 0x9F) || (point >= 0x202A && point <= 0x202E) ||
                         (point >= 0x2066 && point <= 0x2069);
    if (overlong || unassigned || control) return line;
    at += length;
  }
  return 0;
}

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view file, Problems& problems) : file_(file), problems_(problems) {}

  std::optional<YamlNode> take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    place(node_at(mark, YamlNode::Kind::kNull));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    problem(mark, "aliases are not used in a catalogue; write the value out");
    place(node_at(mark, YamlNode::Kind::kNull));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    YamlNode node = node_at(mark, YamlNode::Kind::kText);
    node.text = value;
    place(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kList);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    YamlNode node;
    std::optional<YamlNode> key;  // of a map: read, its value not yet
  };

  static int line_of(const YAML::Mark& mark) { return mark.line + 1; }
  static YamlNode node_at(const YAML::Mark& mark, YamlNode::Kind kind) {
    YamlNode node;
    node.kind = kind;
    node.line = line_of(mark);
    return node;
  }
  void problem(const YAML::Mark& mark, std::string rule) {
    problems_.add({file_, line_of(mark)}, std::move(rule));
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      problem(mark, "anchors are not used in a catalogue; write the value out");
    }
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    // "?" and "!" are what the parser gives plain and quoted text.
    if (!tag.empty() && tag != "?" && tag != "!") problem(mark, "tags are not used in a catalogue");
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (frames_.size() >= kYamlDepthMax) {
      problem(mark, "nested deeper than " + std::to_string(kYamlDepthMax) + " levels");
      throw TooDeep();
    }
    frames_.push_back({node_at(mark, kind), std::nullopt});
  }

  void close() {
    YamlNode node = std::move(frames_.back().node);
    frames_.pop_back();
    place(std::move(node));
  }

  void place(YamlNode node) {
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& parent = frames_.back();
    if (parent.node.kind == YamlNode::Kind::kList) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      parent.key = std::move(node);
    } else {
      add_entry(parent, std::move(node));
    }
  }

  void add_entry(Frame& parent, YamlNode value) {
    const YamlNode key = std::move(*parent.key);
    parent.key.reset();
    if (key.kind != YamlNode::Kind::kText) {
      problems_.add({file_, key.line}, "a key is plain text");
      return;
    }
    const auto same = [&](const YamlEntry& entry) { return entry.key == key.text; };
    auto& entries = parent.node.entries;
    // Long maps (an index series) stay short enough for a plain search.
    const auto first = std::find_if(entries.begin(), entries.end(), same);
    if (first != entries.end()) {
      problems_.add({file_, key.line}, "the key \"" + key.text + "\" is already on line " +
                                           std::to_string(first->line));
      return;
    }
    if (entries.size() >= kEntriesMax) {
      problems_.add({file_, key.line},
                    "a map has at most " + std::to_string(kEntriesMax) + " keys");
      return;
    }
    entries.push_back({key.text, key.line, std::move(value)});
  }

  static constexpr std::size_t kEntriesMax = 2'000;

  std::string_view file_;
  Problems& problems_;
  std::vector<Frame> frames_;
  std::optional<YamlNode> root_;
};

}  // namespace

std::optional<YamlNode> read_yaml(std::string_view file, const std::string& text,
                                  Problems& problems) {
  if (text.size() > kCatalogueFileBytesMax) {
    problems.add({file, 1}, "a file has at most " + std::to_string(kCatalogueFileBytesMax) +
                                " bytes; split it");
    return std::nullopt;
  }
  if (const int line = first_bad_line(text); line != 0) {
    problems.add({file, line}, "not UTF-8 text, or a control character");
    return std::nullopt;
  }
  TreeBuilder builder(file, problems);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      problems.add({file, 1}, "the file is empty");
      return std::nullopt;
    }
    std::optional<YamlNode> root = builder.take_root();
    if (parser.HandleNextDocument(builder)) {
      const std::optional<YamlNode> second = builder.take_root();
      problems.add({file, second ? second->line : 1}, "a file holds one document");
    }
    return root;
  } catch (const TooDeep&) {
    return std::nullopt;  // reported where it was found
  } catch (const YAML::Exception& exception) {
    problems.add({file, std::max(0, exception.mark.line) + 1}, "not YAML: " + exception.msg);
    return std::nullopt;
  }
}

}  // namespace erario
