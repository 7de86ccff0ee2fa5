#pragma once
// The SQLite back end (docs/store-layout.md). Thread-safe; each transaction has a connection of its own.

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace cardsrv::store::sqlite {

// `path` is a file; `url` is how the caller named it. The errors of store::open and store::create.
[[nodiscard]] Result<std::unique_ptr<Store>> open_sqlite(const std::string& url, const std::string& path,
                                                         const Options& options);
[[nodiscard]] Result<std::unique_ptr<Store>> create_sqlite(const std::string& url, const std::string& path,
                                                           const InitOptions& init, const Options& options);

// Connections of one store. Thread-safe.
class Pool {
 public:
  Pool(std::string path, Connection::Mode mode, std::int64_t busy_timeout_ms)
      : path_(std::move(path)), mode_(mode), busy_timeout_ms_(busy_timeout_ms) {}

  // A connection for one user, who hands it back when the lease goes.
  class Lease {
   public:
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_) pool_->give_back(std::move(connection_));
    }
    [[nodiscard]] Connection& db() const { return *connection_; }

   private:
    friend class Pool;
    Lease(Pool& pool, std::unique_ptr<Connection> connection) : pool_(&pool), connection_(std::move(connection)) {}
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  [[nodiscard]] Result<Lease> take();
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::int64_t busy_timeout_ms() const { return busy_timeout_ms_; }
  // A connection that was opened elsewhere joins the idle ones.
  void adopt(std::unique_ptr<Connection> connection) { give_back(std::move(connection)); }

 private:
  void give_back(std::unique_ptr<Connection> connection);

  const std::string path_;
  const Connection::Mode mode_;
  const std::int64_t busy_timeout_ms_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

// Who a store is: rows of the table meta that never change.
struct Identity {
  std::string id;
  Key master{};
  bool fixture = false;
  std::string seed;  // empty: random parts come from the system
  std::uint32_t schema = 0;
};

class SqliteStore final : public Store {
 public:
  SqliteStore(std::string url, std::unique_ptr<Pool> pool, Identity identity, const Options& options);

  [[nodiscard]] std::string_view url() const override { return url_; }
  [[nodiscard]] std::string_view backend() const override { return "sqlite"; }
  [[nodiscard]] std::uint32_t schema() const override { return identity_.schema; }
  [[nodiscard]] std::string id() const override { return identity_.id; }
  [[nodiscard]] bool fixture() const override { return identity_.fixture; }
  [[nodiscard]] Key key(std::string_view purpose) const override { return derive_key(identity_.master, purpose); }
  [[nodiscard]] const Clock& clock() const override { return *clock_; }

  [[nodiscard]] Result<std::unique_ptr<ReadTransaction>> read() override;
  [[nodiscard]] Result<std::unique_ptr<Transaction>> write() override;

  [[nodiscard]] Result<std::uint64_t> bytes() override;
  [[nodiscard]] Result<std::vector<Finding>> check() override;
  [[nodiscard]] Result<void> backup(const std::string& path) override;
  [[nodiscard]] Result<bool> erased() override;

 private:
  const std::string url_;
  const std::unique_ptr<Pool> pool_;
  const Identity identity_;
  const Key list_key_;
  const Clock* clock_;
};

}  // namespace cardsrv::store::sqlite
