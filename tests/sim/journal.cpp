#include "tests/sim/journal.hpp"

#include <filesystem>
#include <stdexcept>

namespace erario::sim {

Journal::Journal(const std::string& folder, const std::string& name) {
  if (folder.empty()) return;
  std::filesystem::create_directories(folder);
  path_ = folder + "/" + name + ".jsonl";
  bool cut = false;
  if (std::ifstream before(path_, std::ios::binary | std::ios::ate); before && before.tellg() > 0) {
    before.seekg(-1, std::ios::end);
    cut = before.get() != '\n';
  }
  out_.open(path_, std::ios::app);
  if (!out_) throw std::runtime_error("cannot write " + path_);
  if (cut) out_ << '\n';
}

void Journal::replay(
    const std::function<void(const std::string& table, const Json& row)>& each) const {
  if (path_.empty()) return;
  std::ifstream in(path_);
  for (std::string line; std::getline(in, line);) {
    if (const auto row = Json::parse(line)) each(row->text_at("table"), row->at("row"));
  }
}

void Journal::append(const std::string& table, const Json& row) {
  if (path_.empty()) return;
  const auto line = Json::object({{"table", table}, {"row", row}}).dump();
  const std::lock_guard lock(mutex_);
  out_ << line << '\n' << std::flush;
}

}  // namespace erario::sim
