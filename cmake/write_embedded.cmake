# Run by cardsrv_embed at build time.
set(rows "")
set(count 0)
foreach(file IN LISTS FILES)
  get_filename_component(stem ${file} NAME)
  file(READ ${file} text)
  string(APPEND rows "    File{\"${stem}\", R\"~~~~(${text})~~~~\"},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUT} "#pragma once
#include <array>
#include <string_view>
namespace cardsrv::embedded {
struct File {
  std::string_view name;
  std::string_view text;
};
inline constexpr std::array<File, ${count}> ${NAME} = {{
${rows}}};
}  // namespace cardsrv::embedded
")
