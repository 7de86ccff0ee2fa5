#include "format/android.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "format/android_card.h"
#include "format/sqlite_file.h"

namespace cardsrv::format {
namespace {

using Step = SqliteQuery::Step;

constexpr size_t kMostNames = 10'000;      // rows of mimetypes and of groups that are kept in memory
constexpr size_t kLongestName = 1000;      // bytes of a row of theirs
constexpr size_t kMostDiagnostics = 100;   // of a card
constexpr std::uint64_t kSmallestRow = 4;  // bytes of a file that a row takes at least
constexpr int kFirstData = 3;              // column of data1 in the query for a row

// The rows that were found, in the order of their contacts: table 0 is raw_contacts, 1 is data.
class Order {
 public:
  struct Place {
    std::int64_t contact = 0;
    int table = 0;
    std::int64_t row = 0;
  };

  static Result<Order> make() {
    Order order;
    TRY(order.file_, SqliteFile::scratch());
    TRY(SqliteQuery table,
        order.file_->query("CREATE TABLE place (contact INTEGER, source INTEGER, id INTEGER, PRIMARY "
                           "KEY (contact, source, id)) WITHOUT ROWID"));
    if (table.step() != Step::kDone) return order.failed();
    TRY(SqliteQuery begin, order.file_->query("BEGIN"));
    if (begin.step() != Step::kDone) return order.failed();
    TRY(order.insert_, order.file_->query("INSERT OR IGNORE INTO place VALUES (?1, ?2, ?3)"));
    TRY(order.select_, order.file_->query("SELECT contact, source, id FROM place ORDER BY contact, source, id"));
    return order;
  }

  Result<void> add(const Place& place) {
    insert_.restart();
    insert_.bind(1, place.contact);
    insert_.bind(2, place.table);
    insert_.bind(3, place.row);
    if (insert_.step() != Step::kDone) return failed();
    return {};
  }

  // From the first on; nullopt at the end.
  Result<std::optional<Place>> next() {
    switch (select_.step()) {
      case Step::kRow: return Place{select_.integer(0), static_cast<int>(select_.integer(1)), select_.integer(2)};
      case Step::kDone: return std::optional<Place>();
      case Step::kTooLarge:
      case Step::kFailed: break;
    }
    return failed();
  }

 private:
  tl::unexpected<Error> failed() const {
    return fail(Errc::kIo, fmt::format("cannot sort contacts in a temporary file: {}", file_->failure()));
  }
  std::unique_ptr<SqliteFile> file_;
  SqliteQuery insert_;
  SqliteQuery select_;
};

class AndroidReader final : public CardReader {
 public:
  AndroidReader(InputStream& input, Limits limits) : input_(input), limits_(limits) {}

  Result<std::optional<Item>> next() override {
    if (!file_) TRY(open());
    while (place_) {
      TRY(std::optional<Item> item, read_contact());
      if (item) return item;
    }
    if (told_ == damage_.size()) return std::nullopt;
    Item item;
    item.index = index_;
    item.diagnostics.push_back({0, "damaged-database", damage_[told_++]});
    return item;
  }

 private:
  // ---- opening

  Result<void> open() {
    TRY(file_, SqliteFile::copy_of(input_, limits_.card_bytes));
    if (file_->missing() > 0) damage_.push_back(fmt::format("the file is cut: {} bytes are missing", file_->missing()));
    TRY(const auto contacts, table("raw_contacts", {"_id"}));
    TRY(const auto data, table("data", {"raw_contact_id", "mimetype_id", "data1"}));
    TRY(const auto mimetypes, table("mimetypes", {"_id", "mimetype"}));
    TRY(read_names("mimetypes", "mimetype", "0", mimetypes_));
    TRY(const auto groups, file_->columns("groups"));
    if (groups.contains("_id") && groups.contains("title"))
      TRY(read_names("groups", "title", groups.contains("deleted") ? "deleted" : "0", groups_));
    TRY(prepare_queries(contacts, data));
    TRY(Order order, Order::make());
    order_.emplace(std::move(order));
    TRY(find_rows("raw_contacts", "_id", 0));
    TRY(find_rows("data", "raw_contact_id", 1));
    return advance();
  }

  // The columns of a table that a contacts2.db has.
  Result<std::set<std::string>> table(const std::string& name, std::initializer_list<const char*> needed) {
    constexpr const char* kHint =
        "Android keeps contacts in contacts2.db, with the tables raw_contacts, data and mimetypes";
    TRY(auto columns, file_->columns(name));
    if (columns.empty()) return fail(Errc::kNoFile, fmt::format("no contacts2.db: it has no table {}", name), kHint);
    for (const char* column : needed)
      if (!columns.contains(column))
        return fail(Errc::kNoFile, fmt::format("no contacts2.db: its table {} has no column {}", name, column), kHint);
    return columns;
  }

  // Numbers and names of a small table; `gone` is the column that says that a row is deleted.
  Result<void> read_names(const std::string& table, const std::string& column, const std::string& gone,
                          AndroidCard::Groups& names) {
    TRY(SqliteQuery query, file_->query(fmt::format("SELECT _id, {}, {} FROM {} NOT INDEXED", column, gone, table)));
    while (true) {
      const Step step = query.step();
      if (step == Step::kDone) return {};
      if (step != Step::kRow) break;
      if (names.size() == kMostNames) {
        damage_.push_back(fmt::format("more than {} rows in the table {}", kMostNames, table));
        return {};
      }
      if (query.size(1) <= kLongestName) names.emplace(query.integer(0), query.integer(2) != 0 ? "" : query.bytes(1));
    }
    damage_.push_back(fmt::format("rows of the table {} cannot be read: {}", table, file_->failure()));
    return {};
  }

  Result<void> prepare_queries(const std::set<std::string>& contacts, const std::set<std::string>& data) {
    const auto column = [](const std::set<std::string>& names, const std::string& name) {
      return names.contains(name) ? name : std::string("NULL");
    };
    TRY(contact_,
        file_->query(fmt::format("SELECT {}, {}, {} FROM raw_contacts WHERE rowid = ?1", column(contacts, "deleted"),
                                 column(contacts, "display_name"), column(contacts, "starred"))));
    std::string columns = "mimetype_id, " + column(data, "is_primary") + ", " + column(data, "deleted");
    for (size_t i = 1; i <= AndroidRow::kColumns; ++i) columns += ", " + column(data, fmt::format("data{}", i));
    TRY(row_, file_->query(fmt::format("SELECT {} FROM data WHERE rowid = ?1", columns)));
    return {};
  }

  // Puts the rows of a table in order. Indexes are not asked: of a damaged file what is left of the table counts. Where
  // its middle is damaged its end is read backwards.
  Result<void> find_rows(const std::string& table, const std::string& key, int source) {
    const std::string select = fmt::format("SELECT rowid, {} FROM {} NOT INDEXED ORDER BY rowid ", key, table);
    std::optional<std::int64_t> last;
    TRY(SqliteQuery forwards, file_->query(select + "ASC"));
    TRY(const std::string damage,
        find_rows(forwards, source, [&](std::int64_t row) { return (!last || row > *last) && (last = row, true); }));
    if (damage.empty()) return {};
    damage_.push_back(fmt::format("rows of the table {} cannot be read: {}", table, damage));
    std::optional<std::int64_t> before;
    TRY(SqliteQuery backwards, file_->query(select + "DESC"));
    TRY(find_rows(backwards, source, [&](std::int64_t row) {
      return (!last || row > *last) && (!before || row < *before) && (before = row, true);
    }));
    return {};
  }

  // Takes rows as long as `in_order` says so. Returns what is wrong, empty at the end of a sound table.
  template <typename F>
  Result<std::string> find_rows(SqliteQuery& query, int source, F in_order) {
    while (true) {
      const Step step = query.step();
      if (step == Step::kDone) return std::string();
      if (step != Step::kRow) return file_->failure();
      if (!in_order(query.integer(0))) return std::string("they are not in order");
      if (++rows_ > file_->bytes() / kSmallestRow) return std::string("there are more than the file can hold");
      if (!query.null(1)) TRY(order_->add({query.integer(1), source, query.integer(0)}));
    }
  }

  Result<void> advance() {
    TRY(place_, order_->next());
    return {};
  }

  // ---- cards

  // The contact at `place_`, up to the next; nullopt where it is deleted.
  Result<std::optional<Item>> read_contact() {
    const std::int64_t contact = place_->contact;
    AndroidCard card(groups_);
    Item item;
    std::string name;
    bool deleted = false;
    bool starred = false;
    if (place_->table == 0) {
      contact_.restart();
      contact_.bind(1, place_->row);
      const Step step = contact_.step();
      if (step == Step::kRow) {
        deleted = contact_.integer(0) != 0;
        if (contact_.size(1) <= limits_.card_bytes) name = contact_.bytes(1);
        starred = contact_.integer(2) != 0;
      } else {
        card.diagnostics.push_back({0, "damaged-row", "the raw contact's own row cannot be read"});
      }
    } else {
      card.diagnostics.push_back({0, "no-raw-contact", "data of a contact that is not there"});
    }
    for (; place_ && place_->contact == contact;) {
      if (place_->table == 1 && !deleted && !item.rejected) add_row(place_->row, card, item);
      TRY(advance());
    }
    if (deleted) return std::nullopt;
    return finish(std::move(item), card, contact, name, starred);
  }

  void add_row(std::int64_t id, AndroidCard& card, Item& item) {
    const auto too_large = [&] {
      item.rejected = Diagnostic{0, "card-too-large", fmt::format("more than {} bytes", limits_.card_bytes)};
    };
    row_.restart();
    row_.bind(1, id);
    const Step step = row_.step();
    if (step == Step::kTooLarge) return too_large();
    if (step != Step::kRow) {
      card.diagnostics.push_back({0, "damaged-row", fmt::format("row {} of its data cannot be read", id)});
      return;
    }
    if (row_.integer(2) != 0) return;
    size_t size = card.bytes();
    for (int i = 0; i < static_cast<int>(AndroidRow::kColumns); ++i) size += row_.size(kFirstData + i);
    if (size > limits_.card_bytes) return too_large();
    card.add(present_row(id, card));
    if (card.bytes() > limits_.card_bytes) return too_large();
    if (card.properties() > limits_.properties)
      item.rejected = Diagnostic{0, "too-many-properties", fmt::format("more than {} properties", limits_.properties)};
  }

  AndroidRow present_row(std::int64_t id, AndroidCard& card) {
    AndroidRow row;
    const std::int64_t mimetype = row_.integer(0);
    if (const auto found = mimetypes_.find(mimetype); found != mimetypes_.end()) {
      row.mimetype = found->second;
    } else {
      card.diagnostics.push_back({0, "unknown-mimetype", fmt::format("row {} of its data is of no known kind", id)});
      row.mimetype = fmt::format("unknown/{}", mimetype);
    }
    row.primary = row_.integer(1) != 0;
    for (size_t i = 1; i <= AndroidRow::kColumns; ++i) {
      const int column = kFirstData + static_cast<int>(i) - 1;
      row.binary[i] = row_.blob(column);
      row.data[i] = row_.bytes(column);
    }
    return row;
  }

  Item finish(Item item, AndroidCard& card, std::int64_t contact, const std::string& name, bool starred) {
    item.card = card.finish(name, starred);
    item.index = index_++;
    item.diagnostics = std::move(card.diagnostics);
    if (item.diagnostics.size() > kMostDiagnostics) {
      item.diagnostics.resize(kMostDiagnostics);
      item.diagnostics.push_back({0, "more", "more damage of this card is not told"});
    }
    if (!item.diagnostics.empty() || item.rejected) item.raw = fmt::format("raw_contacts._id = {}", contact);
    return item;
  }

  InputStream& input_;
  Limits limits_;
  std::unique_ptr<SqliteFile> file_;  // before the queries, which must not outlive it
  SqliteQuery contact_;
  SqliteQuery row_;
  std::optional<Order> order_;
  std::optional<Order::Place> place_;
  AndroidCard::Groups mimetypes_;
  AndroidCard::Groups groups_;
  std::uint64_t rows_ = 0;
  std::uint64_t index_ = 0;
  std::vector<std::string> damage_;
  size_t told_ = 0;
};

}  // namespace

bool looks_like_sqlite(std::string_view head) { return head.starts_with(std::string_view("SQLite format 3\0", 16)); }

std::unique_ptr<CardReader> read_android(InputStream& input, Limits limits) {
  return std::make_unique<AndroidReader>(input, limits);
}

}  // namespace cardsrv::format
