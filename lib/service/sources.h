#pragma once
// Where the server fetches an account's cards itself (semantics R7, [0083]): vCard files, or folders of them, that a
// refresh reads again. Each list source is an origin of its own (L1).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "service/importing.h"

namespace cardsrv::service {

struct SourceEdit {
  store::Uid uid;
  std::string path;                         // made absolute
  std::optional<store::SourceKind> kind{};  // none: the source is removed; what it brought stays
};

// Paths are no part of the records: they would outlive the account (X1). A batch that comes again takes them from its
// input, which is the same (J1).
struct SourceResult {
  std::string uid;
  std::string path;
  std::optional<store::SourceKind> kind;
  Outcome outcome;
};
void to_record(const SourceResult& result, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, SourceResult& result);

// kRefused: no such account. kNoFile: nothing is at the path that is added. Removing what is not there is nothing to
// do.
[[nodiscard]] Result<SourceResult> change_source(store::Store& store, const SourceEdit& edit,
                                                 const BatchOptions& batch);

// "own", "list"
[[nodiscard]] std::string_view word(store::SourceKind kind);

// The origin under which a list source's entries stand.
[[nodiscard]] std::string origin_of(const store::Source& source);

struct RefreshedSource {
  std::string uid;
  store::Source source;        // without a path: of no account
  std::uint64_t revision = 0;  // own: of the card
  bool changed = false;        // own
  ListCounts counts;           // list
  std::optional<Error> error;  // it was refused, or could not be read: what it brought before stays
  std::string file;            // of the source, which the error's message names; empty: none
  std::uint64_t place = 0;     // of that file in the source
};

struct Refreshed {
  std::vector<RefreshedSource> sources;  // by account as asked or as created, then path
  Outcome outcome;
};
void to_record(const Refreshed& refreshed, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, Refreshed& refreshed);

// Reads the sources of these accounts again; one batch. A source that fails leaves the others as they are, an account
// that is none has a line of its own, without a source.
struct RefreshOptions {
  std::vector<store::Uid> uids{};                 // none: all that have sources
  std::optional<phone::Region> region{};          // of national numbers; else that of the account's number
  std::optional<std::uint64_t> allow_removals{};  // counts for each source (L3)
};
[[nodiscard]] Result<Refreshed> refresh_sources(store::Store& store, const RefreshOptions& options,
                                                const BatchOptions& batch, const RejectSink& reject,
                                                const Progress& progress);

}  // namespace cardsrv::service
