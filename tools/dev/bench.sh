# Measurements: each bench/NAME.py drives one row of docs/performance.md and prints its figures.

# Rows by number, then what has no number.
bench_names() { (cd bench && ls f[0-9]*.py | sort -V && echo fleet_page.py && echo curve.py && echo schedules.py && echo runs.py) | sed 's/\.py$//'; }

dev_bench() {
  local names=("$@") name
  ensure_packages build test
  ensure_peers peers
  ensure_web
  [ ${#names[@]} -gt 0 ] || mapfile -t names < <(bench_names)
  for name in "${names[@]}"; do
    [ -f "bench/$name.py" ] || die "there is no bench/$name.py; there are: $(bench_names | tr '\n' ' ')"
  done
  build_tree release all
  for name in "${names[@]}"; do
    say "bench $name"
    python3 "bench/$name.py"
  done
}
