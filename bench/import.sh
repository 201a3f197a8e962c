#!/bin/sh
# A line list of 12 columns, in one run on the same file: the reader alone, `vigia import` into a new node (dates, codes and places understood, every row in
# the durable store and in the column cube, the file's hash), sqlite3's .import and, where its server is installed, PostgreSQL's COPY. The two loaders put text
# into one table without indexes and with all safety off; the node is durable and ready to answer.
#     bench/import.sh BUILD_FOLDER [MEGABYTES]      493 MB by default, which is 5 million rows
set -eu
build=$1
megabytes=${2:-422}
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

"$build/src/cli/vigia" init "$folder/node" >/dev/null
start=$(now)
"$build/src/cli/vigia" import --node "$folder/node" "$folder/list.csv" >/dev/null
rate 'vigia import' "$bytes" "$start" "$(now)"
rm -rf "$folder/node"

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
