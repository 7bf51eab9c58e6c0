# Run while the package is put together: files that are made rather than kept. Expects source, work, program and
# PROJECT_VERSION; CMAKE_INSTALL_PREFIX and DESTDIR say where to.
set(root "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}")
file(MAKE_DIRECTORY ${work} ${root}/etc/fettle ${root}/usr/share/doc/fettle ${root}/usr/share/man/man1
     ${root}/usr/share/bash-completion/completions ${root}/usr/share/zsh/vendor-completions
     ${root}/usr/share/fish/vendor_completions.d)

function(print_into path)
  execute_process(COMMAND ${program} ${ARGN} OUTPUT_FILE ${path} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# -n leaves name and time out, so that the same sources give the same bytes.
function(compress_into from path)
  execute_process(COMMAND gzip -9nc ${from} OUTPUT_FILE ${path} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

print_into(${root}/etc/fettle/fettle.toml config example)
print_into(${root}/usr/share/bash-completion/completions/fettle completion bash)
print_into(${root}/usr/share/zsh/vendor-completions/_fettle completion zsh)
print_into(${root}/usr/share/fish/vendor_completions.d/fettle.fish completion fish)

string(TIMESTAMP FETTLE_CHANGELOG_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(${source}/deb/changelog.in ${work}/changelog @ONLY)
compress_into(${work}/changelog ${root}/usr/share/doc/fettle/changelog.gz)
compress_into(${source}/fettle.1 ${root}/usr/share/man/man1/fettle.1.gz)
