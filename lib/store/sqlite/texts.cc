#include "store/sqlite/texts.h"

#include <zstd.h>

#include <memory>
#include <new>

#include "store/sqlite/dictionary.h"
#include "store/sqlite/varint.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr int kLevel = 1;
// No text of ours comes near it; what says more is damage, not a card.
constexpr std::uint64_t kMaxUnpacked = std::uint64_t{1} << 30;

struct Free {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CDict* dictionary) const { ZSTD_freeCDict(dictionary); }
  void operator()(ZSTD_DDict* dictionary) const { ZSTD_freeDDict(dictionary); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

template <typename T>
Owned<T> checked(T* made) {
  if (made == nullptr) throw std::bad_alloc();
  return Owned<T>(made);
}

ZSTD_CCtx* packer() {
  static const Owned<ZSTD_CDict> words = [] {
    const std::string_view text = dictionary(kDictionary).value();
    return checked(ZSTD_createCDict(text.data(), text.size(), kLevel));
  }();
  thread_local const Owned<ZSTD_CCtx> context = [] {
    auto made = checked(ZSTD_createCCtx());
    // The size and the dictionary stand in our own header.
    ZSTD_CCtx_setParameter(made.get(), ZSTD_c_contentSizeFlag, 0);
    ZSTD_CCtx_setParameter(made.get(), ZSTD_c_dictIDFlag, 0);
    ZSTD_CCtx_refCDict(made.get(), words.get());
    return made;
  }();
  return context.get();
}

size_t unpack_frame(std::string& out, std::string_view frame, std::uint64_t version) {
  static const Owned<ZSTD_DDict> words = [] {
    const std::string_view text = dictionary(kDictionary).value();
    return checked(ZSTD_createDDict(text.data(), text.size()));
  }();
  thread_local const Owned<ZSTD_DCtx> context = checked(ZSTD_createDCtx());
  const ZSTD_DDict* with = version == 0 ? nullptr : words.get();
  return ZSTD_decompress_usingDDict(context.get(), out.data(), out.size(), frame.data(), frame.size(), with);
}

}  // namespace

void pack(std::string_view texts, std::string& out) {
  ByteWriter writer(out);
  writer.varint(kDictionary);
  writer.varint(texts.size());
  const size_t start = out.size();
  out.resize(start + ZSTD_compressBound(texts.size()));
  const size_t size = ZSTD_compress2(packer(), out.data() + start, out.size() - start, texts.data(), texts.size());
  if (ZSTD_isError(size) != 0) throw std::bad_alloc();  // its only way to fail with room enough for the result
  out.resize(start + size);
}

Result<std::string> unpack(std::string_view packed) {
  ByteReader reader(packed);
  const std::uint64_t version = reader.varint();
  const std::uint64_t size = reader.varint();
  if (!reader.ok() || size > kMaxUnpacked) return damaged("packed texts cannot be read");
  if (version > kDictionary) {
    return fail(Errc::kNewerSchema, "texts are packed with a dictionary that this release does not know",
                "use the release that wrote the store, or a later one");
  }
  std::string out(size, '\0');
  const size_t got = unpack_frame(out, reader.raw(reader.left()), version);
  if (ZSTD_isError(got) != 0 || got != size) return damaged("packed texts cannot be read");
  return out;
}

}  // namespace cardsrv::store::sqlite
