#include "service/merge_bases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/file.h"
#include "format/writer.h"
#include "service/batch.h"

namespace cardsrv::service {
namespace {

constexpr std::string_view kHead = R"({"cardsrv-base":1})";
constexpr unsigned kMode = 0600;

tl::unexpected<Error> damaged(const std::string& path, std::uint64_t line) {
  return fail(Errc::kIo, fmt::format("{}:{}: the base of the last merge is damaged", path, line),
              "without it nothing is lost, but what you changed since may be updated: move it away to merge so");
}

using Lists = std::pair<const char*, std::vector<std::string> card::MergeFindings::*>;
constexpr Lists kLists[] = {
    {"added", &card::MergeFindings::added},       {"updated", &card::MergeFindings::updated},
    {"replaced", &card::MergeFindings::replaced}, {"removed", &card::MergeFindings::removed},
    {"kept", &card::MergeFindings::kept},         {"conflicts", &card::MergeFindings::conflicts}};

Json findings_json(const card::MergeFindings& findings) {
  Json out = Json::object();
  for (const auto& [name, list] : kLists)
    if (!(findings.*list).empty()) out[name] = findings.*list;
  return out;
}

card::MergeFindings findings_of(const Json& json) {
  card::MergeFindings out;
  for (const auto& [name, list] : kLists)
    for (const Json& item : json.value(name, Json::array()))
      if (item.is_string()) (out.*list).push_back(item.get<std::string>());
  return out;
}

}  // namespace

std::string MergeBases::path_beside(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::is_directory(path, error)) return path + "/.cardsrv-base";
  // Beside the file itself, however it was named.
  const fs::path real = fs::canonical(path, error);
  const fs::path& file = error ? fs::path(path) : real;
  return (file.parent_path() / ("." + file.filename().string() + ".cardsrv-base")).string();
}

Result<MergeBases> MergeBases::read(const std::string& path) {
  MergeBases bases;
  TRY(bases.settled_, read_shelf(path));
  for (auto& [key, kept] : bases.settled_.bases) kept.untold.reset();
  TRY(bases.announced_, read_shelf(announced_beside(path)));
  return bases;
}

Result<MergeBases::Shelf> MergeBases::read_shelf(const std::string& path) {
  Shelf shelf;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return shelf;
  TRY(const std::string text, read_file(path, SIZE_MAX));
  if (text.empty()) return damaged(path, 1);
  shelf.read = true;
  std::string_view rest = text;
  for (std::uint64_t line = 1; !rest.empty(); ++line) {
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) return damaged(path, line);
    const std::string_view one = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (line == 1) {
      if (one != kHead) return damaged(path, line);
      continue;
    }
    const Json json = Json::parse(one, nullptr, false);
    const auto text_of = [&](const char* name) {
      const auto found = json.is_object() ? json.find(name) : json.end();
      return found != json.end() && found->is_string() ? std::optional(found->get<std::string>()) : std::nullopt;
    };
    const auto contact = text_of("contact");
    const auto peer = text_of("peer");
    if (const auto owed = text_of("owed"); owed && contact && peer) {
      shelf.owed.insert_or_assign({*contact, *peer}, *owed);
      continue;
    }
    const auto card_text = text_of("card");
    if (!contact || !peer || !card_text) return damaged(path, line);
    auto card = read_stored_card(*card_text);
    if (!card) return damaged(path, line);
    KeptBase kept{{*std::move(card), {}, {}}, text_of("after").value_or(""), text_of("now").value_or("")};
    const Json spelled = json.value("spelled", Json::object());
    for (const auto& [written, delivered] : spelled.items())
      if (delivered.is_string()) kept.spelled.emplace(written, delivered.get<std::string>());
    if (const auto untold = json.find("untold"); untold != json.end()) kept.untold = findings_of(*untold);
    for (const Json& place : json.value("came", Json::array())) {
      if (!place.is_number_unsigned() || place.get<size_t>() >= kept.base.card.properties.size())
        return damaged(path, line);
      kept.base.came.push_back(place.get<size_t>());
    }
    std::sort(kept.base.came.begin(), kept.base.came.end());
    for (const Json& name : json.value("left", Json::array()))
      if (name.is_string()) kept.base.left.insert(name.get<std::string>());
    shelf.put({*contact, *peer}, std::move(kept));
  }
  return shelf;
}

Result<void> MergeBases::announce(const std::string& path) const {
  std::string text = std::string(kHead) + "\n";
  for (const auto& [key, kept] : settled_.bases) {
    Json line{{"contact", key.first}, {"peer", key.second}};
    if (!kept.now.empty()) line["now"] = kept.now;
    line["after"] = kept.after;
    line["came"] = kept.base.came;
    if (!kept.base.left.empty()) line["left"] = kept.base.left;
    if (!kept.spelled.empty()) line["spelled"] = kept.spelled;
    if (kept.untold) line["untold"] = findings_json(*kept.untold);
    line["card"] = format::write_vcard(kept.base.card, format::VcardVersion::k40);
    text += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  for (const auto& [key, card] : settled_.owed)
    text += Json{{"contact", key.first}, {"peer", key.second}, {"owed", card}}.dump(-1, ' ', false,
                                                                                    Json::error_handler_t::replace) +
            "\n";
  return replace_file(announced_beside(path), text, kMode);
}

Result<void> MergeBases::settle(const std::string& path) {
  const std::string announced = announced_beside(path);
  if (::rename(announced.c_str(), path.c_str()) != 0) return fail(file_error(errno, "cannot replace", path));
  return sync_folder_of(path);
}

void MergeBases::resolve(const std::function<bool(const BaseKey&, const KeptBase&)>& was_written) {
  for (auto& [key, kept] : announced_.bases)
    if (was_written(key, kept)) settled_.put(key, std::move(kept));
  for (const auto& [key, card] : announced_.owed) settled_.owed.insert_or_assign(key, card);
  announced_ = Shelf{};
}

std::optional<BaseKey> MergeBases::key_of(const std::string& contact, const std::string& peer) const {
  if (settled_.bases.contains({contact, peer})) return BaseKey{contact, peer};
  const auto earlier = settled_.former.find({contact, peer});
  if (earlier == settled_.former.end() || !settled_.bases.contains({earlier->second, peer})) return std::nullopt;
  return BaseKey{earlier->second, peer};
}

const KeptBase* MergeBases::Shelf::find(const BaseKey& key) const {
  auto found = bases.find(key);
  if (found != bases.end()) return &found->second;
  const auto earlier = former.find(key);
  if (earlier == former.end()) return nullptr;
  found = bases.find({earlier->second, key.second});
  return found == bases.end() ? nullptr : &found->second;
}

void MergeBases::Shelf::put(const BaseKey& key, KeptBase base) {
  if (!base.now.empty()) former[{base.now, key.second}] = key.first;
  bases.insert_or_assign(key, std::move(base));
}

}  // namespace cardsrv::service
