#!/bin/sh
# Builds and runs every suite of the given build folders, then the command tests, the page tests and a short fuzzing, and counts test functions. The last
# line is the sum: N passed, N failed, N skipped. Usage: tests/run.sh RELEASE_BUILD [SANITIZED_BUILD ...]
set -u
here=$(cd "$(dirname "$0")" && pwd)
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
passed=0
failed=0
skipped=0
# Adds the TAP lines of a log; what failed is shown.
count() { # NAME LOG EXIT
    p=$(grep -c '^ok ' "$2")
    s=$(grep -ci '^ok .*# *skip' "$2")
    f=$(grep -c '^not ok ' "$2")
    if [ "$3" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    passed=$((passed + p - s))
    skipped=$((skipped + s))
    failed=$((failed + f))
    if [ "$f" -gt 0 ]; then
        echo "  $1: $((p - s)) passed, $f FAILED, $s skipped"
        grep -v '^ok ' "$2" | tail -n 60
    else
        echo "  $1: $((p - s)) passed, $s skipped"
    fi
}
run() { # NAME COMMAND...
    name=$1
    shift
    "$@" > "$log/out" 2>&1
    count "$name" "$log/out" $?
}
export VIGIA_SHARED="${VIGIA_SHARED:-$here/../../shared}" VIGIA_SOURCE="$here/.." CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
for build in "$@"; do
    echo "== $build"
    export VIGIA_BUILD="$build"
    if ! ninja -C "$build" --quiet > "$log/build" 2>&1; then
        tail -n 40 "$log/build"
        echo "the build failed"
        failed=$((failed + 1))
        continue
    fi
    for program in "$build"/tests/test_* "$build"/tests/*/test_*; do
        if [ -f "$program" ] && [ -x "$program" ]; then
            run "$(basename "$program")" "$program"
        fi
    done
    for program in "$build"/fuzz/replay_*; do
        if [ -f "$program" ] && [ -x "$program" ]; then
            target=$(basename "$program" | sed 's/^replay_//')
            if "$program" "$here/../fuzz/corpus/$target" > "$log/out" 2>&1; then echo "ok 1 - corpus" >> "$log/out"; else echo "not ok 1 - corpus" >> "$log/out"; fi
            count "corpus of $target" "$log/out" 0
        fi
    done
done
release=$1
echo "== commands, page, house rules"
for script in "$here"/lib/check_*.sh; do
    if [ -f "$script" ]; then run "$(basename "$script")" sh "$script" "$here/.." "$release"; fi
done
# Each parser of outside bytes meets invented input for a short, fixed time; what it finds stays in the build folder.
if command -v clang > /dev/null; then
    echo "== fuzzing, ${VIGIA_FUZZ_SECONDS:=10} seconds a target"
    fuzzed=$(dirname "$release")/fuzz
    if { [ -f "$fuzzed/build.ninja" ] || CC=clang meson setup "$fuzzed" "$here/.." -Dfuzz=true; } > "$log/build" 2>&1 && ninja -C "$fuzzed" --quiet >> "$log/build" 2>&1; then
        for source in "$here"/../fuzz/fuzz_*.c; do
            target=$(basename "$source" .c)
            corpus=${target#fuzz_}
            mkdir -p "$fuzzed/found/$corpus"
            if "$fuzzed/fuzz/$target" -max_total_time="$VIGIA_FUZZ_SECONDS" -timeout=20 -rss_limit_mb=4096 -artifact_prefix="$fuzzed/found/$corpus-" \
                "$fuzzed/found/$corpus" "$here/../fuzz/corpus/$corpus" > "$log/out" 2>&1; then
                echo "ok 1 - $target" > "$log/out"
            else
                echo "not ok 1 - $target" >> "$log/out"
            fi
            count "$target" "$log/out" 0
        done
    else
        tail -n 40 "$log/build"
        failed=$((failed + 1))
    fi
else
    echo "  clang is not here: no fuzzing"
    skipped=$((skipped + 1))
fi
run commands "$here/cli/test_commands.sh" "$(cd "$release" && pwd)/src/cli/vigia"
run "page, stand-in server" "$here/page/run.sh"
# The same tests against the program itself, with the shipped example.
if "$release/src/cli/vigia" init --example "$log/node" > "$log/build" 2>&1; then
    "$release/src/cli/vigia" serve --node "$log/node" --port 0 > "$log/serve" 2>&1 &
    server=$!
    tries=0
    while ! grep -q '^http' "$log/serve" && [ "$tries" -lt 100 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    run "page, real server" "$here/page/run.sh" "$(sed -n 's|^\(http://[^ ]*[0-9]\)/*$|\1|p' "$log/serve" | head -n 1)"
    kill "$server"
    wait "$server" 2> /dev/null
else
    tail -n 20 "$log/build"
    failed=$((failed + 1))
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
