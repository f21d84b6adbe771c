#include <algorithm>

#include "api/handlers/common.hpp"
#include "api/handlers/handlers.hpp"
#include "api/render.hpp"

namespace erario::api::handlers {
namespace {

// Lower case without accents, so that "tramite" finds "Trámite". Latin letters of Spanish only.
std::string folded(std::string_view text) {
  static constexpr std::pair<std::string_view, char> kLetters[] = {
      {"á", 'a'}, {"é", 'e'}, {"í", 'i'}, {"ó", 'o'}, {"ú", 'u'}, {"ü", 'u'}, {"ñ", 'n'},
      {"Á", 'a'}, {"É", 'e'}, {"Í", 'i'}, {"Ó", 'o'}, {"Ú", 'u'}, {"Ü", 'u'}, {"Ñ", 'n'}};
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    for (const auto& [letter, plain] : kLetters) {
      if (text.substr(at, letter.size()) != letter) continue;
      c = plain;
      at += letter.size() - 1;
      break;
    }
    out.push_back(c);
  }
  return out;
}

bool matches(const Service& service, const Catalogue& catalogue, const std::string& words) {
  if (words.empty()) return true;
  const std::string all = folded(service.id + ' ' + service.homoclave + ' ' + service.title + ' ' +
                                 catalogue.agencies.at(service.agency).name);
  std::size_t from = 0;
  while (from < words.size()) {
    const std::size_t end = std::min(words.find(' ', from), words.size());
    if (all.find(words.substr(from, end - from)) == std::string::npos) return false;
    from = end + 1;
  }
  return true;
}

}  // namespace

Result<Response> list_services(ApiContext& context, const Request& request) {
  FieldErrors errors;
  QueryFields query(request.head, errors);
  const Page page = query.page();
  const std::string words = folded(query.text("q", 100));
  const std::string agency = query.text("agency", 100);
  query.finish();
  TRY_VOID(errors.result());

  const auto catalogue = context.catalogue.get();
  Paged<const Service*> found;
  // The cursor is the last id handed out: an import between two pages repeats and skips nothing
  // that stayed.
  for (auto at = catalogue->services.upper_bound(page.cursor); at != catalogue->services.end();
       ++at) {
    const Service& service = at->second;
    if (!agency.empty() && service.agency != agency) continue;
    if (!matches(service, *catalogue, words)) continue;
    if (found.rows.size() == static_cast<std::size_t>(page.limit)) {
      found.next = found.rows.back()->id;
      break;
    }
    found.rows.push_back(&service);
  }
  return page_response(found,
                       [&](const Service* service) { return service_json(*service, *catalogue); });
}

Result<Response> get_service(ApiContext& context, const Request& request) {
  FieldErrors errors;
  QueryFields query(request.head, errors);
  const auto on = query.parsed("on", [](std::string_view text) { return parse_date(text); });
  query.finish();
  TRY_VOID(errors.result());
  const auto catalogue = context.catalogue.get();
  const auto service = catalogue->services.find(request.parameter("service"));
  if (service == catalogue->services.end())
    return Error{ErrorCode::kNotFound, "there is no such service"};
  const Date date = on.value_or(to_mexico_city(context.clock.now()).date);
  return json_response(200, service_detail_json(service->second, *catalogue, date));
}

}  // namespace erario::api::handlers
