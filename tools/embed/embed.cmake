# cmake -D FOLDER=web/dist -D OUTPUT=page.cc -P embed.cmake: writes a source file that takes the files in by .incbin.
file(GLOB_RECURSE files RELATIVE ${FOLDER} ${FOLDER}/*)
list(SORT files)

set(data "")
set(declarations "")
set(table "")
set(number 0)

# Appends one blob and sets `result` to the expression for its bytes.
macro(embed_blob path)
  string(APPEND data
    "    \".balign 16\\nfettle_page_${number}: .incbin \\\"${path}\\\"\\nfettle_page_${number}_end: .byte 0\\n\"\n")
  string(APPEND declarations "extern const char fettle_page_${number}[];\nextern const char fettle_page_${number}_end[];\n")
  set(result "bytes(fettle_page_${number}, fettle_page_${number}_end)")
  math(EXPR number "${number} + 1")
endmacro()

foreach(file IN LISTS files)
  if(file MATCHES "\\.(br|gz)$")
    continue()
  endif()
  if(file MATCHES "[^A-Za-z0-9._/@-]")
    message(FATAL_ERROR "The name of ${FOLDER}/${file} has a character that is not allowed in an address.")
  endif()
  embed_blob(${FOLDER}/${file})
  set(row "{\"/${file}\", ${result}")
  foreach(form br gz)
    if(EXISTS ${FOLDER}/${file}.${form})
      embed_blob(${FOLDER}/${file}.${form})
      string(APPEND row ", ${result}")
    else()
      string(APPEND row ", {}")
    endif()
  endforeach()
  string(APPEND table "      ${row}},\n")
endforeach()

set(assembly "")
if(data)
  set(assembly "asm(\n    \".section .rodata.fettle_page,\\\"a\\\"\\n\"\n${data}    \".text\\n\");\n\nextern \"C\" {\n${declarations}}\n")
endif()

file(WRITE ${OUTPUT} "// Made by tools/embed from the files of the page.
#include \"fettle/net/assets.h\"

${assembly}
namespace fettle::net {
namespace {
[[maybe_unused]] std::string_view bytes(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}
}  // namespace

std::vector<AssetFile> embedded_page() {
  return {
${table}  };
}

}  // namespace fettle::net
")
