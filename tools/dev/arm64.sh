# ./dev package arm64 on a machine of another kind. The libraries of an arm64 Debian 12 lie below build/arm64-root, as the
# peers of the benchmarks lie below build/peers: the machine's own packages stay as they are. apt gets lists of its own.

arm64_state=$PWD/build/arm64-apt

arm64_apt() {
  apt-get -q -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Sandbox::User="$(id -un)" \
    -o Dir::State="$arm64_state" -o Dir::State::status="$arm64_state/status" -o Dir::Cache="$arm64_state/cache" "$@"
}

ensure_arm64_root() {
  local names want package
  mapfile -t names < <(packages_of arm64)
  want=${names[*]}
  [ "$(cat build/arm64-root/.packages 2>/dev/null)" = "$want" ] && return
  say "Unpacking below build/arm64-root: $want"
  rm -rf build/arm64-root "$arm64_state"
  mkdir -p build/arm64-root "$arm64_state"/{lists/partial,cache/archives/partial,packages}
  : >"$arm64_state/status"
  arm64_apt update
  (cd "$arm64_state/packages" && arm64_apt download "${names[@]}") || die "not every package is there for arm64"
  for package in "$arm64_state"/packages/*.deb; do
    dpkg-deb -x "$package" build/arm64-root
  done
  rm -rf "$arm64_state"
  echo "$want" >build/arm64-root/.packages
}
