#include "engine/catalogue/records.hpp"

#include <algorithm>
#include <tuple>

#include "engine/catalogue/names.hpp"

namespace erario {
namespace {

class Record {
 public:
  Record(CatalogueSubject subject, std::string id) : record_{subject, std::move(id), {}} {}

  Record& set(std::string name, std::string value) {
    record_.fields.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  Record& set(std::string name, std::string_view value) {
    return set(std::move(name), std::string(value));
  }
  Record& set(std::string name, const char* value) {
    return set(std::move(name), std::string(value));
  }
  Record& set(std::string name, Money value) { return set(std::move(name), to_pesos_text(value)); }
  Record& set(std::string name, const Decimal& value) { return set(std::move(name), value.text()); }
  Record& set(std::string name, Date value) { return set(std::move(name), erario::to_text(value)); }
  Record& set(std::string name, std::int64_t value) {
    return set(std::move(name), std::to_string(value));
  }
  template <class T>
  Record& set(std::string name, const std::optional<T>& value) {
    return value ? set(std::move(name), *value) : *this;
  }
  Record& set(std::string name, const std::vector<std::string>& values) {
    std::string text;
    for (const std::string& value : values)
      text += (text.empty() ? "" : ", ") + value;
    return set(std::move(name), text);
  }
  Record& set(const Citation& citation) {
    return set("law", citation.law)
        .set("article", citation.article)
        .set("fraction", citation.fraction)
        .set("publication", citation.publication);
  }

  CatalogueRecord take() { return std::move(record_); }

 private:
  CatalogueRecord record_;
};

void set_rule(Record& record, const FixedRule& rule) {
  record.set("amount", rule.amount);
}
void set_rule(Record& record, const PerUnitRule& rule) {
  record.set("input", rule.input)
      .set("each", rule.each)
      .set("units_min", rule.units_min)
      .set("units_max", rule.units_max);
}
void set_rule(Record& record, const TiersRule& rule) {
  record.set("input", rule.input);
  for (const Tier& tier : rule.tiers) {
    const std::string name =
        "tier " + std::to_string(tier.from) + " to " + (tier.to ? std::to_string(*tier.to) : "any");
    record.set(name + " base", tier.base).set(name + " each_above", tier.each_above);
  }
}
void set_rule(Record& record, const PercentageRule& rule) {
  record.set("input", rule.input)
      .set("percent", rule.percent)
      .set("minimum", rule.minimum)
      .set("maximum", rule.maximum);
}
void set_rule(Record& record, const UmaRule& rule) {
  record.set("multiple", rule.multiple).set("period", to_text(rule.period));
}
void set_rule(Record& record, const InpcUpdateRule& rule) {
  record.set("unadjusted", rule.unadjusted)
      .set("base_year", static_cast<std::int64_t>(rule.base_year));
}

CatalogueRecord record_of(const Agency& agency) {
  return Record(CatalogueSubject::kAgency, agency.id)
      .set("name", agency.name)
      .set("level", to_text(agency.level))
      .set("receipt_series", agency.receipt_series)
      .set("rfc", agency.rfc)
      .set("treasury_account", agency.treasury_account)
      .take();
}

CatalogueRecord record_of(const Service& service) {
  Record record(CatalogueSubject::kService, service.id);
  record.set("agency", service.agency)
      .set("homoclave", service.homoclave)
      .set("title", service.title)
      .set("rounding", to_text(service.rounding))
      .set("sample", service.sample ? "true" : "false")
      .set("fees", service.fees);
  std::int64_t position = 0;
  for (const InputSpec& input : service.inputs) {
    const std::string name = "input " + input.name;
    record.set(name + " position", ++position)
        .set(name + " kind", to_text(input.kind))
        .set(name + " required", input.required ? "true" : "false")
        .set(name + " title", input.title);
    if (input.kind == InputKind::kInteger || input.kind == InputKind::kCentavos) {
      record.set(name + " minimum", input.minimum).set(name + " maximum", input.maximum);
    } else if (input.kind == InputKind::kChoice) {
      record.set(name + " choices", input.choices);
    }
  }
  return record.take();
}

CatalogueRecord record_of(const Fee& fee) {
  return Record(CatalogueSubject::kFee, fee.id)
      .set("title", fee.title)
      .set("kind", to_text(fee.kind))
      .set("clave_referencia", fee.clave_referencia)
      .set("cadena_dependencia", fee.cadena_dependencia)
      .set("vat_percent", fee.vat_percent)
      .set("late_payment", fee.late_payment ? "true" : "false")
      .take();
}

CatalogueRecord record_of(const Fee& fee, const Rate& rate) {
  Record record(CatalogueSubject::kRate, fee.id + " from " + erario::to_text(rate.valid_from));
  record.set("valid_to", rate.valid_to).set("rule", rule_kind(rate.rule));
  std::visit([&](const auto& rule) { set_rule(record, rule); }, rate.rule);
  return record.set(rate.citation).take();
}

CatalogueRecord record_of(const Fee& fee, const Relief& relief) {
  return Record(CatalogueSubject::kRelief, fee.id + " " + relief.id)
      .set("kind", to_text(relief.kind))
      .set("title", relief.title)
      .set("percent", relief.percent)
      .set("evidence", relief.evidence)
      .set(relief.citation)
      .take();
}

void add_indices(const Indices& indices, std::vector<CatalogueRecord>& records) {
  const auto index = [](std::string id) { return Record(CatalogueSubject::kIndex, std::move(id)); };
  for (const auto& [month, value] : indices.inpc) {
    const std::string day = erario::to_text(Date{month / std::chrono::day(1)});
    records.push_back(index("inpc " + day.substr(0, 7)).set("value", value).take());
  }
  for (const UmaValue& uma : indices.uma) {
    records.push_back(index("uma from " + erario::to_text(uma.valid_from))
                          .set("valid_to", uma.valid_to)
                          .set("daily", uma.daily)
                          .take());
  }
  for (const SurchargeRate& rate : indices.surcharges) {
    records.push_back(index("surcharge from " + erario::to_text(rate.valid_from))
                          .set("valid_to", rate.valid_to)
                          .set("percent_per_month", rate.percent_per_month)
                          .take());
  }
  records.push_back(
      index("settings")
          .set("straddling_month", to_text(indices.straddling_month))
          .set("inpc_published_on_day", static_cast<std::int64_t>(indices.inpc_published_on_day))
          .take());
}

}  // namespace

std::string_view to_text(CatalogueSubject subject) {
  switch (subject) {
    case CatalogueSubject::kAgency: return "agency";
    case CatalogueSubject::kService: return "service";
    case CatalogueSubject::kFee: return "fee";
    case CatalogueSubject::kRate: return "rate";
    case CatalogueSubject::kRelief: return "relief";
    case CatalogueSubject::kIndex: return "index";
  }
  CHECK(false);
}

std::vector<CatalogueRecord> catalogue_records(const Catalogue& catalogue) {
  std::vector<CatalogueRecord> records;
  for (const auto& [id, agency] : catalogue.agencies)
    records.push_back(record_of(agency));
  for (const auto& [id, service] : catalogue.services)
    records.push_back(record_of(service));
  for (const auto& [id, fee] : catalogue.fees) {
    records.push_back(record_of(fee));
    for (const Rate& rate : fee.rates)
      records.push_back(record_of(fee, rate));
    for (const Relief& relief : fee.reliefs)
      records.push_back(record_of(fee, relief));
  }
  add_indices(catalogue.indices, records);
  std::sort(records.begin(), records.end(), [](const CatalogueRecord& a, const CatalogueRecord& b) {
    return std::tie(a.subject, a.id) < std::tie(b.subject, b.id);
  });
  return records;
}

}  // namespace erario
