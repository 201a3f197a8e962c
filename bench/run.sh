#!/bin/sh
# Runs every benchmark of a build and prints its ratios: make bench. Each one stands alone and says what it compares.
set -eu
build=$1
"$(dirname "$0")/import.sh" "$build"
for program in "$build"/bench/bench_*; do
    [ -x "$program" ] && [ -f "$program" ] && [ "$(basename "$program")" != bench_parse ] || continue
    echo "== $(basename "$program")"
    "$program"
done
echo "== vigia bench monitor"
"$build/src/cli/vigia" bench monitor
echo "== vigia bench simulate"
"$build/src/cli/vigia" bench simulate --format json
