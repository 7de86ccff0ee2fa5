#include "card/merge.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>

#include "base/utf8.h"
#include "card/date.h"
#include "card/value.h"

namespace cardsrv::card {
namespace {

constexpr size_t kMostShown = 200;  // bytes of a value in the findings

enum class Occurs { kNever = 1, kOnce = 2, kOften = 3 };

// D2. What says something of the card as a record, and not of the person, is no item.
Occurs occurs(std::string_view name) {
  constexpr std::array kRecord = {"UID", "REV", "PRODID", "VERSION", "CLIENTPIDMAP", "CREATED", "SOURCE"};
  constexpr std::array kOnce = {"FN",     "N",     "BDAY",        "ANNIVERSARY", "DEATHDATE",  "BIRTHPLACE",
                                "GENDER", "ORG",   "TITLE",       "ROLE",        "DEATHPLACE", "PHOTO",
                                "KIND",   "CLASS", "SORT-STRING", "GRAMGENDER",  "LANGUAGE"};
  const auto in = [&](const auto& names) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (in(kRecord) || name.starts_with("X-CARDSRV-")) return Occurs::kNever;
  return in(kOnce) || name.starts_with("X-PHONETIC-") ? Occurs::kOnce : Occurs::kOften;
}

// What an Apple address book says of another property of the same group.
bool is_label(const Property& property) { return property.name == "X-ABLABEL" || property.name == "X-ABADR"; }

// A telephone number without the white space and the punctuation of its spelling.
std::string dialled(std::string_view text) {
  std::string out;
  if (text.size() > 4 && ascii_lower(text.substr(0, 4)) == "tel:") text.remove_prefix(4);
  for (const char c : text)
    if (c != ' ' && c != '-' && c != '.' && c != '(' && c != ')' && c != '/' && c != '\t') out += c;
  return out;
}

std::string without_empty_end(std::string value) {
  while (value.ends_with(';') && !value.ends_with("\\;")) value.pop_back();
  return value;
}

// What is compared of a value (D1); empty: it says nothing.
std::string compared(const Property& property) {
  const ValueKind kind = value_kind(property);
  if (property.name == "TEL") return dialled(trim(property.text()));
  if (property.name == "EMAIL") return ascii_lower(trim(property.text()));
  if (property.name == "BDAY" || property.name == "ANNIVERSARY" || property.name == "DEATHDATE")
    return iso_date(trim(nfc(property.text())));
  return without_empty_end(nfc(trim(canonical_value(kind, property.value))));
}

std::vector<std::string> members(const Property& property) {
  std::vector<std::string> out;
  for (const auto& component : property.components())
    for (const std::string& member : component)
      if (std::string text = nfc(trim(member)); !text.empty()) out.push_back(std::move(text));
  return out;
}

bool is_list(const Property& property) { return value_kind(property) == ValueKind::kList; }

std::string list_of(const std::vector<std::string>& members) {
  std::string out;
  for (const std::string& member : members) out += (out.empty() ? "" : ",") + escape_text(member);
  return out;
}

// The card with a property for each member of its lists: members are items of their own.
Card with_lists_split(const Card& card) {
  Card out;
  for (const Property& property : card.properties) {
    const auto all = is_list(property) ? members(property) : std::vector<std::string>{};
    if (all.size() < 2) {
      out.properties.push_back(property);
      continue;
    }
    for (const std::string& member : all) {
      out.properties.push_back(property);
      out.properties.back().value = escape_text(member);
    }
  }
  return out;
}

// Parameters that say something of the value, and go with it; the others are what somebody thinks of it.
bool is_of_the_value(std::string_view parameter) {
  constexpr std::array kOfTheValue = {"VALUE", "MEDIATYPE", "ENCODING", "CHARSET",  "LANGUAGE", "SORT-AS", "CALSCALE",
                                      "LABEL", "GEO",       "TZ",       "PHONETIC", "SCRIPT",   "DERIVED", "CC"};
  return std::find(kOfTheValue.begin(), kOfTheValue.end(), parameter) != kOfTheValue.end();
}

// Of a parameter, in lower case and sorted; empty where there is none.
std::vector<std::string> settings(const Property& property, std::string_view name) {
  std::vector<std::string> out;
  for (const Parameter& parameter : property.parameters)
    if (parameter.name == name)
      for (const std::string& value : parameter.values) out.push_back(ascii_lower(value));
  std::sort(out.begin(), out.end());
  return out;
}

// The parameters of a value that was changed: three-way, as values are; what the person has set stays (D3).
std::vector<Parameter> merged_parameters(const Property& mine, const Property* before, const Property& theirs) {
  const auto changed_here = [&](const std::string& name) {
    const auto have = settings(mine, name);
    return before == nullptr ? !have.empty() : have != settings(*before, name);
  };
  std::vector<Parameter> out;
  for (const Parameter& parameter : theirs.parameters)
    if (is_of_the_value(parameter.name) || !changed_here(parameter.name)) out.push_back(parameter);
  for (const Parameter& parameter : mine.parameters)
    if (!is_of_the_value(parameter.name) && changed_here(parameter.name)) out.push_back(parameter);
  return out;
}

std::string shown(const Property& property) {
  std::string out = property.name;
  if (const auto types = property.types(); !types.empty()) {
    out += ";TYPE=";
    for (const std::string& type : types) out += (&type == &types.front() ? "" : ",") + type;
  }
  out += ':';
  const bool media = property.value.starts_with("data:");
  const size_t end = media ? property.value.find(',') : property.value.size();
  std::string value = property.value.substr(0, std::min(end, kMostShown));
  while (!value.empty() && !valid_utf8(value)) value.pop_back();
  out += value;
  if (value.size() < property.value.size()) out += "…";
  return out;
}

// The items of one card by name, compared as D1 says.
class Items {
 public:
  struct Item {
    size_t place = 0;
    std::string value;
  };

  explicit Items(const Card& card) : card_(card) {
    for (size_t i = 0; i < card.properties.size(); ++i) {
      const Property& property = card.properties[i];
      if (!property.group.empty()) groups_[ascii_lower(property.group)].push_back(i);
      if (occurs(property.name) == Occurs::kNever || is_label(property)) continue;
      if (is_list(property)) {
        for (std::string& member : members(property)) by_name_[property.name].push_back({i, std::move(member)});
      } else if (std::string value = compared(property); !value.empty()) {
        by_name_[property.name].push_back({i, std::move(value)});
      }
    }
  }

  [[nodiscard]] const std::vector<Item>& of(const std::string& name) const {
    static const std::vector<Item> kNone;
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? kNone : found->second;
  }
  [[nodiscard]] const Property& at(size_t place) const { return card_.properties[place]; }
  [[nodiscard]] const Property& property(const Item& item) const { return at(item.place); }
  // The property that says this item alone: of a list, the one member.
  [[nodiscard]] Property said(const Item& item) const {
    Property out = property(item);
    if (is_list(out)) out.value = escape_text(item.value);
    return out;
  }
  [[nodiscard]] const auto& names() const { return by_name_; }
  [[nodiscard]] bool has_group(const std::string& label) const { return groups_.contains(label); }

  // What the labels of a property say.
  [[nodiscard]] std::vector<std::string> label_texts(size_t place) const {
    std::vector<std::string> texts;
    for (const size_t label : labels_of(place)) texts.push_back(compared(card_.properties[label]));
    std::sort(texts.begin(), texts.end());
    return texts;
  }

  // The labels of a property that no other property of its group needs.
  [[nodiscard]] std::vector<size_t> labels_of(size_t place) const {
    std::vector<size_t> labels;
    const std::string& group = card_.properties[place].group;
    if (group.empty()) return labels;
    for (const size_t other : groups_.find(ascii_lower(group))->second) {
      if (other == place) continue;
      if (!is_label(card_.properties[other])) return {};
      labels.push_back(other);
    }
    return labels;
  }

 private:
  const Card& card_;
  std::map<std::string, std::vector<Item>> by_name_;
  std::map<std::string, std::vector<size_t>> groups_;
};

class Merger {
 public:
  Merger(const Card& local, const Card& remote, const MergeBase* base, const MergeOptions& options,
         phone::Reader& numbers)
      : remote_card_(with_lists_split(remote)),
        base_(base),
        options_(options),
        numbers_(numbers),
        local_(local),
        remote_(remote_card_),
        before_(base == nullptr ? kNoCard : base->card) {
    merged_.base.card = remote_card_;
  }

  using Item = Items::Item;

  Merged run() {
    std::set<std::string> names;
    for (const auto& [name, items] : remote_.names()) names.insert(name);
    for (const auto& [name, items] : before_.names()) names.insert(name);
    for (const std::string& name : names) {
      if (options_.keep.contains(name)) {
        keep(name);
        continue;
      }
      const bool once = occurs(name) == Occurs::kOnce && remote_.of(name).size() <= 1 && before_.of(name).size() <= 1 &&
                        local_.of(name).size() <= 1;
      if (once)
        merge_once(name);
      else
        merge_often(name);
    }
    change_lists();
    put_added_lists_together();
    auto& came = merged_.base.came;
    std::sort(came.begin(), came.end());
    came.erase(std::unique(came.begin(), came.end()), came.end());
    if (!options_.keep.empty()) take_back_kept();
    return std::move(merged_);
  }

  // Whether the contact has what came with the base, and not with `former`.
  bool has_come(const MergeBase* former) {
    const Items earlier(former == nullptr ? kNoCard : former->card);
    const auto had_come = [&](const std::string& name, const Item& item) {
      const Item* const then = find(name, earlier.of(name), item);
      return then != nullptr && std::binary_search(former->came.begin(), former->came.end(), then->place);
    };
    for (const auto& [name, items] : before_.names())
      for (const Item& item : items)
        if (came(&item) && find_local(name, item) != nullptr && !had_come(name, item)) return true;
    return false;
  }

 private:
  // ---- comparing

  [[nodiscard]] std::optional<phone::PhoneNumber> number(const std::string& text) {
    const auto parsed = numbers_.parse(text, options_.region);
    return parsed ? std::optional(*parsed) : std::nullopt;
  }

  bool same(const std::string& name, const Item& a, const Item& b) {
    if (a.value == b.value) return true;
    if (name != "TEL") return false;
    const auto first = number(a.value);
    return first && first == number(b.value);
  }

  const Item* find(const std::string& name, const std::vector<Item>& items, const Item& wanted) {
    const auto equal = std::find_if(items.begin(), items.end(), [&](const Item& i) { return i.value == wanted.value; });
    if (equal != items.end()) return &*equal;
    const auto alike = std::find_if(items.begin(), items.end(), [&](const Item& i) { return same(name, i, wanted); });
    return alike == items.end() ? nullptr : &*alike;
  }

  // The items of the contact that say it: a number may stand there in two spellings. Of a list the first.
  std::vector<const Item*> all_local(const std::string& name, const Item& wanted) {
    const Item* const first = find_local(name, wanted);
    std::vector<const Item*> out;
    if (first == nullptr) return out;
    out.push_back(first);
    if (is_list(local_.property(*first))) return out;
    for (const Item& item : local_.of(name))
      if (&item != first && same(name, item, wanted)) out.push_back(&item);
    return out;
  }

  // What the peer said before of the same value; where it stood there twice, with the same parameters.
  const Item* find_before(const std::string& name, const Item& remote) {
    for (const Item& before : before_.of(name))
      if (before.value == remote.value && before_.property(before).parameters == remote_.property(remote).parameters)
        return &before;
    return find(name, before_.of(name), remote);
  }

  // The item of the contact that says it already.
  const Item* find_local(const std::string& name, const Item& wanted) { return find(name, local_.of(name), wanted); }

  // The same, with the nickname that this merge makes of a replaced name: it is the person's.
  bool has_now(const std::string& name, const Item& wanted) {
    return find_local(name, wanted) != nullptr || (name == "NICKNAME" && wanted.value == former_name_);
  }

  bool came(const Item* before) const {
    return before != nullptr && std::binary_search(base_->came.begin(), base_->came.end(), before->place);
  }

  // ---- changing

  void brought(const Item& remote) { merged_.base.came.push_back(remote.place); }

  // A value that the peer said before. The contact keeps its parameters and labels as they are (D1), so the base keeps
  // those that came with it: by them it is told what the person has set.
  void said_again(const Item& before, const Item& remote) {
    // What the person took out is not there because the peer said it, should they write it in again.
    if (came(&before) && find_local(remote_.property(remote).name, remote) != nullptr) brought(remote);
    Property& property = merged_.base.card.properties[remote.place];
    std::erase_if(property.parameters, [](const Parameter& now) { return !is_of_the_value(now.name); });
    for (const Parameter& then : before_.property(before).parameters)
      if (!is_of_the_value(then.name)) property.parameters.push_back(then);
    if (before_.label_texts(before.place) == remote_.label_texts(remote.place)) return;
    const std::string group = property.group = free_base_group();
    for (const size_t label : before_.labels_of(before.place)) {
      Property kept = before_.at(label);
      kept.group = group;
      merged_.base.card.properties.push_back(std::move(kept));
    }
  }

  std::string free_base_group() {
    std::string label;
    do label = "base" + std::to_string(next_base_group_++);
    while (remote_.has_group(label));
    return label;
  }

  // The peer's property as it is put into the contact, without a label. `replaced`: the item in whose place it comes.
  Property brought_property(const Item& remote, const Item* replaced) {
    Property property = remote_.said(remote);
    property.group.clear();
    std::erase_if(property.parameters, [](const Parameter& parameter) { return parameter.name == "PID"; });
    // Which one is preferred is the person's own business, where they said so.
    const auto& mine = local_.of(property.name);
    const bool prefers = std::any_of(mine.begin(), mine.end(), [&](const Item& item) {
      return &item != replaced && local_.property(item).parameter("PREF") != nullptr;
    });
    if (!prefers) return property;
    std::erase_if(property.parameters, [](const Parameter& parameter) { return parameter.name == "PREF"; });
    if (const Parameter* pref = replaced == nullptr ? nullptr : local_.property(*replaced).parameter("PREF"))
      property.parameters.push_back(*pref);
    return property;
  }

  // The property, with the peer's labels of it in a group of its own.
  std::vector<Property> with_labels(Property property, const Item& remote) {
    std::vector<Property> out{std::move(property)};
    for (const size_t label : remote_.labels_of(remote.place)) out.push_back(remote_card_.properties[label]);
    if (out.size() == 1) return out;
    const std::string group = free_group();
    for (Property& one : out) one.group = group;
    return out;
  }

  // Whether the labels of an item are the peer's to change: the person has none, or has left those that came (D3).
  bool takes_labels(const Item& local, const Item* before, const Item& remote) const {
    const auto mine = local_.label_texts(local.place);
    if (mine == remote_.label_texts(remote.place)) return false;
    if (before == nullptr) return mine.empty() && local_.property(local).group.empty();
    if (mine != before_.label_texts(before->place)) return false;
    return !mine.empty() || local_.property(local).group.empty();
  }

  std::string free_group() {
    std::string label;
    do label = "item" + std::to_string(next_group_++);
    while (local_.has_group(label));
    return label;
  }

  void add(const Item& remote) {
    merged_.edits.push_back({EditKind::kAdd, 0, {}, with_labels(brought_property(remote, nullptr), remote)});
    merged_.findings.added.push_back(shown(remote_.said(remote)));
    brought(remote);
  }

  // `before`: what the base has in its place; null where there is no base.
  void update(const std::string& name, const Item& local, const Item* before, const Item& remote) {
    const Property& former = local_.property(local);
    if (is_list(former)) {
      auto& list = list_at(local);
      std::replace(list.begin(), list.end(), local.value, remote.value);
      merged_.findings.updated.push_back(shown(remote_.said(remote)));
    } else {
      Property present = brought_property(remote, &local);
      present.parameters = merged_parameters(former, before == nullptr ? nullptr : &before_.property(*before), present);
      merged_.findings.updated.push_back(shown(present));
      if (takes_labels(local, before, remote)) {
        merged_.edits.push_back(
            {EditKind::kUpdate, local.place, local_.labels_of(local.place), with_labels(std::move(present), remote)});
      } else {
        present.group = former.group;
        merged_.edits.push_back({EditKind::kUpdate, local.place, {}, {std::move(present)}});
      }
    }
    merged_.findings.replaced.push_back(shown(local_.said(local)));
    brought(remote);
    if (name == "FN") keep_as_nickname(former, remote_.property(remote));
  }

  void remove(const Item& local) {
    if (is_list(local_.property(local)))
      std::erase(list_at(local), local.value);
    else
      merged_.edits.push_back({EditKind::kRemove, local.place, local_.labels_of(local.place), {}});
    merged_.findings.removed.push_back(shown(local_.said(local)));
  }

  // The members that a list of the contact is to have.
  std::vector<std::string>& list_at(const Item& local) {
    const auto [found, fresh] = lists_.try_emplace(local.place);
    if (fresh) found->second = members(local_.property(local));
    return found->second;
  }

  void change_lists() {
    for (const auto& [place, list] : lists_) {
      if (list.empty()) {
        merged_.edits.push_back({EditKind::kRemove, place, local_.labels_of(place), {}});
        continue;
      }
      Property property = local_.at(place);
      property.value = list_of(list);
      merged_.edits.push_back({EditKind::kUpdate, place, {}, {std::move(property)}});
    }
  }

  // Members of one list came one by one: they are added as one property.
  void put_added_lists_together() {
    std::vector<Edit> out;
    for (Edit& edit : merged_.edits) {
      const auto joins = [&](const Edit& other) {
        return other.kind == EditKind::kAdd && edit.kind == EditKind::kAdd && other.properties.size() == 1 &&
               edit.properties.size() == 1 && is_list(edit.properties.front()) &&
               other.properties.front().name == edit.properties.front().name &&
               other.properties.front().parameters == edit.properties.front().parameters;
      };
      const auto found = std::find_if(out.begin(), out.end(), joins);
      if (found == out.end()) {
        out.push_back(std::move(edit));
        continue;
      }
      std::vector<std::string> list = members(found->properties.front());
      for (std::string& member : members(edit.properties.front()))
        if (std::find(list.begin(), list.end(), member) == list.end()) list.push_back(std::move(member));
      found->properties.front().value = list_of(list);
    }
    merged_.edits = std::move(out);
  }

  // D4: a replaced name goes on as a nickname.
  void keep_as_nickname(const Property& former, const Property& present) {
    const std::string name = nfc(trim(former.text()));
    if (name.empty() || name == nfc(trim(present.text()))) return;
    const Property nickname{"", "NICKNAME", {}, escape_text(name)};
    if (find_local("NICKNAME", Item{0, name}) != nullptr) return;
    former_name_ = name;
    if (options_.keep.contains("NICKNAME")) return merged_.findings.kept.push_back(shown(nickname));
    merged_.edits.push_back({EditKind::kAdd, 0, {}, {nickname}});
    merged_.findings.added.push_back(shown(nickname));
  }

  void keep(const std::string& name) {
    for (const Item& remote : remote_.of(name))
      if (find_local(name, remote) == nullptr) kept_instead_of(name, remote);
  }

  [[nodiscard]] bool is_based(const std::string& name) const { return base_ != nullptr && !base_->left.contains(name); }

  // What was left alone was not delivered: the base has of it what it had before.
  void take_back_kept() {
    MergeBase base;
    const auto take = [&](const MergeBase& from, bool kept, const std::string& mark) {
      std::set<std::string> groups;  // of kept properties, whose labels go with them
      for (const Property& property : from.card.properties)
        if (!property.group.empty() && options_.keep.contains(property.name)) groups.insert(property.group);
      for (size_t i = 0; i < from.card.properties.size(); ++i) {
        Property property = from.card.properties[i];
        const bool is_kept =
            options_.keep.contains(property.name) || (is_label(property) && groups.contains(property.group));
        if (is_kept != kept) continue;
        if (!property.group.empty() && !property.group.ends_with(mark)) property.group += mark;
        if (std::binary_search(from.came.begin(), from.came.end(), i)) base.came.push_back(base.card.properties.size());
        base.card.properties.push_back(std::move(property));
      }
    };
    take(merged_.base, false, "");
    if (base_ != nullptr) take(*base_, true, "-kept");
    for (const std::string& name : options_.keep)
      if (!is_based(name)) base.left.insert(name);
    merged_.base = std::move(base);
  }

  // The person's own values where the peer's is another; the peer's, where the contact has none.
  void kept_instead_of(const std::string& name, const Item& remote) {
    const auto& mine = local_.of(name);
    if (occurs(name) == Occurs::kOnce && !mine.empty())
      merged_.findings.kept.push_back(shown(local_.said(mine.front())));
    else
      merged_.findings.kept.push_back(shown(remote_.said(remote)));
  }

  void conflict(const Property& theirs) { merged_.findings.conflicts.push_back(shown(theirs)); }

  // ---- a property that occurs once

  void merge_once(const std::string& name) {
    const Item* const remote = first(remote_.of(name));
    const Item* const before = first(before_.of(name));
    const Item* const mine = first(local_.of(name));
    if (remote == nullptr) {
      if (before != nullptr) gone_once(name, *before, mine);
      return;
    }
    const bool unchanged = before != nullptr && same(name, *before, *remote);
    if (unchanged) said_again(*before, *remote);
    if (find_local(name, *remote) != nullptr) return;
    if (unchanged) return kept_here(name);
    if (mine == nullptr && before == nullptr) return add(*remote);
    if (!is_based(name)) return update(name, *mine, nullptr, *remote);
    if (before != nullptr)
      if (const Item* const untouched = find_local(name, *before)) return update(name, *untouched, before, *remote);
    conflict(remote_.property(*remote));
  }

  void gone_once(const std::string& name, const Item& before, const Item* mine) {
    if (const Item* const untouched = find_local(name, before)) {
      take_away(before, *untouched);
    } else if (mine != nullptr) {
      conflict(Property{"", name, {}, ""});
    }
  }

  // The peer says what it said before; the person changed it, or took it out.
  void kept_here(const std::string& name) {
    if (const Item* const mine = first(local_.of(name))) merged_.findings.kept.push_back(shown(local_.property(*mine)));
  }

  static const Item* first(const std::vector<Item>& items) { return items.empty() ? nullptr : &items.front(); }

  // ---- a property that occurs often

  void merge_often(const std::string& name) {
    std::vector<const Item*> fresh;  // said now, not before, and not in the contact
    for (const Item& remote : remote_.of(name)) {
      const Item* const before = find_before(name, remote);
      if (before != nullptr) said_again(*before, remote);
      if (before == nullptr && !has_now(name, remote)) add_once(name, fresh, remote);
    }
    std::vector<const Item*> gone;  // said before, not now
    for (const Item& before : before_.of(name))
      if (find(name, remote_.of(name), before) == nullptr) add_once(name, gone, before);
    const size_t count = fresh.size();
    for (const Item* remote : fresh) {
      if (const Item* const former = take_former(gone, *remote, count))
        take_changed(name, *former, *remote);
      else
        add(*remote);
    }
    for (const Item* before : gone) take_gone(name, *before);
  }

  // The same value twice in one card is one item.
  void add_once(const std::string& name, std::vector<const Item*>& items, const Item& item) {
    if (std::none_of(items.begin(), items.end(), [&](const Item* other) { return same(name, *other, item); }))
      items.push_back(&item);
  }

  static std::vector<std::string> sorted_types(const Property& property) {
    std::vector<std::string> types = property.types();
    std::sort(types.begin(), types.end());
    return types;
  }

  // The item that `remote` replaces: one of the same types, or the only one where one went and one came (D2).
  const Item* take_former(std::vector<const Item*>& gone, const Item& remote, size_t fresh) {
    const auto wanted = sorted_types(remote_.property(remote));
    auto found = std::find_if(gone.begin(), gone.end(),
                              [&](const Item* before) { return sorted_types(before_.property(*before)) == wanted; });
    if (found == gone.end() && gone.size() == 1 && fresh == 1) found = gone.begin();
    if (found == gone.end()) return nullptr;
    const Item* const former = *found;
    gone.erase(found);
    return former;
  }

  void take_changed(const std::string& name, const Item& former, const Item& remote) {
    const auto untouched = all_local(name, former);
    for (const Item* mine : untouched) update(name, *mine, &former, remote);
    if (!untouched.empty()) return;
    if (is_list(remote_.property(remote)) && before_.of(name).size() > 1)
      add(remote);  // of several members another one went
    else
      conflict(remote_.said(remote));
  }

  void take_gone(const std::string& name, const Item& before) {
    if (const Item* const mine = find_local(name, before))
      take_away(before, *mine);
    else if (came(&before) && has_instead(name, before))
      conflict(Property{"", name, {}, ""});
  }

  // Whether the contact has a value of the same types that neither card of the peer had: the person changed it.
  bool has_instead(const std::string& name, const Item& before) {
    const Property& former = before_.property(before);
    if (is_list(former)) return false;
    const auto wanted = sorted_types(former);
    const auto& mine = local_.of(name);
    return std::any_of(mine.begin(), mine.end(), [&](const Item& item) {
      return sorted_types(local_.property(item)) == wanted && find(name, before_.of(name), item) == nullptr &&
             find(name, remote_.of(name), item) == nullptr;
    });
  }

  // What the peer says no more goes if it came from the peer, and as it came: what the person has made theirs stays.
  void take_away(const Item& before, const Item& mine) {
    if (came(&before) && !made_theirs(before, mine))
      remove(mine);
    else
      merged_.findings.kept.push_back(shown(local_.said(mine)));
  }

  // Whether the person has set something of an item: a type, a parameter of their own, a label.
  bool made_theirs(const Item& before, const Item& mine) const {
    const Property& present = local_.property(mine);
    const Property& former = before_.property(before);
    for (const Parameter& parameter : present.parameters) {
      if (is_of_the_value(parameter.name) || parameter.name == "PREF") continue;
      const auto now = settings(present, parameter.name);
      const auto then = settings(former, parameter.name);
      if (!std::includes(then.begin(), then.end(), now.begin(), now.end())) return true;
    }
    const auto now = local_.label_texts(mine.place);
    const auto then = before_.label_texts(before.place);
    return !std::includes(then.begin(), then.end(), now.begin(), now.end());
  }

  inline static const Card kNoCard{};

  const Card remote_card_;  // its lists split
  const MergeBase* base_;
  const MergeOptions& options_;
  phone::Reader& numbers_;
  Items local_;
  Items remote_;
  Items before_;
  std::map<size_t, std::vector<std::string>> lists_;  // of the contact, by place, as they are to be
  std::string former_name_;                           // D4: what becomes a nickname
  size_t next_group_ = 1, next_base_group_ = 1;
  Merged merged_;
};

}  // namespace

Merged merge(const Card& local, const Card& remote, const MergeBase* base, const MergeOptions& options,
             phone::Reader& numbers) {
  return Merger(local, remote, base, options, numbers).run();
}

bool has_come(const Card& local, const MergeBase& base, const MergeBase* former, std::optional<phone::Region> region,
              phone::Reader& numbers) {
  const MergeOptions options{{}, region};
  return Merger(local, Card{}, &base, options, numbers).has_come(former);
}

Card apply_edits(const Card& local, const std::vector<Edit>& edits) {
  std::map<size_t, const Edit*> changed;
  std::set<size_t> removed;
  for (const Edit& edit : edits) {
    if (edit.kind == EditKind::kAdd) continue;
    changed[edit.place] = &edit;
    removed.insert(edit.with.begin(), edit.with.end());
  }
  Card out;
  for (size_t i = 0; i < local.properties.size(); ++i) {
    const auto found = changed.find(i);
    if (removed.contains(i)) continue;
    if (found == changed.end())
      out.properties.push_back(local.properties[i]);
    else
      out.properties.insert(out.properties.end(), found->second->properties.begin(), found->second->properties.end());
  }
  for (const Edit& edit : edits)
    if (edit.kind == EditKind::kAdd)
      out.properties.insert(out.properties.end(), edit.properties.begin(), edit.properties.end());
  return out;
}

}  // namespace cardsrv::card
