# fettle_embed(target folder): a library that holds every file of the folder (with its .br and .gz forms beside) as
# read-only data and lists them by fettle::net::embedded_page(). An absent folder gives an empty list. The list of files
# is looked at anew at each build.
set(fettle_embed_script ${CMAKE_CURRENT_LIST_DIR}/embed.cmake)

function(fettle_embed target folder)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${target}.cc)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -D FOLDER=${folder} -D OUTPUT=${output} -P ${fettle_embed_script}
    DEPENDS ${files} ${fettle_embed_script}
    COMMENT "Embedding ${folder}" VERBATIM)
  set_source_files_properties(${output} PROPERTIES OBJECT_DEPENDS "${files}")
  add_library(${target} STATIC ${output})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src)
endfunction()
