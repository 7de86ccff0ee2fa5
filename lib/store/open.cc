#include <array>
#include <string>
#include <string_view>

#include "store/memory/memory_store.h"
#include "store/sqlite/sqlite_store.h"
#include "store/store.h"

namespace cardsrv::store {
namespace {

// A back end and how its URLs begin. `rest` is the URL behind that.
struct Backend {
  std::string_view scheme;
  Result<std::unique_ptr<Store>> (*open)(const std::string& url, const std::string& rest, const Options& options);
  Result<std::unique_ptr<Store>> (*create)(const std::string& url, const std::string& rest, const InitOptions& init,
                                           const Options& options);
};

Result<std::unique_ptr<Store>> open_memory(const std::string& url, const std::string&, const Options&) {
  return fail(Errc::kNoStore, "there is no store at " + url, "a store in memory lives in the process that made it");
}

Result<std::unique_ptr<Store>> make_memory(const std::string&, const std::string&, const InitOptions& init,
                                           const Options& options) {
  return create_memory(init, options);
}

tl::unexpected<Error> no_postgresql(const std::string& url) {
  return fail(Errc::kUsage, "this release has no PostgreSQL back end: " + url, "name a file: it is a SQLite store");
}

Result<std::unique_ptr<Store>> open_postgresql(const std::string& url, const std::string&, const Options&) {
  return no_postgresql(url);
}

Result<std::unique_ptr<Store>> make_postgresql(const std::string& url, const std::string&, const InitOptions&,
                                               const Options&) {
  return no_postgresql(url);
}

constexpr std::array kBackends = {
    Backend{"sqlite:", sqlite::open_sqlite, sqlite::create_sqlite},
    Backend{"memory:", open_memory, make_memory},
    Backend{"postgresql://", open_postgresql, make_postgresql},
    Backend{"postgres://", open_postgresql, make_postgresql},
    // Whatever has no scheme is a path.
    Backend{"", sqlite::open_sqlite, sqlite::create_sqlite},
};

struct Chosen {
  const Backend* backend;
  std::string rest;
};

Result<Chosen> choose(const std::string& url) {
  for (const auto& backend : kBackends) {
    if (!url.starts_with(backend.scheme)) continue;
    std::string rest = url.substr(backend.scheme.size());
    if (backend.scheme.empty() && rest.find("://") != std::string::npos) break;
    if (rest.empty() && !backend.scheme.starts_with("memory")) break;
    return Chosen{&backend, std::move(rest)};
  }
  return fail(Errc::kUsage, "no store can be at '" + url + "'", "name a file, or sqlite:FILE");
}

}  // namespace

Result<std::unique_ptr<Store>> open(const std::string& url, const Options& options) {
  TRY(const auto chosen, choose(url));
  return chosen.backend->open(url, chosen.rest, options);
}

Result<std::unique_ptr<Store>> create(const std::string& url, const InitOptions& init, const Options& options) {
  TRY(const auto chosen, choose(url));
  return chosen.backend->create(url, chosen.rest, init, options);
}

}  // namespace cardsrv::store
