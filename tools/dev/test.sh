# ./dev test: two trees (real processes in one, units under the sanitizers in the other, the simulation in both), a
# minute of fuzzing, the web page alone and in a browser, layers, format.
# Each step keeps its output in build/logs; the closing lines of all stand at the end. A step that ran nothing failed.

declare -a step_lines=()
steps_failed=0
step_pid=
test_started=$SECONDS

# step NAME SECONDS MUST_MATCH COMMAND...: MUST_MATCH is an extended expression that proves that something was run.
step() {
  local name=$1 limit=$2 proof=$3 log=build/logs/$1.log began=$SECONDS code=0 verdict=passed
  shift 3
  say "$name"
  # A process of its own, so that errors end it; timeout gives it a process group and ends all of that.
  NO_COLOR=1 timeout --kill-after=20 "$limit" ./dev in-step "$@" >"$log" 2>&1 &
  step_pid=$!
  wait "$step_pid" || code=$?
  step_pid=
  [ "$code" != 124 ] || echo "dev: ended after $limit s" >>"$log"
  if [ "$code" != 0 ]; then
    verdict="FAILED ($code)"
  elif ! grep -Eq "$proof" "$log"; then
    verdict="FAILED (it ran nothing)"
  fi
  if [ "$verdict" != passed ]; then
    steps_failed=$((steps_failed + 1))
    tail -n 60 "$log" | sed 's/^/    /'
  fi
  printf '   %s, %d s\n' "$verdict" $((SECONDS - began))
  step_lines+=("$(printf -- '--- %s: %s, %d s' "$name" "$verdict" $((SECONDS - began)))" "$(grep -Ev '^\s*$' "$log" | tail -n 6 | cut -c1-160)")
  [ "$verdict" = passed ]
}

# ctest_tree PRESET [CTEST OPTION...]: the tests of a tree, with the number of cases inside the programs.
ctest_tree() {
  local tree=build/$1 code=0
  shift
  rm -rf "$tree/Testing/Temporary"
  ctest --test-dir "$tree" -j "$(jobs)" --output-on-failure --no-tests=error --schedule-random "$@" || code=$?
  awk '/^\[==========\] [0-9]+ tests? from .* ran/ { n += $2 } /^Ran [0-9]+ tests? in/ { n += $2 } END { print n + 0 " cases in the programs" }' \
    "$tree/Testing/Temporary/LastTest.log"
  return $code
}

browser_tests() {
  npm_install tests/browser
  (cd tests/browser && FETTLE_BIN=$PWD/../../build/release/bin/fettle npm run --silent test)
}

dev_test() {
  ensure_packages build test
  (ensure_peers proxies) || say "Without nginx and Caddy: what is tried with them is left out"
  ensure_web
  trap '[ -z "$step_pid" ] || kill "$step_pid" 2>/dev/null; exit 130' INT TERM
  rm -rf build/logs && mkdir -p build/logs
  step format 120 'files are in the format' check_format || true
  step layers 120 '[1-9][0-9]* files' check_layers || true
  step web-types 180 'found 0 errors' check_web_types || true
  step web-unit 180 'Tests +[1-9]' web_unit || true
  if step build-release 1800 'ninja: no work to do|\[[1-9]' build_tree release all; then
    step test-release 900 'tests passed.* out of [1-9]' ctest_tree release -LE unit || true
    step browser 600 'pass [1-9]' browser_tests || true
  fi
  if step build-asan 2100 'ninja: no work to do|\[[1-9]' build_tree asan-ubsan all; then
    step test-asan 900 'tests passed.* out of [1-9]' ctest_tree asan-ubsan || true
    step fuzz 300 'runs over [1-9][0-9]* targets' fuzz_all 60 || true
  fi
  say "Closing lines (whole outputs in build/logs)"
  printf '%s\n' "${step_lines[@]}"
  say "$(( (SECONDS - test_started) / 60 )) min $(( (SECONDS - test_started) % 60 )) s"
  [ $steps_failed = 0 ] || die "$steps_failed steps failed"
  say "Everything passed"
}

web_unit() { (cd web && npm run --silent test); }
