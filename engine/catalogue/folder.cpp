#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "engine/catalogue/import.hpp"
#include "engine/catalogue/yaml_tree.hpp"

namespace erario {
namespace {

namespace fs = std::filesystem;

Error io_error(const fs::path& path, std::string_view what) {
  return Error{ErrorCode::kIo, path.string() + ": " + std::string(what)};
}

Result<std::vector<fs::path>> yaml_files(const std::string& folder) {
  std::error_code failure;
  fs::directory_iterator entry(folder, failure);
  if (failure) return io_error(folder, "the folder cannot be read");
  std::vector<fs::path> files;
  while (entry != fs::directory_iterator()) {
    const fs::path& path = entry->path();
    if (path.extension() == ".yml") {
      return field_error(path.string(), "catalogue files end in .yaml",
                         ErrorCode::kCatalogueInvalid);
    }
    // A hidden file is an editor's; a visible one that cannot be read is reported when opened.
    const bool hidden = path.filename().string().starts_with('.');
    if (path.extension() == ".yaml" && !hidden) files.push_back(path);
    if (files.size() > kCatalogueFilesMax) {
      return Error{ErrorCode::kCatalogueInvalid,
                   folder + ": more than " + std::to_string(kCatalogueFilesMax) + " files"};
    }
    entry.increment(failure);
    if (failure) return io_error(folder, "the folder cannot be read");
  }
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::string> read_file(const fs::path& path) {
  std::error_code failure;
  if (!fs::is_regular_file(path, failure)) return io_error(path, "not a file that can be read");
  const auto size = fs::file_size(path, failure);
  if (failure) return io_error(path, "the file cannot be read");
  if (size > kCatalogueFileBytesMax) {
    return field_error(
        path.string() + ":1",
        "a file has at most " + std::to_string(kCatalogueFileBytesMax) + " bytes; split it",
        ErrorCode::kCatalogueInvalid);
  }
  std::ifstream stream(path, std::ios::binary);
  std::string text(size, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(size));
  if (!stream || static_cast<std::uintmax_t>(stream.gcount()) != size) {
    return io_error(path, "the file cannot be read");
  }
  return text;
}

}  // namespace

Result<std::vector<CatalogueSource>> read_catalogue_folder(const std::string& folder) {
  TRY(const std::vector<fs::path> files, yaml_files(folder));
  if (files.empty()) return io_error(folder, "the folder has no .yaml files");
  std::vector<CatalogueSource> sources;
  std::size_t bytes = 0;
  for (const fs::path& path : files) {
    TRY(std::string text, read_file(path));
    bytes += text.size();
    if (bytes > kCatalogueBytesMax) {
      return Error{ErrorCode::kCatalogueInvalid,
                   folder + ": more than " + std::to_string(kCatalogueBytesMax) + " bytes in all"};
    }
    sources.push_back({path.string(), std::move(text)});
  }
  return sources;
}

}  // namespace erario
