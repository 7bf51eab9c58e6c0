# What comes from Debian, linked statically but for libc and libm, so that one file runs on any Debian 12.
find_package(Threads REQUIRED)

function(fettle_static name archive)
  find_library(lib_${name} NAMES ${archive} REQUIRED)
  add_library(ext::${name} INTERFACE IMPORTED GLOBAL)
  set_property(TARGET ext::${name} PROPERTY INTERFACE_LINK_LIBRARIES "${lib_${name}};${ARGN}")
endfunction()

fettle_static(sqlite libsqlite3.a ${CMAKE_DL_LIBS} Threads::Threads m)
fettle_static(sodium libsodium.a)
fettle_static(zstd libzstd.a)
fettle_static(zlib libz.a)
fettle_static(protobuf libprotobuf-lite.a Threads::Threads)
fettle_static(crypto libcrypto.a ${CMAKE_DL_LIBS} Threads::Threads)
fettle_static(openssl libssl.a ext::crypto)
find_program(PROTOC protoc REQUIRED)

if(FETTLE_TESTS)
  find_package(GTest REQUIRED)
endif()
