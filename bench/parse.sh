#!/bin/sh
# Reading a line list beside the loaders of two databases: sqlite3 .import and, where its server is installed, PostgreSQL COPY, on
# the same file, one run. They store what they read (without indexes, with all safety off), the reader only hands out cells: their
# time minus ours is the room that a store has.
#     bench/parse.sh BUILD_FOLDER [MEGABYTES]
set -eu
build=$1
megabytes=${2:-500}
folder=$(mktemp -d "${TMPDIR:-/tmp}/vigia_parse.XXXXXX")
server=
as_user=
finish() {
    if [ -n "$server" ]; then
        $as_user "$server/pg_ctl" -D "$folder/pg/data" -m immediate stop >/dev/null 2>&1 || true
    fi
    rm -rf "$folder"
}
trap finish EXIT INT TERM
now() { date +%s.%N; }
rate() { awk -v name="$1" -v bytes="$2" -v start="$3" -v end="$4" 'BEGIN { printf "  %-22s %7.0f MB/s  %.2f s\n", name, bytes / 1e6 / (end - start), end - start }'; }

"$build/bench/bench_parse" "$megabytes" "$folder/list.csv"
bytes=$(wc -c <"$folder/list.csv")

if command -v sqlite3 >/dev/null; then
    start=$(now)
    sqlite3 "$folder/list.db" 'pragma journal_mode=off' 'pragma synchronous=off' ".import --csv $folder/list.csv list" >/dev/null
    rate 'sqlite3 .import' "$bytes" "$start" "$(now)"
    rm -f "$folder/list.db"
fi

for found in /usr/lib/postgresql/*/bin; do
    if [ -x "$found/postgres" ] && [ -x "$found/initdb" ]; then
        server=$found
    fi
done
if [ -z "$server" ]; then
    echo '  PostgreSQL COPY        no server is installed'
    exit 0
fi
mkdir "$folder/pg"
chmod 755 "$folder"
if [ "$(id -u)" = 0 ]; then # the server refuses to run as root
    as_user='runuser -u nobody --'
    chown nobody "$folder/pg"
fi
$as_user "$server/initdb" -D "$folder/pg/data" -A trust -U bench --no-sync >"$folder/pg.log" 2>&1
$as_user "$server/pg_ctl" -D "$folder/pg/data" -w -l "$folder/pg/server.log" \
    -o "-c listen_addresses='' -c unix_socket_directories='$folder/pg' -c fsync=off -c wal_level=minimal -c max_wal_senders=0 -c full_page_writes=off -c max_wal_size=4GB" start >>"$folder/pg.log" 2>&1
columns=$(head -n 1 "$folder/list.csv" | sed 's/,/ text, /g; s/$/ text/')
start=$(now)
"$server/psql" -q -h "$folder/pg" -U bench -d postgres -c "create unlogged table list ($columns)" -c "\\copy list from '$folder/list.csv' csv header"
rate 'PostgreSQL COPY' "$bytes" "$start" "$(now)"
