#!/bin/sh
# Runs every benchmark of a build and prints its ratios: make bench. Each one stands alone and says what it compares.
set -eu
build=$1
for program in "$build"/bench/bench_*; do
    [ -x "$program" ] && [ -f "$program" ] || continue
    echo "== $(basename "$program")"
    "$program"
done
