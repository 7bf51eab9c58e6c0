# Debian packages: installs those of a group that are missing, and touches no network when none is.

packages_of() { awk -v group="$1" '$1 == group { print $2 }' tools/dev/packages.txt; }

missing_packages() {
  local name
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_packages() {
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
    die "These packages are missing and there is neither root nor sudo to install them: $*"
  say "Installing with apt: $*"
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

ensure_packages() {
  local group missing
  command -v dpkg-query >/dev/null || die "Fettle is built on Debian 12; this system has no dpkg."
  for group in "$@"; do
    mapfile -t missing < <(missing_packages $(packages_of "$group"))
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
  done
}

# Peers of the benchmarks and the proxies of the tests are services: they are unpacked below build/peers, so that none is
# started here.
ensure_peers() {
  local name
  mkdir -p build/peers
  for name in $(packages_of "$1"); do
    [ -e "build/peers/.$name" ] && continue
    say "Unpacking $name below build/peers"
    (cd build/peers && apt-get download -q "$name" && dpkg-deb -x "$name"_*.deb . && rm -f "$name"_*.deb) ||
      die "$name could not be fetched; run 'apt-get update' first"
    touch "build/peers/.$name"
  done
}
