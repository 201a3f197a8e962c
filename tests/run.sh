#!/bin/sh
# Builds the given build folders and runs every suite in them, then the house rules, the command tests, the page tests and a short fuzzing, and counts test
# functions. Several run at a time (VIGIA_TEST_JOBS; as many as there are processors, at most 4), the longest first, each with a log of its own; they are told in
# the order in which they were queued. The last line is the sum: N passed, N failed, N skipped. Usage: tests/run.sh RELEASE_BUILD [SANITIZED_BUILD ...]
set -u
here=$(cd "$(dirname "$0")" && pwd)
export VIGIA_SHARED="${VIGIA_SHARED:-$here/../../shared}" VIGIA_SOURCE="$here/.." CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 VIGIA_FUZZ_SECONDS="${VIGIA_FUZZ_SECONDS:-5}"

# ---- what a job may be; each prints TAP

suite() { # BUILD PROGRAM
    VIGIA_BUILD=$1 "$2"
}
replay() { # PROGRAM FOLDER
    if "$1" "$2"; then echo "ok 1 - corpus"; else echo "not ok 1 - corpus"; fi
}
# Invented input for a fixed time. What is found stays in the build folder and, where it is small, in the output: another machine may not find it again.
fuzz() { # BUILD TARGET LOG
    corpus=${2#fuzz_}
    found=$1/found/$corpus
    mkdir -p "$found"
    : > "$3"
    if "$1/fuzz/$2" -max_total_time="$VIGIA_FUZZ_SECONDS" -timeout=20 -rss_limit_mb=4096 -artifact_prefix="$found-" "$found" "$here/../fuzz/corpus/$corpus" > "$3.out" 2>&1; then
        echo "ok 1 - $2"
        return
    fi
    echo "not ok 1 - $2"
    grep 'INFO: Seed' "$3.out"
    tail -n 40 "$3.out"
    find "$1/found" -maxdepth 1 -name "$corpus-*" -newer "$3" | while IFS= read -r artifact; do
        echo "$artifact, $(wc -c < "$artifact") bytes; the first 8192 in base64 (base64 -d > x && $1/fuzz/$2 x):"
        head -c 8192 "$artifact" | base64 -w 0
        echo
    done
}
# The page against the program itself, with the shipped example.
page_of_example() { # VIGIA FOLDER
    mkdir "$2"
    "$1" init --example "$2/node" || return 1
    "$1" serve --node "$2/node" --port 0 --role case-worker > "$2/serve" 2>&1 &
    server=$!
    tries=0
    while ! grep -q '^http' "$2/serve" && [ "$tries" -lt 100 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    "$here/page/run.sh" "$(sed -n 's|^\(http://[^ ]*[0-9]\)/*$|\1|p' "$2/serve" | head -n 1)"
    result=$?
    kill "$server"
    wait "$server" 2> /dev/null
    return $result
}
if [ "${1:-}" = --job ]; then # FOLDER NUMBER: the job whose words stand in FOLDER/NUMBER.job, one a line
    job=$2/$3
    set --
    while IFS= read -r word; do set -- "$@" "$word"; done < "$job.job"
    begun=$(date +%s)
    "$@" > "$job.log" 2>&1
    echo $? $(($(date +%s) - begun)) > "$job.ended"
    mv "$job.ended" "$job.exit"
    exit
fi

# ---- the queue

log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
passed=0
failed=0
skipped=0
number=100
title=""
queue() { # NAME WORDS...
    number=$((number + 1))
    printf '%s\n' "$1" > "$log/$number.name"
    printf '%s' "$title" > "$log/$number.title"
    title=""
    shift
    printf '%s\n' "$@" > "$log/$number.job"
    echo "$number" >> "$log/queue"
}
longest() { # as queue: what would keep one processor busy when all else is done, and is begun first
    queue "$@"
    echo "$number" >> "$log/first"
}
# Builds all of it; a warning counts as a failure.
build() { # BUILD
    if ! ninja -C "$1" --quiet > "$log/build" 2>&1; then
        tail -n 40 "$log/build"
        echo "the build of $1 failed"
        failed=$((failed + 1))
        return 1
    fi
    if grep -A 4 'warning:' "$log/build"; then
        echo "the build of $1 gave warnings"
        failed=$((failed + 1))
    fi
}
release=$(cd "$1" && pwd)
for given in "$@"; do
    folder=$(cd "$given" && pwd)
    build "$folder" || continue
    title="== $given"
    for program in "$folder"/tests/test_* "$folder"/tests/*/test_*; do
        if [ -f "$program" ] && [ -x "$program" ]; then queue "$(basename "$program")" suite "$folder" "$program"; fi
    done
    for program in "$folder"/fuzz/replay_*; do
        target=$(basename "$program" | sed 's/^replay_//')
        if [ -f "$program" ] && [ -x "$program" ]; then queue "corpus of $target" replay "$program" "$here/../fuzz/corpus/$target"; fi
    done
done
title="== commands, page, house rules"
for script in "$here"/lib/check_*.sh; do queue "$(basename "$script")" sh "$script" "$here/.." "$release"; done
longest commands "$here/cli/test_commands.sh" "$release/src/cli/vigia"
longest "page, stand-in server" "$here/page/run.sh"
longest "page, real server" page_of_example "$release/src/cli/vigia" "$log/example"
title="== fuzzing, $VIGIA_FUZZ_SECONDS seconds a target"
for folder in "$@"; do
    for target in "$folder"/fuzz/fuzz_*; do
        if [ -f "$target" ] && [ -x "$target" ]; then
            folder=$(cd "$folder" && pwd)
            queue "$(basename "$target")" fuzz "$folder" "$(basename "$target")" "$log/$(basename "$target")"
        fi
    done
done

# ---- running and counting

jobs=${VIGIA_TEST_JOBS:-$(nproc)}
[ -n "${VIGIA_TEST_JOBS:-}" ] || [ "$jobs" -le 4 ] || jobs=4
{ cat "$log/first" && sort "$log/first" "$log/queue" | uniq -u; } > "$log/order"
setsid xargs -P "$jobs" -n 1 sh "$here/run.sh" --job "$log" < "$log/order" & # a group of its own, so that all of it can be stopped
workers=$!
trap 'kill -TERM -"$workers" 2> /dev/null; exit 130' INT TERM HUP
# Adds the TAP lines of a log; what failed is shown, and how long it took where that is long.
count() { # NAME LOG EXIT SECONDS
    p=$(grep -c '^ok ' "$2")
    s=$(grep -ci '^ok .*# *skip' "$2")
    left=$(grep -ci '^not ok .*# *skip' "$2") # so does cmocka say it
    whole=$(grep -ci '^1\.\.0.*# *skip' "$2") # a suite that left itself out
    f=$(($(grep -c '^not ok ' "$2") - left))
    if [ "$3" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    p=$((p - s))
    passed=$((passed + p))
    s=$((s + left))
    skipped=$((skipped + s + whole))
    failed=$((failed + f))
    long=""
    [ "$4" -lt 20 ] || long=" in $4 s"
    if [ "$f" -gt 0 ]; then
        echo "  $1: $p passed, $f FAILED, $((s + whole)) skipped$long"
        grep -v '^ok ' "$2" | tail -n 60
        { grep -vi '# *skip' "$2" | grep '^not ok ' || echo "exit $3"; } | sed "s|^|  $1: |" | head -n 20 >> "$log/failures"
    else
        echo "  $1: $p passed, $((s + whole)) skipped$long"
    fi
}
while IFS= read -r number; do
    while [ ! -f "$log/$number.exit" ] && kill -0 "$workers" 2> /dev/null; do sleep 0.2; done
    [ -f "$log/$number.exit" ] || echo 1 0 > "$log/$number.exit"
    [ ! -s "$log/$number.title" ] || printf '%s\n' "$(cat "$log/$number.title")"
    touch "$log/$number.log"
    read -r code seconds < "$log/$number.exit"
    count "$(cat "$log/$number.name")" "$log/$number.log" "$code" "$seconds"
done < "$log/queue"
wait "$workers"
[ ! -f "$log/failures" ] || { echo "== failed"; cat "$log/failures"; } # again at the end, where a log that was cut still has it
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
