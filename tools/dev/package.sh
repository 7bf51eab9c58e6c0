# ./dev package [arm64]: the Debian package of this checkout, in build/release/package; with arm64, on whatever kind of
# machine, the one for arm64 in build/release-arm64/package.

dev_package() {
  local here kind preset=release
  here=$(dpkg --print-architecture) kind=${1:-$here}
  case $kind in "$here" | arm64) ;; *) die "packages are made for $here, which this machine is, and for arm64; '$kind' is neither" ;; esac
  # The time of the last commit stands for "now", so that the same sources give the same package.
  local -x SOURCE_DATE_EPOCH
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
  dev_build release
  if [ "$kind" != "$here" ]; then
    preset=release-arm64
    ensure_arm64_root
    say "Building fettle ($preset, $(jobs) at a time)"
    build_tree $preset fettle
  fi
  make_package build/$preset
  say "$(ls -1 build/$preset/package/*.deb)"
}

# make_package TREE: what CPack says is shown only when it fails.
make_package() {
  local tree=$1
  rm -rf "$tree/package"
  (cd "$tree" && cpack -G DEB >package.log 2>&1) || { cat "$tree/package.log"; return 1; }
}
