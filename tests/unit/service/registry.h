#pragma once
// A store in memory with a clock that stands still, and a telephone that keeps what it is sent: for tests of sessions,
// passwords, registration and rebinding.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "service/rebinding.h"
#include "service/registration.h"
#include "sms/transport.h"
#include "store/store.h"

namespace cardsrv::service::testing {

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// The code of a call that must fail.
template <typename T>
std::optional<Errc> code_of(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}
template <typename T>
std::int64_t wait_of(const Result<T>& result) {
  return result || !result.error().retry_after_s ? -1 : *result.error().retry_after_s;
}

// What the batch is recorded to have answered.
inline std::string receipt_of(store::Store& store, const std::string& batch) {
  const auto tx = must(store.read());
  return must(must(tx->receipt(must(tx->batch(batch))->sequence)).text());
}

// A transport that keeps its messages, and fails when it is told to.
class Telephone final : public sms::Transport {
 public:
  Result<void> send(const sms::Message& message) override {
    if (meanwhile) meanwhile(message);
    if (broken) return fail(Errc::kTransportFailed, "broken");
    messages.push_back(message);
    return {};
  }
  [[nodiscard]] std::string last_code() const { return messages.back().text.substr(0, 6); }
  bool broken = false;
  std::function<void(const sms::Message&)> meanwhile;  // what happens while it is at work
  std::vector<sms::Message> messages;
};

inline store::PhoneNumber number(std::uint64_t n) { return store::PhoneNumber(8613800138000 + n); }

inline std::string another(const std::string& code) { return code == "000000" ? "000001" : "000000"; }

class RegistryTest : public ::testing::Test {
 protected:
  SessionInfo request(std::uint64_t n, const BatchOptions& batch = {}) { return must(try_request(n, batch)); }
  Result<SessionInfo> try_request(std::uint64_t n, const BatchOptions& batch = {}) {
    return request_registration(*store_, &phone_, {.number = number(n)}, batch);
  }
  Result<Registered> confirm(const std::string& session, const std::string& code, const BatchOptions& batch = {}) {
    return confirm_registration(*store_, session, code, batch);
  }
  Registered registers(std::uint64_t n) {
    const std::string session = request(n).session;
    return must(confirm(session, phone_.last_code()));
  }
  Result<SessionInfo> ask_rebind(const Registered& who, std::uint64_t to, std::optional<store::PhoneNumber> from) {
    return request_rebind(
        *store_, &phone_,
        {.uid = must(store::Uid::parse(who.uid)), .password = *who.password, .number = number(to), .from = from}, {});
  }
  Result<Rebound> confirm_move(const std::string& session, const std::string& code) {
    return confirm_rebind(*store_, &phone_, session, code, {});
  }
  std::optional<std::string> holder(std::uint64_t n) {
    const auto tx = must(store_->read());
    const auto numbers = number(n);
    const auto live = must(tx->live(std::span(&numbers, 1)));
    if (live.empty()) return std::nullopt;
    return must(tx->uids(std::span(&live.front().account, 1))).front().text();
  }
  std::string digest() { return hex(must(store::state_digest(*must(store_->read())))); }

  FixedClock clock_{Timestamp{1'763'978'400'000}};
  std::unique_ptr<store::Store> store_ =
      must(store::create("memory:", {.fixture = true, .seed = "registry"}, {.clock = &clock_}));
  Telephone phone_;
};

}  // namespace cardsrv::service::testing
