#include "gateways/bank/statement_source.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "gateways/http_client.hpp"

namespace erario {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kStatementFileBytesMax = 64U << 20U;
constexpr std::size_t kFilesPerDayMax = 100;

class FolderSource final : public StatementSource {
 public:
  explicit FolderSource(fs::path folder) : folder_(std::move(folder)) {}

  Task<Result<std::vector<StatementFile>>> fetch(Date date) override { co_return read(date); }

 private:
  Result<std::vector<StatementFile>> read(Date date) const {
    std::error_code failure;
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder_, failure)) {
      const std::string name = entry.path().filename().string();
      const bool of_the_day = name.find(to_text(date)) != std::string::npos ||
                              name.find(to_compact_text(date)) != std::string::npos;
      if (of_the_day && entry.is_regular_file()) paths.push_back(entry.path());
    }
    if (failure) return Error{ErrorCode::kIo, "the statement folder cannot be read"};
    if (paths.empty()) {
      return Error{ErrorCode::kIo, "no statement file of " + to_text(date) + " in the folder"};
    }
    if (paths.size() > kFilesPerDayMax) {
      return Error{ErrorCode::kIo, "more than 100 statement files of " + to_text(date)};
    }
    std::sort(paths.begin(), paths.end());
    std::vector<StatementFile> files;
    for (const fs::path& path : paths) {
      TRY(StatementFile file, read_file(path));
      files.push_back(std::move(file));
    }
    return files;
  }

  static Result<StatementFile> read_file(const fs::path& path) {
    StatementFile file{path.filename().string(), {}};
    if (fs::file_size(path) > kStatementFileBytesMax) {
      return Error{ErrorCode::kBodyTooLarge, file.name + " is larger than 64 MiB"};
    }
    std::ifstream stream(path, std::ios::binary);
    file.bytes.assign(std::istreambuf_iterator<char>(stream), {});
    if (!stream) return Error{ErrorCode::kIo, file.name + " cannot be read"};
    return file;
  }

  fs::path folder_;
};

void substitute(std::string& text, std::string_view mark, const std::string& value) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
    text.replace(at, mark.size(), value);
    at += value.size();
  }
}

class UrlSource final : public StatementSource {
 public:
  UrlSource(std::string target, std::string name, std::unique_ptr<HttpClient> http)
      : target_(std::move(target)), name_(std::move(name)), http_(std::move(http)) {}

  Task<Result<std::vector<StatementFile>>> fetch(Date date) override {
    std::string target = target_;
    substitute(target, "{date}", to_text(date));
    HttpRequest request("GET", std::move(target));
    request.read_only = true;
    const HttpOutcome outcome = co_await http_->send(std::move(request));
    if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
      co_return Error{ErrorCode::kGatewayUnavailable, "the bank did not hand out the statement: " +
                                                          std::string(to_text(failure->cause))};
    }
    const auto& response = std::get<HttpResponse>(outcome);
    if (response.status != 200) {
      co_return Error{ErrorCode::kGatewayUnavailable,
                      "the bank did not hand out the statement: HTTP status " +
                          std::to_string(response.status)};
    }
    std::vector<StatementFile> files;
    files.push_back({name_ + " " + to_text(date), response.body});
    co_return files;
  }

 private:
  std::string target_;
  std::string name_;
  std::unique_ptr<HttpClient> http_;
};

}  // namespace

Result<std::unique_ptr<StatementSource>> build_statement_source(
    const StatementSourceConfig& config, boost::asio::any_io_executor executor) {
  const std::string pointer = "/banks/" + config.name;
  if (config.folder.empty() == config.url.empty()) {
    return field_error(pointer, "needs either a statement folder or a statement URL",
                       ErrorCode::kConfigInvalid);
  }
  if (!config.folder.empty()) {
    if (!fs::is_directory(config.folder)) {
      return field_error(pointer + "/statement_folder", "is not a folder",
                         ErrorCode::kConfigInvalid);
    }
    return std::unique_ptr<StatementSource>(std::make_unique<FolderSource>(config.folder));
  }
  if (config.url.find("{date}") == std::string::npos) {
    return field_error(pointer + "/statement_url", "must contain {date}",
                       ErrorCode::kConfigInvalid);
  }
  const auto scheme_end = config.url.find("://");
  const auto path =
      scheme_end == std::string::npos ? scheme_end : config.url.find('/', scheme_end + 3);
  if (path == std::string::npos) {
    return field_error(pointer + "/statement_url", "must be https://host/path",
                       ErrorCode::kConfigInvalid);
  }
  HttpClientOptions options;
  options.base_url = config.url.substr(0, path);
  options.ca_file = config.ca_file;
  options.body_bytes_max = kStatementFileBytesMax;
  auto http = HttpClient::create(std::move(options), std::move(executor));
  if (!http.ok()) {
    const auto& fields = http.error().fields;
    const bool authorities = !fields.empty() && fields.front().pointer == "ca_file";
    return field_error(pointer + (authorities ? "/ca_file" : "/statement_url"),
                       authorities ? fields.front().rule : http.error().detail,
                       ErrorCode::kConfigInvalid);
  }
  std::string target = config.url.substr(path);
  substitute(target, "{account}", config.account);
  return std::unique_ptr<StatementSource>(
      std::make_unique<UrlSource>(std::move(target), config.name, std::move(*http)));
}

}  // namespace erario
