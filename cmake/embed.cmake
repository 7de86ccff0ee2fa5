# cardsrv_embed(<target> <name> <files…>): <name>.h in the build tree, with the files' texts in the order of their names:
# namespace cardsrv::embedded { struct File { std::string_view name, text; }; extern const std::array<File, N> <name>; }
function(cardsrv_embed target name)
  set(header ${CMAKE_CURRENT_BINARY_DIR}/embedded/${name}.h)
  list(SORT ARGN)
  add_custom_command(OUTPUT ${header}
    COMMAND ${CMAKE_COMMAND} -DOUT=${header} -DNAME=${name} "-DFILES=${ARGN}" -P ${CMAKE_SOURCE_DIR}/cmake/write_embedded.cmake
    DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/write_embedded.cmake VERBATIM)
  target_sources(${target} PRIVATE ${header})
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/embedded)
endfunction()
