// What holds of every merge (semantics D1–D4), tried on random histories of edits on both sides.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "card/merge.h"

namespace cardsrv::card {
namespace {

const std::vector<std::string> kOnce = {"N", "ORG", "TITLE", "BDAY"};
const std::vector<std::string> kOften = {"TEL", "EMAIL", "URL", "NOTE"};

std::string value_of(const std::string& name, int n) {
  if (name == "TEL") return "+493012340" + std::to_string(n + 10);
  if (name == "BDAY") return "199001" + std::to_string(n + 10);
  return "v" + std::to_string(n);
}

// One change of a card: the n-th value of a property is set, put in, or taken out.
struct Change {
  std::string name;
  int value = 0;
  bool out = false;
};

void apply(const Change& change, Card& card) {
  const bool once = std::find(kOnce.begin(), kOnce.end(), change.name) != kOnce.end();
  const std::string value = value_of(change.name, change.value);
  std::erase_if(card.properties, [&](const Property& property) {
    return property.name == change.name && (once || property.value == value);
  });
  if (!change.out) card.properties.push_back({"", change.name, {}, value});
}

// Values of a property, sorted.
std::vector<std::string> values(const Card& card, const std::string& name) {
  std::vector<std::string> out;
  for (const Property* property : card.all(name)) out.push_back(property->value);
  std::sort(out.begin(), out.end());
  return out;
}

struct Side {
  std::vector<std::string> names;
  int first = 0;  // its values begin here: two sides that meet have none in common
};

rc::Gen<Change> change_of(const Side& side) {
  return rc::gen::apply(
      [=](const std::string& name, int value, bool out) {
        return Change{name, side.first + value, out};
      },
      rc::gen::elementOf(side.names), rc::gen::inRange(0, 4), rc::gen::arbitrary<bool>());
}

std::vector<std::string> all_names() {
  std::vector<std::string> names = kOnce;
  names.insert(names.end(), kOften.begin(), kOften.end());
  return names;
}

Card some_card(const Side& side) {
  Card card{{{"", "FN", {}, "Bob"}}};
  for (const Change& change : *rc::gen::container<std::vector<Change>>(change_of(side))) apply(change, card);
  return card;
}

class Phone {
 public:
  explicit Phone(Card contact) : card(std::move(contact)) {}
  Merged pull(const Card& remote) {
    Merged merged = merge(card, remote, base ? &*base : nullptr, {}, numbers_);
    card = apply_edits(card, merged.edits);
    base = merged.base;
    return merged;
  }
  Card card;
  std::optional<MergeBase> base;

 private:
  phone::Reader numbers_;
};

RC_GTEST_PROP(MergeProperties, WithoutABaseNothingThatOccursOftenIsLost, ()) {
  const Card local = some_card({all_names(), 0});
  const Card remote = some_card({all_names(), 2});
  Phone phone(local);
  const Merged merged = phone.pull(remote);
  for (const Edit& edit : merged.edits) RC_ASSERT(edit.kind != EditKind::kRemove);
  for (const std::string& name : all_names()) {
    const auto now = values(phone.card, name);
    const auto theirs = values(remote, name);
    RC_ASSERT(std::includes(now.begin(), now.end(), theirs.begin(), theirs.end()));
    const auto mine = values(local, name);
    const bool often = std::find(kOften.begin(), kOften.end(), name) != kOften.end();
    if (often || theirs.empty()) RC_ASSERT(std::includes(now.begin(), now.end(), mine.begin(), mine.end()));
  }
}

RC_GTEST_PROP(MergeProperties, MergingTwiceIsMergingOnce, ()) {
  Phone phone(some_card({all_names(), 0}));
  const Card first = some_card({all_names(), 2});
  const Card second = some_card({all_names(), 2});
  if (*rc::gen::arbitrary<bool>()) phone.pull(first);
  for (const Change& change : *rc::gen::container<std::vector<Change>>(change_of({all_names(), 1})))
    apply(change, phone.card);
  phone.pull(second);
  const Card once = phone.card;
  RC_ASSERT(phone.pull(second).edits.empty());
  RC_ASSERT(phone.card == once);
}

RC_GTEST_PROP(MergeProperties, WhatThePersonDidSinceTheLastMergeStays, ()) {
  Phone phone(some_card({all_names(), 0}));
  phone.pull(some_card({all_names(), 2}));
  const Card before = phone.card;
  for (const Change& change : *rc::gen::container<std::vector<Change>>(change_of({all_names(), 20})))
    apply(change, phone.card);
  const Card mine = phone.card;
  phone.pull(some_card({all_names(), 2}));
  for (const std::string& name : all_names()) {
    const auto had = values(before, name);
    const auto now = values(phone.card, name);
    for (const std::string& value : values(mine, name))
      if (std::find(had.begin(), had.end(), value) == had.end())
        RC_ASSERT(std::find(now.begin(), now.end(), value) != now.end());
  }
}

// Edits of properties that only one side touches, in any order and with merges at any time between them.
RC_GTEST_PROP(MergeProperties, EditsInAnyOrderConverge, ()) {
  const Side local_side{{"ORG", "BDAY", "EMAIL", "NOTE"}, 0};
  const Side remote_side{{"N", "TITLE", "TEL", "URL"}, 10};
  const auto local_changes = *rc::gen::container<std::vector<Change>>(change_of(local_side));
  const auto remote_changes = *rc::gen::container<std::vector<Change>>(change_of(remote_side));
  const auto played = [&] {
    Phone phone(Card{{{"", "FN", {}, "Bob"}}});
    Card remote = phone.card;
    size_t local_done = 0;
    size_t remote_done = 0;
    while (local_done < local_changes.size() || remote_done < remote_changes.size()) {
      const int step = *rc::gen::elementOf(std::vector<int>{0, 1, 2});
      if (step == 0 && local_done < local_changes.size()) apply(local_changes[local_done++], phone.card);
      if (step == 1 && remote_done < remote_changes.size()) apply(remote_changes[remote_done++], remote);
      if (step == 2) phone.pull(remote);
    }
    phone.pull(remote);
    std::vector<std::vector<std::string>> outcome;
    for (const std::string& name : all_names()) outcome.push_back(values(phone.card, name));
    return outcome;
  };
  RC_ASSERT(played() == played());
}

}  // namespace
}  // namespace cardsrv::card
