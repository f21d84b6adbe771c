#include "reconciliation/formats/xml.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>

#include "reconciliation/formats/amount.hpp"

namespace erario {
namespace {

Error malformed(std::string detail) {
  return Error{ErrorCode::kStatementMalformed, std::move(detail)};
}

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The encoding the XML declaration names, in lower case; empty when it names none.
std::string declared_encoding(std::string_view text) {
  if (!text.starts_with("<?xml")) return {};
  const std::string_view declaration = text.substr(0, text.find("?>"));
  auto at = declaration.find("encoding");
  if (at == std::string_view::npos) return {};
  at = declaration.find_first_of("\"'", at);
  if (at == std::string_view::npos) return {};
  const auto end = declaration.find(declaration[at], at + 1);
  if (end == std::string_view::npos) return {};
  std::string name(declaration.substr(at + 1, end - at - 1));
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return name;
}

Result<std::string> to_utf8(std::string_view bytes) {
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  if (bytes.find('\0') != std::string_view::npos) {
    return malformed("the XML file holds zero bytes; UTF-8 is expected");
  }
  const std::string encoding = declared_encoding(bytes);
  if (encoding == "iso-8859-1" || encoding == "latin1" || encoding == "windows-1252") {
    return utf8_from_windows_1252(bytes);
  }
  if (!is_valid_utf8(bytes)) return malformed("the XML file is not valid UTF-8");
  return std::string(bytes);
}

// Entity references outside CDATA and comments, other than those XML itself defines.
std::optional<std::string> foreign_entity(std::string_view text) {
  constexpr std::array<std::string_view, 6> kKnown = {"amp;", "lt;", "gt;", "quot;", "apos;", "#"};
  if (text.find('&') == std::string_view::npos) return std::nullopt;  // most files have none
  std::size_t at = 0;
  while ((at = text.find_first_of("&<", at)) != std::string_view::npos) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("<![CDATA[")) {
      at = std::min(text.find("]]>", at), text.size());
    } else if (rest.starts_with("<!--")) {
      at = std::min(text.find("-->", at), text.size());
    } else if (rest[0] == '&' && std::ranges::none_of(kKnown, [&](std::string_view known) {
                 return rest.substr(1).starts_with(known);
               })) {
      return std::string(rest.substr(0, std::min<std::size_t>(rest.find(';') + 1, 24)));
    } else {
      ++at;
    }
  }
  return std::nullopt;
}

class Inspector : public pugi::xml_tree_walker {
 public:
  bool for_each(pugi::xml_node& node) override {
    has_doctype |= node.type() == pugi::node_doctype;
    too_deep |= depth() >= kXmlDepthMax;
    return !has_doctype && !too_deep;
  }
  bool has_doctype = false;
  bool too_deep = false;
};

}  // namespace

Result<XmlFile> parse_xml(std::string_view bytes) {
  TRY(std::string text, to_utf8(bytes));
  if (const auto entity = foreign_entity(text)) {
    return malformed("the XML file uses the entity " + *entity + "; entities are refused");
  }
  XmlFile file{std::move(text), std::make_unique<pugi::xml_document>()};
  const auto parsed =
      file.document->load_buffer(file.text.data(), file.text.size(),
                                 pugi::parse_default | pugi::parse_doctype, pugi::encoding_utf8);
  Inspector inspector;
  file.document->traverse(inspector);
  if (inspector.has_doctype) {
    return malformed("the XML file has a document type declaration; those are refused");
  }
  if (!parsed) {
    return malformed("the XML file is broken or cut off at byte " + std::to_string(parsed.offset) +
                     " of " + std::to_string(file.text.size()) + ": " + parsed.description());
  }
  if (inspector.too_deep) {
    return malformed("the XML file nests deeper than " + std::to_string(kXmlDepthMax) + " levels");
  }
  return file;
}

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child_of(const pugi::xml_node& node, std::string_view name) {
  pugi::xml_node child = node.first_child();
  while (child && local_name(child) != name)
    child = child.next_sibling();
  return child;
}

std::vector<pugi::xml_node> children_of(const pugi::xml_node& node, std::string_view name) {
  std::vector<pugi::xml_node> found;
  for (const pugi::xml_node& child : node.children()) {
    if (local_name(child) == name) found.push_back(child);
  }
  return found;
}

pugi::xml_node descend(const pugi::xml_node& node, std::string_view path) {
  pugi::xml_node at = node;
  while (at && !path.empty()) {
    const auto slash = path.find('/');
    at = child_of(at, path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
  }
  return at;
}

std::string text_at(const pugi::xml_node& node, std::string_view path) {
  return std::string(trimmed(descend(node, path).text().get()));
}

std::string namespace_of(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const auto colon = name.find(':');
  const std::string attribute =
      colon == std::string_view::npos ? "xmlns" : "xmlns:" + std::string(name.substr(0, colon));
  for (pugi::xml_node at = node; at; at = at.parent()) {
    if (const pugi::xml_attribute found = at.attribute(attribute.c_str())) return found.value();
  }
  return {};
}

std::string raw_of(const XmlFile& file, const pugi::xml_node& node) {
  const auto offset = node.offset_debug();  // of the name, behind '<'
  const std::string closing = "</" + std::string(node.name()) + ">";
  if (offset > 0 && file.text[static_cast<std::size_t>(offset) - 1] == '<') {
    const auto begin = static_cast<std::size_t>(offset) - 1;
    const auto end = file.text.find(closing, begin);
    if (end != std::string::npos) return file.text.substr(begin, end + closing.size() - begin);
  }
  std::ostringstream printed;
  node.print(printed, "", pugi::format_raw);
  return printed.str();
}

}  // namespace erario
