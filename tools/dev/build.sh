# Building: one CMake tree per preset below build/.

jobs() { echo "${FETTLE_JOBS:-$(nproc)}"; }

configure() {
  local preset=$1 want
  want=$(hash_of_files CMakePresets.json)
  [ -e "build/$preset/build.ninja" ] && [ "$(cat "build/$preset/.presets" 2>/dev/null)" = "$want" ] && return
  say "Configuring build/$preset"
  cmake --preset "$preset" >"build/configure-$preset.log" 2>&1 || { cat "build/configure-$preset.log"; return 1; }
  echo "$want" >"build/$preset/.presets"
}

# build_tree PRESET [TARGET...]
build_tree() {
  local preset=$1
  shift
  mkdir -p build
  configure "$preset"
  ninja -C "build/$preset" -j "$(jobs)" "$@"
}

# ./dev build [PRESET [TARGET...]]: the program alone unless targets are named.
dev_build() {
  local preset=${1:-release}
  shift || true
  ensure_packages build
  ensure_web
  [ $# -gt 0 ] || set -- fettle
  say "Building $* ($preset, $(jobs) at a time)"
  build_tree "$preset" "$@"
  [ "$1" != fettle ] || say "build/$preset/bin/fettle is ready"
}

# ./dev clean: what was built; never data (var/), installed packages or the compiler cache.
dev_clean() {
  rm -rf build web/dist
  say "Removed build/ and web/dist/ (var/ with its data is untouched)"
}
