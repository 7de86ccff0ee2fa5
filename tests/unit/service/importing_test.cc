// Own cards, lists and pulls over a store in memory: what comes in, and what a peer sees of it.
#include "service/importing.h"

#include <gmock/gmock.h>

#include <fstream>

#include "format/reader.h"
#include "service/maintaining.h"
#include "service/matching.h"
#include "service/publishing.h"
#include "service/pulling.h"
#include "support/counting_store.h"
#include "support/paths.h"

namespace cardsrv::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Progress kQuiet = [](std::uint64_t, std::uint64_t) {};

struct Heard final : PullSink {
  std::vector<PulledCard> cards;
  std::vector<PulledGone> gones;
  std::vector<ReboundNotice> rebounds;
  std::vector<TakeoverNotice> takeovers;
  PullState last;
  Result<void> card(const PulledCard& card) override {
    cards.push_back(card);
    return {};
  }
  Result<void> gone(const PulledGone& gone) override {
    gones.push_back(gone);
    return {};
  }
  Result<void> pending_takeover(const TakeoverNotice& notice) override {
    takeovers.push_back(notice);
    return {};
  }
  Result<void> rebound(const ReboundNotice& notice) override {
    rebounds.push_back(notice);
    return {};
  }
  Result<void> state(const PullState& state) override {
    last = state;
    return {};
  }
};

class Importing : public ::testing::Test {
 protected:
  Importing() : clock_(*parse_rfc3339("2026-01-01T00:00:00Z")) {
    store::Options options;
    options.clock = &clock_;
    store_ = *store::create("memory:", {true, "seed"}, options);
  }

  store::Uid person(const std::string& uid, std::uint64_t number) {
    const store::Uid name = *store::Uid::parse(uid);
    const auto tx = *store_->write();
    const auto account = *tx->create_account(name, {}, Timestamp{0});
    const store::BindingChange change{account, {}, store::PhoneNumber(number), store::Proof::kOperator, "test"};
    EXPECT_TRUE(tx->apply_bindings(std::span(&change, 1)));
    EXPECT_TRUE(tx->commit("born " + uid, store::BatchKind::kBulkRegistration, {}, ""));
    return name;
  }

  void move(const store::Uid& uid, std::optional<std::uint64_t> to) {
    const auto tx = *store_->write();
    const auto account = (*tx->account(uid))->ref;
    const AccountNumbers numbers = *numbers_of(*tx, account);
    const std::optional<store::PhoneNumber> next = to ? std::optional(store::PhoneNumber(*to)) : std::nullopt;
    const store::BindingChange change{account, numbers.bound, next, store::Proof::kOperator, "test"};
    EXPECT_TRUE(tx->apply_bindings(std::span(&change, 1)));
    EXPECT_TRUE(republish(*tx, account));
    EXPECT_TRUE(tx->commit("move " + std::to_string(++moves_), store::BatchKind::kRebind, {}, ""));
  }

  static std::string card(const std::string& uid, const std::string& name, const std::vector<std::string>& tels,
                          const std::string& more = "") {
    std::string text = "BEGIN:VCARD\r\nVERSION:4.0\r\n";
    if (!uid.empty()) text += "UID:" + uid + "\r\n";
    text += "FN:" + name + "\r\n";
    for (const std::string& tel : tels) text += "TEL:" + tel + "\r\n";
    return text + more + "END:VCARD\r\n";
  }

  std::string file(const std::string& text) {
    const std::string path = folder_.file(std::to_string(++files_) + ".vcf");
    std::ofstream(path) << text;
    return path;
  }

  Result<ListResult> list(const store::Uid& uid, const std::string& text, ListOptions options = {},
                          BatchOptions batch = {}) {
    options.paths = {file(text)};
    rejects_.clear();
    return import_list(
        *store_, uid, options, batch,
        [&](const Reject& reject) -> Result<void> {
          rejects_.push_back(reject);
          return {};
        },
        kQuiet);
  }

  Result<OwnCardResult> own(const store::Uid& uid, const std::string& text) {
    return import_own(*store_, uid, file(text), {}, {}, {});
  }

  MatchResult match() { return *service::match(*store_, MatchScope::kChanged, {}, kQuiet); }

  Heard pull(const store::Uid& uid, std::optional<std::string> since = {}, std::uint64_t limit = 0) {
    Heard heard;
    PullRequest request;
    request.since = std::move(since);
    request.limit = limit;
    EXPECT_TRUE(service::pull(*store_, uid, request, heard));
    return heard;
  }

  FixedClock clock_;
  std::unique_ptr<store::Store> store_;
  testing::ScratchFolder folder_;
  std::vector<Reject> rejects_;
  int files_ = 0, moves_ = 0;
};

// O1
TEST_F(Importing, AnOwnCardNeedsANameAndANumber) {
  const auto ann = person("ann", 8613800138000);
  EXPECT_EQ(own(ann, "").error().code, Errc::kBadCard);
  EXPECT_EQ(own(ann, card("", "Ann", {})).error().code, Errc::kBadCard);
  EXPECT_EQ(own(ann, "BEGIN:VCARD\r\nVERSION:4.0\r\nTEL:+8613800138000\r\nEND:VCARD\r\n").error().code, Errc::kBadCard);
  EXPECT_EQ(own(ann, card("", "A", {"+8613800138000"}) + card("", "B", {"+8613800138001"})).error().code,
            Errc::kBadCard);
  EXPECT_EQ(own(*store::Uid::parse("nobody"), card("", "A", {"+8613800138000"})).error().code, Errc::kRefused);
}

// O2: equal in meaning changes nothing.
TEST_F(Importing, AnEqualOwnCardIsNoRevision) {
  const auto ann = person("ann", 8613800138000);
  EXPECT_EQ(own(ann, card("x", "Ann", {"+8613800138000"}, "NOTE:n\r\nREV:20200101T000000Z\r\n"))->revision, 1U);
  const auto again =
      own(ann, "BEGIN:VCARD\r\nVERSION:3.0\r\nNOTE:n\r\nfn:Ann\r\nTEL:+86138001380\r\n 00\r\nUID:x\r\nEND:VCARD\r\n");
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(again->revision, 1U);
  EXPECT_FALSE(again->outcome.batch);
  EXPECT_EQ(own(ann, card("x", "Ann B", {"+8613800138000"}))->revision, 2U);
}

// O3
TEST_F(Importing, ThePublishedCardHasTheBoundNumberPreferredAndFormerOnesReplaced) {
  const card::Card own =
      *format::parse_vcard(card("me", "Ann", {"138 0013 8000", "+8613800138009"}, "X-CARDSRV-PEER:liar\r\n"));
  AccountNumbers numbers;
  numbers.bound = store::PhoneNumber(8613700137000);
  numbers.former = {store::PhoneNumber(8613800138000)};
  const card::Card published = published_card(own, numbers, Timestamp{0});
  EXPECT_THAT(published.tels(), ElementsAre("+8613700137000", "+8613800138009"));
  EXPECT_EQ(published.find("TEL")->parameter("PREF")->values, std::vector<std::string>{"1"});
  EXPECT_EQ(published.find("REV")->value, "19700101T000000Z");
  EXPECT_EQ(published.find("X-CARDSRV-UID")->text(), "me");
  EXPECT_EQ(published.find("X-CARDSRV-PEER"), nullptr);
  EXPECT_EQ(published.find("UID"), nullptr);

  numbers.bound.reset();  // numberless: the former number is left out
  EXPECT_THAT(published_card(own, numbers, Timestamp{0}).tels(), ElementsAre("+8613800138009"));
}

// O3: a peer in another country must be able to compare and dial it.
TEST_F(Importing, TheBoundNumberIsPublishedAsEverybodyDialsIt) {
  AccountNumbers numbers;
  numbers.bound = store::PhoneNumber(16502530000);
  const auto published = [&](std::vector<std::string> tels) {
    return published_card(*format::parse_vcard(card("me", "Ann", std::move(tels))), numbers, Timestamp{0}).tels();
  };
  EXPECT_THAT(published({"(212) 736-5000", "(650) 253-0000"}), ElementsAre("(212) 736-5000", "+16502530000"));
  EXPECT_THAT(published({"650-253-0000 x12"}), ElementsAre("+16502530000 x12"));
  EXPECT_THAT(published({"+1 650-253-0000"}), ElementsAre("+1 650-253-0000")) << "as it was written";
  EXPECT_THAT(published({"tel:+1-650-253-0000;ext=7"}), ElementsAre("tel:+1-650-253-0000;ext=7"));
}

// L1
TEST_F(Importing, TheSameUploadTwiceChangesNothing) {
  const auto ann = person("ann", 8613800138000);
  const std::string text = card("b", "Bob", {"138 0013 8001"}) + card("", "Cid", {"+8613800138002"});
  const auto first = list(ann, text);
  EXPECT_EQ(first->counts.added, 2U);
  EXPECT_TRUE(first->outcome.batch);
  const auto again = list(ann, text);
  EXPECT_EQ(again->counts.unchanged, 2U);
  EXPECT_EQ(again->counts.added + again->counts.updated + again->counts.removed, 0U);
  EXPECT_FALSE(again->outcome.batch);
}

// L1: of equal keys the last counts, the others are rejects.
TEST_F(Importing, OfEqualKeysTheLastCounts) {
  const auto ann = person("ann", 8613800138000);
  const auto result = list(ann, card("b", "Old", {"+8613800138001"}) + card("b", "New", {"+8613800138002"}));
  EXPECT_EQ(result->counts.added, 1U);
  EXPECT_EQ(result->counts.rejected, 1U);
  ASSERT_EQ(rejects_.size(), 1U);
  EXPECT_EQ(rejects_[0].code, "same-key");
  EXPECT_EQ(rejects_[0].line, 1U);
}

// L1, L2: also where the last cannot be taken; then what is listed stays. The raw text is as it came.
TEST_F(Importing, OfEqualKeysABadLastOneCountsToo) {
  const auto ann = person("ann", 8613800138000);
  ASSERT_TRUE(list(ann, card("b", "Bob", {"+8613800138001"}) + card("c", "Cid", {"+8613800138002"})));
  const std::string good = card("b", "Robert", {"+8613800138003"}), bad = card("b", "Rob", {"ext. 1"});
  const auto result = list(ann, good + card("c", "Cid", {"+8613800138002"}) + bad);
  EXPECT_EQ(result->counts.updated + result->counts.removed, 0U);
  EXPECT_EQ(result->counts.unchanged, 1U);
  ASSERT_EQ(rejects_.size(), 2U);
  EXPECT_EQ(rejects_[0].code, "same-key");
  EXPECT_EQ(rejects_[0].raw, good);
  EXPECT_EQ(rejects_[1].code, "no-number");
  EXPECT_EQ(rejects_[1].raw, bad);
}

// L1: the list is the union of its origins.
TEST_F(Importing, AnEntryGoesWhenItsLastOriginDropsIt) {
  const auto ann = person("ann", 8613800138000);
  ListOptions phone, tablet;
  phone.origin = "phone";
  tablet.origin = "tablet";
  const std::string bob = card("b", "Bob", {"+8613800138001"}), cid = card("c", "Cid", {"+8613800138002"});
  ASSERT_TRUE(list(ann, bob + cid, phone));
  ASSERT_TRUE(list(ann, bob, tablet));
  EXPECT_EQ(list(ann, cid, phone)->counts.removed, 1U);
  const auto tx = *store_->read();
  EXPECT_EQ(tx->list((*tx->account(ann))->ref)->entries.size(), 2U);
}

// L1: a list has at most 64 origins that hold something; one that holds nothing makes room, and removing under a new
// one is nothing to do.
TEST_F(Importing, AnOriginThatHoldsNothingMakesRoom) {
  const auto ann = person("ann", 8613800138000);
  const auto under = [](const std::string& origin, UploadMode mode = UploadMode::kAdd) {
    ListOptions options;
    options.origin = origin;
    options.mode = mode;
    return options;
  };
  const auto nth = [](int i) { return card("k" + std::to_string(i), "N", {"+861390000" + std::to_string(1000 + i)}); };
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(list(ann, nth(i), under("o" + std::to_string(i))));
  EXPECT_EQ(list(ann, nth(64), under("new")).error().code, Errc::kUsage);
  EXPECT_EQ(list(ann, nth(7), under("new", UploadMode::kRemove))->counts.removed, 0U);
  EXPECT_EQ(list(ann, nth(7), under("o7", UploadMode::kRemove))->counts.removed, 1U);
  EXPECT_EQ(list(ann, nth(64), under("new"))->counts.added, 1U);
  EXPECT_EQ(list(ann, nth(7), under("o7")).error().code, Errc::kUsage) << "its place went to another";
  EXPECT_EQ(list(ann, nth(64), under("o63", UploadMode::kRemove))->counts.removed, 0U);
  EXPECT_EQ(list(ann, nth(64), under("new", UploadMode::kRemove))->counts.removed, 1U);
}

// L1: what is removed is named by key alone, however large its card is now.
TEST_F(Importing, ACardPastTheLimitsCanBeRemoved) {
  const auto ann = person("ann", 8613800138000);
  ASSERT_TRUE(list(ann, card("b", "Bob", {"+8613800138001"}) + card("c", "Cid", {"+8613800138002"})));
  ASSERT_TRUE(set_setting(*store_, "max-numbers", "1", {}));
  ASSERT_TRUE(set_setting(*store_, "max-properties", "3", {}));
  ListOptions remove;
  remove.mode = UploadMode::kRemove;
  const auto result = list(ann,
                           card("b", "Bob", {"+8613800138001", "+8613800138003"}) +
                               card("c", "Cid", {"+8613800138002"}, "NOTE:one\r\nNOTE:two\r\n"),
                           remove);
  EXPECT_EQ(result->counts.removed, 2U);
  EXPECT_EQ(result->counts.rejected, 0U);
}

// L2: a rejected entry whose key can be read leaves the listed one as it was.
TEST_F(Importing, ARejectedEntryLeavesTheListedOneAsItWas) {
  const auto ann = person("ann", 8613800138000);
  ASSERT_TRUE(list(ann, card("b", "Bob", {"+8613800138001"}) + card("c", "Cid", {"+8613800138002"})));
  const auto result = list(ann, card("b", "Bob", {"ext. 1"}) + card("c", "Cid", {"+8613800138002"}));
  EXPECT_EQ(result->counts.rejected, 1U);
  EXPECT_EQ(result->counts.removed, 0U);
  EXPECT_EQ(result->counts.unchanged, 1U);
  EXPECT_EQ(rejects_[0].code, "no-number");
  ListOptions atomic;
  atomic.atomicity = Atomicity::kAllOrNothing;
  EXPECT_EQ(list(ann, card("d", "Dan", {"x"}) + card("e", "Eve", {"+8613800138004"}), atomic).error().code,
            Errc::kRejected);
}

// L3: more than 10 and more than 20 % pass only with their exact number.
TEST_F(Importing, LargeRemovalsAreGuarded) {
  const auto ann = person("ann", 8613800138000);
  const auto entries = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text += card("k" + std::to_string(i), "N", {"+861390000" + std::to_string(1000 + i)});
    return text;
  };
  ASSERT_TRUE(list(ann, entries(50)));
  EXPECT_EQ(list(ann, "").error().code, Errc::kGuard);
  EXPECT_EQ(list(ann, entries(39)).error().code, Errc::kGuard);  // 11 of 50
  EXPECT_EQ(list(ann, entries(40))->counts.removed, 10U);        // 10 of 50
  ASSERT_TRUE(list(ann, entries(55)));
  EXPECT_EQ(list(ann, entries(44))->counts.removed, 11U);  // exactly 20 %
  ListOptions allowed;
  allowed.allow_removals = 33;
  EXPECT_EQ(list(ann, entries(10), allowed).error().code, Errc::kGuard);
  allowed.allow_removals = 34;
  EXPECT_EQ(list(ann, entries(10), allowed)->counts.removed, 34U);
  // A removal names what it removes.
  ASSERT_TRUE(list(ann, entries(50)));
  ListOptions remove;
  remove.mode = UploadMode::kRemove;
  EXPECT_EQ(list(ann, entries(50), remove)->counts.removed, 50U);
}

// L3, L6: what has no room is not good: such a snapshot deletes nothing.
TEST_F(Importing, ASnapshotForWhichThereIsNoRoomIsRefused) {
  const auto ann = person("ann", 8613800138000);
  const auto some = [](const std::string& name, int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text += card(name + std::to_string(i), "N", {"+861390000" + std::to_string(1000 + i)});
    return text;
  };
  ListOptions q;
  q.origin = "q";
  ASSERT_TRUE(list(ann, some("p", 4)));
  ASSERT_TRUE(list(ann, some("q", 2), q));
  ASSERT_TRUE(set_setting(*store_, "max-entries", "3", {}));
  EXPECT_EQ(list(ann, some("new", 1), q).error().code, Errc::kGuard);
  q.allow_removals = 2;
  EXPECT_EQ(list(ann, some("new", 1), q).error().code, Errc::kGuard);
  ASSERT_TRUE(set_setting(*store_, "max-entries", "10", {}));
  q.allow_removals.reset();
  EXPECT_EQ(list(ann, some("q", 2), q)->counts.unchanged, 2U) << "they are still there";
}

// L6: past the limit rejected, never cut.
TEST_F(Importing, EntriesPastTheLimitAreRejected) {
  const auto ann = person("ann", 8613800138000);
  {
    const auto tx = *store_->write();
    ASSERT_TRUE(tx->put_config(store::Config::kMaxEntries, "2"));
    ASSERT_TRUE(tx->put_config(store::Config::kMaxNumbers, "1"));
    ASSERT_TRUE(tx->commit("limits", store::BatchKind::kConfig, {}, ""));
  }
  const auto result =
      list(ann, card("a", "A", {"+8613900001000"}) + card("b", "B", {"+8613900001001", "+8613900001002"}) +
                    card("c", "C", {"+8613900001003"}) + card("d", "D", {"+8613900001004"}));
  EXPECT_EQ(result->counts.added, 2U);
  EXPECT_THAT(rejects_, ElementsAre(::testing::Field(&Reject::code, "too-many-numbers"),
                                    ::testing::Field(&Reject::code, "list-full")));
  // A list that is full takes what updates it; the limit is the list's, not the upload's.
  ListOptions add;
  add.mode = UploadMode::kAdd;
  const std::string last = card("e", "E", {"+8613900001005"});
  const auto more = list(ann, card("d", "D", {"+8613900001004"}) + last + card("a", "A2", {"+8613900001000"}), add);
  EXPECT_EQ(more->counts.updated, 1U);
  EXPECT_EQ(more->counts.rejected, 2U);
  ASSERT_EQ(rejects_.size(), 2U);
  EXPECT_EQ(rejects_[1].raw, last);
}

// L4: a number to renew is read as the list's are, in the region of the account's number.
TEST_F(Importing, ANumberIsRenewedInItsNationalSpelling) {
  const auto ann = person("ann", 8613800138000);
  const std::string text = card("b", "Bob", {"138 0013 8001"});
  ASSERT_TRUE(list(ann, text));
  ListOptions renew;
  renew.renew = "13800138001";
  EXPECT_EQ(list(ann, text, renew)->counts.updated, 1U);
  renew.renew = "110";
  EXPECT_EQ(list(ann, text, renew).error().code, Errc::kBadNumber);
}

// J1, J5
TEST_F(Importing, ABatchIsAppliedOnceAndADryRunNotAtAll) {
  const auto ann = person("ann", 8613800138000);
  const std::string text = card("b", "Bob", {"+8613800138001"});
  EXPECT_EQ(list(ann, text, {}, {std::nullopt, true})->counts.added, 1U);
  EXPECT_EQ(list(ann, text, {}, {"one", false})->counts.added, 1U);
  const auto replayed = list(ann, text, {}, {"one", false});
  EXPECT_TRUE(replayed->outcome.replayed);
  EXPECT_EQ(replayed->counts.added, 1U);
  EXPECT_EQ(list(ann, card("c", "Cid", {"+8613800138002"}), {}, {"one", false}).error().code, Errc::kBatchConflict);
}

class Pulling : public Importing {
 protected:
  Pulling() : ann_(person("ann", 8613800138000)), bob_(person("bob", 8613800138001)) {
    EXPECT_TRUE(list(ann_, card("k-bob", "Bob", {"+8613800138001"})));
    EXPECT_TRUE(list(bob_, card("k-ann", "Ann", {"+8613800138000"})));
    EXPECT_TRUE(own(ann_, card("ann-own", "Ann", {"+8613800138000"})));
    match();
  }
  store::Uid ann_, bob_;
};

// P1: whether anything changed is told by the account and the head of its inbox; what else is asked is a row each
// (docs/adr/0016), and no row of the inbox is read.
TEST_F(Pulling, NothingNewIsAFewProbes) {
  const std::string token = pull(bob_).last.token;
  testing::CountingStore counting(*store_);
  Heard heard;
  PullRequest request;
  request.since = token;
  ASSERT_TRUE(service::pull(counting, bob_, request, heard));
  EXPECT_THAT(heard.cards, IsEmpty());
  EXPECT_EQ(counting.take(), (testing::Probes{{"read", 1},
                                              {"account", 1},
                                              {"inbox_head", 1},
                                              {"batch_at", 1},
                                              {"history", 1},
                                              {"claim", 1},
                                              {"last_batch", 1}}));
}

// P1, P5
TEST_F(Pulling, EachGetsTheOthersCardOnceAndUnderTheirOwnKey) {
  const Heard first = pull(bob_);
  ASSERT_EQ(first.cards.size(), 1U);
  EXPECT_TRUE(first.cards[0].is_new);
  EXPECT_THAT(first.cards[0].entries, ElementsAre("k-ann"));
  EXPECT_THAT(first.cards[0].card, HasSubstr("UID:k-ann\r\n"));
  EXPECT_THAT(first.cards[0].card, HasSubstr("X-CARDSRV-UID:ann-own\r\n"));
  EXPECT_TRUE(first.last.full);
  EXPECT_THAT(*first.last.peers, ElementsAre("ann"));
  const Heard second = pull(bob_, first.last.token);
  EXPECT_THAT(second.cards, IsEmpty());
  EXPECT_FALSE(second.last.full);
  EXPECT_EQ(second.last.token, first.last.token);
}

// O3, O4: an account without own card delivers nothing; its first card comes as `new`, the next as `updated`.
TEST_F(Pulling, TheFirstCardComesAsNew) {
  const Heard before = pull(ann_);
  EXPECT_THAT(before.cards, IsEmpty());
  ASSERT_TRUE(own(bob_, card("", "Bob", {"+8613800138001"})));
  const Heard first = pull(ann_, before.last.token);
  ASSERT_EQ(first.cards.size(), 1U);
  EXPECT_TRUE(first.cards[0].is_new);
  ASSERT_TRUE(own(bob_, card("", "Robert", {"+8613800138001"})));
  const Heard next = pull(ann_, first.last.token);
  ASSERT_EQ(next.cards.size(), 1U);
  EXPECT_FALSE(next.cards[0].is_new);
}

// M3, M5: it ends at once, on both sides; told even if no card ever was.
TEST_F(Pulling, AnEndIsToldToBothAtOnce) {
  const Heard ann_before = pull(ann_), bob_before = pull(bob_);
  ListOptions remove;
  remove.mode = UploadMode::kRemove;
  ASSERT_TRUE(list(ann_, card("k-bob", "Bob", {}), remove));
  const Heard bob = pull(bob_, bob_before.last.token), ann = pull(ann_, ann_before.last.token);
  ASSERT_EQ(bob.gones.size(), 1U);
  EXPECT_THAT(bob.gones[0].entries, ElementsAre("k-ann"));
  ASSERT_EQ(ann.gones.size(), 1U);
  EXPECT_THAT(ann.gones[0].entries, ElementsAre("k-bob"));
  EXPECT_THAT(pull(bob_).gones, IsEmpty());  // P1: no tombstone from before a full pull
  const MatchResult result = match();
  EXPECT_EQ(result.ended, 1U);
  EXPECT_EQ(result.pending, 1U);
}

// B2, M1: who changes number is not lost, and peers see the new number.
TEST_F(Pulling, ANumberChangeReachesThePeer) {
  const Heard before = pull(bob_);
  move(ann_, 8613700137000);
  match();
  const Heard after = pull(bob_, before.last.token);
  ASSERT_EQ(after.cards.size(), 1U);
  EXPECT_THAT(after.cards[0].card, HasSubstr("+8613700137000"));
  EXPECT_THAT(after.cards[0].card, Not(HasSubstr("+8613800138000")));
  const Heard own_pull = pull(ann_);
  ASSERT_EQ(own_pull.rebounds.size(), 1U);
  clock_.advance_s(7 * 86'400);
  EXPECT_THAT(pull(ann_).rebounds, IsEmpty());
}

// P2: any page size leads to the same final state.
TEST_F(Pulling, PagesGiveWhatOnePullGives) {
  for (int i = 0; i < 5; ++i) {
    const auto friend_of_bob = person("f" + std::to_string(i), 8613900001000 + static_cast<std::uint64_t>(i));
    ASSERT_TRUE(own(friend_of_bob, card("", "F", {"+861390000100" + std::to_string(i)})));
    ASSERT_TRUE(list(friend_of_bob, card("b", "Bob", {"+8613800138001"})));
    ListOptions add;
    add.mode = UploadMode::kAdd;
    ASSERT_TRUE(list(bob_, card("k" + std::to_string(i), "F", {"+861390000100" + std::to_string(i)}), add));
  }
  match();
  const Heard whole = pull(bob_);
  EXPECT_EQ(whole.cards.size(), 6U);
  for (std::uint64_t limit = 1; limit <= 7; ++limit) {
    std::optional<std::string> token;
    size_t cards = 0;
    for (int page = 0; page < 10; ++page) {
      const Heard heard = pull(bob_, token, limit);
      cards += heard.cards.size();
      EXPECT_LE(heard.cards.size(), limit);
      EXPECT_TRUE(heard.last.full);
      token = heard.last.token;
      EXPECT_EQ(heard.last.peers.has_value(), !heard.last.has_more);
      if (!heard.last.has_more) break;
    }
    EXPECT_EQ(cards, 6U) << limit;
    EXPECT_EQ(token, whole.last.token);
  }
}

// P3
TEST_F(Pulling, StaleTokensAreTold) {
  Heard heard;
  PullRequest request;
  request.since = "forged";
  EXPECT_EQ(service::pull(*store_, bob_, request, heard).error().code, Errc::kStaleToken);
  request.since = pull(ann_).last.token;
  EXPECT_EQ(service::pull(*store_, bob_, request, heard).error().code, Errc::kStaleToken);
  EXPECT_EQ(service::pull(*store_, *store::Uid::parse("nobody"), {}, heard).error().code, Errc::kRefused);
}

}  // namespace
}  // namespace cardsrv::service
