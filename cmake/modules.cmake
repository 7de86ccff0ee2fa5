# One target for each module of lib/, linked only to those below it: the link graph is the diagram of ARCHITECTURE.md.
add_library(cardsrv_flags INTERFACE)
target_include_directories(cardsrv_flags INTERFACE ${CMAKE_SOURCE_DIR}/lib)
target_include_directories(cardsrv_flags SYSTEM INTERFACE ${TL_EXPECTED_INCLUDE})
target_compile_options(cardsrv_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wnull-dereference -Wimplicit-fallthrough -Wswitch-enum)
if(CARDSRV_WERROR)
  target_compile_options(cardsrv_flags INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Warnings of g++ 12 that report sound library code when it is optimised.
  target_compile_options(cardsrv_flags INTERFACE -Wno-null-dereference -Wno-maybe-uninitialized -Wno-restrict)
endif()
if(CARDSRV_SANITIZE)
  target_compile_options(cardsrv_flags INTERFACE -fsanitize=${CARDSRV_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(cardsrv_flags INTERFACE -fsanitize=${CARDSRV_SANITIZE})
endif()
# For programs, not for the modules that are opened on first use: those share their libraries' libstdc++.
add_library(cardsrv_program INTERFACE)
if(NOT CARDSRV_SANITIZE)
  # Smaller tables to relocate at the start of each process: --gc-sections.
  target_link_options(cardsrv_program INTERFACE -static-libstdc++ -static-libgcc -Wl,--gc-sections)
endif()

# cardsrv_module(<name> [SOURCES …] [LINK …]): a static library from lib/<name>/*.cc, unless sources are named.
function(cardsrv_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_SOURCES)
    file(GLOB ARG_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cc)
  endif()
  add_library(cardsrv_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(cardsrv_${name} PUBLIC cardsrv_flags fmt::fmt-header-only ${ARG_LINK})
endfunction()
