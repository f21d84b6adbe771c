#include "engine/catalogue/import.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/catalogue/sample_catalogue.hpp"

namespace erario {
namespace {

namespace fs = std::filesystem;
using test::edited;
using test::import_text;
using test::kSampleCatalogue;

const std::string kRealFolder = std::string(ERARIO_SOURCE_DIR) + "/ops/catalogue";

std::string listed(const Error& error) {
  std::string text = error.detail + "\n";
  for (const FieldError& field : error.fields)
    text += field.pointer + " " + field.rule + "\n";
  return text;
}

// A folder of its own that is gone after the test.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "erario-catalogue-XXXXXX").string();
    CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path() const { return path_.string(); }
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }

 private:
  fs::path path_;
};

Result<Catalogue> import_folder(const std::string& folder) {
  TRY(const std::vector<CatalogueSource> sources, read_catalogue_folder(folder));
  return import_catalogue(sources);
}

TEST(Import, ReadsEveryFieldOfTheSample) {
  const Result<Catalogue> result = import_text(std::string(kSampleCatalogue));
  ASSERT_TRUE(result.ok()) << listed(result.error());
  const Catalogue& catalogue = *result;

  const Agency& agency = catalogue.agencies.at("sre");
  EXPECT_EQ(agency.name, "Secretaría de Relaciones Exteriores");
  EXPECT_EQ(agency.level, AgencyLevel::kFederal);
  EXPECT_EQ(agency.receipt_series, "SRE");
  EXPECT_EQ(agency.treasury_account, "tesofe");

  const Fee& passport = catalogue.fees.at("sre.passport.3y");
  EXPECT_EQ(passport.kind, FeeKind::kDerecho);
  EXPECT_EQ(passport.clave_referencia, "014001153");
  EXPECT_EQ(passport.cadena_dependencia, "41045010000000");
  EXPECT_EQ(passport.vat_percent, std::nullopt);
  EXPECT_FALSE(passport.late_payment);
  ASSERT_EQ(passport.rates.size(), 1u);
  EXPECT_EQ(passport.rates[0].rule, RateRule(InpcUpdateRule{Money{147146}, 2022}));
  EXPECT_EQ(passport.rates[0].citation, (Citation{"LFD", "20", "II", "Anexo 19"}));
  EXPECT_EQ(to_text(passport.rates[0].valid_from), "2023-01-01");
  ASSERT_EQ(passport.reliefs.size(), 2u);  // ordered by id
  EXPECT_EQ(passport.reliefs[0].id, "diplomats");
  EXPECT_EQ(passport.reliefs[0].kind, ReliefKind::kExemption);
  EXPECT_EQ(passport.reliefs[0].percent, Decimal(100, 0));
  EXPECT_EQ(passport.reliefs[1].percent, Decimal(50, 0));
  EXPECT_EQ(passport.reliefs[1].evidence, "Identificación oficial");

  const Fee& copies = catalogue.fees.at("inm.copies");
  EXPECT_EQ(copies.kind, FeeKind::kProducto);
  EXPECT_EQ(copies.vat_percent, Decimal(16, 0));
  EXPECT_TRUE(copies.late_payment);
  ASSERT_EQ(copies.rates.size(), 3u);
  EXPECT_EQ(copies.rates[0].rule, RateRule(PerUnitRule{"copies", Money{2611}, 1, 100}));
  const Tier first{1, 3, Money{1800}, Money{0}};
  const Tier second{4, 100, Money{1800}, Money{604}};
  EXPECT_EQ(copies.rates[1].rule, RateRule(TiersRule{"copies", {first, second}}));
  EXPECT_EQ(copies.rates[2].rule,
            RateRule(PercentageRule{"value", Decimal(25, 1), Money{1000}, Money{90000}}));
  EXPECT_EQ(copies.rates[2].valid_to, std::nullopt);
  EXPECT_EQ(catalogue.fees.at("inm.fine").rates[0].rule,
            RateRule(UmaRule{Decimal(10, 0), UmaPeriod::kMonthly}));

  const Service& service = catalogue.services.at("inm.copies");
  EXPECT_EQ(service.agency, "inm");
  EXPECT_EQ(service.homoclave, "INM-02-001");
  EXPECT_EQ(service.rounding, Rounding::kCff20);
  EXPECT_TRUE(service.sample);
  EXPECT_FALSE(catalogue.services.at("sre.passport.3y").sample);
  EXPECT_EQ(service.fees, (std::vector<std::string>{"inm.copies", "inm.fine"}));
  EXPECT_EQ(service.file, "c.yaml");
  EXPECT_EQ(service.line, 80);
  ASSERT_EQ(service.inputs.size(), 4u);
  EXPECT_EQ(service.inputs[0].maximum, 100);
  EXPECT_EQ(service.inputs[1].kind, InputKind::kCentavos);
  EXPECT_EQ(service.inputs[1].maximum, 90'000'000);
  EXPECT_EQ(service.inputs[2].kind, InputKind::kDate);
  EXPECT_TRUE(service.inputs[2].required);
  EXPECT_EQ(service.inputs[3].choices, (std::vector<std::string>{"black", "blue"}));
  EXPECT_FALSE(service.inputs[3].required);

  const Indices& indices = catalogue.indices;
  EXPECT_EQ(indices.inpc.size(), 5u);
  EXPECT_EQ(indices.inpc.at(std::chrono::year(2025) / std::chrono::November), Decimal(142645, 3));
  EXPECT_EQ(indices.uma.at(1).daily, Decimal(11731, 2));
  EXPECT_EQ(indices.surcharges.at(0).percent_per_month, Decimal(147, 2));
  EXPECT_EQ(indices.straddling_month, StraddlingMonth::kByEnd);
  EXPECT_EQ(indices.inpc_published_on_day, 9);
}

TEST(Import, TheVersionIgnoresCommentsOrderAndFiles) {
  const std::string whole(kSampleCatalogue);
  const std::string version = import_text(whole)->version;
  EXPECT_EQ(version.size(), 20u);
  EXPECT_EQ(version.substr(0, 4), "cat_");

  const auto same = [&](const std::vector<CatalogueSource>& sources) {
    const Result<Catalogue> result = import_catalogue(sources);
    ASSERT_TRUE(result.ok()) << listed(result.error());
    EXPECT_EQ(result->version, version);
  };
  same({{"other-name.yaml", "# a comment\n\n" + edited(whole, "sre\n", "sre  # mine\n")}});
  const auto fees = whole.find("fees:\n");
  const auto services = whole.find("services:\n");
  const auto indices = whole.find("indices:\n");
  same({{"4.yaml", whole.substr(indices)},
        {"3.yaml", whole.substr(services, indices - services)},
        {"2.yaml", whole.substr(0, fees)},
        {"1.yaml", whole.substr(fees, services - fees)}});
  // Rates, keys and reliefs in another order; quotes and blanks otherwise.
  const auto rate = whole.find("      - valid_from: 2024-01-01");
  const auto next = whole.find("      - valid_from: 2025-01-01");
  const auto last = whole.find("      - valid_from: 2026-01-01");
  same({{"c.yaml", whole.substr(0, rate) + whole.substr(next, last - next) +
                       whole.substr(rate, next - rate) + whole.substr(last)}});
  same({{"c.yaml", edited(whole, "    title: Multa\n    kind: aprovechamiento\n",
                          "    kind: \"aprovechamiento\"\n    title: 'Multa'\n")}});
}

TEST(Import, TheVersionChangesWithAnythingSomebodyPaysOrReads) {
  const std::string version = import_text(std::string(kSampleCatalogue))->version;
  const std::vector<std::pair<std::string_view, std::string_view>> edits = {
      {"1471.46", "1471.47"},
      {"each: 26.11", "each: 26.12"},
      {"each_above: 6.04", "each_above: 6.05"},
      {"percent: 2.5", "percent: 2.51"},
      {"multiple: 10", "multiple: 11"},
      {"period: monthly", "period: daily"},
      {"valid_to: 2025-12-31\n", "valid_to: 2025-12-30\n"},
      {"fraction: II", "fraction: III"},
      {"percent: 50", "percent: 49"},
      {"evidence: Oficio", "evidence: Carta"},
      {"vat_percent: 16", "vat_percent: 8"},
      {"late_payment: true", "late_payment: false"},
      {"    sample: true\n", ""},
      {"rounding: cff20", "rounding: none"},
      {"[inm.copies, inm.fine]", "[inm.fine, inm.copies]"},
      {"name: Instituto", "name: El Instituto"},
      {"receipt_series: INM", "receipt_series: INMI"},
      {"title: Hojas", "title: Fojas"},
      {"[black, blue]", "[black, green]"},
      {"required: false", "required: true"},
      {"142.645", "142.646"},
      {"daily: 117.31", "daily: 117.32"},
      {"month: 2.07", "month: 2.08"},
      {"by_end", "by_start"},
      {"inpc_published_on_day: 9", "inpc_published_on_day: 10"},
  };
  for (const auto& [find, replace] : edits) {
    SCOPED_TRACE(std::string(find));
    const Result<Catalogue> result = import_text(edited(kSampleCatalogue, find, replace));
    ASSERT_TRUE(result.ok()) << listed(result.error());
    EXPECT_NE(result->version, version);
  }
}

TEST(Import, TheRealCatalogueIsClean) {
  const Result<Catalogue> result = import_folder(kRealFolder);
  ASSERT_TRUE(result.ok()) << listed(result.error());
  for (const std::string_view id :
       {"sre.passport.1y", "sre.passport.3y", "sre.passport.6y", "sre.passport.10y",
        "inm.resident.temporary.1y", "inm.resident.temporary.3y", "inm.resident.permanent",
        "inm.visitor", "sep.certificate.bachelor", "sep.certificate.technician",
        "sep.certificate.speciality", "sedena.firearm.permit", "lfd.copies.certified"}) {
    const auto service = result->services.find(std::string(id));
    ASSERT_NE(service, result->services.end()) << id;
    EXPECT_FALSE(service->second.sample) << id;
  }
  int samples = 0;
  for (const auto& [id, service] : result->services)
    samples += service.sample ? 1 : 0;
  EXPECT_EQ(samples, 6);
  const std::vector<Relief>& ten_years = result->fees.at("sre.passport.10y").reliefs;
  const std::vector<Relief>& three_years = result->fees.at("sre.passport.3y").reliefs;
  EXPECT_EQ(ten_years.size(), 2u);
  EXPECT_EQ(three_years.size(), 3u);  // and farm workers
}

TEST(Import, TheExampleOfTheReadmeIsValid) {
  std::ifstream stream(kRealFolder + "/README.md");
  std::stringstream text;
  text << stream.rdbuf();
  const std::string readme = text.str();
  const auto start = readme.find("```yaml\n");
  ASSERT_NE(start, std::string::npos);
  const auto end = readme.find("```", start + 8);
  const Result<Catalogue> result = import_text(readme.substr(start + 8, end - start - 8));
  EXPECT_TRUE(result.ok()) << listed(result.error());
}

TEST(CatalogueFolder, ReadsTheYamlFilesInOrderAndNothingElse) {
  const Folder folder;
  folder.write("b.yaml", "fees: []\n");
  folder.write("a.yaml", "agencies: []\n");
  folder.write("README.md", "not yaml");
  folder.write(".c.yaml", "an editor's");
  const auto sources = read_catalogue_folder(folder.path());
  ASSERT_TRUE(sources.ok()) << listed(sources.error());
  ASSERT_EQ(sources->size(), 2u);
  EXPECT_EQ(sources->at(0).file, folder.path() + "/a.yaml");
  EXPECT_EQ(sources->at(1).text, "fees: []\n");
}

TEST(CatalogueFolder, RefusesWhatItCannotReadOrWouldOverlook) {
  const Folder folder;
  EXPECT_EQ(read_catalogue_folder(folder.path() + "/none").error().code, ErrorCode::kIo);
  EXPECT_EQ(read_catalogue_folder(folder.path()).error().code, ErrorCode::kIo);  // empty
  folder.write("a.yml", "agencies: []\n");
  EXPECT_EQ(read_catalogue_folder(folder.path()).error().code, ErrorCode::kCatalogueInvalid);
  fs::remove(folder.path() + "/a.yml");
  fs::create_directory(folder.path() + "/folder.yaml");
  EXPECT_EQ(read_catalogue_folder(folder.path()).error().code, ErrorCode::kIo);
  fs::remove(folder.path() + "/folder.yaml");
  folder.write("big.yaml", std::string((4u << 20) + 1, '#'));
  const auto big = read_catalogue_folder(folder.path());
  ASSERT_FALSE(big.ok());
  EXPECT_EQ(big.error().code, ErrorCode::kCatalogueInvalid);
  EXPECT_EQ(big.error().fields[0].pointer, folder.path() + "/big.yaml:1");
}

// What a line break of Windows or a byte order mark does to a file must not matter.
TEST(Import, LineEndsOfWindowsAreRead) {
  std::string windows;
  for (const char c : kSampleCatalogue) {
    if (c == '\n') windows += '\r';
    windows += c;
  }
  const Result<Catalogue> result = import_text("\xEF\xBB\xBF" + windows);
  ASSERT_TRUE(result.ok()) << listed(result.error());
  EXPECT_EQ(result->version, import_text(std::string(kSampleCatalogue))->version);
}

long peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST(Import, AGeneratedCatalogueOf5000ServicesOf299AgenciesIsRead) {
  const Folder folder;
  const std::string command = "/usr/bin/python3 '" + std::string(ERARIO_SOURCE_DIR) +
                              "/tests/bench/catalogue_generator.py' --seed 7 --out '" +
                              folder.path() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const auto sources = read_catalogue_folder(folder.path());
  ASSERT_TRUE(sources.ok()) << listed(sources.error());
  const long before = peak_kilobytes();
  const auto start = std::chrono::steady_clock::now();
  const Result<Catalogue> result = import_catalogue(*sources);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  ASSERT_TRUE(result.ok()) << listed(result.error());
  EXPECT_EQ(result->services.size(), 5000u);
  EXPECT_EQ(result->agencies.size(), 299u);
  std::printf("5000 services of 299 agencies, %zu fees: imported in %lld ms, +%ld KiB peak\n",
              result->fees.size(), static_cast<long long>(took.count()), peak_kilobytes() - before);
}

}  // namespace
}  // namespace erario
