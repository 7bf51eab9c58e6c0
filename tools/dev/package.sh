# ./dev package: the Debian package of this checkout, in build/release/package.

dev_package() {
  dev_build release
  # The time of the last commit stands for "now", so that the same sources give the same package.
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) make_package build/release
  say "$(ls -1 build/release/package/*.deb)"
}

# make_package TREE: what CPack says is shown only when it fails.
make_package() {
  local tree=$1
  rm -rf "$tree/package"
  (cd "$tree" && cpack -G DEB >package.log 2>&1) || { cat "$tree/package.log"; return 1; }
}
