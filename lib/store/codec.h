#pragma once
// Bytes of what a store keeps: the pieces they are made of, and the small records that every back end keeps as bodies.
// Not for: facts of the journal (journal.h), a back end's own blobs.
//
// A small record is a version byte and fields: tag, length, bytes. A reader skips tags that it does not know, so that
// an older release reads what a newer one of the same version wrote.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/records.h"

namespace cardsrv::store {

// Appends to `out`, which must outlive it.
class Encoder {
 public:
  explicit Encoder(std::string& out) : out_(out) {}
  void number(std::uint64_t value);   // LEB128
  void fixed64(std::uint64_t value);  // little endian
  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void text(std::string_view text);  // its length, then the bytes
  void raw(std::string_view bytes) { out_.append(bytes); }

 private:
  std::string& out_;
};

// Never trusts what it reads: after a bad or missing byte it has failed for good and answers zeros. `bytes` must
// outlive it and the views that it answers.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : left_(bytes) {}
  [[nodiscard]] std::uint64_t number();  // one spelling for each value: no padded LEB128
  [[nodiscard]] std::uint64_t fixed64();
  [[nodiscard]] std::uint8_t byte();
  [[nodiscard]] std::string_view text() { return raw(number()); }
  [[nodiscard]] std::string_view raw(std::uint64_t size);
  // A count of things of at least `each` bytes; one that the rest cannot hold is damage, so that a few wrong bytes
  // cannot drive a reservation.
  [[nodiscard]] std::uint64_t count(std::uint64_t each);
  // E.164 digits; fails where they cannot be any.
  [[nodiscard]] PhoneNumber phone_number();

  [[nodiscard]] bool at_end() const { return left_.empty(); }
  [[nodiscard]] bool ok() const { return !failed_; }
  void fail();

 private:
  std::string_view left_;
  bool failed_ = false;
};

[[nodiscard]] std::string encode_session(const Session& session);
// kIo for bytes that cannot be one.
[[nodiscard]] Result<Session> decode_session(std::string_view bytes);

[[nodiscard]] std::string encode_pace(const Pace& pace);
[[nodiscard]] Result<Pace> decode_pace(std::string_view bytes);

}  // namespace cardsrv::store
