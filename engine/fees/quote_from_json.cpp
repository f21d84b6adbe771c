// The strict reader of quotes: exactly the fields quote_to_json writes, each of its type. Lists are
// bounded, since a quote may come back from outside.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <initializer_list>
#include <optional>
#include <utility>

#include "engine/fees/calculator.hpp"
#include "engine/fees/inputs.hpp"
#include "engine/fees/quote.hpp"

namespace erario {
namespace {

namespace json = boost::json;

constexpr std::size_t kListMax = 1'000;  // lines, figures and allocations of one item
constexpr std::size_t kTextMax = 2'000;  // bytes of one text
constexpr std::size_t kInputsMax = 100;  // inputs of one item

// One object being read: its fields, all required, and where it stands in the document.
class Reader {
 public:
  static Result<Reader> open(const json::value& value, std::string pointer,
                             std::initializer_list<std::string_view> names) {
    const json::object* object = value.if_object();
    if (object == nullptr) return field_error(std::move(pointer), "must be an object");
    Reader reader{*object, std::move(pointer)};
    for (const auto& [key, field] : *object) {
      if (std::find(names.begin(), names.end(), std::string_view(key)) == names.end()) {
        return field_error(reader.pointer_, "has a field that quotes do not have",
                           ErrorCode::kFieldUnknown);
      }
    }
    for (const std::string_view name : names) {
      if (object->contains(name)) continue;
      return field_error(reader.at(name), "is required", ErrorCode::kFieldMissing);
    }
    return reader;
  }

  std::string at(std::string_view name) const { return pointer_ + "/" + std::string(name); }
  const json::value& field(std::string_view name) const { return object_->at(name); }

  Result<std::string> text(std::string_view name) const {
    const json::string* text = field(name).if_string();
    if (text == nullptr) return field_error(at(name), "must be a text");
    if (text->size() > kTextMax) return field_error(at(name), "is too long");
    return std::string(*text);
  }

  Result<bool> boolean(std::string_view name) const {
    const bool* value = field(name).if_bool();
    if (value == nullptr) return field_error(at(name), "must be true or false");
    return *value;
  }

  Result<Money> amount(std::string_view name) const {
    const std::int64_t* centavos = field(name).if_int64();
    if (centavos == nullptr) return field_error(at(name), "must be whole centavos");
    if (*centavos > kAmountMax.centavos || *centavos < -kAmountMax.centavos) {
      return field_error(at(name), "is larger than any amount accepted",
                         ErrorCode::kAmountOverflow);
    }
    return Money{*centavos};
  }

  template <class T, class Parse>
  Result<T> parsed(std::string_view name, Parse parse) const {
    TRY(const std::string text, this->text(name));
    Result<T> value = parse(text);
    if (!value.ok()) return field_error(at(name), value.error().detail);
    return value;
  }

  // Every element by `read(value, pointer)`.
  template <class T, class Read>
  Result<std::vector<T>> list(std::string_view name, std::size_t size_max, Read read) const {
    const json::array* array = field(name).if_array();
    if (array == nullptr) return field_error(at(name), "must be a list");
    if (array->size() > size_max) {
      return field_error(at(name), "must have at most " + std::to_string(size_max));
    }
    std::vector<T> values;
    for (std::size_t index = 0; index < array->size(); ++index) {
      TRY(T value, read((*array)[index], at(name) + "/" + std::to_string(index)));
      values.push_back(std::move(value));
    }
    return values;
  }

 private:
  Reader(const json::object& object, std::string pointer)
      : object_(&object), pointer_(std::move(pointer)) {}

  const json::object* object_;
  std::string pointer_;
};

Result<Figure> read_figure(const json::value& value, std::string pointer) {
  TRY(const Reader reader, Reader::open(value, std::move(pointer), {"name", "value"}));
  Figure figure;
  TRY(figure.name, reader.text("name"));
  TRY(figure.value, reader.text("value"));
  return figure;
}

Result<LineKind> parse_line_kind(std::string_view name) {
  for (int index = 0; index <= static_cast<int>(LineKind::kRounding); ++index) {
    const auto kind = static_cast<LineKind>(index);
    if (line_kind_name(kind) == name) return kind;
  }
  return Error{ErrorCode::kFieldInvalid, "is not a kind of line"};
}

Result<QuoteLine> read_line(const json::value& value, std::string pointer) {
  TRY(const Reader reader,
      Reader::open(value, std::move(pointer),
                   {"kind", "fee", "description", "citation", "rule", "figures", "amount"}));
  QuoteLine line;
  TRY(line.kind, reader.parsed<LineKind>("kind", parse_line_kind));
  TRY(line.fee, reader.text("fee"));
  TRY(line.description, reader.text("description"));
  TRY(line.citation, reader.text("citation"));
  TRY(line.rule, reader.text("rule"));
  TRY(line.figures, reader.list<Figure>("figures", kListMax, read_figure));
  TRY(line.amount, reader.amount("amount"));
  return line;
}

Result<Allocation> read_allocation(const json::value& value, std::string pointer) {
  TRY(const Reader reader,
      Reader::open(value, std::move(pointer),
                   {"agency", "fee", "clave_referencia", "cadena_dependencia", "amount"}));
  Allocation allocation;
  TRY(allocation.agency, reader.text("agency"));
  TRY(allocation.fee, reader.text("fee"));
  TRY(allocation.clave_referencia, reader.text("clave_referencia"));
  TRY(allocation.cadena_dependencia, reader.text("cadena_dependencia"));
  TRY(allocation.amount, reader.amount("amount"));
  if (allocation.amount < Money{}) {
    return field_error(reader.at("amount"), "must not be negative");
  }
  return allocation;
}

Result<std::map<std::string, std::string>> read_inputs(const Reader& item) {
  const json::object* object = item.field("inputs").if_object();
  if (object == nullptr) return field_error(item.at("inputs"), "must be an object");
  if (object->size() > kInputsMax) {
    return field_error(item.at("inputs"), "must have at most " + std::to_string(kInputsMax));
  }
  std::map<std::string, std::string> inputs;
  const std::string item_pointer = item.at("");
  for (const auto& [name, value] : *object) {
    const json::string* text = value.if_string();
    if (text == nullptr) {
      return field_error(item_pointer.substr(0, item_pointer.size() - 1) + input_pointer(name),
                         "must be a text");
    }
    inputs.emplace(std::string(name), std::string(*text));
  }
  return inputs;
}

Result<QuoteItem> read_item(const json::value& value, std::string pointer) {
  TRY(const Reader reader,
      Reader::open(value, std::move(pointer),
                   {"service", "homoclave", "title", "agency", "agency_name", "receipt_series",
                    "sample", "inputs", "relief", "evidence", "lines", "allocations", "total"}));
  QuoteItem item;
  TRY(item.service, reader.text("service"));
  TRY(item.homoclave, reader.text("homoclave"));
  TRY(item.title, reader.text("title"));
  TRY(item.agency, reader.text("agency"));
  TRY(item.agency_name, reader.text("agency_name"));
  TRY(item.receipt_series, reader.text("receipt_series"));
  TRY(item.sample, reader.boolean("sample"));
  TRY(item.inputs, read_inputs(reader));
  TRY(item.relief, reader.text("relief"));
  TRY(item.evidence, reader.text("evidence"));
  TRY(item.lines, reader.list<QuoteLine>("lines", kListMax, read_line));
  TRY(item.allocations, reader.list<Allocation>("allocations", kListMax, read_allocation));
  TRY(item.total, reader.amount("total"));
  return item;
}

}  // namespace

Result<Quote> quote_from_json(const json::value& value) {
  TRY(const Reader reader, Reader::open(value, "",
                                        {"id", "catalogue_version", "on", "issued_at", "expires_at",
                                         "currency", "items", "total", "digest"}));
  Quote quote;
  TRY(quote.id, reader.parsed<QuoteId>("id", QuoteId::parse));
  TRY(quote.catalogue_version, reader.text("catalogue_version"));
  TRY(quote.on, reader.parsed<Date>("on", parse_date));
  TRY(quote.issued_at, reader.parsed<Instant>("issued_at", parse_rfc3339));
  TRY(quote.expires_at, reader.parsed<Instant>("expires_at", parse_rfc3339));
  TRY_VOID(reader.parsed<Currency>("currency", parse_currency));
  TRY(quote.items, reader.list<QuoteItem>("items", kQuoteItemsMax, read_item));
  TRY(quote.total, reader.amount("total"));
  TRY(quote.digest, reader.text("digest"));
  return quote;
}

}  // namespace erario
