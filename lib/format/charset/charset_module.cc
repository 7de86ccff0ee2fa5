#include "format/charset/charset_module.h"

#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/ucnv_err.h>
#include <unicode/ucsdet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace {

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

// Puts U+FFFD where bytes mean nothing (ICU's own callback puts a control character in places), and remembers that it
// happened.
void U_CALLCONV substitute(const void* context, UConverterToUnicodeArgs* args, const char* units, int32_t length,
                           UConverterCallbackReason reason, UErrorCode* error) {
  if (reason > UCNV_IRREGULAR) return UCNV_TO_U_CALLBACK_SUBSTITUTE(nullptr, args, units, length, reason, error);
  *static_cast<bool*>(const_cast<void*>(context)) = true;
  constexpr UChar kReplacement = 0xfffd;
  *error = U_ZERO_ERROR;
  ucnv_cbToUWriteUChars(args, &kReplacement, 1, 0, error);
}

struct CloseDetector {
  void operator()(UCharsetDetector* detector) const { ucsdet_close(detector); }
};

// What programs mean by a name: the charset that later ones extended it to and that they write under it (WHATWG
// Encoding §4.2 has most of these). Nothing that the narrow one says is read otherwise.
const char* meant_by(const char* name) {
  struct Extended {
    std::string_view narrow;
    const char* wide;
  };
  constexpr std::array kExtended = {Extended{"gb2312", "gb18030"},         Extended{"gbk", "gb18030"},
                                    Extended{"cp936", "gb18030"},          Extended{"euc-cn", "gb18030"},
                                    Extended{"shift_jis", "windows-31j"},  Extended{"shift-jis", "windows-31j"},
                                    Extended{"sjis", "windows-31j"},       Extended{"x-sjis", "windows-31j"},
                                    Extended{"euc-kr", "windows-949"},     Extended{"ks_c_5601-1987", "windows-949"},
                                    Extended{"big5", "Big5-HKSCS"},        Extended{"iso-8859-1", "windows-1252"},
                                    Extended{"iso8859-1", "windows-1252"}, Extended{"latin1", "windows-1252"},
                                    Extended{"iso-8859-9", "windows-1254"}};
  std::string lower;
  for (const char* c = name; *c != '\0'; ++c) lower += static_cast<char>(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
  const auto* const found =
      std::find_if(kExtended.begin(), kExtended.end(), [&](const Extended& entry) { return entry.narrow == lower; });
  return found == kExtended.end() ? name : found->wide;
}

Converter open_converter(const char* name) {
  UErrorCode error = U_ZERO_ERROR;
  Converter converter(ucnv_open(meant_by(name), &error));
  if (U_FAILURE(error)) converter.reset();
  return converter;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int cardsrv_charset_decode(const char* charset, const char* bytes,
                                                                             std::size_t size, void* sink,
                                                                             cardsrv::format::CharsetSink put) {
  const Converter source = open_converter(charset);
  if (!source) return cardsrv::format::kCharsetUnknown;
  const Converter target = open_converter("UTF-8");
  if (!target) return cardsrv::format::kCharsetFailed;
  bool substituted = false;
  UErrorCode error = U_ZERO_ERROR;
  ucnv_setToUCallBack(source.get(), substitute, &substituted, nullptr, nullptr, &error);
  std::array<UChar, 2048> pivot;
  UChar* pivot_source = pivot.data();
  UChar* pivot_target = pivot.data();
  std::array<char, 4096> out;
  const char* at = bytes;
  bool first = true;
  do {
    char* written = out.data();
    error = U_ZERO_ERROR;
    ucnv_convertEx(target.get(), source.get(), &written, out.data() + out.size(), &at, bytes + size, pivot.data(),
                   &pivot_source, &pivot_target, pivot.data() + pivot.size(), first ? 1 : 0, 1, &error);
    first = false;
    if (U_FAILURE(error) && error != U_BUFFER_OVERFLOW_ERROR) return cardsrv::format::kCharsetFailed;
    put(sink, out.data(), static_cast<std::size_t>(written - out.data()));
  } while (error == U_BUFFER_OVERFLOW_ERROR);
  return substituted ? cardsrv::format::kCharsetSubstituted : cardsrv::format::kCharsetDecoded;
}

extern "C" __attribute__((visibility("default"))) int cardsrv_charset_detect(const char* bytes, std::size_t size,
                                                                             void* sink,
                                                                             cardsrv::format::CharsetSink put) {
  constexpr std::size_t kMost = 8192;  // more would not make it surer
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UCharsetDetector, CloseDetector> detector(ucsdet_open(&error));
  if (U_FAILURE(error)) return 0;
  ucsdet_setText(detector.get(), bytes, static_cast<int32_t>(std::min(size, kMost)), &error);
  const UCharsetMatch* match = ucsdet_detect(detector.get(), &error);
  if (U_FAILURE(error) || match == nullptr) return 0;
  const char* name = ucsdet_getName(match, &error);
  const int32_t confidence = ucsdet_getConfidence(match, &error);
  if (U_FAILURE(error) || name == nullptr) return 0;
  put(sink, name, std::strlen(name));
  return confidence;
}
