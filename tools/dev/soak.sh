# Long forms of tests, by name: what each runs stands in tools/dev/soak.txt and nowhere else.

# fuzz_all SECONDS: the time is shared among all targets, jobs() at a time, each with its kept corpus.
fuzz_all() {
  local targets=(build/asan-ubsan/fuzz/fuzz_*) each name runs total=0 failed=0
  [ -x "${targets[0]}" ] || { echo "no fuzz target was built"; return 1; }
  each=$(($1 * $(jobs) / ${#targets[@]}))
  [ $each -ge 2 ] || each=2
  mkdir -p build/fuzz/logs
  printf '%s\n' "${targets[@]##*/}" | xargs -P "$(jobs)" -I{} tools/dev/fuzz_one.sh {} "$each" || failed=1
  for name in "${targets[@]##*/}"; do
    runs=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "build/fuzz/logs/$name.log")
    echo "$name: ${runs:-0} runs"
    [ "${runs:-0}" -gt 0 ] || { failed=1; tail -n 30 "build/fuzz/logs/$name.log"; }
    total=$((total + ${runs:-0}))
  done
  echo "$total runs over ${#targets[@]} targets, $each s each"
  return $failed
}

dev_soak() {
  local name=${1:-} line preset targets command
  if [ -z "$name" ]; then
    echo "./dev soak NAME, where NAME is one of:"
    awk -F'|' '!/^#/ && NF { printf "  %-12s %s\n", $1, $2 }' tools/dev/soak.txt
    return
  fi
  line=$(awk -F' *[|] *' -v name="$name" '!/^#/ && $1 == name' tools/dev/soak.txt)
  [ -n "$line" ] || die "there is no soak '$name'; ./dev soak lists them"
  IFS='|' read -r _ _ preset targets command <<<"$line"
  ensure_packages build test
  ensure_web
  say "Building ${targets} (${preset// /})"
  build_tree ${preset// /} $targets
  say "$command"
  eval "$command"
}
