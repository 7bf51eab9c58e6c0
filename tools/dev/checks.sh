# Checks that run no program of ours: format, layers, clang-tidy, types of the web page.

cxx_files() { git ls-files -co --exclude-standard -- 'src/*.cc' 'src/*.h' 'tests/*.cc' 'tests/*.h' 'bench/*.cc' 'bench/*.h' 'cmake/*.h'; }

check_format() {
  local files
  mapfile -t files < <(cxx_files)
  clang-format-19 --dry-run -Werror "${files[@]}" && echo "${#files[@]} files are in the format"
}

check_layers() { python3 tools/layers/check.py .; }

check_web_types() { (cd web && npm run --silent check); }

# Sources that differ from the branch's beginning (or the last commit), or all of them.
tidy_files() {
  local base
  if [ "${1:-}" = --all ]; then
    git ls-files -- 'src/*.cc'
    return
  fi
  base=$(git merge-base HEAD '@{upstream}' 2>/dev/null || git merge-base HEAD origin/HEAD 2>/dev/null ||
    git rev-parse -q --verify HEAD~1 || git rev-parse HEAD)
  { git diff --name-only --diff-filter=d "$base" -- 'src/*.cc' && git ls-files -o --exclude-standard -- 'src/*.cc'; } | sort -u
}

check_tidy() {
  local files
  mapfile -t files < <(tidy_files "$@")
  [ ${#files[@]} -gt 0 ] || { echo "no source changed"; return; }
  configure release && ninja -C build/release fettle_pch fettle_proto >/dev/null
  printf '%s\n' "${files[@]}" | xargs -P "$(jobs)" -n 4 clang-tidy-19 --quiet -p build/release && echo "${#files[@]} files are tidy"
}

dev_format() {
  ensure_packages test
  cxx_files | xargs clang-format-19 -i
}

dev_lint() {
  local failed=0
  ensure_packages build lint
  ensure_node
  npm_install web
  mkdir -p build
  say "Format" && check_format || failed=1
  say "Layers" && check_layers || failed=1
  say "Web types" && check_web_types || failed=1
  say "clang-tidy" && check_tidy "$@" || failed=1
  [ $failed = 0 ] || die "lint found something"
}
