// XML from outside, read safely: no document type, no entities but the five of XML itself, bounded
// depth, UTF-8 or a declared Latin code page. Names are compared without their prefix, because
// banks choose prefixes as they like. Pure; a document belongs to one thread.
#pragma once

#include <memory>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.hpp"

namespace erario {

inline constexpr int kXmlDepthMax = 48;

struct XmlFile {
  std::string text;  // UTF-8, what the document was parsed from
  std::unique_ptr<pugi::xml_document> document;
};
// Fails with kStatementMalformed naming the rule and, where known, the byte.
Result<XmlFile> parse_xml(std::string_view bytes);

std::string_view local_name(const pugi::xml_node& node);
// The first child of that local name; an empty node when there is none.
pugi::xml_node child_of(const pugi::xml_node& node, std::string_view name);
std::vector<pugi::xml_node> children_of(const pugi::xml_node& node, std::string_view name);
// Down a path of local names: "Acct/Id/IBAN".
pugi::xml_node descend(const pugi::xml_node& node, std::string_view path);
// Trimmed text at the end of a path; empty when absent.
std::string text_at(const pugi::xml_node& node, std::string_view path);
// The namespace a node is in, by its prefix; empty when none is declared.
std::string namespace_of(const pugi::xml_node& node);
// The node's own bytes within the parsed text.
std::string raw_of(const XmlFile& file, const pugi::xml_node& node);

}  // namespace erario
