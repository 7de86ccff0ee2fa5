#pragma once
// The bytes that blobs are made of: LEB128 varints, fixed little-endian integers, counted texts.
// Reading never trusts: after a bad or missing byte a Reader fails for good and answers zeros.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cardsrv::store::sqlite {

static_assert(std::endian::native == std::endian::little, "blobs are little endian and copied as they are");

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void varint(std::uint64_t value) {
    char bytes[10];
    size_t size = 0;
    for (; value >= 0x80; value >>= 7) bytes[size++] = static_cast<char>(value | 0x80);
    bytes[size++] = static_cast<char>(value);
    out_.append(bytes, size);
  }
  // Small differences of either sign take few bytes.
  void signed_varint(std::int64_t value) {
    varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void fixed64(std::uint64_t value) {
    char bytes[8];
    std::memcpy(bytes, &value, sizeof bytes);
    out_.append(bytes, sizeof bytes);
  }
  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void text(std::string_view text) {
    varint(text.size());
    out_.append(text);
  }
  void raw(std::string_view bytes) { out_.append(bytes); }

 private:
  std::string& out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  [[nodiscard]] std::uint64_t varint() {
    if (at_ != end_ && static_cast<signed char>(*at_) >= 0) return static_cast<std::uint64_t>(*at_++);
    return long_varint();
  }
  [[nodiscard]] std::int64_t signed_varint() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  [[nodiscard]] std::uint64_t fixed64() {
    std::uint64_t value = 0;
    if (left() < sizeof value) return fail(), 0;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  [[nodiscard]] std::uint8_t byte() {
    if (at_ == end_) return fail(), std::uint8_t{0};
    return static_cast<std::uint8_t>(*at_++);
  }
  [[nodiscard]] std::string_view text() { return raw(varint()); }
  [[nodiscard]] std::string_view raw(std::uint64_t size) {
    if (size > left()) return fail(), std::string_view();
    const std::string_view bytes(at_, size);
    at_ += size;
    return bytes;
  }
  // A count of things that take at least `each` bytes: one that the rest cannot hold is damage, so that no
  // reservation can be driven by a few wrong bytes.
  [[nodiscard]] std::uint64_t count(std::uint64_t each) {
    const std::uint64_t value = varint();
    if (value > left() / (each == 0 ? 1 : each)) return fail(), 0;
    return value;
  }

  [[nodiscard]] std::uint64_t left() const { return static_cast<std::uint64_t>(end_ - at_); }
  [[nodiscard]] bool ok() const { return !failed_; }
  [[nodiscard]] bool finished() const { return !failed_ && at_ == end_; }
  void fail() {
    failed_ = true;
    at_ = end_;
  }

 private:
  std::uint64_t long_varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; at_ != end_ && shift < 64; shift += 7) {
      const auto next = static_cast<std::uint8_t>(*at_++);
      if (shift == 63 && next > 1) break;
      value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
      if (next < 0x80) {
        if (next == 0 && shift != 0) break;  // one spelling for each value
        return value;
      }
    }
    return fail(), 0;
  }

  const char* at_;
  const char* end_;
  bool failed_ = false;
};

// What a blob that cannot be read is to the caller (store.h: damage is kIo).
[[nodiscard]] inline tl::unexpected<Error> damaged(std::string_view what) {
  return cardsrv::fail(Errc::kIo, "the store is damaged: " + std::string(what),
                       "cardsrv-store check tells what is wrong; restore a backup");
}

}  // namespace cardsrv::store::sqlite
