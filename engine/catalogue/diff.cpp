#include "engine/catalogue/diff.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace erario {
namespace {

const std::string* value_of(const CatalogueRecord& record, std::string_view name) {
  const auto found = std::find_if(record.fields.begin(), record.fields.end(),
                                  [&](const auto& field) { return field.first == name; });
  return found == record.fields.end() ? nullptr : &found->second;
}

Change whole(ChangeKind kind, const CatalogueRecord& record) {
  Change change{kind, record.subject, record.id, {}};
  for (const auto& [name, value] : record.fields) {
    if (value.empty()) continue;
    const bool added = kind == ChangeKind::kAdded;
    change.fields.push_back({name, added ? "" : value, added ? value : ""});
  }
  return change;
}

Change compare(const CatalogueRecord& from, const CatalogueRecord& to) {
  Change change{ChangeKind::kChanged, to.subject, to.id, {}};
  for (const auto& [name, value] : from.fields) {
    const std::string* now = value_of(to, name);
    if (now == nullptr || *now != value) {
      change.fields.push_back({name, value, now == nullptr ? "" : *now});
    }
  }
  for (const auto& [name, value] : to.fields) {
    if (value_of(from, name) == nullptr) change.fields.push_back({name, "", value});
  }
  return change;
}

std::string shown(const std::string& value) {
  return value.empty() ? "(none)" : value;
}

std::string line_of(const Change& change) {
  static constexpr std::array kMarks{'+', '-', '~'};
  std::string line{kMarks[static_cast<std::size_t>(change.kind)]};
  line += ' ';
  line += to_text(change.subject);
  line += ' ' + change.id + ':';
  bool first = true;
  for (const FieldChange& field : change.fields) {
    line += (first ? " " : ", ") + field.name + ' ';
    first = false;
    switch (change.kind) {
      case ChangeKind::kAdded: line += field.to; break;
      case ChangeKind::kRemoved: line += field.from; break;
      case ChangeKind::kChanged: line += shown(field.from) + " -> " + shown(field.to); break;
    }
  }
  return line + '\n';
}

}  // namespace

std::string_view to_text(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kAdded: return "added";
    case ChangeKind::kRemoved: return "removed";
    case ChangeKind::kChanged: return "changed";
  }
  CHECK(false);
}

std::vector<Change> diff(const Catalogue& from, const Catalogue& to) {
  const std::vector<CatalogueRecord> before = catalogue_records(from);
  const std::vector<CatalogueRecord> after = catalogue_records(to);
  std::vector<Change> changes;
  auto a = before.begin();
  auto b = after.begin();
  while (a != before.end() || b != after.end()) {
    const bool only_before =
        b == after.end() ||
        (a != before.end() && std::tie(a->subject, a->id) < std::tie(b->subject, b->id));
    const bool only_after =
        a == before.end() ||
        (b != after.end() && std::tie(b->subject, b->id) < std::tie(a->subject, a->id));
    if (only_before) {
      changes.push_back(whole(ChangeKind::kRemoved, *a++));
    } else if (only_after) {
      changes.push_back(whole(ChangeKind::kAdded, *b++));
    } else {
      Change change = compare(*a++, *b++);
      if (!change.fields.empty()) changes.push_back(std::move(change));
    }
  }
  return changes;
}

std::string to_text(const std::vector<Change>& changes) {
  if (changes.empty()) return "no changes\n";
  std::string text;
  std::array<std::size_t, 3> counts{};
  for (const Change& change : changes) {
    text += line_of(change);
    ++counts[static_cast<std::size_t>(change.kind)];
  }
  return text + std::to_string(changes.size()) +
         (changes.size() == 1 ? " change: " : " changes: ") + std::to_string(counts[0]) +
         " added, " + std::to_string(counts[1]) + " removed, " + std::to_string(counts[2]) +
         " changed\n";
}

}  // namespace erario
