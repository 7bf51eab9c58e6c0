#!/usr/bin/env bash
# One fuzz target for some seconds: fuzz_one.sh fuzz_NAME SECONDS. New inputs go below build/, the kept corpus is read.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
found=build/fuzz/found/$1
kept=tests/fuzz/corpus/${1#fuzz_}
mkdir -p "$found" build/fuzz/artifacts
[ -d "$kept" ] || kept=
"build/asan-ubsan/fuzz/$1" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
  -artifact_prefix="build/fuzz/artifacts/$1-" "$found" $kept >"build/fuzz/logs/$1.log" 2>&1
