#include "service/resolution.h"

#include <algorithm>

namespace cardsrv::service {

using store::AccountRef;
using store::Binding;
using store::Entry;
using store::PhoneNumber;
using store::Stamp;

namespace {
constexpr std::uint32_t kAskedBeforeIndex = 4;
}

bool held_at(const Binding& binding, Stamp since) {
  return binding.since <= since && (!binding.until || *binding.until > since);
}

std::optional<Resolution> resolve(Stamp since, std::span<const Binding> history) {
  for (size_t i = 0; i < history.size(); ++i) {
    const Binding& binding = history[i];
    if (held_at(binding, since))
      return binding.closed ? std::nullopt : std::optional(Resolution{binding.account, since});
    if (binding.since <= since) continue;
    // The next account, provided no other had the number before: a recycled number has no heirs.
    const bool only_one = std::all_of(history.begin(), history.begin() + static_cast<std::ptrdiff_t>(i),
                                      [&](const Binding& earlier) { return earlier.account == binding.account; });
    if (!only_one || binding.closed) return std::nullopt;
    return Resolution{binding.account, binding.since};
  }
  return std::nullopt;
}

Result<void> Histories::load(std::vector<PhoneNumber> numbers) {
  std::erase_if(numbers, [&](PhoneNumber number) { return known_.count(number.digits()) > 0; });
  if (numbers.empty()) return {};
  TRY(auto bindings, tx_.history(numbers));
  for (const PhoneNumber number : numbers) known_[number.digits()];
  for (Binding& binding : bindings) known_[binding.number.digits()].push_back(std::move(binding));
  return {};
}

Result<void> Histories::load_pairs(std::span<const Entry* const> entries) {
  std::vector<PhoneNumber> numbers;
  for (const Entry* entry : entries)
    for (const store::Pair& pair : entry->pairs) numbers.push_back(pair.number);
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return load(std::move(numbers));
}

std::span<const Binding> Histories::of(PhoneNumber number) const {
  const auto found = known_.find(number.digits());
  return found == known_.end() ? std::span<const Binding>{} : std::span<const Binding>(found->second);
}

std::optional<Resolution> meaning(const Entry& entry, const Histories& histories) {
  std::optional<Resolution> first;
  for (const store::Pair& pair : entry.pairs) {  // by rising number: of equals the lowest stays
    const auto resolution = resolve(pair.since, histories.of(pair.number));
    if (resolution && (!first || resolution->could_first < first->could_first)) first = resolution;
  }
  return first;
}

const store::Association* find_association(std::span<const store::Association> associations, AccountRef peer) {
  const auto found = std::lower_bound(associations.begin(), associations.end(), peer,
                                      [](const store::Association& a, AccountRef b) { return a.peer < b; });
  return found == associations.end() || found->peer != peer ? nullptr : &*found;
}

Result<const store::List*> Meanings::list(AccountRef account) {
  TRY(const Indexed* const found, indexed(account));
  return &found->list;
}

Result<Meanings::Indexed*> Meanings::indexed(AccountRef account) {
  if (const auto found = lists_.find(account.value); found != lists_.end()) return &found->second;
  TRY(store::List list, tx_.list(account));
  use(account, std::move(list));
  return &lists_.at(account.value);
}

void Meanings::use(AccountRef account, store::List list) { lists_[account.value] = {std::move(list), {}, 0}; }

// The entries with any of these sorted numbers, by slot.
std::vector<const Entry*> Meanings::with_any(Indexed& of, std::span<const PhoneNumber> numbers) {
  const std::vector<Entry>& entries = of.list.entries;
  std::vector<const Entry*> found;
  if (++of.asked < kAskedBeforeIndex) {
    for (const Entry& entry : entries)
      if (std::any_of(entry.pairs.begin(), entry.pairs.end(), [&](const store::Pair& pair) {
            return std::binary_search(numbers.begin(), numbers.end(), pair.number);
          }))
        found.push_back(&entry);
    return found;
  }
  if (of.by_number.empty()) {
    for (std::uint32_t i = 0; i < entries.size(); ++i)
      for (const store::Pair& pair : entries[i].pairs) of.by_number.emplace_back(pair.number, i);
    std::sort(of.by_number.begin(), of.by_number.end());
  }
  for (const PhoneNumber number : numbers) {
    auto at = std::lower_bound(of.by_number.begin(), of.by_number.end(), std::pair(number, std::uint32_t{0}));
    for (; at != of.by_number.end() && at->first == number; ++at) found.push_back(&entries[at->second]);
  }
  std::sort(found.begin(), found.end());  // all of one vector: by place, so by slot
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

Result<void> Meanings::load_numbers(std::vector<AccountRef> accounts) {
  std::erase_if(accounts, [&](AccountRef account) { return numbers_.count(account.value) > 0; });
  if (accounts.empty()) return {};
  TRY(const auto history, tx_.history(std::span<const AccountRef>(accounts)));
  for (const AccountRef account : accounts) numbers_[account.value];
  for (const Binding& binding : history) numbers_[binding.account.value].push_back(binding.number);
  for (const AccountRef account : accounts) {
    auto& numbers = numbers_[account.value];
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  }
  return {};
}

Result<bool> Meanings::blocks(AccountRef who, AccountRef whom) {
  auto found = blocks_.find(who.value);
  if (found == blocks_.end()) {
    TRY(auto read, tx_.blocks(who));
    found = blocks_.emplace(who.value, std::move(read)).first;
  }
  return std::binary_search(found->second.begin(), found->second.end(), whom);
}

Result<bool> Meanings::blocked(AccountRef a, AccountRef b) {
  TRY(const bool forth, blocks(a, b));
  return forth ? Result<bool>(true) : blocks(b, a);
}

Result<Edge> Meanings::edge(AccountRef from, AccountRef to) {
  if (from == to) return Edge{};
  TRY(Indexed* const of, indexed(from));
  TRY(load_numbers({to}));
  const std::vector<const Entry*> candidates = with_any(*of, numbers_.at(to.value));
  TRY(histories_.load_pairs(candidates));
  Edge edge;
  for (const Entry* entry : candidates) {
    const auto means = meaning(*entry, histories_);
    if (!means || means->account != to) continue;
    if (!edge.exists() || means->could_first < edge.could_first) edge.could_first = means->could_first;
    edge.slots.push_back(entry->slot);
  }
  return edge;
}

}  // namespace cardsrv::service
