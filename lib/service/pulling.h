#pragma once
// What changed for an account since its last pull (semantics P1–P5, [0094–0101]).

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "service/batch.h"
#include "service/claims.h"
#include "store/store.h"

namespace cardsrv::service {

enum class Extent { kSince = 1, kFull = 2 };
enum class Writing { kWrite = 1, kDryRun = 2 };  // of the files that a pull goes into

struct PullRequest {
  std::optional<std::string> since;   // the token of the last pull; none: everything
  std::optional<std::string> device;  // P4: the store keeps the token under this name
  Extent extent = Extent::kSince;     // kFull: start over
  std::uint64_t limit = 0;            // items of a page; 0: no limit
};

// A peer's present card. `card` is vCard 4.0; its UID is the first of `entries` (P5).
struct PulledCard {
  std::string peer;
  std::vector<std::string> entries;  // the puller's entry keys that mean the peer, sorted
  std::uint64_t revision = 0;        // of the peer's own card
  bool is_new = false;               // the association began after the token
  std::string card;
};

// An association that ended.
struct PulledGone {
  std::string peer;
  std::vector<std::string> entries;
};

// The account's own number changed lately (B2).
struct ReboundNotice {
  std::string number;
  std::string former;
  Timestamp at;
};

// Ends every pull.
struct PullState {
  std::string token;
  bool has_more = false;
  bool full = false;                              // this is a page of a full pull
  std::optional<std::vector<std::string>> peers;  // last page of a full pull: all peers, sorted
};

// Takes what a pull gives, in order. An error of a call ends the pull.
class PullSink {
 public:
  virtual ~PullSink() = default;
  [[nodiscard]] virtual Result<void> card(const PulledCard& card) = 0;
  [[nodiscard]] virtual Result<void> gone(const PulledGone& gone) = 0;
  [[nodiscard]] virtual Result<void> pending_takeover(const TakeoverNotice& notice) = 0;
  [[nodiscard]] virtual Result<void> rebound(const ReboundNotice& notice) = 0;
  [[nodiscard]] virtual Result<void> state(const PullState& state) = 0;
};

// One page, from one snapshot. Answers the new token. kRefused: no such account; kStaleToken (P3).
[[nodiscard]] Result<std::string> pull(store::Store& store, const store::Uid& uid, const PullRequest& request,
                                       PullSink& sink);

// P4: once the output has been written completely.
[[nodiscard]] Result<void> advance_device(store::Store& store, const store::Uid& uid, const std::string& device,
                                          const std::string& token);

// What each login and pull tells the account's holder, from one look at its numbers.
struct Notices {
  std::optional<TakeoverNotice> pending_takeover;  // R8
  std::optional<ReboundNotice> rebound;            // B2, for 7 days
};
[[nodiscard]] Result<Notices> notices_of(store::ReadTransaction& tx, const store::Account& account, Timestamp now);

}  // namespace cardsrv::service
