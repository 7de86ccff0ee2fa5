# The libraries, all of them Debian packages (scripts/install-deps). Static where Debian has an archive: a process that
# answers an empty pull must start as fast as the sqlite3 CLI.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)
find_package(ICU REQUIRED COMPONENTS i18n uc)

function(cardsrv_archive target archive header)
  find_library(${target}_ARCHIVE NAMES ${archive} REQUIRED)
  find_path(${target}_INCLUDE ${header} REQUIRED)
  add_library(${target} INTERFACE)
  target_include_directories(${target} SYSTEM INTERFACE ${${target}_INCLUDE})
  target_link_libraries(${target} INTERFACE ${${target}_ARCHIVE} ${ARGN})
endfunction()

cardsrv_archive(dep_sqlite libsqlite3.a sqlite3.h Threads::Threads ${CMAKE_DL_LIBS} m)
cardsrv_archive(dep_sodium libsodium.a sodium.h Threads::Threads)
cardsrv_archive(dep_zstd libzstd.a zstd.h Threads::Threads)
cardsrv_archive(dep_zlib libz.a zlib.h)
cardsrv_archive(dep_utf8proc libutf8proc.a utf8proc.h)
target_compile_definitions(dep_utf8proc INTERFACE UTF8PROC_STATIC)
cardsrv_archive(dep_phonenumber libphonenumber.so phonenumbers/phonenumberutil.h)

find_path(TL_EXPECTED_INCLUDE tl/expected.hpp REQUIRED)
