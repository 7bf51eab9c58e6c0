# The Debian package: `cpack -G DEB` in the build tree (./dev package). One package has server and agent, since they
# are one program; which of them runs is for whoever installs it to say.
set(package_folder ${CMAKE_SOURCE_DIR}/packaging)

install(TARGETS fettle RUNTIME DESTINATION usr/bin)
install(FILES ${package_folder}/fettle-server.service ${package_folder}/fettle-agent.service
        DESTINATION usr/lib/systemd/system)
install(FILES ${package_folder}/fettle.sysusers DESTINATION usr/lib/sysusers.d RENAME fettle.conf)
install(FILES ${package_folder}/fettle.tmpfiles DESTINATION usr/lib/tmpfiles.d RENAME fettle.conf)
install(FILES ${package_folder}/agent-policy.toml DESTINATION etc/fettle)
install(FILES ${package_folder}/deb/copyright DESTINATION usr/share/doc/fettle)
install(FILES ${package_folder}/deb/lintian-overrides DESTINATION usr/share/lintian/overrides RENAME fettle)

# What the program prints itself, and what has to be compressed: made when it is installed into the package. A program
# that was made for another kind of machine does not run here: then one that does prints the same.
set(FETTLE_PROGRAM_HERE "$<TARGET_FILE:fettle>" CACHE STRING "The program that prints what goes into the package")
install(CODE "
  set(source \"${package_folder}\")
  set(work \"${CMAKE_BINARY_DIR}/package-work\")
  set(program \"${FETTLE_PROGRAM_HERE}\")
  set(PROJECT_VERSION \"${PROJECT_VERSION}\")
")
install(SCRIPT ${CMAKE_SOURCE_DIR}/cmake/package_files.cmake)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE arm64)
else()
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE amd64)
endif()
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME fettle)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The Fettle authors <fettle@localhost.localdomain>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "upkeep and live view of a fleet of machines")
set(CPACK_PACKAGE_DESCRIPTION "One program is the server with its page, the agent of each host,\n\
and the command line. The server keeps its data in files of its own;\n\
nothing else has to be installed beside it.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, libc6 (>= 2.36), tzdata")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "chrony | systemd-timesyncd")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${package_folder}/deb/postinst ${package_folder}/deb/prerm
    ${package_folder}/deb/postrm ${package_folder}/deb/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
set(CPACK_PACKAGING_INSTALL_PREFIX "/")
set(CPACK_STRIP_FILES TRUE)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/package)
include(CPack)
