# fettle_module(name SOURCES a.cc ... LINKS fettle_io ext::zstd ...): one library per module folder.
# fettle_test(name SOURCES ... LINKS ...): one GoogleTest program, registered with CTest.
# Both use one small precompiled header of std and the coroutine type. It is made by hand rather than by
# target_precompile_headers because that writes absolute paths into it, and no compiler cache then looks through it.
set(pch_source ${CMAKE_SOURCE_DIR}/cmake/precompiled.h)
set(pch_output ${CMAKE_BINARY_DIR}/pch/fettle.pch)
list(TRANSFORM fettle_definitions PREPEND -D OUTPUT_VARIABLE pch_definitions)
if(CMAKE_CROSSCOMPILING)
  list(APPEND pch_definitions --target=${CMAKE_CXX_COMPILER_TARGET} --sysroot=${CMAKE_SYSROOT})
endif()
add_custom_command(
  OUTPUT ${pch_output}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/pch
  COMMAND ${CMAKE_CXX_COMPILER} ${pch_definitions} ${fettle_flags} -fPIE -std=c++23 -Xclang -fno-pch-timestamp
          -x c++-header ${pch_source} -o ${pch_output}
  # The file itself holds the path of the checkout; what it was made of does not (CCACHE_PCH_EXTSUM).
  COMMAND ${CMAKE_CXX_COMPILER} ${pch_definitions} ${fettle_flags} -fPIE -std=c++23 -E -P
          -x c++-header ${pch_source} -o ${pch_output}.sum
  DEPENDS ${pch_source} COMMENT "Precompiling ${pch_source}" VERBATIM)
add_custom_target(fettle_pch DEPENDS ${pch_output})

function(fettle_use_pch target)
  target_compile_options(${target} PRIVATE "SHELL:-include-pch pch/fettle.pch")
  add_dependencies(${target} fettle_pch)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE -fPIE)
endfunction()

# With FETTLE_PARTIAL (preset dev) a source that is not written yet is left out with a note, so that one unfinished
# module does not stop work on the others. Every other build insists on all of them.
function(fettle_written_sources result name)
  set(written)
  foreach(source ${ARGN})
    get_filename_component(path ${source} ABSOLUTE)
    if(NOT FETTLE_PARTIAL OR EXISTS ${path} OR source MATCHES "^${CMAKE_BINARY_DIR}")
      list(APPEND written ${source})
    else()
      message(NOTICE "${name}: ${source} is not written yet")
    endif()
  endforeach()
  set(${result} "${written}" PARENT_SCOPE)
endfunction()

function(fettle_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  fettle_written_sources(arg_SOURCES ${name} ${arg_SOURCES})
  if(NOT arg_SOURCES)
    return()
  endif()
  add_library(fettle_${name} STATIC ${arg_SOURCES})
  target_include_directories(fettle_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_compile_options(fettle_${name} PRIVATE ${fettle_warnings})
  target_link_libraries(fettle_${name} PUBLIC ${arg_LINKS})
  fettle_use_pch(fettle_${name})
endfunction()

function(fettle_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LINKS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  fettle_written_sources(arg_SOURCES ${name} ${arg_SOURCES})
  if(NOT arg_SOURCES)
    return()
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${fettle_warnings} -Wno-old-style-cast)
  target_link_libraries(${name} PRIVATE ${arg_LINKS} GTest::gmock GTest::gtest GTest::gtest_main)
  fettle_use_pch(${name})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} FAIL_REGULAR_EXPRESSION "Running 0 tests"
                       LABELS "${fettle_test_label}")
  # Unit tests run under the sanitizers, which see more; compiling them twice is what took longest. In the release
  # tree they are built when asked for by name.
  if(fettle_test_label STREQUAL "unit" AND CMAKE_BUILD_TYPE STREQUAL "Release")
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
endfunction()

# fettle_fuzz(name SOURCES ... LINKS ...): a libFuzzer program with its kept corpus in tests/fuzz/corpus/<name>.
function(fettle_fuzz name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  if(NOT FETTLE_FUZZ)
    return()
  endif()
  fettle_written_sources(arg_SOURCES fuzz_${name} ${arg_SOURCES})
  if(NOT arg_SOURCES)
    return()
  endif()
  add_executable(fuzz_${name} ${arg_SOURCES})
  target_include_directories(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR})
  target_compile_options(fuzz_${name} PRIVATE ${fettle_warnings})
  target_link_libraries(fuzz_${name} PRIVATE ${arg_LINKS})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  fettle_use_pch(fuzz_${name})
  set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
endfunction()
