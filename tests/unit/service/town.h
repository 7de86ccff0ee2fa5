#pragma once
// Three persons with cards and lists, for tests of blocks, closing, sources and export.

#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "service/blocking.h"
#include "service/erasing.h"
#include "service/importing.h"
#include "service/matching.h"
#include "service/pulling.h"
#include "support/paths.h"
#include "unit/service/registry.h"

namespace cardsrv::service::testing {

inline store::Uid uid_of(const Registered& who) { return must(store::Uid::parse(who.uid)); }

// What one pull gave.
struct Pulled final : PullSink {
  std::map<std::string, PulledCard> cards;
  std::map<std::string, PulledGone> gones;
  std::vector<TakeoverNotice> takeovers;
  PullState last;
  Result<void> card(const PulledCard& card) override {
    cards[card.peer] = card;
    return {};
  }
  Result<void> gone(const PulledGone& gone) override {
    gones[gone.peer] = gone;
    return {};
  }
  Result<void> pending_takeover(const TakeoverNotice& notice) override {
    takeovers.push_back(notice);
    return {};
  }
  Result<void> rebound(const ReboundNotice&) override { return {}; }
  Result<void> state(const PullState& state) override {
    last = state;
    return {};
  }
};

class TownTest : public RegistryTest {
 protected:
  // Ann (1), Bob (2) and Cid (3) list each other.
  void SetUp() override {
    ann_ = registers(1);
    bob_ = registers(2);
    cid_ = registers(3);
    publish(ann_, "Ann", 1);
    publish(bob_, "Bob", 2);
    publish(cid_, "Cid", 3);
    lists(ann_, entry("b", "Bobby", {2}) + entry("c", "Cid", {3}));
    lists(bob_, entry("a", "Annie", {1}) + entry("c", "Cid", {3}));
    lists(cid_, entry("a", "Ann", {1}) + entry("b", "Bob", {2}));
    matches();
  }

  static std::string entry(const std::string& uid, const std::string& name, const std::vector<std::uint64_t>& numbers) {
    std::string card = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:" + uid + "\r\nFN:" + name + "\r\n";
    for (const auto n : numbers) card += "TEL:" + number(n).e164() + "\r\n";
    return card + "END:VCARD\r\n";
  }
  std::string file(const std::string& text) {
    const std::string path = folder_.file("input.vcf");
    must(replace_file(path, text, 0600));
    return path;
  }
  void publish(const Registered& who, const std::string& name, std::uint64_t n) {
    clock_.advance_s(1);
    must(import_own(*store_, uid_of(who), file(entry("own", name, {n})), {}, {}, {}));
  }
  ListCounts lists(const Registered& who, const std::string& text, UploadMode mode = UploadMode::kSnapshot) {
    clock_.advance_s(1);
    ListOptions options;
    options.paths = {file(text)};
    options.mode = mode;
    return must(import_list(
                    *store_, uid_of(who), options, {}, [](const Reject&) -> Result<void> { return {}; }, quiet()))
        .counts;
  }
  MatchResult matches(MatchScope scope = MatchScope::kChanged) {
    clock_.advance_s(1);
    must(verify_match(*store_, quiet()));
    return must(match(*store_, scope, {}, quiet()));
  }
  Pulled pulls(const Registered& who, const std::optional<std::string>& since = {}) {
    Pulled pulled;
    must(pull(*store_, uid_of(who), {.since = since, .device = {}}, pulled));
    return pulled;
  }
  bool sees(const Registered& who, const Registered& peer) { return pulls(who).cards.contains(peer.uid); }
  std::uint64_t pending() { return must(must(store_->read())->counter(store::Counter::kPendingPairs)); }
  static Progress quiet() {
    return [](std::uint64_t, std::uint64_t) {};
  }

  cardsrv::testing::ScratchFolder folder_;
  Registered ann_, bob_, cid_;
};

}  // namespace cardsrv::service::testing
