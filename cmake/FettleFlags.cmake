# Flags of the whole tree. Everything that shapes the precompiled header stands here, so that it fits every file.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)

# Returns and jumps by pointer go only where the program means them to, as far as the processor knows how.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(fettle_branches -mbranch-protection=standard)
else()
  set(fettle_branches -fcf-protection)
endif()
set(fettle_flags
    -fno-omit-frame-pointer -ffunction-sections -fdata-sections -fstack-protector-strong
    -ftrivial-auto-var-init=zero ${fettle_branches} -ffile-compilation-dir=. -g1)
set(fettle_definitions
    BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
    FMT_HEADER_ONLY SPDLOG_FMT_EXTERNAL)

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  list(APPEND fettle_flags -O2)
  list(APPEND fettle_definitions _FORTIFY_SOURCE=2 _GLIBCXX_ASSERTIONS)
else()
  list(APPEND fettle_flags -O1)
  list(APPEND fettle_definitions _GLIBCXX_ASSERTIONS)
endif()

if(FETTLE_SANITIZE STREQUAL "address-undefined")
  list(APPEND fettle_flags -fsanitize=address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
  if(FETTLE_FUZZ)
    list(APPEND fettle_flags -fsanitize=fuzzer-no-link)
  endif()
elseif(FETTLE_SANITIZE STREQUAL "thread")
  list(APPEND fettle_flags -fsanitize=thread)
  add_link_options(-fsanitize=thread)
elseif(FETTLE_SANITIZE)
  message(FATAL_ERROR "FETTLE_SANITIZE is '${FETTLE_SANITIZE}'; allowed: address-undefined, thread, empty")
endif()

set(CMAKE_C_FLAGS_RELEASE "")
set(CMAKE_CXX_FLAGS_RELEASE "")
set(CMAKE_CXX_FLAGS_DEBUG "")
add_compile_options(${fettle_flags})
add_compile_definitions(${fettle_definitions})
# Packed, the list of addresses to set at each start is 10 KB and not 770; glibc reads that since 2.36.
add_link_options(-fuse-ld=lld -Wl,--gc-sections -static-libgcc -static-libstdc++ -pie -Wl,-z,relro,-z,now
    -Wl,-z,pack-relative-relocs)

set(fettle_warnings -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor -Werror
    -Wno-missing-field-initializers)

find_program(CCACHE ccache)
if(CCACHE)
  # The precompiled header is reproducible (see FettleModules), so that the cache may look through it.
  # Paths below the checkout are relative to the cache, so that every checkout shares it.
  set(fettle_cache ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_NOHASHDIR=1
      CCACHE_PCH_EXTSUM=1 CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${fettle_cache})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${fettle_cache})
endif()

# Files that instantiate much of Beast need up to 0.5 GB and 20 s each: never more than two of them at once.
set_property(GLOBAL PROPERTY JOB_POOLS heavy=2)
