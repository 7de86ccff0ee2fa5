#pragma once
// Why two accounts are associated, or what is missing first (semantics M8). For operators.

#include <optional>
#include <string>
#include <vector>

#include "service/account_access.h"
#include "store/store.h"

namespace cardsrv::service {

// An entry that means the other account.
struct Support {
  std::string entry;   // its key
  std::string number;  // the one that decides (M2), E.164
  Timestamp since;     // when it could first
  std::string rule;    // "M1": held when it was listed; "M4": registered later
};

struct Missing {
  std::string code;     // stable word: "not-listed", "no-number", "means-another", "not-theirs", "same-account",
                        // "blocked", "closed", "no-match-yet"
  std::string message;  // for people
  std::string rule;
};

struct Explanation {
  std::string a;
  std::string b;
  bool associated = false;
  std::vector<Support> a_means_b;  // by entry key
  std::vector<Support> b_means_a;
  std::optional<Missing> missing;  // the first thing; none where they are associated
};

// Both named by uid or number, closed ones by uid. kRefused: one of them never was registered.
[[nodiscard]] Result<Explanation> explain(store::Store& store, const std::string& a, const std::string& b,
                                          std::optional<phone::Region> region);

}  // namespace cardsrv::service
