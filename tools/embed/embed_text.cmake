# cmake -D FOLDER=packaging -D NAMES=a;b -D OUTPUT=x.cc -D HEADER=... -P embed_text.cmake: text files as string_views,
# named packaged_<name with _ for each other sign>.
set(text "// Made by tools/embed from ${FOLDER}.\n#include \"${HEADER}\"\n\nnamespace fettle::app {\n")
foreach(name IN LISTS NAMES)
  file(READ ${FOLDER}/${name} content)
  string(MAKE_C_IDENTIFIER ${name} identifier)
  string(APPEND text "\nstd::string_view packaged_${identifier}() {\n  return R\"fettle(${content})fettle\";\n}\n")
endforeach()
file(WRITE ${OUTPUT} "${text}\n}  // namespace fettle::app\n")
