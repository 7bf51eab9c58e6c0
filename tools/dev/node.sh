# Node 20 and the web page. Debian's node 18 is too old for Vite: when no newer one is on the PATH, node 20 and its npm
# come as npm packages by lock file (tools/node), brought by Debian's npm.

node_is_new_enough() {
  command -v "$1" >/dev/null &&
    "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)'
}

hash_of_files() { sha256sum "$@" | sha256sum | cut -c1-16; }

# npm_install FOLDER: what the lock file names, once per content of the lock file.
npm_install() {
  local folder=$1 want
  want=$(hash_of_files "$folder/package-lock.json")
  [ "$(cat "$folder/node_modules/.lock-hash" 2>/dev/null)" = "$want" ] && return
  say "Installing the npm packages of $folder by lock file"
  (cd "$folder" && npm ci --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error)
  echo "$want" >"$folder/node_modules/.lock-hash"
}

ensure_node() {
  node_is_new_enough node && command -v npm >/dev/null && return
  local missing bin=$PWD/tools/node/node_modules/.bin
  if ! command -v npm >/dev/null && [ ! -x "$bin/npm" ]; then
    mapfile -t missing < <(missing_packages nodejs npm)
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
  fi
  [ -x "$bin/npm" ] && PATH=$bin:$PATH
  npm_install tools/node
  PATH=$bin:$PATH
  hash -r
  node_is_new_enough node || die "There is no node >= 20.19 for this machine's processor"
}

# The page, built when its sources changed.
ensure_web() {
  local want
  ensure_node
  npm_install web
  want=$(cd web && hash_of_files $(git ls-files -co --exclude-standard | LC_ALL=C sort | grep -v '\.test\.'))
  [ -e web/dist/index.html ] && [ "$(cat build/stamps/web 2>/dev/null)" = "$want" ] && return
  say "Building the web page"
  (cd web && npm run --silent build)
  mkdir -p build/stamps
  echo "$want" >build/stamps/web
}
