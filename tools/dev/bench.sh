# Measurements: each bench/NAME.py drives one row of docs/performance.md and prints its figures.

dev_bench() {
  local names=("$@") name
  ensure_packages build test
  ensure_peers
  ensure_web
  [ ${#names[@]} -gt 0 ] || mapfile -t names < <(cd bench && ls f*.py | sed 's/\.py$//')
  for name in "${names[@]}"; do
    [ -f "bench/$name.py" ] || die "there is no bench/$name.py; there are: $(cd bench && ls f*.py | sed 's/\.py$//' | tr '\n' ' ')"
  done
  build_tree release all
  for name in "${names[@]}"; do
    say "bench $name"
    python3 "bench/$name.py"
  done
}
