// Writes JSON text straight from values, without building a tree of it first. How a type is
// written is said once, by a function beside the type:
//
//   void write_json(JsonWriter& out, const Allocation& it) {
//     out.object()("agency", it.agency)("amount", it.amount);
//   }
//   const std::string text = canonical_json(allocation);
//
// Texts, integers, booleans, null, Money (whole centavos), ids, dates, instants (to the
// microsecond, in UTC), enumerations with to_text, optional values and lists of all these are known
// here.
#pragma once

#include <array>
#include <boost/json/fwd.hpp>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/base/id.hpp"
#include "engine/base/money.hpp"
#include "engine/base/time.hpp"

namespace erario {

class JsonMembers;

class JsonWriter {
 public:
  // Room for so many bytes is made at once.
  explicit JsonWriter(std::size_t bytes_usual = 0);

  template <class T>
  void value(const T& it);
  // A list, each element written by `write(element)`.
  template <class List, class Write>
  void list(const List& elements, Write write);
  // One object, from here until the result's lifetime ends.
  JsonMembers object();

  // What was written; the writer is empty again. Requires: every JsonMembers has ended.
  std::string take();

 private:
  friend class JsonMembers;

  // A member's name and where its text begins. The name must live until its object ends.
  struct Member {
    std::string_view name;
    std::size_t begin;
  };

  void text(std::string_view it);
  void id(std::string_view prefix, const IdBytes& bytes);
  void integer(std::int64_t it);
  void boolean(bool it);
  void null();
  void tree(const boost::json::value& it);
  void tree(const boost::json::object& it);

  std::string out_;
  std::string sorting_;
  std::vector<Member> members_;  // of all objects that are open, the innermost last
};

// One object, from here to the end of its scope. Members are sorted as RFC 8785 asks; giving them
// in that order saves the sorting.
class JsonMembers {
 public:
  explicit JsonMembers(JsonWriter& out);
  ~JsonMembers();
  JsonMembers(const JsonMembers&) = delete;
  JsonMembers& operator=(const JsonMembers&) = delete;

  template <class T>
  JsonMembers& operator()(std::string_view name, const T& value) {
    begin(name);
    out_.value(value);
    return *this;
  }
  // Whatever `write(JsonWriter&)` writes: one value.
  template <class Write>
  JsonMembers& with(std::string_view name, Write write) {
    begin(name);
    write(out_);
    return *this;
  }

 private:
  void begin(std::string_view name);
  void sort();

  JsonWriter& out_;
  std::size_t first_;  // of our members in out_.members_
  bool sorted_ = true;
};

// RFC 8785 for the subset of strings, integers, booleans, null, arrays and objects: what we hash
// and seal.
template <class T>
std::string canonical_json(const T& value) {
  JsonWriter out;
  out.value(value);
  return out.take();
}

void write_json(JsonWriter& out, const std::map<std::string, std::string>& texts);

inline JsonMembers JsonWriter::object() {
  return JsonMembers(*this);
}

namespace detail {

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
concept JsonList = requires(const T& it) {
  typename T::value_type;
  it.begin();
  it.size();
}
&&!requires {
  typename T::mapped_type;
};

}  // namespace detail

template <class List, class Write>
void JsonWriter::list(const List& elements, Write write) {
  out_ += '[';
  for (bool first = true; const auto& element : elements) {
    if (!std::exchange(first, false)) out_ += ',';
    write(element);
  }
  out_ += ']';
}

template <class T>
void JsonWriter::value(const T& it) {
  if constexpr (std::same_as<T, boost::json::value> || std::same_as<T, boost::json::object>) {
    tree(it);
  } else if constexpr (std::same_as<T, bool>) {
    boolean(it);
  } else if constexpr (std::same_as<T, std::nullptr_t>) {
    null();
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    text(it);
  } else if constexpr (std::signed_integral<T>) {
    integer(it);
  } else if constexpr (std::same_as<T, Money>) {
    integer(it.centavos);
  } else if constexpr (requires { T::prefix(); }) {
    id(T::prefix(), it.bytes);
  } else if constexpr (std::same_as<T, Instant>) {
    text(to_exact_rfc3339(it));
  } else if constexpr (std::is_enum_v<T> || std::same_as<T, Date>) {
    text(to_text(it));
  } else if constexpr (detail::kIsOptional<T>) {
    if (it) {
      value(*it);
    } else {
      null();
    }
  } else if constexpr (detail::JsonList<T>) {
    list(it, [this](const auto& element) { value(element); });
  } else {
    write_json(*this, it);
  }
}

}  // namespace erario
